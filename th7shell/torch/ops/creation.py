"""Operations that fill a tensor: zeros ones fill zero range linspace logspace, and reshape and
cat."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError

from ..memory import (
    allocate,
    count_error,
    leading,
    resized,
    set_sizes,
    sizes_of,
)
from ..storage import MOST_DIMENSIONS
from ..tensor import copy_into
from .arrays import Array, dims
from .convert import c_long
from .declare import FLOATING, fresh, operation, plain
from .written import Place, Written


def sized(res: Any, shape: tuple[int, ...]) -> Array:
    """`res` resized as sizes given by the caller, which may make it empty."""
    return set_sizes(res, ()) if shape == (0,) else resized(res, shape)


def filled(value: int) -> Written:
    def text(place: Place) -> str:
        if place.fresh:
            return f"made = new_array(shape, T.dtype)\nmade.fill({value})"
        return f"sized(res, shape).fill({value})"

    return Written("res shape", text, new_array=allocate, sized=sized)


def fill(res: Any, value: Any) -> None:
    res.nd.fill(value)


def zero(res: Any) -> None:
    res.nd.fill(0)


def of_count(res: Any, count: int) -> Array:
    """`res` as it is if it has `count` elements, else resized to a vector of them."""
    return res.nd if res.nd.size == count and count else sized(res, (count,))


def arrange(res: Any, first: Any, last: Any, step: Any) -> None:
    """Elements `first + i * step` up to and including `last`."""
    if not (step > 0 or step < 0):
        raise BadArgument(3, "step must be a non-null number")
    if not (last >= first if step > 0 else last <= first):
        raise BadArgument(2, "upper bound and larger bound incoherent with step sign")
    if res.nd.dtype.kind == "f":
        count = max(c_long((last - first) / step + 1), 0)
        values = np.arange(count, dtype=np.float64)
    else:
        count = abs(last - first) // abs(step) + 1
        values = np.arange(count, dtype=np.int64)
    values *= step
    values += first
    out = of_count(res, count)
    out[...] = values.reshape(out.shape)


def spaced(function: Callable[[Array], Array]) -> Callable[[Any, float, float, int], None]:
    def kernel(res: Any, first: float, last: float, count: int) -> None:
        if not (count > 1 or (count == 1 and first == last)):
            raise BadArgument(3, "invalid number of points")
        real = res.nd.dtype.type
        values = np.arange(count, dtype=real)
        if count > 1:
            values *= real(last) - real(first)
            values /= real(count - 1)
        values += real(first)
        out = of_count(res, count)
        out[...] = function(values).reshape(out.shape)

    return kernel


def reshape(res: Any, t: Any, shape: tuple[int, ...]) -> None:
    if prod(shape) != t.nd.size:
        raise count_error(("tensor", leading(shape)), ("src", sizes_of(t.nd)))
    if res is t:
        t = t.clone()
    sized(res, shape)
    copy_into(res, t)


def cat_two(res: Any, a: Any, b: Any, dim: int) -> None:
    cat(res, [a, b], dim)


def cat(res: Any, tensors: list[Any], dim: int) -> None:
    """Join tensors along a dimension (-2: the last one of any). Tensors without elements are
    skipped."""
    if dim >= MOST_DIMENSIONS:
        raise BadArgument(4, f"invalid dimension {dim + 1}")
    arrays = [t.nd for t in tensors]
    ndim = max(dim + 1, *(dims(nd) for nd in arrays))
    axis = max(ndim - 1, 0) if dim == -2 else dim
    if axis < 0:
        raise BadArgument(4, f"invalid dimension {dim + 1}")
    arrays = [nd.reshape(nd.shape + (1,) * (ndim - nd.ndim)) for nd in arrays if nd.size]
    if not arrays:
        return
    shape = list(arrays[0].shape)
    for nd in arrays[1:]:
        if any(n != m for d, (n, m) in enumerate(zip(nd.shape, shape)) if d != axis):
            raise TorchError("inconsistent tensor sizes")
    shape[axis] = sum(nd.shape[axis] for nd in arrays)
    if any(res is t for t in tensors):
        joined = np.concatenate(arrays, axis)
        resized(res, tuple(shape))[...] = joined
    else:
        np.concatenate(arrays, axis, resized(res, tuple(shape)))


operation(
    "zeros",
    "Make a tensor of the given sizes filled with 0: `torch.zeros(2, 3)`.",
    fresh("sizes:sizes", filled(0)),
)
operation(
    "ones",
    "Make a tensor of the given sizes filled with 1: `torch.ones(2, 3)`.",
    fresh("sizes:sizes", filled(1)),
)
operation("fill", "Set all elements to a number.", plain("*res:T, value:real", fill))
operation("zero", "Set all elements to 0.", plain("*res:T", zero))
operation(
    "range",
    """Make a vector of the numbers from `first` to `last`, both included, in steps of `step` (1).

`torch.range(1, 5)` is {1, 2, 3, 4, 5}; a negative step counts down.""",
    fresh("first:accreal, last:accreal, step:accreal=1", arrange),
)
operation(
    "linspace",
    "Make a vector of `count` (100) numbers evenly spaced from `first` to `last`, both included.",
    fresh("first:real, last:real, count:long=100", spaced(lambda values: values)),
    types=FLOATING,
)
operation(
    "logspace",
    "Make a vector of `count` (100) numbers logarithmically spaced from `10^first` to `10^last`.",
    fresh(
        "first:real, last:real, count:long=100",
        spaced(lambda values: np.power(values.dtype.type(10), values)),
    ),
    types=FLOATING,
)
operation(
    "reshape",
    "Copy a tensor into the given sizes, which must hold as many elements (`view` does not copy).",
    plain("*res:T?, t:T, sizes:sizes", reshape),
)
operation(
    "cat",
    """Join two tensors, or a table of tensors, along a dimension (the last by default).

The other sizes must agree; tensors without elements are skipped. `torch.cat({x, y, z}, 1)`.""",
    plain("*res:T?, a:T, b:T, dim:index=-1", cat_two),
    plain("*res:T?, tensors:Ts, dim:index=-1", cat),
)
