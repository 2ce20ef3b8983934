"""Functions of pure arithmetic, `function(x) return x * 0.5 + y end`, computed on whole arrays.

`t:apply(f)` calls f for each element. Where the code of f shows that it can do nothing but
arithmetic on its arguments, constants and captured numbers, one call with arrays in place of the
numbers does the same: each operation is the one of IEEE doubles, in the same order. Code that
compares, indexes, calls or assigns anything else is left to the loop.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import LuaError, LuaObject

# instructions without effect outside the function's own frame; jumps only go over arithmetic
HARMLESS = frozenset(
    """RESUME COPY_FREE_VARS LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW
    LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST
    LOAD_CONST LOAD_SMALL_INT LOAD_DEREF COPY SWAP POP_TOP NOP CACHE PUSH_NULL PRECALL TO_BOOL
    NOT_TAKEN IS_OP COMPARE_OP UNARY_NEGATIVE BINARY_OP RETURN_VALUE RETURN_CONST JUMP_FORWARD
    POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE""".split()
)
OPERATORS = frozenset("+-*/")
HELPERS = frozenset(f"ʟ{name}" for name in ("add", "subtract", "multiply", "divide", "negate"))
TYPES = frozenset({"ʟint", "ʟfloat"})


class NotArithmetic(Exception):
    """The function did something with its argument that arrays do not do."""


class Elements(LuaObject):
    """All elements at once, as one number; anything but arithmetic with numbers stops the
    attempt."""

    __slots__ = ("nd",)

    def __init__(self, nd: NDArray[Any]) -> None:
        self.nd = nd

    def __neg__(self) -> Elements:
        return Elements(np.negative(self.nd))

    def __bool__(self) -> bool:
        raise NotArithmetic

    __hash__ = None  # type: ignore[assignment]


def _operator(ufunc: np.ufunc, swapped: bool) -> Callable[[Elements, Any], Elements]:
    def operate(self: Elements, other: Any) -> Elements:
        if other.__class__ is Elements:
            other = other.nd
        elif other.__class__ is not int and other.__class__ is not float:
            raise NotArithmetic
        a, b = (other, self.nd) if swapped else (self.nd, other)
        return Elements(ufunc(a, b))

    return operate


for _name, _ufunc in (
    ("add", np.add),
    ("sub", np.subtract),
    ("mul", np.multiply),
    ("truediv", np.divide),
):
    setattr(Elements, f"__{_name}__", _operator(_ufunc, False))
    setattr(Elements, f"__r{_name}__", _operator(_ufunc, True))


def _refuse(self: Elements, *_: Any) -> Any:
    raise NotArithmetic


for _name in ("eq", "ne", "lt", "le", "gt", "ge", "pow", "rpow", "mod", "rmod", "floordiv", "len"):
    setattr(Elements, f"__{_name}__", _refuse)


@lru_cache(maxsize=512)
def is_arithmetic(code: CodeType) -> bool:
    """Tell whether a function's code does nothing but arithmetic."""
    calls = helpers = 0
    for step in dis.get_instructions(code):
        name = step.opname
        if name == "CALL":
            calls += 1
        elif name == "LOAD_GLOBAL":
            helpers += step.argval in HELPERS
            if step.argval not in HELPERS and step.argval not in TYPES:
                return False
        elif name == "LOAD_ATTR":
            if step.argval != "__class__":
                return False
        elif name == "BINARY_OP":
            if step.argrepr not in OPERATORS:
                return False
        elif name not in HARMLESS:
            return False
    return calls == helpers  # so each call is one of a helper


def on_arrays(function: Any, *arrays: NDArray[Any]) -> Any:
    """`function` of all elements: an array of doubles, a number, None for no result, or
    NotArithmetic if that cannot be told without calling it for each element."""
    if (
        function.__class__ is not FunctionType
        or any(a.dtype.kind != "f" for a in arrays)
        or not is_arithmetic(function.__code__)
        or any(_captured(cell) for cell in function.__closure__ or ())
    ):
        return NotArithmetic
    try:
        result = function(*(Elements(a.astype(np.float64, copy=False)) for a in arrays))
    except (NotArithmetic, LuaError, TypeError, ValueError, UnboundLocalError):
        return NotArithmetic
    if result.__class__ is Elements:
        return result.nd
    if result is None or result.__class__ in (int, float):
        return result
    return result if result == () else NotArithmetic


def _captured(cell: Any) -> bool:
    """Tell whether a captured variable is something else than a number."""
    try:
        return cell.cell_contents.__class__ not in (int, float)
    except ValueError:
        return True
