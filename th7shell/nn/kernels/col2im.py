"""col2im: the transposed convolution, by one reduction over a skewed view for each phase."""

from __future__ import annotations

from math import ceil, gcd, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, copyto, dot, matmul, multiply

from .im2col import row_major

if TYPE_CHECKING:
    from .convolution import ConvolutionPlan

Array = np.ndarray
SCRATCH_BYTES = 2 << 20  # products of one chunk of samples


class Scatter:
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
        self.chunk = chunk = min(max(SCRATCH_BYTES // max(sample, 1), 1), plan.n)
        gap = np.zeros((chunk, o, *grid), dtype, like=plan.ones)
        picked: Any = (..., *(slice(q) for q in plan.out))
        self.values = gap[picked]
        self.gap = gap.reshape(chunk, o, cells)[:, :, :run]
        buffer = np.zeros(chunk * plan.k * cells + margin, dtype, like=plan.ones)
        shape = (chunk, plan.k, run)
        self.product = np.ndarray(shape, dtype, buffer, margin * it, (sample, cells * it, it))
        self.total = np.empty((chunk, c, cells), dtype, like=plan.ones)
        self.axes = tuple(range(2, 2 + len(grid)))
        tap_rows = row_major(plan.kernel, cells)
        phases: list[tuple[Any, ...]] = [()]
        covered = True
        for dim, (size, k, s, p, d) in enumerate(
            zip(plan.size, plan.kernel, plan.stride, plan.pad, plan.dilation)
        ):
            options = []
            for residue in range(s):
                taps_here = [i for i in range(k) if i * d % s == residue]
                first = max(0, ceil((p - residue) / s))
                start = first * s + residue - p
                count = min(grid[dim] - first, ceil((size - start) / s))
                covered &= (bool(taps_here) and start + count * s >= size) or start >= size
                if taps_here and count > 0:
                    step = s // gcd(s, d)
                    options.append(
                        (
                            len(taps_here),
                            taps_here[0] * tap_rows[dim]
                            - (taps_here[0] * d - residue) // s * rows[dim],
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

    def run(self, gy: Array, weight: Array, gx: Array, bias: Array | None = None) -> None:
        """gx = weight (o, c·taps) ∗ gy, with a bias (c, 1) or without."""
        plan, weight = self.plan, weight.T
        n = plan.n
        if bias is not None:
            bias = bias.reshape(-1, *(1,) * len(plan.out))
        if plan.pointwise:
            g, x = gy.reshape(n, plan.o, plan.p), gx.reshape(n, plan.c, plan.p)
            if plan.o == 1:
                multiply(weight, g, x)
            elif n == 1:
                dot(weight, g[0], x[0])
            else:
                matmul(weight, g, x)
            if bias is not None:
                add(gx, bias, gx)
            return
        if not self.covered:
            copyto(gx, 0 if bias is None else bias)
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
            values[...] = gy[at : at + b] if n > chunk else gy
            if plan.o == 1:
                multiply(weight, gap, product)
            else:
                matmul(weight, gap, product)
            target = gx[at : at + b] if n > chunk else gx
            for skew, picked, place in self.phases:
                add.reduce(skew if b == chunk else skew[:b], self.axes, out=total)
                part = picked if b == chunk else picked[:b]
                if bias is None:
                    target[place] = part
                else:
                    add(part, bias, target[place])
