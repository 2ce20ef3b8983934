"""Pooling to a given size: the windows, their maxima and their means.

x: (planes, h, w); a window is (i, j, rows, columns), slices of the cells that output (i, j) covers.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Window = tuple[int, int, slice, slice]
Cuts = list[tuple[int, int]]


def exact_cuts(n: int, out: int) -> Cuts:
    """Where each of `out` windows over n cells begins and ends; they may share a cell."""
    return [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]


def rounded_cuts(n: int, out: int) -> Cuts:
    """The same as the original's maximum computes it: in single precision, divided first."""
    share = np.arange(out + 1, dtype=np.float32) / np.float32(out) * np.float32(n)
    starts, ends = np.floor(share[:-1]).astype(int), np.ceil(share[1:]).astype(int)
    return list(zip(starts.tolist(), np.minimum(ends, n).tolist()))


def windows(rows: Cuts, columns: Cuts) -> list[Window]:
    """Every window of the grid."""
    return [
        (i, j, slice(*row), slice(*column))
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]


def maximum(x: Array, at: list[Window], out: Array, indices: Array) -> None:
    """out = the windows' maxima; indices (2, …) = their column and row in the window, from 0."""
    for i, j, rows, columns in at:
        window = x[:, rows, columns]
        flat = window.reshape(len(x), -1)
        best = flat.argmax(1)
        out[:, i, j] = np.take_along_axis(flat, best[:, None], 1)[:, 0]
        indices[1, :, i, j], indices[0, :, i, j] = np.divmod(best, window.shape[2])


def maximum_gradient(g: Array, at: list[Window], indices: Array, gx: Array) -> None:
    """gx = the gradients g, added where the maxima were."""
    gx.fill(0)
    each = np.arange(len(gx), like=gx)
    for i, j, rows, columns in at:
        gx[each, rows.start + indices[1, :, i, j], columns.start + indices[0, :, i, j]] += g[
            :, i, j
        ]


def mean(x: Array, at: list[Window], out: Array) -> None:
    """out = the windows' means."""
    for i, j, rows, columns in at:
        x[:, rows, columns].mean((1, 2), out=out[:, i, j])


def mean_gradient(g: Array, at: list[Window], gx: Array) -> None:
    """gx = the gradients g, spread evenly over the windows."""
    gx.fill(0)
    for i, j, rows, columns in at:
        window = gx[:, rows, columns]
        window += (g[:, i, j] / (window.shape[1] * window.shape[2]))[:, None, None]
