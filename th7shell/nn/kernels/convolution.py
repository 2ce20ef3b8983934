"""Convolution of one input shape in 1, 2 or 3 spatial dimensions: im2col and GEMM.

x: (n, c, *size), y: (n, o, *out), weight: (o, c·taps). `forward`, `grad_input` and `grad_weight`
are the three passes, with cached views and scratch; a transposed (full) convolution is the same
plan with forward and grad_input exchanged.
"""

from __future__ import annotations

from math import ceil, gcd, prod
from typing import Any

import numpy as np
from numpy import add, copyto, dot, matmul, multiply

Array = np.ndarray
SCRATCH_BYTES = 1 << 20  # columns of one chunk of samples: stays in the cache
KEEP_BYTES = 16 << 20  # columns of the whole batch, kept from forward for grad_weight
KEEP_BYTES_1 = 8 << 20  # the same for one input plane, where recomputing is cheap
WIDE_WASTE = 1.4  # wide rows compute this much more than they keep, at most


def output_size(size: int, kernel: int, stride: int, pad: int, dilation: int = 1) -> int:
    """Windows that fit: floor((size + 2·pad − (dilation·(kernel−1)+1)) / stride) + 1."""
    return (size + 2 * pad - (dilation * (kernel - 1) + 1)) // stride + 1


def row_major(shape: tuple[int, ...], unit: int = 1) -> tuple[int, ...]:
    """Strides of a contiguous array of that shape, counted in `unit`."""
    strides: list[int] = []
    for length in reversed(shape):
        strides.append(unit)
        unit *= length
    return tuple(reversed(strides))


class ConvolutionPlan:
    """Views and scratch for one (dtype, batch, planes, geometry); arrays may change from call to
    call.

    Forward copies windows into columns (k, p) and multiplies. Columns of the whole batch are kept
    for grad_weight where they are small; else a chunk of samples at a time goes through scratch,
    and then, with stride 1, several planes and little padding, whole padded rows are copied
    ("wide": one long run a tap) and the surplus at the rows' ends dropped. grad_input multiplies
    into a buffer whose rows end in zeros, so that one reduction over a skewed view adds every tap
    at its place; a stride s does that once for each of its phases.
    """

    def __init__(
        self,
        dtype: Any,
        n: int,
        c: int,
        o: int,
        size: tuple[int, ...],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilation: tuple[int, ...] | None = None,
        out: tuple[int, ...] | None = None,
    ) -> None:
        dims = len(size)
        self.dtype = np.dtype(dtype)
        self.n, self.c, self.o, self.size = n, c, o, size
        self.kernel, self.stride, self.pad = kernel, stride, pad
        self.dilation = dilation = dilation or (1,) * dims
        self.out = out or tuple(map(output_size, size, kernel, stride, pad, dilation))
        self.taps = prod(kernel)
        self.k = c * self.taps
        self.p = prod(self.out)
        self.padded = tuple(s + 2 * p for s, p in zip(size, pad))
        unit = stride == (1,) * dims
        self.pointwise = unit and self.taps == 1 and not any(pad)
        self.may_widen = (
            unit
            and not self.pointwise
            and c >= 3
            and prod(self.padded[1:]) <= WIDE_WASTE * prod(self.out[1:])
        )
        batch = n * self.k * self.p * self.dtype.itemsize
        self.may_keep = batch <= (KEEP_BYTES_1 if c == 1 else KEEP_BYTES)
        self._columns: _Columns | None = None
        self._scatter: _Scatter | None = None
        self._tmp: Array | None = None
        self._ones = np.ones(self.p, self.dtype)

    def forward(
        self, x: Array, weight: Array, bias: Array | None, y: Array, keep: bool = False
    ) -> None:
        """y = weight ∗ x (+ bias, (o, 1)); `keep` asks to hold the columns for grad_weight."""
        columns = self._columns
        if columns is None or columns.keep != (keep and self.may_keep) or columns.x is not x:
            columns = self._columns = _Columns(self, x, keep and self.may_keep)
        if columns.y is not y:
            columns.bind(y)
        k1 = self.k == 1
        for load, source, cols, gemm, target, spread, final in columns.steps:
            if load is not None:
                copyto(*load)
            if source is not None:
                copyto(cols[1], source)
            if k1:
                multiply(weight, cols[0], target)
            else:
                gemm(weight, cols[0], target)
            if bias is not None:
                if spread is None:
                    add(target, bias, target)
                else:
                    add(spread, columns.bias_view(bias), final)
            elif spread is not None:
                copyto(final, spread)
        columns.fresh = True

    def grad_input(self, gy: Array, weight: Array, gx: Array) -> None:
        """gx = weightᵀ ∗ gy, the gradient with respect to x (or a full convolution of gy)."""
        scatter = self._scatter
        if scatter is None:
            scatter = self._scatter = _Scatter(self)
        scatter.run(gy, weight.T, gx)

    def grad_weight(self, x: Array, gy: Array, gw: Array, scale: float = 1) -> None:
        """gw (o, k) += scale · Σ gy · columnsᵀ, with the columns of the forward pass if kept."""
        columns = self._columns
        if columns is None or columns.x is not x:
            columns = self._columns = _Columns(self, x, False)
        kept = columns.keep and columns.fresh
        n, chunk, o = self.n, columns.chunk, self.o
        g3 = None if columns.wide else gy.reshape(n, o, self.p)
        tmp = self._tmp
        if tmp is None:
            tmp = self._tmp = np.empty((n, self.k, o), self.dtype)
        at = 0
        for load, source, cols, _, _, _, _ in columns.loads():
            if not kept:
                if load is not None:
                    copyto(*load)
                if source is not None:
                    copyto(cols[1], source)
            b = min(chunk, n - at)
            if g3 is not None:
                g = g3[at : at + b]
            else:
                g = columns.spread(gy[at : at + b])
            if b == 1:
                dot(cols[0], g[0].T, tmp[at])
            else:
                matmul(cols[0], g.transpose(0, 2, 1), tmp[at : at + b])
            at += b
        total = tmp[0] if n == 1 else add.reduce(tmp, 0)
        if scale != 1:
            total = total * scale
        target = gw.T
        add(target, total, target)

    def forget(self) -> None:
        """Do not use the kept columns again: what they were made from will change."""
        if self._columns is not None:
            self._columns.fresh = False

    def grad_bias(self, gy: Array, gb: Array, scale: float = 1) -> None:
        """gb (o,) += scale · sum of gy over samples and positions."""
        n, o = self.n, self.o
        total = gy.reshape(n * o, self.p).dot(self._ones)
        if n > 1:
            total = add.reduce(total.reshape(n, o), 0)
        if scale != 1:
            total *= scale
        add(gb, total, gb)


class _Columns:
    """The im2col views of one input array, chunk by chunk, and their column buffers."""

    def __init__(self, plan: ConvolutionPlan, x: Array, keep: bool) -> None:
        self.plan, self.x, self.keep, self.fresh = plan, x, keep, False
        self.y: Array | None = None
        self.steps: list[tuple[Any, ...]] = []
        self.wide = plan.may_widen and not keep
        steps = row_major(plan.padded)
        self.cols = 1 + sum((q - 1) * s for q, s in zip(plan.out, steps)) if self.wide else plan.p
        self.rows = (plan.out[0], *plan.padded[1:])  # the grid that wide columns run over
        self.chunk = min(
            max(SCRATCH_BYTES // max(plan.k * self.cols * plan.dtype.itemsize, 1), 1), plan.n
        )
        self._sources = self._views()
        self._bias: tuple[Array, Array] | None = None
        self._gap: tuple[Array, Array] | None = None

    def _views(self) -> list[tuple[Any, ...]]:
        """For each chunk: the copy into the padded buffer, the window view, the columns twice."""
        plan, x = self.plan, self.x
        n, c, it, chunk = plan.n, plan.c, plan.dtype.itemsize, self.chunk
        direct = not any(plan.pad) and x.flags.c_contiguous
        if plan.pointwise and direct:
            matrix = x.reshape(n, c, plan.p)
            parts = [matrix[at : at + chunk] for at in range(0, n, chunk)]
            return [(None, None, (part[0] if len(part) == 1 else part, None)) for part in parts]
        strides = row_major((c, *plan.padded), it)
        sample = prod((c, *plan.padded)) * it
        steps = tuple(s * d for s, d in zip(strides[1:], plan.dilation))
        if self.wide:
            tail, tail_strides = (self.cols,), (it,)
        else:
            tail = plan.out
            tail_strides = tuple(s * d for s, d in zip(strides[1:], plan.stride))
        window = (c, *plan.kernel, *tail)
        window_strides = (sample, strides[0], *steps, *tail_strides)
        held = n if self.keep else chunk
        columns = np.empty((held, plan.k, self.cols), plan.dtype)
        padded = None if direct else np.zeros((chunk, c, *plan.padded), plan.dtype)
        inner = None
        if padded is not None:
            inner = padded[(Ellipsis, *(slice(p, p + s) for p, s in zip(plan.pad, plan.size)))]
        result = []
        for at in range(0, n, chunk):
            b = min(chunk, n - at)
            if padded is None:
                load = None
                source = np.ndarray((b, *window), plan.dtype, x, at * sample, window_strides)
            else:
                load = (inner[:b], x[at : at + b])
                source = np.ndarray((b, *window), plan.dtype, padded, 0, window_strides)
            matrix = columns[at : at + b] if self.keep else columns[:b]
            result.append(
                (load, source, (matrix[0] if b == 1 else matrix, matrix.reshape(b, *window)))
            )
        return result

    def bind(self, y: Array) -> None:
        """Attach the output array: each chunk's product goes there, or through the wide buffer."""
        plan = self.plan
        self.y = y
        chunk, wide = self.chunk, None
        if self.wide:
            wide = np.empty((chunk, plan.o, prod(self.rows)), plan.dtype)
            picked = (Ellipsis, *(slice(q) for q in plan.out))
            rows = wide.reshape(chunk, plan.o, *self.rows)[picked]
        steps = []
        for at, (load, source, cols) in zip(range(0, plan.n, chunk), self._sources):
            b = min(chunk, plan.n - at)
            if wide is None:
                target, spread, final = y.reshape(plan.n, plan.o, plan.p)[at : at + b], None, None
            else:
                target, spread, final = wide[:b, :, : self.cols], rows[:b], y[at : at + b]
            if b == 1:
                target = target[0]
            gemm = dot if b == 1 and target.flags.c_contiguous else matmul
            steps.append((load, source, cols, gemm, target, spread, final))
        self.steps = steps

    def loads(self) -> list[tuple[Any, ...]]:
        """The steps without targets, for grad_weight on an input that forward has not seen."""
        if self.steps:
            return self.steps
        return [
            (load, source, cols, None, None, None, None) for load, source, cols in self._sources
        ]

    def spread(self, gy: Array) -> Array:
        """gy on the grid of wide columns, zero where they hold surplus, so that it adds nothing."""
        if self._gap is None:
            flat = np.zeros((self.chunk, self.plan.o, *self.rows), self.plan.dtype)
            values = flat[(Ellipsis, *(slice(q) for q in self.plan.out))]
            self._gap = flat.reshape(self.chunk, self.plan.o, prod(self.rows)), values
        flat, values = self._gap
        b = len(gy)
        copyto(values[:b], gy)
        return flat[:b, :, : self.cols]

    def bias_view(self, bias: Array) -> Array:
        """The (o, 1) bias with as many axes as the output has."""
        if self._bias is None or self._bias[0] is not bias:
            self._bias = bias, bias.reshape(bias.shape[0], *(1,) * len(self.plan.out))
        return self._bias[1]


class _Scatter:
    """Transposed convolution: GEMM into zero-ended rows, then a reduction over skewed views."""

    def __init__(self, plan: ConvolutionPlan) -> None:
        self.plan = plan
        if plan.pointwise:
            return
        it, dtype, c, o, taps = plan.dtype.itemsize, plan.dtype, plan.c, plan.o, plan.taps
        reach = tuple((k - 1) * d // s for k, d, s in zip(plan.kernel, plan.dilation, plan.stride))
        grid = tuple(q + r for q, r in zip(plan.out, reach))
        rows = row_major(grid)
        run = 1 + sum((q - 1) * r for q, r in zip(plan.out, rows))
        cells = prod(grid)
        margin = cells - run
        sample = plan.k * cells * it
        self.chunk = chunk = min(max(2 * SCRATCH_BYTES // max(sample, 1), 1), plan.n)
        gap = np.zeros((chunk, o, *grid), dtype)
        self.values = gap[(Ellipsis, *(slice(q) for q in plan.out))]
        self.gap = gap.reshape(chunk, o, cells)[:, :, :run]
        buffer = np.zeros(chunk * plan.k * cells + margin, dtype)
        shape = (chunk, plan.k, run)
        self.product = np.ndarray(shape, dtype, buffer, margin * it, (sample, cells * it, it))
        self.total = np.empty((chunk, c, cells), dtype)
        self.axes = tuple(range(2, 2 + len(grid)))
        tap_rows = row_major(plan.kernel, cells)
        phases, covered = [()], True
        for dim, (size, k, s, p, d) in enumerate(
            zip(plan.size, plan.kernel, plan.stride, plan.pad, plan.dilation)
        ):
            options = []
            for phase in range(s):
                taps_here = [i for i in range(k) if i * d % s == phase]
                first = max(0, ceil((p - phase) / s))
                start = first * s + phase - p
                count = min(grid[dim] - first, ceil((size - start) / s))
                covered &= (bool(taps_here) and start + count * s >= size) or start >= size
                if taps_here and count > 0:
                    step = s // gcd(s, d)
                    options.append(
                        (
                            len(taps_here),
                            taps_here[0] * tap_rows[dim]
                            - (taps_here[0] * d - phase) // s * rows[dim],
                            step * tap_rows[dim] - step * d // s * rows[dim],
                            slice(first, first + count),
                            slice(start, start + (count - 1) * s + 1, s),
                        )
                    )
            phases = [(*phase, option) for phase in phases for option in options]
        self.covered = covered
        self.phases = []
        totals = self.total.reshape(chunk, c, *grid)
        for phase in phases:
            base = margin + sum(option[1] for option in phase)
            skew_shape = (chunk, c, *(option[0] for option in phase), cells)
            skew_strides = (sample, taps * cells * it, *(option[2] * it for option in phase), it)
            skew = np.ndarray(skew_shape, dtype, buffer, base * it, skew_strides)
            picked = (slice(None), slice(None))
            self.phases.append(
                (
                    skew,
                    totals[(*picked, *(option[3] for option in phase))],
                    (*picked, *(option[4] for option in phase)),
                )
            )

    def run(self, gy: Array, weight: Array, gx: Array) -> None:
        plan = self.plan
        n = plan.n
        if plan.pointwise:
            g, x = gy.reshape(n, plan.o, plan.p), gx.reshape(n, plan.c, plan.p)
            if plan.o == 1:
                multiply(weight, g, x)
            elif n == 1:
                dot(weight, g[0], x[0])
            else:
                matmul(weight, g, x)
            return
        if not self.covered:
            gx.fill(0)
        chunk, gap, values, product, total = (
            self.chunk,
            self.gap,
            self.values,
            self.product,
            self.total,
        )
        for at in range(0, n, chunk):
            b = min(chunk, n - at)
            if b < chunk:
                gap, values, product, total = gap[:b], values[:b], product[:b], total[:b]
            copyto(values, gy[at : at + b] if n > chunk else gy)
            if plan.o == 1:
                multiply(weight, gap, product)
            else:
                matmul(weight, gap, product)
            target = gx[at : at + b] if n > chunk else gx
            for skew, picked, place in self.phases:
                add.reduce(skew if b == chunk else skew[:b], self.axes, None, total)
                copyto(target[place], picked if b == chunk else picked[:b])
