"""Batch normalisation over all axes but the second; x: (n, c) or (n, c, s).

y = (x − mean) / √(var + eps) · weight + bias, with the biased variance; running statistics move by
`momentum` towards the batch's, the running variance towards the unbiased one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy import add, copyto, matmul, multiply, subtract

from th7shell.torch.side_by_side import cuts, parts, side_by_side

Array = np.ndarray
PART_SIZE = 200_000  # elements that are worth a thread of their own, at least
GROUP = 16
ROWS = 512  # that are summed in their own precision
LITTLE = 10_000  # elements below which BLAS sums no faster
BLOCK_BYTES = 256 << 10  # of one sample's planes that several passes go over in the cache
WHOLE = [slice(None)]


def shares(x: Array) -> list[slice]:
    """The features in parts, one for each thread: nothing depends on those of other parts, and
    in blocks of GROUP even BLAS rounds them alike."""
    if x.ndim != 3 or x.size < 2 * PART_SIZE or not isinstance(x, np.ndarray):
        return WHOLE
    groups = -(-x.shape[1] // GROUP)
    count = parts(groups, x.size, PART_SIZE)
    return [slice(GROUP * c.start, GROUP * c.stop) for c in cuts(groups, count)]


def blocks(x: Array) -> list[slice]:
    """The features in parts of which one sample stays in the cache."""
    c, s = x.shape[1:]
    step = max(BLOCK_BYTES // (s * x.dtype.itemsize) // GROUP * GROUP, GROUP)
    return [slice(at, at + step) for at in range(0, c, step)]


def wide(values: Array, x: Array) -> Array:
    """One value for each feature, as an array of one sample of x: loops over whole arrays are
    three times as fast as those that broadcast."""
    array = np.empty(x.shape[1:], x.dtype, like=x)
    copyto(array, values.astype(x.dtype)[:, None])
    return array


def dots(a: Array, b: Array) -> Array:
    """Σ a·b for each feature of one sample."""
    return matmul(a[:, None], b[:, :, None]).reshape(len(a))


def moments(x: Array) -> tuple[Array, Array]:
    """Mean and sum of squared deviations for each feature, in double precision."""
    features = shares(x)
    if len(features) == 1:
        return _moments(x)
    found: list[Any] = [None] * len(features)

    def look(number: int, part: Array) -> None:
        found[number] = _moments(part)

    side_by_side([partial(look, number, x[:, c]) for number, c in enumerate(features)])
    mean, squares = map(np.concatenate, zip(*found))
    return mean, squares


def _moments(x: Array) -> tuple[Array, Array]:
    n, c = x.shape[:2]
    if x.ndim == 2:
        rough = (column_sums(x) / n).astype(x.dtype)
        centred = subtract(x, rough)
        slip = column_sums(centred)
        squares = np.einsum("nc,nc->c", centred, centred).astype(np.float64)
        return rough + slip / n, squares - slip * slip / n
    mean, squares = np.zeros(c, like=x), np.zeros(c, like=x)
    for part in blocks(x):
        mean[part], squares[part] = _block_moments(x[:, part])
    return mean, squares


def _block_moments(x: Array) -> tuple[Array, Array]:
    n, c, s = x.shape
    ones = np.ones(s, x.dtype, like=x)
    total = np.zeros(c, like=x)
    for plane in x:
        total += plane.dot(ones)
    mean = total / (n * s)
    shift = wide(mean, x)
    squares, slip = np.zeros(c, like=x), np.zeros(c, like=x)
    centred = np.empty((c, s), x.dtype, like=x)
    for plane in x:
        subtract(plane, shift, centred)
        squares += dots(centred, centred)
        slip += centred.dot(ones)
    # the rounding of the mean to single precision is taken out again
    return mean, squares - slip * slip / (n * s)


def column_sums(x: Array) -> Array:
    """Sums over the first axis in double precision, of ROWS rows at a time by BLAS in their own."""
    if x.size < LITTLE:
        return add.reduce(x, 0).astype(np.float64)
    ones = np.ones(min(len(x), ROWS), x.dtype, like=x)
    total = ones.dot(x[:ROWS]).astype(np.float64)
    for at in range(ROWS, len(x), ROWS):
        part = x[at : at + ROWS]
        total += ones[: len(part)].dot(part)
    return total


def affine(x: Array, scale: Array, shift: Array, y: Array) -> None:
    """y = x · scale + shift for each feature, one sample at a time."""
    if x.ndim == 2:
        multiply(x, scale, y)
        add(y, shift, y)
        return
    for part in blocks(x):
        rows = x[:, part]
        gain, offset = wide(scale[part], rows), wide(shift[part], rows)
        for source, target in zip(rows, y[:, part]):
            multiply(source, gain, target)
            add(target, offset, target)


def normalise(
    x: Array, y: Array, mean: Array, invstd: Array, weight: Array | None, bias: Array | None
) -> None:
    """y = (x − mean) · invstd · weight + bias; mean and invstd may be double."""
    scale = invstd if weight is None else invstd * weight
    shift = -mean * scale
    if bias is not None:
        shift = shift + bias
    scale, shift = scale.astype(x.dtype), shift.astype(x.dtype)
    features = shares(x)
    if len(features) == 1:
        affine(x, scale, shift, y)
    else:
        side_by_side([partial(affine, x[:, c], scale[c], shift[c], y[:, c]) for c in features])


def sums(x: Array, gy: Array, mean: Array) -> tuple[Array, Array]:
    """Σ gy and Σ gy · (x − mean) for each feature."""
    if x.ndim == 2:
        total = column_sums(gy)
        products = np.einsum("nc,nc->c", gy, x - mean.astype(x.dtype)).astype(np.float64)
        return total, products
    c, s = x.shape[1:]
    ones = np.ones(s, x.dtype, like=x)
    total, products = np.zeros(c, like=x), np.zeros(c, like=x)
    for part in blocks(x):
        rows = x[:, part]
        shift = wide(mean[part], rows)
        centred = np.empty_like(shift)
        for plane, g in zip(rows, gy[:, part]):
            total[part] += g.dot(ones)
            subtract(plane, shift, centred)
            products[part] += dots(centred, g)
    return total, products


def backward(
    x: Array,
    gy: Array,
    gx: Array | None,
    gw: Array | None,
    gb: Array | None,
    weight: Array | None,
    mean: Array,
    invstd: Array,
    scale: float,
    train: bool,
) -> None:
    """gx, and gw += scale·Σ gy·x̂, gb += scale·Σ gy; without `train` the statistics are
    constants."""
    planes, rows = (x, gy, gx), (gw, gb, weight, mean, invstd)
    features = shares(x)
    if len(features) == 1:
        _backward(planes, rows, scale, train)
        return

    def part(c: slice) -> None:
        own = [None if a is None else a[:, c] for a in planes]
        _backward(own, [None if a is None else a[c] for a in rows], scale, train)

    side_by_side([partial(part, c) for c in features])


def _backward(planes: Sequence[Any], rows: Sequence[Any], scale: float, train: bool) -> None:
    x, gy, gx = planes
    gw, gb, weight, mean, invstd = rows
    total: Any = None
    if train or gw is not None or gb is not None:
        total, products = sums(x, gy, mean)
    if gx is not None:
        gain = invstd if weight is None else invstd * weight
        if train:
            count = x.size // x.shape[1]
            slope = products * invstd * invstd * gain / count
            constant = mean * slope - gain * total / count
            _mix(x, gy, gx, gain, -slope, constant)
        elif gx.ndim == 2:
            multiply(gy, gain.astype(x.dtype), gx)
        else:
            multiply(gy, gain.astype(x.dtype)[:, None], gx)
    if gw is not None:
        gw += (scale * products * invstd).astype(gw.dtype)
    if gb is not None:
        gb += (scale * total).astype(gb.dtype)


def _mix(x: Array, gy: Array, gx: Array, a: Array, b: Array, c: Array) -> None:
    """gx = a · gy + b · x + c for each feature."""
    if x.ndim == 2:
        a, b, c = (v.astype(x.dtype) for v in (a, b, c))
        multiply(x, b, gx)
        add(gx, c, gx)
        add(gx, gy * a, gx)
        return
    for part in blocks(x):
        rows = x[:, part]
        first, second, third = (wide(v[part], rows) for v in (a, b, c))
        product = np.empty_like(third)
        for source, g, target in zip(rows, gy[:, part], gx[:, part]):
            multiply(g, first, product)
            multiply(source, second, target)
            add(target, third, target)
            add(target, product, target)
