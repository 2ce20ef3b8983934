"""Max pooling of one input shape in any number of spatial dimensions, with Torch's indices.

x: (planes, *size), y and indices: (planes, *out); the first maximum in row-major order wins. What
`indices` holds is the layer's choice: a table of one number for each tap, and whether the window's
own place is added to it.
"""

from __future__ import annotations

from functools import partial, reduce
from math import ceil, prod
from typing import Any

import numpy as np
from numpy import add, copyto, fmax, greater, maximum, multiply

from .im2col import row_major
from .side_by_side import Shares

Array = np.ndarray
CHUNK_BYTES = 300 << 10  # output planes handled together: their scratch stays in the cache
PART_WORK = 100_000  # cells of windows that are worth a thread of their own, at least


def window_counts(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil_mode: bool,
) -> tuple[int, ...]:
    """The output's size: windows that fit, or (ceil mode) that also hang over the far border.

    With padding anywhere, a last window that would start past the image is dropped.
    """
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, pad, dilation):
        free = n + 2 * p - (d * (k - 1) + 1)
        o = (ceil(free / s) if ceil_mode else free // s) + 1
        out.append(o - 1 if any(pad) and (o - 1) * s >= n + p else o)
    return tuple(out)


class MaxPoolingPlan:
    """Views and scratch of max pooling for one (dtype, planes, geometry)."""

    def __init__(
        self,
        dtype: Any,
        planes: int,
        size: tuple[int, ...],
        out: tuple[int, ...],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilation: tuple[int, ...],
        codes: Array | None = None,
        *,
        like: Array | None = None,
        whole: bool = True,
    ) -> None:
        """`codes` (taps,): what indices hold for each tap; None: the 1-based place in the plane.
        `like`: an array that stands where those of the calls will; None: in this memory. Without
        `whole` it is the plan of a part of the planes."""
        self.dtype, self.planes, self.size, self.out = np.dtype(dtype), planes, size, out
        self.kernel, self.stride, self.pad, self.dilation = kernel, stride, pad, dilation
        self.taps = prod(kernel)
        self.cells, self.places = prod(size), prod(out)
        count = partial(np.arange, like=like)
        rows = row_major(size)
        offsets = _grid([count(k) * d * r for k, d, r in zip(kernel, dilation, rows)])
        origin = [(count(o) * s - p) * r for o, s, p, r in zip(out, stride, pad, rows)]
        self.origin = _grid(origin)  # where each window begins in its plane
        self.offsets = offsets.reshape(-1)
        self.local = codes is None
        self.lut = self.offsets if self.local else np.array(codes, np.int64, like=like)
        last = [(o - 1) * s + (k - 1) * d + 1 for o, s, k, d in zip(out, stride, kernel, dilation)]
        self.bordered = any(pad) or any(e > n for e, n in zip(last, size))
        self.overlapping = any(s < (k - 1) * d + 1 for s, k, d in zip(stride, kernel, dilation))
        item = max(self.places * self.dtype.itemsize, 1)
        self.chunk = min(max(CHUNK_BYTES // item, 1), planes)
        shape = (self.chunk, *out)
        small = np.uint8 if self.taps < 256 else np.uint16
        self.w = np.empty(shape, dtype, like=like)
        self.mask = np.empty(shape, bool, like=like)
        self.code = np.empty(shape, small, like=like)
        self.pick = self.code.copy() if small is np.uint16 else self.mask.view(np.uint8)
        self.numbers = [np.array(q, small, like=like) for q in range(self.taps)]
        self.base = self.origin + 1
        self.plane_base = (count(planes) * self.cells).reshape(planes, *(1,) * len(out)) - 1
        self.border: Array | None = None
        if self.bordered:
            full = tuple(max(n + 2 * p, e) for n, p, e in zip(size, pad, last))
            self.border = np.full((self.chunk, *full), -np.inf, dtype, like=like)
            inner: Any = (Ellipsis, *(slice(p, p + n) for p, n in zip(pad, size)))
            self.inner = self.border[inner]
        self.two_by_two = kernel == (2, 2) and self.chunk == planes
        if self.two_by_two:
            left, right = np.empty((2, 2, *shape), dtype, like=like)
            flags = np.empty((3, *shape), bool, like=like)
            above, below, lower = flags.view(np.uint8)
            self.quads = [left[0], right[0], left[1], right[1]]
            self.columns, self.rows = (left, right, flags[:2]), (left[0], left[1], flags[2])
            self.flags = above, below, lower
            self.quad_lut = self.lut.take([0, 1, 0, 1, 2, 2, 3, 3])
            self.two, self.four = (np.array(q, np.uint8, like=like) for q in (2, 4))
        self.global_index = np.empty((planes, *out), np.int64, like=like)
        self._x: Array | None = None
        self._views: list[list[Array]] = []
        here = like is None or isinstance(like, np.ndarray)
        self.shares = Shares(
            planes if whole and here else 1,
            planes * self.places * self.taps,
            PART_WORK,
            lambda n: MaxPoolingPlan(
                dtype, n, size, out, kernel, stride, pad, dilation, codes, whole=False
            ),
        )

    def forward(self, x: Array, y: Array, indices: Array) -> None:
        """y = the largest of each window, indices = which it was."""
        if self.shares.wanted():
            self.shares.run(MaxPoolingPlan._forward, x=x, y=y, indices=indices)
        else:
            self._forward(x, y, indices)

    def _forward(self, x: Array, y: Array, indices: Array) -> None:
        if self._x is not x:
            self._bind(x)
        if self.two_by_two:
            self._forward_two_by_two(x, y, indices)
            return
        chunk = self.chunk
        for at, windows in zip(range(0, self.planes, chunk), self._views):
            b = min(chunk, self.planes - at)
            o, idx = y[at : at + b], indices[at : at + b]
            w, mask, code, pick = self.w[:b], self.mask[:b], self.code[:b], self.pick[:b]
            if self.border is not None:
                copyto(self.inner[:b], x[at : at + b])
            copyto(o, windows[0])
            code.fill(0)
            for window, number in zip(windows[1:], self.numbers[1:]):
                copyto(w, window)
                greater(w, o, mask)
                fmax(o, w, o)
                multiply(mask.view(np.uint8), number, pick)
                maximum(code, pick, out=code)
            self.lut.take(code, None, idx, "clip")
            if self.local:
                add(idx, self.base, idx)
                if self.border is not None:
                    self._mark_empty(o, idx, mask)

    def _forward_two_by_two(self, x: Array, y: Array, indices: Array) -> None:
        """A tournament: the best of each row, then of both; ties go to the first."""
        (left, right, flags), (top, bottom, lower) = self.columns, self.rows
        above8, below8, lower8 = self.flags
        if self.border is not None:
            copyto(self.inner, x)
        for quad, window in zip(self.quads, self._views[0]):
            quad[...] = window
        greater(right, left, flags)
        fmax(left, right, left)
        greater(bottom, top, lower)
        fmax(top, bottom, y)
        code = self.code  # above + 2·below + 4·lower: which of 8 cases
        multiply(below8, self.two, below8)
        multiply(lower8, self.four, lower8)
        add(above8, below8, code)
        add(code, lower8, code)
        self.quad_lut.take(code, None, indices, "clip")
        if self.local:
            add(indices, self.base, indices)
            if self.border is not None:
                self._mark_empty(y, indices, self.mask)

    @staticmethod
    def _mark_empty(y: Array, indices: Array, mask: Array) -> None:
        """A window that holds nothing above -inf (all of it padding) has index 0."""
        np.equal(y, -np.inf, mask)
        if mask.any():
            indices[mask] = 0

    def backward(self, gy: Array, indices: Array, gx: Array) -> None:
        """Send each gradient to the place that `indices` (1-based, in its plane) names."""
        if self.shares.wanted():
            self.shares.run(MaxPoolingPlan._backward, gy=gy, indices=indices, gx=gx)
        else:
            self._backward(gy, indices, gx)

    def _backward(self, gy: Array, indices: Array, gx: Array) -> None:
        add(indices, self.plane_base, self.global_index)
        if self.border is not None and indices.min() < 1:
            empty = indices < 1
            self.global_index[empty] = 0
            gx.fill(0)
            flat = gx.reshape(-1)
            np.add.at(flat, self.global_index.reshape(-1), np.where(empty, 0, gy).reshape(-1))
        else:
            self._scatter(gy, gx)

    def backward_taps(self, gy: Array, taps: list[Array], gx: Array) -> None:
        """The same where the winning tap is known as one array for each dimension."""
        place = self.global_index
        copyto(place, self.plane_base + 1 + self.origin)
        for tap, d, r in zip(taps, self.dilation, row_major(self.size)):
            place += tap * (d * r)
        self._scatter(gy, gx)

    def _scatter(self, gy: Array, gx: Array) -> None:
        gx.fill(0)
        flat, place = gx.reshape(-1), self.global_index
        if self.overlapping:
            np.add.at(flat, place.reshape(-1), gy.reshape(-1))
        else:
            flat[place] = gy

    def _bind(self, x: Array) -> None:
        self._x = x
        self._views = []
        for at in range(0, self.planes, self.chunk):
            b = min(self.chunk, self.planes - at)
            source = x[at : at + b] if self.border is None else self.border[:b]
            windows = []
            for tap in np.ndindex(*self.kernel):
                cut = (
                    slice(i * d, i * d + (o - 1) * s + 1, s)
                    for i, d, o, s in zip(tap, self.dilation, self.out, self.stride)
                )
                windows.append(source[(slice(None), *cut)])
            self._views.append(windows)


def _grid(axes: list[Array]) -> Array:
    """Sum of one coordinate array for each dimension, as a grid."""
    return reduce(np.add.outer, axes).astype(np.int64)


def largest(x: Array, k: int, axis: int) -> Array:
    """The places of the k largest values along an axis, in their order there; of equal ones the
    first."""
    best = np.argsort(-x, axis, kind="stable").take(range(k), axis)
    best.sort(axis)
    return best


def packed_taps(kernel: tuple[int, ...]) -> Array:
    """The taps of a window (t, h, w) by rows, each as t + 256·h + 65536·w."""
    t, h, w = np.indices(kernel)
    return (t + (h << 8) + (w << 16)).reshape(-1)
