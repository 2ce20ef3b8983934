"""Centres of clusters: which samples are far from all, and where samples pull their centres."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def farthest_first(distances: Array) -> Array:
    """The samples, those with the largest distance first; equal ones in their order."""
    return np.argsort(-distances, kind="stable")


def pull(centres: Array, x: Array, nearest: Array, scale: float) -> tuple[Array, Array]:
    """How many samples each centre has, and the sum of scale · (centre - sample) over these."""
    counts = np.bincount(nearest, minlength=len(centres))
    moves = np.zeros_like(centres)
    np.add.at(moves, nearest, scale * (centres[nearest] - x))
    return counts, moves
