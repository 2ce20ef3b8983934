"""Convolution of one input shape in 1, 2 or 3 spatial dimensions: im2col and GEMM.

x: (n, c, *size), y: (n, o, *out), weight: (o, c·taps). `forward`, `grad_input` and `grad_weight`
are the three passes, with cached views and scratch; a transposed (full) convolution is the same
plan with forward and grad_input exchanged.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy import add, copyto, dot, matmul, multiply

from .col2im import Scatter
from .gathering import Gathering, suits
from .im2col import Columns
from .products import Kept, can_add, prepared
from .side_by_side import Shares
from .threads import SMALL, alone
from .winograd import RowTiles, fits

Array = np.ndarray
KEEP_BYTES = 1 << 20  # columns of the whole batch, kept from forward for grad_weight: more of them
# leave the cache meanwhile, and are sooner made again than fetched
PRODUCT_BYTES = 8 << 20  # one weight gradient for each sample, summed at the end, up to here
PART_WORK = 4_000_000  # multiplications that are worth a thread of their own, at least
SAMPLE_WORK = 2_000_000  # multiplications of a sample from which a call of its own costs little
WIDE_WASTE = 1.4  # wide rows compute this much more than they keep, at most


def output_size(size: int, kernel: int, stride: int, pad: int, dilation: int = 1) -> int:
    """Windows that fit: floor((size + 2·pad − (dilation·(kernel−1)+1)) / stride) + 1."""
    return (size + 2 * pad - (dilation * (kernel - 1) + 1)) // stride + 1


class ConvolutionPlan:
    """Views and scratch for one (dtype, batch, planes, geometry); arrays may change from call to
    call.

    Forward copies windows into columns (k, p) and multiplies. Columns of the whole batch are kept
    for grad_weight where they are small; else a chunk of samples at a time goes through scratch,
    and then, with stride 1, several planes and little padding, whole padded rows are copied
    ("wide": one long run a tap) and the surplus at the rows' ends dropped. grad_input multiplies
    into a buffer whose rows end in zeros, so that one reduction over a skewed view adds every tap
    at its place; a stride s does that once for each of its phases. Kernels of three rows over many
    planes take the way of RowTiles in all three passes, as long as what comes out is finite; other
    kernels over many planes that of Gathering, but for the weight's gradient.
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
        *,
        like: Array | None = None,
        batch: int | None = None,
    ) -> None:
        """`like`: an array that stands where those of the calls will; None: in this memory.
        `batch`: the number of samples of which this plan has a part of n."""
        dims = len(size)
        self.dtype = np.dtype(dtype)
        self.n, self.c, self.o, self.size = n, c, o, size
        self.kernel, self.stride, self.pad = kernel, stride, pad
        self.dilation = dilation = dilation or (1,) * dims
        self.out = out or tuple(map(output_size, size, kernel, stride, pad, dilation))
        self.taps = prod(kernel)
        self.k = c * self.taps
        self.p = prod(self.out)
        self.work = o * self.k * self.p  # multiplications of one sample
        self.padded = tuple(s + 2 * p for s, p in zip(size, pad))
        unit = stride == (1,) * dims
        self.pointwise = unit and self.taps == 1 and not any(pad)
        self.may_widen = (
            unit
            and not self.pointwise
            and c >= 3
            and prod(self.padded[1:]) <= WIDE_WASTE * prod(self.out[1:])
        )
        held = (batch or n) * self.k * self.p * self.dtype.itemsize
        self.may_keep = held <= KEEP_BYTES
        kind, geometry = (
            self.dtype,
            (c, o, size, kernel, stride, pad, dilation, self.out),
        )
        here = like is None or isinstance(like, np.ndarray)
        self.shares = Shares(
            n if here and not batch else 1,
            n * self.work,
            PART_WORK,
            lambda part: ConvolutionPlan(kind, part, *geometry, batch=n),
        )
        self.by_rows = here and fits(self.dtype, n, c, o, kernel, stride, pad, dilation, self.out)
        self._columns: Columns | None = None
        self._scatter: Scatter | Gathering | None = None
        self._ahead: Gathering | None = None
        self.may_gather = here and suits(self, ahead=True)
        #: the gradient of the weight is added sample by sample, by BLAS: in single precision that
        #: is slower for few planes, unless the products of all samples would not fit in the cache
        self.adds = (
            here
            and self.work >= SAMPLE_WORK
            and (o >= 128 or self.dtype.char == "d" or n * o * self.k * 4 > PRODUCT_BYTES)
            and can_add(self.dtype)
        )
        self._gradients = Kept()
        self._tiles: list[RowTiles | None] = [None, None]
        self._tmp: Array | None = None
        self.ones = np.ones(self.p, self.dtype, like=like)

    def forward(
        self, x: Array, weight: Array, bias: Array | None, y: Array, keep: bool = False
    ) -> None:
        """y = weight ∗ x (+ bias, (o, 1)); `keep` asks to hold the columns for grad_weight."""
        if not self.shares.wanted():
            self._forward(x, weight, bias, y, keep)
            return
        self.forget()
        self.shares.run(lambda plan, a, b: plan._forward(a, weight, bias, b, keep), x=x, y=y)

    def grad_input(self, gy: Array, weight: Array, gx: Array, bias: Array | None = None) -> None:
        """gx = weightᵀ ∗ gy, the gradient with respect to x; or a full convolution of gy, with its
        bias (c, 1)."""
        if not self.shares.wanted():
            self._grad_input(gy, weight, gx, bias)
            return
        self.shares.run(lambda plan, g, to: plan._grad_input(g, weight, to, bias), gy=gy, gx=gx)

    def grad_weight(self, x: Array, gy: Array, gw: Array, scale: float = 1) -> None:
        """gw (o, k) += scale · Σ gy · columnsᵀ, with the columns of the forward pass if kept."""
        if not self.shares.wanted():
            self._grad_weight(x, gy, gw, scale)
            return
        sums = [gw, *np.zeros((len(self.shares.plans) - 1, *gw.shape), gw.dtype)]
        self.shares.run(lambda plan, a, g, to: plan._grad_weight(a, g, to, scale), sums, x=x, gy=gy)
        for part in sums[1:]:  # in this order, whichever thread was first
            add(gw, part, gw)

    @alone(lambda self, *_: self.work)
    def _forward(
        self, x: Array, weight: Array, bias: Array | None, y: Array, keep: bool = False
    ) -> None:
        if self.by_rows and x.__class__ is Array and self._by_tiles().forward(x, weight, bias, y):
            return
        if self.may_gather and x.__class__ is Array:
            if self._ahead is None:
                self._ahead = Gathering(self, ahead=True)
            self._ahead.run(x, weight, y, bias)
            return
        columns = self._columns
        if columns is None or columns.keep != (keep and self.may_keep):
            columns = self._columns = Columns(self, keep and self.may_keep)
        if columns.x is not x:
            columns.attach(x)
        if columns.y is not y:
            columns.bind(y)
        k1 = self.k == 1
        for load, source, cols, (gemm, target, spread, final) in zip(
            columns.loads, columns.sources, columns.cols, columns.targets
        ):
            if load is not None:
                copyto(*load)
            if source is not None:
                cols[1][...] = source
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

    @alone(lambda self, *_: self.work)
    def _grad_input(self, gy: Array, weight: Array, gx: Array, bias: Array | None = None) -> None:
        if (
            self.by_rows
            and gy.__class__ is Array
            and self._by_tiles(True).forward(gy, weight, bias, gx)
        ):
            return
        scatter = self._scatter
        if scatter is None:
            kind = Gathering if gy.__class__ is Array and suits(self) else Scatter
            scatter = self._scatter = kind(self)
        scatter.run(gy, weight, gx, bias)

    @alone(lambda self, *_: self.work)
    def _grad_weight(self, x: Array, gy: Array, gw: Array, scale: float = 1) -> None:
        if self.by_rows and x.__class__ is Array and self._by_tiles().grad_weight(x, gy, gw, scale):
            return
        columns = self._columns
        if columns is None:
            columns = self._columns = Columns(self, False)
        if columns.x is not x:
            columns.attach(x)
        kept = columns.keep and columns.fresh
        n, chunk, o = self.n, columns.chunk, self.o
        if self.adds and x.__class__ is Array:
            self._add_gradient(columns, kept, gy, gw, scale)
            return
        g3 = None if columns.wide else gy.reshape(n, o, self.p)
        tmp = self._tmp
        if tmp is None:
            product = self.k * o * self.dtype.itemsize
            held = n if n * product <= PRODUCT_BYTES else 1
            tmp = self._tmp = np.empty((held, self.k, o), self.dtype, like=x)
        whole, at = len(tmp) == n, 0
        rows = tmp[0].reshape(o, self.k)  # of one large weight, in the weight's own layout
        for load, source, cols in zip(columns.loads, columns.sources, columns.cols):
            if not kept:
                if load is not None:
                    copyto(*load)
                if source is not None:
                    copyto(cols[1], source)
            b = min(chunk, n - at)
            g = columns.spread(gy[at : at + b]) if g3 is None else g3[at : at + b]
            if not whole:
                for matrix, part in zip([cols[0]] if b == 1 else cols[0], g):
                    dot(part, matrix.T, rows)
                    _accumulate(gw, rows, scale)
            elif b == 1:
                cols[0].dot(g[0].T, tmp[at])
            else:
                matmul(cols[0], g.transpose(0, 2, 1), tmp[at : at + b])
            at += b
        if whole:
            _accumulate(gw.T, tmp[0] if n == 1 else add.reduce(tmp, 0), scale)

    def _add_gradient(
        self, columns: Columns, kept: bool, gy: Array, gw: Array, scale: float
    ) -> None:
        """The same for a large weight, one sample's product after the other."""
        calls = self._gradients.get(self._gradient_products, columns.cols, gy, gw, scale)
        for load, source, cols, (at, b), sums in zip(
            columns.loads, columns.sources, columns.cols, columns.places, calls
        ):
            if not kept:
                if load is not None:
                    copyto(*load)
                if source is not None:
                    copyto(cols[1], source)
            if columns.wide:
                columns.spread(gy[at : at + b])
            for product in sums:
                product()

    def _gradient_products(self, cols: list[Any], gy: Array, gw: Array, scale: float) -> list[Any]:
        columns: Any = self._columns
        flat = columns.gap(gy)[0] if columns.wide else gy.reshape(self.n, self.o, self.p)
        calls = []
        for (matrix, _), (at, b) in zip(cols, columns.places):
            part = flat[:b] if columns.wide else flat[at : at + b]
            matrices = [matrix] if b == 1 else matrix
            calls.append([prepared(g, m.T, gw, scale) for g, m in zip(part, matrices)])
        return calls

    def _by_tiles(self, back: bool = False) -> RowTiles:
        """Buffers of the way by rows; `back`: from the output to the input."""
        found = self._tiles[back]
        if found is None:
            c, o, size, pad, out = self.c, self.o, self.size, self.pad, self.out
            if back:
                reach = zip(self.kernel, self.dilation, pad)
                c, o, size, out = o, c, out, size
                pad = tuple((k - 1) * d - p for k, d, p in reach)
            geometry = c, o, size, self.kernel[1], pad, self.dilation, out
            found = self._tiles[back] = RowTiles(self.dtype, self.n, *geometry, turned=back)
        return found

    def forget(self) -> None:
        """Do not use the kept columns again: what they were made from will change."""
        for plan in (self, *self.shares.plans):
            if plan._columns is not None:
                plan._columns.fresh = False

    @alone(lambda self, *_: min(self.n * self.o * self.p, SMALL))  # memory is what it waits for
    def grad_bias(self, gy: Array, gb: Array, scale: float = 1) -> None:
        """gb (o,) += scale · sum of gy over samples and positions; of a full convolution gb is
        (c,) and gy as large as x."""
        n, o = self.n, len(gb)
        planes = gy.reshape(n * o, -1)
        cells = planes.shape[1]
        total = planes.dot(self.ones if cells == self.p else np.ones(cells, self.dtype, like=gy))
        if n > 1:
            total = add.reduce(total.reshape(n, o), 0)
        if scale != 1:
            total *= scale
        add(gb, total, gb)


def _accumulate(target: Array, product: Array, scale: float) -> None:
    """target += scale · product; the product may be spoilt."""
    if scale != 1:
        multiply(product, scale, product)
    add(target, product, target)
