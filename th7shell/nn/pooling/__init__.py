"""Pooling and subsampling: temporal, spatial, volumetric; adaptive, fractional, by power."""
