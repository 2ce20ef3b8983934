"""Python frames below the debug library: the function that a frame runs, its locals, and setting
them."""

from __future__ import annotations

import gc
import sys
from types import CellType, CodeType, FrameType, FunctionType
from typing import Any

from ..marks import MARK, VARARG

# Where CPython keeps the function and the globals of a running frame: offsets in the frame's
# internal part, to which the frame object has a pointer behind its head and f_back.
_OFFSETS = {
    (3, 11): (0, 8),
    (3, 12): (16, 24),
    (3, 13): (16, 24),
    (3, 14): (16, 24),
}.get(sys.version_info[:2])
_POINTER = object.__basicsize__ + tuple.__itemsize__
_TAGS = 3  # from Python 3.14 on, the lowest bits of the pointer to the function are flags


def _inside(frame: FrameType, which: int) -> Any:
    """Give the place where CPython keeps the function (0) or the globals (1) of a frame, None if
    unknown."""
    if _OFFSETS is None or sys.implementation.name != "cpython":
        return None
    import ctypes  # here and below: no program needs it at its start

    internal = ctypes.c_void_p.from_address(id(frame) + _POINTER).value
    return ctypes.c_void_p.from_address(internal + _OFFSETS[which]) if internal else None


def function_of(frame: FrameType) -> FunctionType:
    """Give the function that a frame runs."""
    place = _inside(frame, 0)
    code = frame.f_code
    if place is not None and place.value:
        import ctypes

        found = ctypes.cast(place.value & ~_TAGS, ctypes.py_object).value
        if found.__class__ is FunctionType and found.__code__.co_name == code.co_name:
            return found
    for holder in gc.get_referrers(code):
        if holder.__class__ is FunctionType and _same_cells(holder, frame):
            return holder
    return FunctionType(code, frame.f_globals)


def replace_globals(frame: FrameType, namespace: dict[str, Any]) -> bool:
    """Let a running frame, and the functions that it makes from now on, use another dict of
    globals.

    False where that is not possible. The frame does not own its globals, so the old ones keep the
    new alive.
    """
    place = _inside(frame, 1)
    old = frame.f_globals
    if place is None or place.value != id(old):
        return False
    old.setdefault("ħlater", []).append(namespace)
    place.value = id(namespace)
    return True


def _same_cells(f: FunctionType, frame: FrameType) -> bool:
    values = frame.f_locals
    try:
        return all(
            cell.cell_contents is values.get(name)
            for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ())
        )
    except ValueError:  # a cell that is still empty
        return False


def set_cell(f: FunctionType, i: int, cell: CellType) -> None:
    """Let a function use another cell for its free variable number i (0-based)."""
    import ctypes

    cells = list(f.__closure__ or ())
    cells[i] = cell
    ctypes.pythonapi.PyFunction_SetClosure(ctypes.py_object(f), ctypes.py_object(tuple(cells)))


def lua_name(name: str) -> str:
    """Give the Lua name of a Python variable of compiled code."""
    return name.split(MARK)[0]


def parameters(code: CodeType) -> tuple[list[str], bool]:
    """Give the names of a compiled function's parameters, and whether it takes `...`."""
    names = code.co_varnames[: code.co_argcount]
    vararg = bool(code.co_flags & 4) and code.co_varnames[code.co_argcount] == VARARG
    return [lua_name(n) for n in names], vararg


def upvalue_names(code: CodeType) -> list[str]:
    """Give the Python names of a function's upvalues; those that the compiler made stand behind
    them."""
    return [name for name in code.co_freevars if name[0] != MARK]


def local_names(frame: FrameType) -> list[str]:
    """Give the Python names of a frame's Lua locals that have a value now, in the order of
    declaration."""
    code = frame.f_code
    present = frame.f_locals
    known = [*code.co_varnames, *(n for n in code.co_cellvars if n not in code.co_varnames)]
    return [n for n in known if n in present and n[0] != MARK and n not in ("_",)]


def local_value(frame: FrameType, name: str) -> Any:
    """Give the value of a local; one that a closure in a loop captured lies in a box."""
    value = frame.f_locals[name]
    return value[0] if value.__class__ is list else value


def set_local(frame: FrameType, name: str, value: Any) -> None:
    """Set a local of a running frame."""
    values = frame.f_locals
    old = values[name]
    if old.__class__ is list:  # boxed
        old[0] = value
        return
    values[name] = value
    if sys.version_info < (3, 13):  # there f_locals is a copy that has to be written back
        import ctypes

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
