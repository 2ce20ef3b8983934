"""Stateless arithmetic of the layers, forward and backward, on plain arrays; results are written
to `out` arrays."""
