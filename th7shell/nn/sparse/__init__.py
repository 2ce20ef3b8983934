"""Layers whose input is indices: LookupTable, SparseLinear, IndexLinear."""
