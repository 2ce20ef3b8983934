"""Sums over windows of neighbouring planes, as local response normalisation takes them; x: (n, c,
…)."""

from __future__ import annotations

import numpy as np
from numpy import add, subtract

Array = np.ndarray


def neighbour_sums(x: Array, size: float, y: Array) -> None:
    """y[:, c] = Σ x[:, c'] over the `size` planes around c, fewer at both ends; by running
    sums."""
    planes = x.shape[1]
    reach = (size - 1) / 2 + 1  # planes from the window's middle to its end, both counted
    add.reduce(x[:, : int(min(reach, planes))], 1, out=y[:, 0])
    for c in range(2, planes + 1):
        current = y[:, c - 1]
        np.copyto(current, y[:, c - 2])
        if c < planes - reach + 2:
            add(current, x[:, int(c + reach - 1) - 1], current)
        if c > reach:
            subtract(current, x[:, int(c - reach) - 1], current)
