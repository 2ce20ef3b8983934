"""Functions of pure arithmetic, `function(x) return x * 0.5 + y end`, computed on whole arrays.

`t:apply(f)` calls f for each element. Where the code of f shows that it can do nothing but
arithmetic and comparisons of its arguments, constants and captured numbers, one call with objects
in place of the numbers records what is to be done, and `Recording` does it on arrays: each
operation is the one of IEEE doubles, in the same order. A comparison is answered with yes and, in
another call, with no; each answer counts for the elements it is true of. A captured number to
which each call adds (`s = s + x`), or which it multiplies, is carried from element to element.
Code that indexes, calls or assigns anything else is left to the loop.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from th7shell.lua import LuaError, LuaObject, new_table
from th7shell.lua.marks import MARK

from .recording import Recording

# instructions without effect outside the function's own frame; jumps only go over arithmetic
HARMLESS = frozenset(
    """RESUME COPY_FREE_VARS LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW
    LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST
    LOAD_CONST LOAD_SMALL_INT LOAD_DEREF EXTENDED_ARG COPY SWAP POP_TOP NOP CACHE PUSH_NULL PRECALL
    TO_BOOL NOT_TAKEN IS_OP COMPARE_OP UNARY_NEGATIVE BINARY_OP RETURN_VALUE RETURN_CONST
    JUMP_FORWARD POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_IF_TRUE
    POP_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_IF_NONE
    POP_JUMP_IF_NOT_NONE STORE_DEREF""".split()
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

    def __init__(self, recording: Recording, answers: list[bool]) -> None:
        self.recording = recording
        self.answers = answers
        self.conditions: list[int] = []

    def answer(self, condition: int) -> bool:
        """The answer to the next comparison: the one planned, yes for a new one."""
        if len(self.conditions) == len(self.answers):
            self.answers.append(True)
        self.conditions.append(condition)
        return self.answers[len(self.conditions) - 1]

    def mask(self) -> int | None:
        """The place of what tells which elements go this way; None for all."""
        mask = None
        for condition, yes in zip(self.conditions, self.answers):
            if not yes:
                condition = self.recording.step(np.logical_not, condition)
            mask = (
                condition if mask is None else self.recording.step(np.logical_and, mask, condition)
            )
        return mask

    def place(self, value: Any) -> int:
        """The place in the recording of an operand."""
        if value.__class__ is Elements:
            return value.place
        if value.__class__ is not int and value.__class__ is not float:
            raise NotArithmetic
        return self.recording.constant(value)


class Elements(LuaObject):
    """All elements at once, as one number; anything but arithmetic with numbers stops the
    attempt."""

    __slots__ = ("path", "place")

    def __init__(self, path: Path, place: int) -> None:
        self.path = path
        self.place = place

    def __neg__(self) -> Elements:
        return Elements(self.path, self.path.recording.step(np.negative, self.place))

    def __bool__(self) -> bool:
        raise NotArithmetic

    __hash__ = None  # type: ignore[assignment]


def _operator(ufunc: np.ufunc, swapped: bool) -> Callable[[Elements, Any], Any]:
    def operate(self: Elements, other: Any) -> Any:
        if other.__class__ is Carried:
            return NotImplemented
        a, b = self.place, self.path.place(other)
        return Elements(
            self.path, self.path.recording.step(ufunc, *((b, a) if swapped else (a, b)))
        )

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
        return path.answer(path.recording.step(ufunc, path.place(a), path.place(b)))

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


class Carried(LuaObject):
    """A captured number as it is before the call; the call may add something to it or multiply
    it, once."""

    __slots__ = ("made", "path", "place", "start", "whole")

    def __init__(self, path: Path, place: int, start: int | float) -> None:
        self.path = path
        self.place = place
        self.start = start
        self.whole = start.__class__ is int  # and stays so: each call adds a whole number
        self.made: Any = None  # what the call made of it

    def _changed(self, ufunc: np.ufunc, by: Any) -> Any:
        """What it is after the call: known at once if all calls come here, else a `Change`."""
        path = self.path
        steps = path.place(by)
        if self.made is not None:
            raise NotArithmetic
        self.whole = self.whole and by.__class__ is int and ufunc is np.add  # no -0 comes of it
        if path.conditions:
            self.made = Change(ufunc, steps)
        else:
            self.made = Elements(path, path.recording.carry(self.place, ufunc, steps))
        return self.made

    def __add__(self, other: Any) -> Any:
        return self._changed(np.add, other)

    def __sub__(self, other: Any) -> Any:
        return self._changed(np.add, -other)

    def __mul__(self, other: Any) -> Any:
        return self._changed(np.multiply, other)

    def __bool__(self) -> bool:
        raise NotArithmetic

    __radd__ = __add__
    __rmul__ = __mul__
    __hash__ = None  # type: ignore[assignment]


class Change(LuaObject):
    """A captured number after a call that changed it on one of its ways; good only to be kept."""

    __slots__ = ("steps", "ufunc")

    def __init__(self, ufunc: np.ufunc, steps: int) -> None:
        self.ufunc = ufunc
        self.steps = steps


def _refuse(self: Any, *_: Any) -> Any:
    raise NotArithmetic


for _name in ("pow", "rpow", "mod", "rmod", "floordiv", "len"):
    setattr(Elements, f"__{_name}__", _refuse)
for _class in (Carried, Change):
    for _name in (
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "pow",
        "rpow",
        "mod",
        "rmod",
        "truediv",
        "len",
    ):
        setattr(_class, f"__{_name}__", _refuse)


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


@lru_cache(maxsize=512)
def changed_cells(code: CodeType) -> tuple[int, ...]:
    """The places, among the captured variables of a function, of those that it assigns."""
    names = {s.argval for s in dis.get_instructions(code) if s.opname == "STORE_DEREF"}
    return tuple(i for i, name in enumerate(code.co_freevars) if name in names)


def record(function: Any, inputs: int) -> Recording | None:
    """What `function` does with so many numbers, for arrays of them; None if that cannot be told
    without calling it for each element."""
    if function.__class__ is not FunctionType or not is_arithmetic(function.__code__):
        return None
    cells = function.__closure__ or ()
    if any(map(_captured, cells)):
        return None
    changed = changed_cells(function.__code__)
    if changed:
        if sys.gettrace() is not None:  # a hook counts calls, a debugger looks at values
            return None
        return _try(function, inputs, changed)
    if any(default is not None for default in function.__defaults__ or ()):
        return None
    values = [cell.cell_contents for cell in cells]
    return _record(function.__code__, inputs, *[(v.__class__, v or str(v)) for v in values])


@lru_cache(maxsize=512)
def _record(code: CodeType, inputs: int, *captured: tuple[Any, Any]) -> Recording | None:
    """What the functions of a code do that have captured these numbers and change none."""
    from th7shell.lua.runtime import HELPERS as helpers

    names = {MARK + name: helper for name, helper in helpers.items()}
    cells = tuple(CellType(kind(value)) for kind, value in captured)
    missing = (None,) * code.co_argcount
    return _try(FunctionType(code, names, code.co_name, missing, cells), inputs, ())


def _try(function: Any, inputs: int, changed: tuple[int, ...]) -> Recording | None:
    cells = [function.__closure__[i] for i in changed]
    try:
        return _follow(function, Recording(inputs, cells), changed)
    except (NotArithmetic, LuaError, TypeError, ValueError, UnboundLocalError):
        return None


def _follow(function: Any, recording: Recording, changed: tuple[int, ...]) -> Recording:
    """Record all ways through the function: the elements that go there, and their results."""
    ways: list[tuple[int | None, list[Any]]] = []
    planned: list[list[bool]] = [[]]
    while planned:
        known = planned.pop()
        path = Path(recording, known[:])
        carried = [Carried(path, k, cell.cell_contents) for k, cell in enumerate(recording.cells)]
        called, cells = _with_cells(function, changed, carried)
        result = called(*(Elements(path, i) for i in range(recording.inputs)))
        if any(
            cell.cell_contents is not (c if c.made is None else c.made)
            for c, cell in zip(carried, cells)
        ):
            raise NotArithmetic
        mask = path.mask()
        if result.__class__ is Elements or result.__class__ in (int, float):
            recording.results.append((mask, path.place(result)))
        elif result is not None and result != ():
            raise NotArithmetic
        ways.append((mask, carried))
        if len(ways) > PATHS:
            raise NotArithmetic
        planned += [[*path.answers[:i], False] for i in range(len(known), len(path.answers))]
    for k in range(len(changed)):
        _join(recording, k, [(mask, carried[k]) for mask, carried in ways])
    return recording


def _with_cells(function: Any, changed: tuple[int, ...], carried: list[Carried]) -> Any:
    """The function with others in place of the captured variables that it changes, and these."""
    if not changed:
        return function, []
    closure = list(function.__closure__)
    for i, value in zip(changed, carried):
        closure[i] = CellType(value)
    made = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(closure),
    )
    return made, [closure[i] for i in changed]


def _join(recording: Recording, k: int, ways: list[tuple[int | None, Carried]]) -> None:
    """Record what becomes of a carried number by all ways together."""
    changes = [(mask, c.made) for mask, c in ways if c.made is not None]
    if not changes:
        return
    whole = all(c.whole for _, c in ways)
    first = changes[0][1]
    if first.__class__ is Elements:
        recording.finish(k, first.place, whole)
        return
    ufunc = first.ufunc
    if any(made.ufunc is not ufunc for _, made in changes):
        raise NotArithmetic
    steps = recording.choose(
        1.0 if ufunc is np.multiply else -0.0, [(mask, made.steps) for mask, made in changes]
    )
    recording.finish(k, recording.carry(k, ufunc, steps), whole)


def _captured(cell: Any) -> bool:
    """Tell whether a captured variable is something else than a number."""
    try:
        return cell.cell_contents.__class__ not in (int, float)
    except ValueError:
        return True
