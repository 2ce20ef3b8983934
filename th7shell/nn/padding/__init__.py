"""Padding: zeros, reflections, copies of the border; negative sizes crop."""
