"""Lua's operators on tensors: `+` and `-` with tensors and numbers, `*` the linear algebra product
or a number, `/` and `%` by a number, unary minus. Each gives a new contiguous tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import add, multiply, subtract

from th7shell.lua import BadArgument, LuaError, TorchError, lua_type
from th7shell.lua.callers import from_python

from ..classes import typename
from ..memory import check_memory, new_over
from ..tensor import TYPES
from .arithmetic import divide_whole, remainder, remainder_whole
from .arrays import Array, dims, matched
from .blas import check_mm, check_mv, dot
from .convert import Constants, number_from
from .dispatch import unplace

CONSTANTS: dict[Any, Constants] = {}


def scalar(value: Any, cls: Any, position: int) -> Any:
    """The other operand as a constant of the tensor's type."""
    kind = value.__class__
    if kind is not float and kind is not int:
        value = number_from(value)
        if value.__class__ is not float and value.__class__ is not int:
            check_memory(value)
            raise BadArgument(position, f"number expected, got {lua_type(value)}")
    return CONSTANTS[cls][value]


def like(t: Any, nd: Array) -> Any:
    return new_over(t.__class__, nd if nd.flags.c_contiguous else nd.copy())


def operand(a: Any, b: Any) -> Array:
    """The right operand of `a + b` or `a - b`: a tensor of as many elements, or a number."""
    nd = a.nd
    if b.__class__ is not a.__class__:
        return scalar(b, a.__class__, 2)
    other = b.nd
    if other.shape == nd.shape:
        return other
    return matched(other, nd.shape, ("r_", nd), ("t", nd), ("src", other))


def plus(a: Any, b: Any) -> Any:
    return like(a, add(a.nd, operand(a, b)))


def minus(a: Any, b: Any) -> Any:
    return like(a, subtract(a.nd, operand(a, b)))


def plus_reflected(b: Any, a: Any) -> Any:
    return like(b, add(b.nd, scalar(a, b.__class__, 1)))


def minus_reflected(b: Any, a: Any) -> Any:
    return like(b, subtract(scalar(a, b.__class__, 1), b.nd))


def times(a: Any, b: Any) -> Any:
    kind = b.__class__
    if kind is float or kind is int or kind is not a.__class__:
        nd = a.nd
        return like(a, multiply(nd, scalar(b, a.__class__, 2)))
    x, y = a.nd, b.nd
    if x.ndim == 2 == y.ndim and x.size:
        try:
            return new_over(kind, x.dot(y))
        except ValueError:
            check_mm(x, y)
            raise
    left, right = dims(x), dims(y)
    if left == 1 and right == 1:
        return dot(a, b)
    if left != 2 or right not in (1, 2):
        raise TorchError(f"multiplication between {left}D and {right}D tensors not yet supported")
    (check_mm if right == 2 else check_mv)(a.nd, b.nd)
    return new_over(kind, a.nd.dot(b.nd))


def times_reflected(b: Any, a: Any) -> Any:
    return like(b, multiply(b.nd, scalar(a, b.__class__, 1)))


def divisor(t: Any, value: Any) -> Any:
    value = number_from(value)
    if value.__class__ not in (int, float):
        raise BadArgument(2, "number expected")
    return scalar(value, t.__class__, 2)


def over(a: Any, b: Any) -> Any:
    nd = a.nd
    value = divisor(a, b)
    if nd.dtype.kind == "f":
        return like(a, np.divide(nd, value))
    return new_over(a.__class__, divide_whole(nd, value, np.empty(nd.shape, nd.dtype)))


def modulo(a: Any, b: Any) -> Any:
    nd = a.nd
    value = divisor(a, b)
    out = np.empty(nd.shape, nd.dtype)
    (remainder if nd.dtype.kind == "f" else remainder_whole)(nd, value, out)
    return new_over(a.__class__, out)


def negative(a: Any, *_: Any) -> Any:
    return like(a, np.negative(a.nd))


def not_a_tensor(b: Any, a: Any) -> Any:
    raise BadArgument(
        1, f"{typename(b)} expected, got boolean"
    )  # luaT takes the position for a type code


OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": plus,
    "__radd__": plus_reflected,
    "__sub__": minus,
    "__rsub__": minus_reflected,
    "__mul__": times,
    "__rmul__": times_reflected,
    "__truediv__": over,
    "__rtruediv__": not_a_tensor,
    "__mod__": modulo,
    "__rmod__": not_a_tensor,
    "__neg__": negative,
}


#: what programs in Python get where an operand is none of Lua's
EXTENDED: dict[str, Callable[..., Any]] = {}


def unplaced(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The operator as Lua calls it: its errors get no position, since it runs below a
    metamethod."""

    def operator(a: Any, b: Any = None) -> Any:
        try:
            return function(a, b)
        except LuaError as error:
            return otherwise(name, a, b, error, from_python())

    operator.__name__ = function.__name__
    return operator


def short(name: str, cls: Any, f: np.ufunc, products: bool) -> Callable[..., Any]:
    """The same of one class, short where the other operand is a number or, except in products, a
    vector as long; `f` is the array function."""
    function = OPERATORS[name]
    constants = CONSTANTS[cls]

    def operator(a: Any, b: Any = None) -> Any:
        kind = b.__class__
        if a.__class__ is cls:
            nd = a.nd
            if nd.ndim == 1:
                if kind is float or kind is int:
                    return new_over(cls, f(nd, constants[b]))
                if kind is cls and not products:
                    other = b.nd
                    if other.ndim == 1 and len(nd) == len(other):
                        return new_over(cls, f(nd, other))
        try:
            return function(a, b)
        except LuaError as error:
            return otherwise(name, a, b, error, from_python())

    operator.__name__ = function.__name__
    return operator


def otherwise(name: str, a: Any, b: Any, error: LuaError, python: bool) -> Any:
    """What a program in Python gets where an operand is none of Lua's; else the error is raised."""
    more = EXTENDED.get(name)
    if more is not None and python:
        found = more(a, b)
        if found is not NotImplemented:
            return found
    unplace(error)
    raise error


#: the operators that have a short way: their array functions, and whether tensors have a product
SHORT = {"__add__": (add, False), "__sub__": (subtract, False), "__mul__": (multiply, True)}
UNPLACED = {name: unplaced(name, function) for name, function in OPERATORS.items()}


def install_on(cls: Any) -> None:
    """Give the operators to a tensor class."""
    CONSTANTS[cls] = Constants(cls.dtype)
    for name, operator in UNPLACED.items():
        if name in SHORT:
            operator = short(name, cls, *SHORT[name])
        type.__setattr__(cls, name, operator)


def install() -> None:
    """Give the operators to every tensor class but HalfTensor, which has no arithmetic."""
    for cls in TYPES.values():
        if cls.dtype != np.float16:
            install_on(cls)
