"""Convolution of each plane with filters of its own.

A block of planes at a time is laid out with zeros around it, once for each column of the kernel, so
that it lies where the windows' first column does: then a row of the kernel is a small product of
long runs over all samples, and rows of the kernel meet at a distance. Geometry is given as (h, w)
pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy import add, copyto, matmul, multiply

from .side_by_side import cuts, parts, side_by_side

Array = np.ndarray
Pair = tuple[int, int]
BLOCK_BYTES = 512 << 10  # of the planes that are laid out together
PART_WORK = 1_000_000  # products that are worth a thread of their own, at least


class Layout:
    """Where n samples of a plane stand: (phases of rows, columns of the kernel, n, rows, columns),
    all rows and columns of a phase a stride apart."""

    def __init__(
        self, n: int, size: Pair, kernel: Pair, stride: Pair, pad: Pair, out: Pair
    ) -> None:
        self.n, self.size, self.kernel, self.out = n, size, kernel, out
        self.stride, self.pad = stride, pad
        rows, columns = (-(-(k + 2 * p) // s) for k, p, s in zip(size, pad, stride))
        self.grid = n, rows, columns
        self.cells = n * rows * columns
        self.steps = [(i % stride[0], i // stride[0] * columns) for i in range(kernel[0])]
        self.run = self.cells - self.steps[-1][1]  # what every row of the kernel can reach
        self.places = [
            (i, j, (a, b), (up, left))
            for i in range(stride[0])
            for a, up in _meeting(size[0], stride[0], i - pad[0], rows)
            for j in range(kernel[1])
            for b, left in _meeting(size[1], stride[1], j - pad[1], columns)
        ]

    def blocks(self, planes: int, width: int, item: int) -> tuple[int, Iterator[slice]]:
        """How many planes, each laid out in `width` columns, are handled together, and all such
        blocks."""
        each = self.stride[0] * width * self.cells * item
        size = min(max(BLOCK_BYTES // each, 1), planes)
        return size, (slice(at, min(at + size, planes)) for at in range(0, planes, size))

    def rows(self, planes: int, width: int, like: Array) -> Array:
        """Zeros for the layout of so many planes."""
        shape = planes, self.stride[0], width, *self.grid
        return np.zeros(shape, like.dtype, like=like)

    def load(self, x: Array, rows: Array) -> None:
        """Lay out planes (n, planes, m, h, w), m·kW columns for each."""
        x = x.transpose(1, 2, 0, 3, 4)
        for m in range(x.shape[1]):
            for i, j, here, there in self.places:
                copyto(
                    rows[(slice(None), i, m * self.kernel[1] + j, slice(None), *here)],
                    x[(slice(None), m, slice(None), *there)],
                )

    def outputs(self, planes: int, like: Array) -> tuple[Array, Array]:
        """Zeros for the outputs of so many planes: the windows' places, and the runs."""
        flat = np.zeros((planes, self.cells), like.dtype, like=like)
        images = flat.reshape(planes, *self.grid)
        return images[:, :, : self.out[0], : self.out[1]], flat[:, : self.run]

    def turned(self) -> Layout | None:
        """The layout in which outputs are convolved back with the kernel turned about."""
        back = tuple(k - 1 - p for k, p in zip(self.kernel, self.pad))
        if self.stride != (1, 1) or min(back) < 0:
            return None
        return Layout(self.n, self.out, self.kernel, (1, 1), (back[0], back[1]), self.size)


def _meeting(size: int, stride: int, start: int, count: int) -> Iterator[tuple[slice, slice]]:
    """(places of `count`, those in an axis of that size), from `start` a stride apart, where both
    are, if anywhere."""
    first = max(0, -(start // stride))
    start += first * stride
    number = min(count - first, -(-(size - start) // stride))
    if number > 0:
        stop = start + (number - 1) * stride + 1
        yield slice(first, first + number), slice(start, stop, stride)


def by_planes(
    kernel: Callable[..., None], layout: Layout, arrays: list[Any], more: tuple[Any, ...] = ()
) -> None:
    """kernel(layout, arrays of some planes …, more …), the planes shared out to the threads; of
    arrays of five axes they are the second, of others the first."""
    x, filters = arrays[:2]
    here = isinstance(x, np.ndarray)
    count = parts(len(filters), x.size * filters[0].size, PART_WORK) if here else 1
    calls = []
    for cut in cuts(len(filters), count):
        some = [a if a is None else a[:, cut] if a.ndim == 5 else a[cut] for a in arrays]
        calls.append(partial(kernel, layout, *some, *more))
    side_by_side(calls)


def forward(layout: Layout, x: Array, filters: Array, bias: Array | None, y: Array) -> None:
    """y (n, c, o, oH, oW) = windows of x (n, c, m, h, w) · filters (c, o, kH, m·kW), + bias
    (c, o)."""
    width = filters.shape[3]
    size, blocks = layout.blocks(len(filters), width, x.dtype.itemsize)
    rows = layout.rows(size, width, x)
    sums, total = layout.outputs(size, x)
    phases, run = layout.stride[0], layout.run
    for block in blocks:
        b = block.stop - block.start
        layout.load(x[:, block], rows[:b])
        runs = rows[:b].reshape(b, phases, width, layout.cells)
        for o in range(filters.shape[1]):
            products = [matmul(filters[block, o, i::phases], runs[:, i]) for i in range(phases)]
            for k, (i, at) in enumerate(layout.steps):
                product = products[i][:, k // phases, at : at + run]
                if k:
                    add(total[:b], product, total[:b])
                elif bias is None:
                    copyto(total[:b], product)
                else:
                    add(product, bias[block, o].reshape(b, 1), total[:b])
            copyto(y[:, block, o].transpose(1, 0, 2, 3), sums[:b])


def grad_input(layout: Layout, gy: Array, filters: Array, gx: Array) -> None:
    """gx (n, c, 1, h, w) = each window's gradient gy (n, c, o, oH, oW) · filters (c, o, kH, kW),
    spread over its cells."""
    back = layout.turned()
    if back is not None:
        turned = filters[:, :, ::-1, ::-1].transpose(0, 2, 1, 3)
        forward(back, gy, turned.reshape(len(filters), 1, layout.kernel[0], -1), None, gx)
        return
    width = layout.kernel[1]
    size, blocks = layout.blocks(len(filters), width, gy.dtype.itemsize)
    rows = layout.rows(size, width, gy)
    gradients, flat = layout.outputs(size, gy)
    product = np.empty_like(flat)
    for block in blocks:
        b = block.stop - block.start
        rows.fill(0)
        runs = rows[:b].reshape(b, layout.stride[0], width, layout.cells)
        for o in range(filters.shape[1]):
            copyto(gradients[:b], gy[:, block, o].transpose(1, 0, 2, 3))
            for k, (i, at) in enumerate(layout.steps):
                for j in range(width):
                    multiply(flat[:b], filters[block, o, k, j].reshape(b, 1), product[:b])
                    target = runs[:, i, j, at : at + layout.run]
                    add(target, product[:b], target)
        target = gx[:, block, 0].transpose(1, 0, 2, 3)
        target.fill(0)
        for i, j, here, there in layout.places:
            cells = target[(..., *there)]
            add(cells, rows[(slice(b), i, j, slice(None), *here)], cells)


def grad_weight(layout: Layout, x: Array, gw: Array, gy: Array, scale: float) -> None:
    """gw (c, o, kH, kW) += scale · Σ gy (n, c, o, oH, oW) · windows of x (n, c, 1, h, w)."""
    o, width = gw.shape[1], layout.kernel[1]
    size, blocks = layout.blocks(len(gw), width, x.dtype.itemsize)
    rows = layout.rows(size, width, x)
    gradients = np.zeros((size, o, *layout.grid), x.dtype, like=x)
    places = gradients[:, :, :, : layout.out[0], : layout.out[1]]
    flat = gradients.reshape(size, o, layout.cells)[:, :, : layout.run].transpose(0, 2, 1)
    for block in blocks:
        b = block.stop - block.start
        layout.load(x[:, block], rows[:b])
        runs = rows[:b].reshape(b, layout.stride[0], width, layout.cells)
        copyto(places[:b], gy[:, block].transpose(1, 2, 0, 3, 4))
        for k, (i, at) in enumerate(layout.steps):
            total = matmul(runs[:, i, :, at : at + layout.run], flat[:b]).transpose(0, 2, 1)
            target = gw[block, :, k]
            add(target, total if scale == 1 else total * scale, target)
