"""Enlarging the last axes of an array: by repetition, or by linear interpolation between
corners."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def nearest(x: Array, scale: int, dims: int, y: Array) -> None:
    """y = each cell of x repeated `scale` times along each of the last `dims` axes."""
    split, single = _blocks(x, scale, dims)
    np.copyto(y.reshape(split), x.reshape(single))


def nearest_backward(gy: Array, scale: int, dims: int, gx: Array) -> None:
    """gx = sums of the gradients of the repetitions."""
    split, _ = _blocks(gx, scale, dims)
    axes = tuple(len(split) - 1 - 2 * i for i in range(dims))
    np.add.reduce(gy.reshape(split), axes, out=gx)


def _blocks(x: Array, scale: int, dims: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    lead = x.shape[: x.ndim - dims]
    split = tuple(m for n in x.shape[x.ndim - dims :] for m in (n, scale))
    single = tuple(m for n in x.shape[x.ndim - dims :] for m in (n, 1))
    return (*lead, *split), (*lead, *single)


def interpolation(n: int, out: int, dtype: np.dtype) -> Array:
    """The (out, n) matrix of linear interpolation whose first and last points keep their
    places."""
    ratio = (n - 1) / (out - 1) if out > 1 else 0.0
    place = np.arange(out) * ratio
    low = np.minimum(place.astype(np.intp), n - 1)
    share = place - low
    matrix = np.zeros((out, n))
    rows = np.arange(out)
    np.add.at(matrix, (rows, low), 1 - share)
    np.add.at(matrix, (rows, np.minimum(low + 1, n - 1)), share)
    return matrix.astype(dtype)


def apply_along(x: Array, matrices: list[Array], y: Array) -> None:
    """y = x with one matrix (out, n) applied to each of its last axes; (n, out) ones transpose
    it."""
    first = x.ndim - len(matrices)
    for axis, matrix in enumerate(matrices, first):
        x = np.moveaxis(np.tensordot(x, matrix, (axis, 1)), -1, axis)
    np.copyto(y, x)
