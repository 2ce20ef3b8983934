"""Fractional max pooling: windows of one size at pseudorandom places, over planes of any number of
axes."""

from __future__ import annotations

from math import prod

import numpy as np

Array = np.ndarray
Sizes = tuple[int, ...]


def starts(samples: Array, n: int, out: int, pool: int) -> Array:
    """Where the windows of each plane begin along one axis, from one random number a plane."""
    real = samples.dtype.type
    last = np.full((len(samples), 1), n - pool, like=samples)
    if out == 1:
        return last
    alpha = real(n - pool) / real(out - 1)
    u = samples[:, None]
    first = ((np.arange(out - 1, dtype=real, like=samples) + u) * alpha).astype(np.intp)
    first -= (u * alpha).astype(np.intp)
    return np.concatenate([first, last], 1)


def cells_of(samples: Array, size: Sizes, out: Sizes, pools: Sizes) -> Array:
    """(planes, windows, taps): the places of each window's cells in its plane. samples: a random
    number for each plane and axis."""
    planes, dims = samples.shape
    base = np.zeros((planes,) + (1,) * (2 * dims), np.intp, like=samples)
    stride = 1
    for axis in reversed(range(dims)):
        first = starts(samples[:, axis], size[axis], out[axis], pools[axis])
        window, tap = [planes] + [1] * (2 * dims), [1] * (2 * dims + 1)
        window[1 + axis], tap[1 + dims + axis] = out[axis], pools[axis]
        taps = np.arange(pools[axis], like=samples)
        base = base + (first.reshape(window) + taps.reshape(tap)) * stride
        stride *= size[axis]
    return base.reshape(planes, prod(out), -1)


def forward(x: Array, cells: Array) -> tuple[Array, Array]:
    """The largest value of each window of the planes x (planes, cells), and its place, from 0."""
    values = x[np.arange(len(x), like=x)[:, None, None], cells]
    best = values.argmax(2)[:, :, None]
    return np.take_along_axis(values, best, 2), np.take_along_axis(cells, best, 2)


def backward(g: Array, places: Array, gx: Array) -> None:
    """gx (planes, cells) = the sums of the gradients g of the windows whose maximum each cell
    was."""
    planes = len(gx)
    gx.fill(0)
    flat = places.reshape(planes, -1) + np.arange(planes, like=gx)[:, None] * gx.shape[1]
    np.add.at(gx.reshape(-1), flat.reshape(-1), g.reshape(-1))
