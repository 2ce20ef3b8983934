"""Average pooling of one input shape: separable sums, one axis after the other.

x: (planes, *size), y: (planes, *out). A window's divisor is its size clipped at the far end of the
padding, or the number of its cells inside the image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import add, copyto, divide, multiply

Array = np.ndarray
CHUNK_BYTES = 1 << 20


class AveragePoolingPlan:
    """Divisors and scratch of average (or sum) pooling for one (dtype, planes, geometry)."""

    def __init__(
        self,
        dtype: Any,
        planes: int,
        size: tuple[int, ...],
        out: tuple[int, ...],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...] | None = None,
        count_pad: bool = True,
        divide: bool = True,
        *,
        like: Array | None = None,
    ) -> None:
        """`like`: an array that stands where those of the calls will; None: in this memory."""
        pad = pad or (0,) * len(size)
        self.dtype, self.planes, self.size, self.out = np.dtype(dtype), planes, size, out
        self.kernel, self.stride, self.pad = kernel, stride, pad
        last = tuple((o - 1) * s + k for o, s, k in zip(out, stride, kernel))
        self.full = tuple(max(n + 2 * p, e) for n, p, e in zip(size, pad, last))
        self.bordered = self.full != size
        self.inner: Any = (Ellipsis, *(slice(p, p + n) for p, n in zip(pad, size)))
        self.tiled = not self.bordered and kernel == stride and last == size
        self.whole = not self.bordered and kernel == size  # one window has all of the plane
        self.ones = np.ones(int(np.prod(size)) if self.whole else 0, dtype, like=like)
        self.divisor = self._divisor(count_pad, like) if divide else None
        cells = max(int(np.prod(self.full)) * self.dtype.itemsize, 1)
        self.chunk = min(max(CHUNK_BYTES // cells, 1), planes)
        self.border: Array | None = None
        if self.bordered:
            self.border = np.zeros((self.chunk, *self.full), dtype, like=like)
        # partial sums, pooled along the axes before them: rows first
        self.partial = [
            np.empty((self.chunk, *out[: i + 1], *self.full[i + 1 :]), dtype, like=like)
            for i in range(len(size))
        ]

    def _divisor(self, count_pad: bool, like: Array | None) -> Array | float:
        total: Array = np.ones((), like=like)
        for n, o, k, s, p in zip(self.size, self.out, self.kernel, self.stride, self.pad):
            start = np.arange(o, like=like) * s - p
            end = np.minimum(start + k, n + p)
            if not count_pad:
                start, end = np.maximum(start, 0), np.minimum(end, n)
            total = np.multiply.outer(total, end - start)
        first = float(total.reshape(-1)[0])
        if (total == first).all():
            return first
        return total.astype(self.dtype)

    def _windows(self, array: Array, axis: int) -> list[Array]:
        """The k strided slices of `array` (planes first) along one spatial axis."""
        o, k, s = self.out[axis], self.kernel[axis], self.stride[axis]
        cut: list[Any] = [slice(None)] * array.ndim
        views = []
        for i in range(k):
            cut[axis + 1] = slice(i, i + (o - 1) * s + 1, s)
            views.append(array[tuple(cut)])
        return views

    def forward(self, x: Array, y: Array) -> None:
        """y = sum of each window / its divisor."""
        if self.whole:
            copyto(y.reshape(-1), x.reshape(self.planes, -1).dot(self.ones))
        else:
            self._sum(x, y)
        if self.divisor is not None:
            divide(y, self.divisor, y)

    def _sum(self, x: Array, y: Array) -> None:
        chunk = self.chunk
        for at in range(0, self.planes, chunk):
            b = min(chunk, self.planes - at)
            source = x[at : at + b]
            if self.border is not None:
                border = self.border[:b]
                copyto(border[self.inner], source)
                source = border
            for axis in range(len(self.size)):
                last = axis == len(self.size) - 1
                target = y[at : at + b] if last else self.partial[axis][:b]
                views = self._windows(source, axis)
                if len(views) == 1:
                    copyto(target, views[0])
                else:
                    add(views[0], views[1], target)
                for view in views[2:]:
                    add(target, view, target)
                source = target

    def backward(self, gy: Array, gx: Array) -> None:
        """gx = each gradient / its divisor, spread over its window."""
        g = gy if self.divisor is None else gy / self.divisor
        if self.whole:
            copyto(gx.reshape(self.planes, -1), g.reshape(-1, 1))
            return
        if self.tiled:
            split = [n for o, k in zip(self.out, self.kernel) for n in (o, k)]
            spread = g.reshape((self.planes, *(m for o in self.out for m in (o, 1))))
            copyto(gx.reshape(self.planes, *split), spread)
            return
        chunk = self.chunk
        for at in range(0, self.planes, chunk):
            b = min(chunk, self.planes - at)
            source = g[at : at + b]
            for axis in reversed(range(len(self.size))):
                if axis:
                    target = self.partial[axis - 1][:b]
                else:
                    target = gx[at : at + b] if self.border is None else self.border[:b]
                target.fill(0)
                for view in self._windows(target, axis):
                    add(view, source, view)
                source = target
            if self.border is not None:
                copyto(gx[at : at + b], self.border[:b][self.inner])
                self.border.fill(0)


def scale_planes(x: Array, weight: Array, bias: Array, y: Array) -> None:
    """y = x · weight + bias with one weight and bias for each plane; x, y: (n, c, …)."""
    shape = (len(weight), *(1,) * (x.ndim - 2))
    multiply(x, weight.reshape(shape), y)
    add(y, bias.reshape(shape), y)
