"""Convolution of many planes by products that add up: nothing is copied for the taps, and no sum
over them is left to do.

An output of stride 1 is the sum over the taps of (o, c) matrices times the whole input, some places
further each; so is every s-th row and column of the input's gradient (a phase of the stride s), of
the output's gradient. A sample is laid out once with zeros around it, and each product reads a
range of that.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, copyto

from .products import can_add, prepared

if TYPE_CHECKING:
    from .convolution import ConvolutionPlan

Array = np.ndarray
LEAST_PLANES = 16  # of both sides
LEAST_WORK = 200_000  # multiplications of one product, below which its call costs too much
PLACES = 3  # places of the batch for each output plane, or laying out the weight costs more
Reach = list[tuple[int, int]]  # (tap, places further) of one phase


def suits(plan: ConvolutionPlan, ahead: bool = False) -> bool:
    """Whether products over planes are large enough, and can add to what is there; `ahead`: from
    the input to the output."""
    result, steps = (plan.out, 1) if ahead else (plan.size, prod(plan.stride))
    large = plan.c * plan.o * prod(result) / steps >= LEAST_WORK
    if ahead:
        whole = max(plan.stride) == 1
    else:
        axes = zip(plan.size, plan.kernel, plan.stride, plan.pad, plan.dilation)
        whole = all(all(_reaches(*axis)) for axis in axes)
    large = large and plan.n * plan.p >= PLACES * plan.o
    planes = min(plan.c, plan.o) >= LEAST_PLANES and len(plan.size) == 2
    return large and whole and planes and not plan.pointwise and can_add(plan.dtype)


def _reaches(size: int, kernel: int, stride: int, pad: int, dilation: int) -> list[Reach]:
    """The taps that reach each phase of an axis, and how many places of the gradient after the
    phase's own they find what they multiply."""
    return [
        [
            (tap, (phase + pad - tap * dilation) // stride)
            for tap in range(kernel)
            if (phase + pad - tap * dilation) % stride == 0
        ]
        for phase in range(min(stride, size))
    ]


class Gathering:
    """Buffers and prepared products for one geometry, a sample at a time; `ahead`: from the input
    to the output."""

    def __init__(self, plan: ConvolutionPlan, ahead: bool = False) -> None:
        self.plan, self.ahead = plan, ahead
        dtype, item = plan.dtype, plan.dtype.itemsize
        c, o, size, out = plan.c, plan.o, plan.size, plan.out
        axes = list(zip(size, plan.kernel, plan.stride, plan.pad, plan.dilation))
        if ahead:
            c, o, size, out = o, c, out, size
            reaches = [[[(i, i * d - p) for i in range(k)]] for _, k, _, p, d in axes]
            counts = [[n] for n in size]
        else:
            reaches = [_reaches(*axis) for axis in axes]
            counts = [[-(-(n - a) // s) for a in range(min(s, n))] for n, _, s, *_ in axes]
        down, right = reaches
        #: one row's zeros are those before the next
        border = max(
            max(-further, further + count - out[1], 0)
            for reach, count in zip(right, counts[1])
            for _, further in reach
        )
        width = max(out[1] + border, *counts[1])
        self.kernels = np.zeros((*plan.kernel, o, c), dtype)
        steps, self.stores = [], []
        for (a, rows), (b, columns) in product(*map(enumerate, (down, right))):
            run, many = counts[0][a] * width, counts[1][b]
            total = np.zeros((c, run), dtype)
            place = (
                slice(None),
                slice(a, None, plan.stride[0]),
                slice(b, None, plan.stride[1]),
            )
            self.stores.append((total.reshape(c, -1, width)[:, :, :many], place))
            taps = [((i, j), i2 * width + j2) for (i, i2), (j, j2) in product(rows, columns)]
            steps += [(tap, at, total, k > 0) for k, (tap, at) in enumerate(taps)]
        lead = max(0, -min(at for _, at, _, _ in steps))
        ends = [at + total.shape[1] for _, at, total, _ in steps]
        length = lead + max(out[0] * width, *ends)
        gap = np.zeros((o, length), dtype)
        strides = length * item, width * item, item
        self.values = np.ndarray((o, *out), dtype, gap, lead * item, strides)
        self.products: list[Any] = [
            prepared(
                self.kernels[tap].T,
                gap[:, lead + at : lead + at + total.shape[1]],
                total,
                add=more,
            )
            for tap, at, total, more in steps
        ]

    def run(self, gy: Array, weight: Array, gx: Array, bias: Array | None = None) -> None:
        """gx = weight (o, c·taps) ∗ gy, with a bias (c, 1) or without; ahead they are the output
        and the input, and the bias is (o, 1)."""
        plan = self.plan
        order = (2, 3, 1, 0) if self.ahead else (2, 3, 0, 1)
        copyto(self.kernels, weight.reshape(plan.o, plan.c, *plan.kernel).transpose(order))
        if bias is not None:
            bias = bias.reshape(-1, 1, 1)
        for g, x in zip(gy, gx):
            copyto(self.values, g)
            for step in self.products:
                step()
            for total, place in self.stores:
                if bias is None:
                    copyto(x[place], total)
                else:
                    add(total, bias, x[place])
