"""Variance, norms, distances and histograms, for floating point tensors."""

from __future__ import annotations

import math
from math import sqrt
from typing import Any

import numpy as np
from numpy import float64

from th7shell.lua import BadArgument

from ..fused import ALONE
from ..memory import resized
from .arrays import Array, dims, flat, matched
from .blas import dot_product
from .convert import dimension
from .declare import FLOATING, into, operation, plain
from .reductions import ALONG, kept, mean_all, source
from .written import Written

PIECE = 8192  # elements that are widened at a time: what fits a cache


def variance_all(t: Any, biased: bool) -> float:
    nd = t.nd
    centred = np.subtract(nd, mean_all(t), dtype=float64)
    terms = nd.size if biased else nd.size - 1
    return divided(float(np.vdot(centred, centred)), terms)


def divided(total: float, terms: int) -> float:
    """C's quotient: nan or inf for 0 terms."""
    return total / terms if terms else (math.nan if total == 0 or total != total else math.inf)


def deviation_all(t: Any, biased: bool) -> float:
    return sqrt(variance_all(t, biased))


def variance_of(res: Any, t: Any, dim: int, biased: bool, root: bool = False) -> None:
    nd = source(res, t)
    dimension(dim, dims(nd), 3, "invalid dimension %d")
    wide = nd.astype(float64)
    wide -= wide.mean(dim, keepdims=True)
    np.square(wide, wide)
    total = np.add.reduce(wide, dim, keepdims=True)
    terms = nd.shape[dim] - (0 if biased else 1)
    np.divide(total, terms, total)
    if root:
        np.sqrt(total, total)
    resized(res, kept(nd, dim))[...] = total


def deviation_of(res: Any, t: Any, dim: int, biased: bool) -> None:
    variance_of(res, t, dim, biased, root=True)


def norm_all(t: Any, p: float) -> float:
    nd = t.nd
    if p == 2:
        return sqrt(squares(nd))
    if p == 0:
        return float(np.count_nonzero(nd))
    if p == 1:
        return float(np.add.reduce(np.abs(nd), None, float64))
    return root_of(power_sum(nd, p), p, nd.dtype)


# `norm_all` of doubles
norm_double = Written(
    "t p",
    """
nd = t.nd
if p == 2 and nd.ndim == 1 and 0 < len(nd) <= ALONE:
    return sqrt(product(nd, nd))
return norm_all(t, p)""",
    sqrt=sqrt,
    product=dot_product("d"),
    norm_all=norm_all,
    ALONE=ALONE,
)


def squares(nd: Array) -> float:
    """The sum of squares, in double precision."""
    if not nd.flags.c_contiguous:
        nd = np.ascontiguousarray(nd)
    x = flat(nd)
    if x.dtype == float64:
        return x.dot(x)
    if x.size <= PIECE:
        wide = x.astype(float64)
        return wide.dot(wide)
    total, room = 0.0, np.empty(PIECE)
    for i in range(0, x.size, PIECE):
        piece = x[i : i + PIECE]
        wide = room[: piece.size]
        wide[...] = piece
        total += wide.dot(wide)
    return total


def power_sum(nd: Array, p: float, dim: int | None = None) -> Any:
    """The sum of `|x|^p`, of all elements or along `dim`, in double precision."""
    return np.sum(np.power(np.abs(nd), p), dim, float64, keepdims=dim is not None)


def one_by_one(terms: Array, axis: int | None = None) -> Any:
    """The sum in the terms' own precision, one after the other, as the original's `real sum`."""
    if terms.dtype == float64:
        return np.add.reduce(terms, axis)
    return np.add.accumulate(flat(terms) if axis is None else terms, axis or 0).take(-1, axis or 0)


def root_of(total: Any, p: float, dtype: Any) -> float:
    """C's `total^(1/p)` in the tensor's own precision, where 1/0 is inf."""
    power = 1 / p if p else math.copysign(math.inf, p)
    return float(np.power(dtype.type(total), dtype.type(power)))


def norm_of(res: Any, t: Any, p: float, dim: int) -> None:
    nd = source(res, t)
    dimension(dim, dims(nd), 3, "invalid dimension %d")
    if p == 0:
        result = np.count_nonzero(nd, dim, keepdims=True)
    elif p == 2:
        result = np.sqrt(np.add.reduce(np.square(nd), dim, float64, keepdims=True))
    else:
        result = np.power(power_sum(nd, p, dim), 1 / p)
    resized(res, kept(nd, dim))[...] = result


def renorm(res: Any, t: Any, p: float, dim: int, limit: float) -> None:
    nd = t.nd
    dimension(dim, dims(nd), 3, "invalid dimension %d")
    if p <= 0:
        raise BadArgument(2, "non-positive-norm not supported")
    if nd.ndim < 2:
        raise BadArgument(1, f"need at least 2 dimensions, got {nd.ndim} dimensions")
    others = tuple(axis for axis in range(nd.ndim) if axis != dim)
    rows = np.power(np.abs(nd), p).transpose(dim, *others).reshape(nd.shape[dim], -1)
    norms = np.power(one_by_one(rows, 1).astype(float64), 1 / p).astype(nd.dtype)
    norms = norms.reshape([-1 if axis == dim else 1 for axis in range(nd.ndim)])
    scale = np.where(norms > limit, limit / (norms.astype(float64) + 1e-7), 1).astype(nd.dtype)
    np.multiply(nd, scale, nd if res is t else resized(res, nd.shape))


def distance(t: Any, other: Any, p: float) -> float:
    a, b = t.nd, other.nd
    b = matched(b, a.shape, ("tensor", a), ("src", b))
    difference = np.subtract(a, b)
    if p == 2 and difference.dtype == float64:
        return sqrt(squares(difference))
    return root_of(one_by_one(np.power(np.abs(difference), p)), p, difference.dtype)


def edges(nd: Array, low: float, high: float) -> tuple[Any, Any]:
    """The range of a histogram: that of the elements if none is given, widened if it is empty."""
    if low == high:
        if not nd.size:
            raise BadArgument(1, "tensor must have one dimension")
        low, high = nd.min(), nd.max()
    if low == high:
        low, high = low - 1, high + 1
    low, high = nd.dtype.type(low), nd.dtype.type(high)
    if np.isinf(low) or np.isinf(high):
        raise BadArgument(3, "the range of a histogram must be finite")
    return low, high


def check_bins(bins: int) -> None:
    if bins <= 0:
        raise BadArgument(2, "number of bins must be positive")


def counts(nd: Array, bins: int, low: Any, high: Any) -> Array:
    inside = nd[(nd >= low) & (nd <= high)]
    bin_of = ((inside - low) / (high - low) * nd.dtype.type(bins)).astype(np.int64)
    return np.bincount(np.minimum(bin_of, bins - 1), minlength=bins)


def histogram(res: Any, t: Any, bins: int, low: float, high: float) -> None:
    nd = t.nd
    check_bins(bins)
    found = counts(nd, bins, *edges(nd, low, high))
    resized(res, (bins,))[...] = found


def row_histograms(res: Any, t: Any, bins: int, low: float, high: float) -> None:
    nd = t.nd
    if dims(nd) > 2:
        raise BadArgument(2, f"invalid dimension {nd.ndim}, the input must be a 2d tensor")
    dimension(1, dims(nd), 2, "invalid dimension %d")
    check_bins(bins)
    limits = edges(nd, low, high)
    found = np.stack([counts(row, bins, *limits) for row in nd])
    resized(res, found.shape)[...] = found


for _name, _word, _all, _of in (
    ("var", "variance", variance_all, variance_of),
    ("std", "standard deviation", deviation_all, deviation_of),
):
    operation(
        _name,
        f"""Compute the {_word} of all elements, or of the elements along a dimension.

It is normalised by n - 1, by n if `biased` is true. {ALONG}""",
        plain("t:T, biased:boolean=false", _all),
        plain("*res:T?, t:T, dim:index, biased:boolean=false", _of),
        types=FLOATING,
    )
operation(
    "norm",
    f"""Compute the p-norm of all elements, or of the elements along a dimension.

The p-norm is `(sum |x|^p)^(1/p)`; p is 2 by default; 0 counts the elements that are not 0.
{ALONG}""",
    plain("t:T, p:real=2", {"Double": norm_double, "f": norm_all}),
    plain("*res:T?, t:T, p:real, dim:index", norm_of),
    types=FLOATING,
)
operation(
    "renorm",
    """Scale each slice along dimension `dim` whose p-norm is above `limit` down to that norm.

`torch.renorm(x, 2, 1, 5)` limits the 2-norm of each row of x to 5.""",
    into("p:real, dim:index, limit:real", renorm),
    types=FLOATING,
)
operation(
    "dist",
    "Compute the p-norm of the difference of two tensors (p is 2 by default).",
    plain("t:T, src:T, p:real=2", distance),
    types=FLOATING,
)
operation(
    "histc",
    """Count the elements in `bins` (100) bins of equal width between `low` and `high`.

If the limits are equal, as they are by default, the smallest and largest element are taken.""",
    plain("*res:T?, t:T, bins:long=100, low:double=0, high:double=0", histogram),
    types=FLOATING,
)
operation(
    "bhistc",
    "Count the elements of each row of a matrix in bins as `histc` does.",
    plain("*res:T?, t:T, bins:long=100, low:double=0, high:double=0", row_histograms),
    types=FLOATING,
)
