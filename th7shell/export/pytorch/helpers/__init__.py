"""Small PyTorch modules for the layers that PyTorch has no twin of.

They are never imported: the writer copies the source of those that a net needs into its file, so
that the file depends on PyTorch alone.
"""
