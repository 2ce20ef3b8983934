"""Convolutions: temporal, spatial, volumetric; full, dilated, local, by connection map."""
