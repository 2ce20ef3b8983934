"""Windows of an image as columns, and columns added back: for the layers without a plan of their
own.

x: (n, c, h, w) → columns: (n, c, kH, kW, oH, oW). Geometry is given as (h, w) pairs.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Pair = tuple[int, int]


def unfold(x: Array, kernel: Pair, stride: Pair, pad: Pair, out: Pair) -> Array:
    """A new array of all windows of the zero-padded x."""
    if any(pad):
        x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    columns = np.empty((*x.shape[:2], *kernel, *out), x.dtype, like=x)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            columns[:, :, i, j] = x[(..., *_cut((i, j), stride, out))]
    return columns


def fold(columns: Array, stride: Pair, pad: Pair, gx: Array) -> None:
    """gx = the sum, at each cell, of the columns' entries that unfold would take from there."""
    kernel, out = columns.shape[2:4], columns.shape[4:]
    h, w = gx.shape[2:]
    full = gx
    if any(pad):
        full = np.zeros((*gx.shape[:2], h + 2 * pad[0], w + 2 * pad[1]), gx.dtype, like=gx)
    else:
        gx.fill(0)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            full[(..., *_cut((i, j), stride, out))] += columns[:, :, i, j]
    if full is not gx:
        np.copyto(gx, full[:, :, pad[0] : pad[0] + h, pad[1] : pad[1] + w])


def _cut(tap: Pair, stride: Pair, out: Pair) -> tuple[slice, slice]:
    """The cells that one tap of the kernel meets in all windows."""
    a, b = (slice(t, t + (o - 1) * s + 1, s) for t, s, o in zip(tap, stride, out))
    return a, b
