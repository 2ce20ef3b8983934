"""Functions of pure arithmetic, `function(x) return x * 0.5 + y end`, computed on whole arrays.

`t:apply(f)` calls f for each element. Where the code of f shows that it can do nothing but
arithmetic and comparisons of its arguments, constants and captured numbers, calls with arrays in
place of the numbers do the same: each operation is the one of IEEE doubles, in the same order. A
comparison is answered with yes and, in another call, with no; each answer counts for the elements
it is true of. Code that indexes, calls or assigns anything else is left to the loop.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import LuaError, LuaObject, new_table
from th7shell.lua.marks import MARK

# instructions without effect outside the function's own frame; jumps only go over arithmetic
HARMLESS = frozenset(
    """RESUME COPY_FREE_VARS LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW
    LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST
    LOAD_CONST LOAD_SMALL_INT LOAD_DEREF EXTENDED_ARG COPY SWAP POP_TOP NOP CACHE PUSH_NULL PRECALL
    TO_BOOL NOT_TAKEN IS_OP COMPARE_OP UNARY_NEGATIVE BINARY_OP RETURN_VALUE RETURN_CONST
    JUMP_FORWARD POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_IF_TRUE
    POP_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_IF_NONE
    POP_JUMP_IF_NOT_NONE""".split()
)
OPERATORS = frozenset("+-*/")
HELPERS = frozenset(
    MARK + name
    for name in ("add", "subtract", "multiply", "divide", "negate", "less", "less_equal")
)
PATHS = 16  # ways through a function that are followed
TYPES = frozenset({MARK + "int", MARK + "float"})


class NotArithmetic(Exception):
    """The function did something with its argument that arrays do not do."""


class Path:
    """One way through a function: the answers given to its comparisons, and what was compared."""

    def __init__(self, answers: list[bool]) -> None:
        self.answers = answers
        self.conditions: list[NDArray[Any]] = []

    def answer(self, condition: NDArray[Any]) -> bool:
        """The answer to the next comparison: the one planned, yes for a new one."""
        if len(self.conditions) == len(self.answers):
            self.answers.append(True)
        self.conditions.append(condition)
        return self.answers[len(self.conditions) - 1]

    def elements(self) -> NDArray[Any] | bool:
        """Which elements go this way."""
        mask: NDArray[Any] | bool = True
        for condition, yes in zip(self.conditions, self.answers):
            mask = mask & (condition if yes else ~condition)
        return mask


class Elements(LuaObject):
    """All elements at once, as one number; anything but arithmetic with numbers stops the
    attempt."""

    __slots__ = ("nd", "path")

    def __init__(self, nd: NDArray[Any], path: Path) -> None:
        self.nd = nd
        self.path = path

    def __neg__(self) -> Elements:
        return Elements(np.negative(self.nd), self.path)

    def __bool__(self) -> bool:
        raise NotArithmetic

    __hash__ = None  # type: ignore[assignment]


def _plain(value: Any) -> Any:
    """The array or number that an operand stands for."""
    if value.__class__ is Elements:
        return value.nd
    if value.__class__ is not int and value.__class__ is not float:
        raise NotArithmetic
    return value


def _operator(ufunc: np.ufunc, swapped: bool) -> Callable[[Elements, Any], Elements]:
    def operate(self: Elements, other: Any) -> Elements:
        a, b = (_plain(other), self.nd) if swapped else (self.nd, _plain(other))
        return Elements(ufunc(a, b), self.path)

    return operate


for _name, _ufunc in (
    ("add", np.add),
    ("sub", np.subtract),
    ("mul", np.multiply),
    ("truediv", np.divide),
):
    setattr(Elements, f"__{_name}__", _operator(_ufunc, False))
    setattr(Elements, f"__r{_name}__", _operator(_ufunc, True))


def _comparison(ufunc: np.ufunc) -> Callable[[Any, Any], bool]:
    def compare(a: Any, b: Any) -> bool:
        path = a.path if a.__class__ is Elements else b.path
        return path.answer(ufunc(_plain(a), _plain(b)))

    return compare


_COMPARISONS = {
    name: _comparison(ufunc)
    for name, ufunc in (
        ("lt", np.less),
        ("le", np.less_equal),
        ("gt", np.greater),
        ("ge", np.greater_equal),
        ("eq", np.equal),
        ("ne", np.not_equal),
    )
}
for _name, _compare in _COMPARISONS.items():
    setattr(Elements, f"__{_name}__", _compare)
Elements.ħmeta = new_table(fields={f"__{name}": _COMPARISONS[name] for name in ("lt", "le")})


def _refuse(self: Elements, *_: Any) -> Any:
    raise NotArithmetic


for _name in ("pow", "rpow", "mod", "rmod", "floordiv", "len"):
    setattr(Elements, f"__{_name}__", _refuse)


@lru_cache(maxsize=512)
def is_arithmetic(code: CodeType) -> bool:
    """Tell whether a function's code does nothing but arithmetic and comparisons."""
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
    doubles = [a.astype(np.float64, copy=False) for a in arrays]
    try:
        ways = _follow(function, doubles)
    except (NotArithmetic, LuaError, TypeError, ValueError, UnboundLocalError):
        return NotArithmetic
    if len(ways) == 1:
        return ways[0][1]
    out = doubles[0].copy()
    for mask, result in ways:
        if result is not None and result.__class__ is not tuple:
            np.copyto(out, result, where=mask)
    return out


def _follow(function: Any, arrays: list[NDArray[Any]]) -> list[tuple[Any, Any]]:
    """All ways through the function: the elements that go there, and their results."""
    ways: list[tuple[Any, Any]] = []
    planned: list[list[bool]] = [[]]
    while planned:
        known = planned.pop()
        path = Path(known[:])
        result = function(*(Elements(a, path) for a in arrays))
        if result.__class__ is Elements:
            result = result.nd
        elif result.__class__ not in (int, float) and result not in (None, ()):
            raise NotArithmetic
        ways.append((path.elements(), result))
        if len(ways) > PATHS:
            raise NotArithmetic
        planned += [[*path.answers[:i], False] for i in range(len(known), len(path.answers))]
    return ways


def _captured(cell: Any) -> bool:
    """Tell whether a captured variable is something else than a number."""
    try:
        return cell.cell_contents.__class__ not in (int, float)
    except ValueError:
        return True
