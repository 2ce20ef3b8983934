"""im2col: the windows of an input array as columns, a chunk of samples at a time."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import copyto, matmul

if TYPE_CHECKING:
    from .convolution import ConvolutionPlan

Array = np.ndarray
SCRATCH_BYTES = 1 << 20  # columns of one chunk of samples: stays in the cache


def row_major(shape: tuple[int, ...], unit: int = 1) -> tuple[int, ...]:
    """Strides of a contiguous array of that shape, counted in `unit`."""
    strides: list[int] = []
    for length in reversed(shape):
        strides.append(unit)
        unit *= length
    return tuple(reversed(strides))


class Columns:
    """The im2col views of an input array, chunk by chunk, and their column buffers.

    For each chunk: `loads`, the copy into the padded buffer; `sources`, the view of all windows;
    `cols`, the columns as the matrix to multiply and in the windows' shape; `targets`, where the
    product goes.
    """

    def __init__(self, plan: ConvolutionPlan, keep: bool) -> None:
        self.plan, self.keep, self.fresh = plan, keep, False
        self.x: Array | None = None
        self.y: Array | None = None
        self.wide = plan.may_widen and not keep
        it, c = plan.dtype.itemsize, plan.c
        rows = row_major(plan.padded)
        self.width = 1 + sum((q - 1) * s for q, s in zip(plan.out, rows)) if self.wide else plan.p
        self.rows = (plan.out[0], *plan.padded[1:])  # the grid that wide columns run over
        self.chunk = min(max(SCRATCH_BYTES // max(plan.k * self.width * it, 1), 1), plan.n)
        strides = row_major((c, *plan.padded), it)
        self.sample = prod((c, *plan.padded)) * it
        taps = tuple(s * d for s, d in zip(strides[1:], plan.dilation))
        tail, tail_strides = plan.out, tuple(s * d for s, d in zip(strides[1:], plan.stride))
        if self.wide:
            tail, tail_strides = (self.width,), (it,)
        self.window = (c, *plan.kernel, *tail)
        self.window_strides = (self.sample, strides[0], *taps, *tail_strides)
        self.places = [(at, min(self.chunk, plan.n - at)) for at in range(0, plan.n, self.chunk)]
        self.loads: list[Any] = []
        self.sources: list[Any] = []
        self.cols: list[Any] = []
        self.targets: list[Any] = []
        self._buffers: list[Any] = []
        self._padded: tuple[Array, Array, list[Array]] | None = None
        self._bias: tuple[Array, Array] | None = None
        self._gap: tuple[Array, Array] | None = None

    def attach(self, x: Array) -> None:
        """Take another input array."""
        plan = self.plan
        self.x, self.fresh = x, False
        direct = not any(plan.pad) and x.flags.c_contiguous
        nothing = [None] * len(self.places)
        if plan.pointwise and direct:
            matrix = x.reshape(plan.n, plan.c, plan.p)
            self.loads = self.sources = nothing
            self.cols = [
                (matrix[at] if b == 1 else matrix[at : at + b], None) for at, b in self.places
            ]
            return
        self.cols = self._columns()
        if direct:
            self.loads = nothing
            self.sources = [self._windows(x, at, b) for at, b in self.places]
        else:
            inner, self.sources = self._border()
            self.loads = [(inner[:b], x[at : at + b]) for at, b in self.places]

    def _windows(self, memory: Array, at: int, b: int) -> Array:
        """A view of all windows of b samples, the first at number `at` of a contiguous array."""
        shape = (b, *self.window)
        start = at * self.sample
        return np.ndarray(shape, self.plan.dtype, memory, start, self.window_strides)

    def _border(self) -> tuple[Array, list[Array]]:
        """The inner part of the padded buffer, and the views of its windows."""
        if self._padded is None:
            plan = self.plan
            padded = np.zeros((self.chunk, plan.c, *plan.padded), plan.dtype, like=plan.ones)
            inside: Any = (..., *(slice(p, p + s) for p, s in zip(plan.pad, plan.size)))
            inner = padded[inside]
            self._padded = padded, inner, [self._windows(padded, 0, b) for _, b in self.places]
        return self._padded[1:]

    def _columns(self) -> list[Any]:
        """The column buffers: of the whole batch if they are kept, else of one chunk."""
        if not self._buffers:
            plan = self.plan
            held = plan.n if self.keep else self.chunk
            columns = np.empty((held, plan.k, self.width), plan.dtype, like=plan.ones)
            for at, b in self.places:
                matrix = columns[at : at + b] if self.keep else columns[:b]
                windows = matrix.reshape(b, *self.window)
                self._buffers.append((matrix[0] if b == 1 else matrix, windows))
        return self._buffers

    def bind(self, y: Array) -> None:
        """Take another output array: products go there, or through the wide buffer."""
        plan = self.plan
        self.y = y
        if self.wide and not self.targets:
            wide = np.empty((self.chunk, plan.o, prod(self.rows)), plan.dtype, like=plan.ones)
            picked: Any = (..., *(slice(q) for q in plan.out))
            rows = wide.reshape(self.chunk, plan.o, *self.rows)[picked]
            self._wide = wide[:, :, : self.width], rows
        self.targets = []
        flat = y.reshape(plan.n, plan.o, plan.p)
        for at, b in self.places:
            if self.wide:
                target, spread, final = self._wide[0][:b], self._wide[1][:b], y[at : at + b]
            else:
                target, spread, final = flat[at : at + b], None, None
            if b == 1:
                target = target[0]
            alone = b == 1 and target.flags.c_contiguous
            gemm = target.__class__.dot if alone else matmul
            self.targets.append((gemm, target, spread, final))

    def spread(self, gy: Array) -> Array:
        """gy on the grid of wide columns, zero where they hold surplus, so that it adds nothing."""
        flat, values = self.gap(gy)
        b = len(gy)
        copyto(values[:b], gy)
        return flat[:b]

    def gap(self, gy: Array) -> tuple[Array, Array]:
        """Where `spread` puts a chunk of gy: as matrices, and as images."""
        if self._gap is None:
            shape = (self.chunk, self.plan.o, *self.rows)
            flat = np.zeros(shape, self.plan.dtype, like=gy)
            picked: Any = (..., *(slice(q) for q in self.plan.out))
            values = flat[picked]
            matrices = flat.reshape(self.chunk, self.plan.o, prod(self.rows))
            self._gap = matrices[:, :, : self.width], values
        return self._gap

    def bias_view(self, bias: Array) -> Array:
        """The (o, 1) bias with as many axes as the output has."""
        if self._bias is None or self._bias[0] is not bias:
            self._bias = bias, bias.reshape(bias.shape[0], *(1,) * len(self.plan.out))
        return self._bias[1]
