"""The Jupyter kernel: a session of the shell behind Jupyter's messages (extra `jupyter`)."""
