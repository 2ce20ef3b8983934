"""The targets of ClassSimplexCriterion."""

from __future__ import annotations

import math

import numpy as np

Array = np.ndarray


def simplex(n: int) -> Array:
    """The n + 1 vertices of a regular simplex around the origin, of norm 1, one a row: (n + 1,
    n).
    """
    vertices = np.zeros((n + 1, n))
    for k in range(n):
        vertices[k, k] = math.sqrt(max(1 - float(np.square(vertices[k, :k]).sum()), 0))
        vertices[k + 1 :, k] = (vertices[k, k] ** 2 - 1 - 1 / n) / vertices[k, k]
    return vertices
