"""Normalisation over batches, neighbourhoods, channels and samples."""
