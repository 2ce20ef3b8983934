"""Softmax and its logarithm along one axis, for x of any number of dimensions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .side_by_side import cuts, parts, side_by_side

BLOCK_BYTES = 256 << 10  # rows that the passes of a kernel go over while they are in the cache
LONG = 256
PART_SIZE = 100_000  # elements that are worth a thread of their own, at least


def _by_rows(kernel: Callable[..., None]) -> Callable[..., None]:
    """The kernel, a block of rows at a time where rows do not depend on each other."""

    def some(arrays: list[NDArray], axis: int) -> None:
        first = arrays[0]
        step = max(BLOCK_BYTES * len(first) // first.nbytes, 1)
        for at in range(0, len(first), step):
            kernel(*(a[at : at + step] for a in arrays), axis)

    @wraps(kernel)
    def blocked(first: NDArray, *more: Any) -> None:
        *others, axis = more
        if axis == 0 or first.nbytes <= BLOCK_BYTES or not isinstance(first, np.ndarray):
            kernel(first, *more)
            return
        arrays = [first, *others]
        count = parts(len(first), first.size, PART_SIZE)
        slices = cuts(len(first), count)
        side_by_side([partial(some, [a[cut] for a in arrays], axis) for cut in slices])

    return blocked


def _sums(x: NDArray, axis: int) -> NDArray:
    """Sums along an axis, which is kept; those of long rows by BLAS, three times as fast."""
    if x.ndim != 2 or axis != 1 or x.shape[1] < LONG:
        return np.add.reduce(x, axis, keepdims=True)
    return x.dot(np.ones((x.shape[1], 1), x.dtype, like=x))


@_by_rows
def softmax(x: NDArray, out: NDArray, axis: int) -> None:
    """out = eˣ / Σ eˣ."""
    np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, _sums(out, axis), out=out)


@_by_rows
def softmax_gradient(y: NDArray, g: NDArray, out: NDArray, axis: int) -> None:
    """out = y·(g - Σ y·g)."""
    dots = _sums(y * g, axis)
    np.subtract(g, dots, out=out)
    np.multiply(out, y, out=out)


@_by_rows
def log_softmax(x: NDArray, out: NDArray, axis: int) -> None:
    """out = x - log Σ eˣ."""
    np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), out=out)
    total = _sums(np.exp(out), axis)
    np.subtract(out, np.log(total, out=total), out=out)


@_by_rows
def log_softmax_gradient(y: NDArray, g: NDArray, out: NDArray, axis: int) -> None:
    """out = g - e^y·Σ g."""
    rest = np.exp(y)
    np.multiply(rest, _sums(g, axis), out=rest)
    np.subtract(g, rest, out=out)
