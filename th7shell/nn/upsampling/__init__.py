"""Larger pictures from smaller ones: nearest, bilinear, pixels from channels."""
