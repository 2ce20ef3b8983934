"""Sums, products, extremes and running totals, of all elements or along one dimension.

Along a dimension the result keeps that dimension with size 1. Sums are accumulated in double
precision (integers in 64 bits, wrapping) and converted to the tensor's type.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import float64, int64

from th7shell.lua import BadArgument

from ..memory import resized
from ..types import EXACT, lua_number
from .arrays import CHUNK, Array, dims, store
from .convert import dimension
from .declare import ALL, FLOATING, operation, plain
from .written import Written

SMALL = 32  # elements up to which a Python list is summed faster than NumPy's reduction starts


def plain_sum(numbers: list[Any]) -> Any:
    """The numbers added from the first to the last, each sum rounded; Python's own `sum` keeps
    what rounding loses since version 3.12."""
    total = 0
    for number in numbers:
        total += number
    return total


total = sum if sys.version_info < (3, 12) else plain_sum


def accumulator(dtype: np.dtype) -> Any:
    """The type that sums of `dtype` are accumulated in."""
    return float64 if dtype.kind == "f" else int64


def sum_all(t: Any) -> int | float:
    nd = t.nd
    if nd.size <= SMALL:
        return total(nd.tolist() if nd.ndim == 1 else nd.ravel().tolist())
    return lua_number(np.add.reduce(nd, None, accumulator(nd.dtype)))


def prod_all(t: Any) -> int | float:
    nd = t.nd
    return lua_number(np.multiply.reduce(nd, None, accumulator(nd.dtype)))


def mean_all(t: Any) -> float:
    nd = t.nd
    if not nd.size:
        raise BadArgument(1, "empty Tensor")
    return sum_all(t) / nd.size


sum_double = Written(
    "t",
    """
nd = t.nd
if nd.ndim == 1 and len(nd) <= SMALL:
    return total(nd.tolist())
return float(reduce(nd, None))""",
    total=total,
    reduce=np.add.reduce,
    SMALL=SMALL,
)


def kept(nd: Array, dim: int) -> tuple[int, ...]:
    """The shape of a reduction of `nd` along `dim`."""
    return (*nd.shape[:dim], 1, *nd.shape[dim + 1 :])


def source(res: Any, t: Any) -> Array:
    """The array of `t`, copied if the result is to be written into `t` itself."""
    return t.nd.copy() if res is t else t.nd


def reduction(ufunc: np.ufunc) -> Callable[[Any, Any, int], None]:
    def kernel(res: Any, t: Any, dim: int) -> None:
        nd = t.nd
        if 0 <= dim < nd.ndim and 0 < nd.size <= 4096 and nd.dtype == float64:
            store(res, ufunc.reduce(nd, dim, keepdims=True))
            return
        nd = source(res, t)
        dimension(dim, dims(nd), 2)
        reduce_into(ufunc, nd, dim, resized(res, kept(nd, dim)))

    return kernel


def reduce_into(ufunc: np.ufunc, nd: Array, dim: int, out: Array) -> None:
    """`out = ufunc.reduce(nd)` along `dim`, `out` keeping the dimension."""
    if nd.dtype == float64:
        if (
            ufunc is np.add
            and dim == 0
            and nd.ndim == 2
            and nd.size > 4096
            and out.flags.c_contiguous
        ):
            np.dot(np.ones(nd.shape[0]), nd, out=out[0])
        else:
            ufunc.reduce(nd, dim, out=out, keepdims=True)
    elif nd.dtype.kind == "f" and dim != nd.ndim - 1:
        ufunc.reduce(nd, dim, out=out, keepdims=True)  # row by row, as the original adds
    else:
        out[...] = ufunc.reduce(nd, dim, accumulator(nd.dtype), keepdims=True)


def mean(res: Any, t: Any, dim: int) -> None:
    nd = source(res, t)
    dimension(dim, dims(nd), 2, "invalid dimension %d")
    out = resized(res, kept(nd, dim))
    reduce_into(np.add, nd, dim, out)
    np.divide(out, nd.shape[dim], out)


def extreme_all(place: str) -> Written:
    """`max` or `min` of all elements, given the method that finds its place; NumPy finds a nan
    before any number, so nan wins."""
    return Written(
        "t",
        f"""
nd = t.nd
try:
    return nd.item(nd.{place}())
except ValueError:
    raise BadArgument(1, "tensor must have one dimension") from None""",
        BadArgument=BadArgument,
    )


def as_lua(kernel: Callable[[Any], int | float]) -> Callable[[Any], int | float]:
    """The kernel's result as a Lua number."""

    def converted(t: Any) -> int | float:
        value = kernel(t)
        return value if -EXACT <= value <= EXACT else float(value)

    return converted


def extreme(values_of: np.ufunc, place: str) -> Callable[[Any, Any, Any, int], None]:
    """`max` or `min` along a dimension: the values and the 1-based index of the first of each."""

    def kernel(res: Any, indices: Any, t: Any, dim: int) -> None:
        nd = t.nd
        dimension(dim, nd.ndim if nd.size else 0, 2)
        where = getattr(nd, place)(dim, keepdims=True)
        if dim == nd.ndim - 1 and nd.size > 4096:
            value = np.take_along_axis(nd, where, dim)
        else:
            value = values_of.reduce(nd, dim, keepdims=True)
        store(res, value)
        np.add(where, 1, where)
        store(indices, where)

    return kernel


def running(ufunc: np.ufunc) -> Callable[[Any, Any, int], None]:
    def kernel(res: Any, t: Any, dim: int) -> None:
        nd = t.nd
        dimension(dim, dims(nd), 2)
        out = nd if res is t else resized(res, nd.shape)
        if nd.dtype in (float64, int64):
            ufunc.accumulate(nd, dim, None, out)
        elif nd.ndim == 1 and nd.size > CHUNK:
            accumulate_in_chunks(ufunc, nd, out)
        else:
            out[...] = ufunc.accumulate(nd, dim, accumulator(nd.dtype))

    return kernel


def accumulate_in_chunks(ufunc: np.ufunc, nd: Array, out: Array) -> None:
    """A long vector piece by piece, so that the accumulator's array stays small."""
    scratch = np.empty(CHUNK, accumulator(nd.dtype))
    carry = scratch.dtype.type(ufunc.identity)
    for start in range(0, nd.size, CHUNK):
        piece = nd[start : start + CHUNK]
        sums = scratch[: piece.size]
        sums[...] = piece
        sums[0] = ufunc(sums[0], carry)
        ufunc.accumulate(sums, 0, None, sums)
        carry = sums[-1]
        out[start : start + CHUNK] = sums


ALONG = "The result keeps the reduced dimension with size 1."

operation(
    "sum",
    f"Sum all elements, or the elements along a dimension. {ALONG}",
    plain("t:T", {"Double": sum_double, "f": sum_all, "i": sum_all}),
    plain("*res:T?, t:T, dim:index", reduction(np.add)),
)
operation(
    "prod",
    f"Multiply all elements, or the elements along a dimension. {ALONG}",
    plain("t:T", prod_all),
    plain("*res:T?, t:T, dim:index", reduction(np.multiply)),
)
operation(
    "mean",
    f"Average all elements, or the elements along a dimension. {ALONG}",
    plain("t:T", mean_all),
    plain("*res:T?, t:T, dim:index", mean),
    types=FLOATING,
)
for _name, _word, _all, _along in (
    ("min", "smallest", extreme_all("argmin"), extreme(np.minimum, "argmin")),
    ("max", "largest", extreme_all("argmax"), extreme(np.maximum, "argmax")),
):
    operation(
        _name,
        f"""Find the {_word} of all elements, or of the elements along a dimension.

Along a dimension the results are the values and, as a LongTensor, the index of the first of each.
{ALONG} `values, indices = torch.{_name}(x, 1)`.""",
        plain("t:T", {"Long": as_lua(_all), "f": _all, "i": _all}),
        plain("*res:T?, *indices:LongTensor?, t:T, dim:index", _along),
    )
operation(
    "cumsum",
    "Sum cumulatively along a dimension (the first by default): `res[i] = t[1] + … + t[i]`.",
    plain("*res:T?, t:T, dim:index=1", running(np.add)),
)
operation(
    "cumprod",
    "Multiply cumulatively along a dimension (the first by default).",
    plain("*res:T?, t:T, dim:index=1", running(np.multiply)),
)
operation("numel", "Count the elements.", plain("t:T", lambda t: t.nd.size), types=ALL)
