"""Calls that may fail, as Lua's pcall and xpcall make them, and Lua's patterns, for the tester.

Where no Lua is running (torch used from Python alone) plain Python does the same.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from th7shell.lua import LuaError, first, state
from th7shell.lua.marks import CHUNK
from th7shell.lua.stdlib import string as lua_string
from th7shell.lua.tracebacks import stack, traceback_lines


def call_protected(function: Any) -> tuple[bool, Any]:
    """(True, first result) or (False, the error's Lua value)."""
    pcall = getattr(state.globals, "pcall", None)
    if pcall is not None:
        result = pcall(function)
        return result[0], result[1] if len(result) > 1 else None
    try:
        return True, first(function())
    except Exception as error:
        return False, error.value if isinstance(error, LuaError) else str(error)


def call_traced(function: Any) -> tuple[bool, Any]:
    """Like call_protected, but an error is returned with its traceback as text."""
    xpcall, debug = getattr(state.globals, "xpcall", None), getattr(state.globals, "debug", None)
    if xpcall is not None and debug is not None:
        result = xpcall(function, debug.traceback)
        return result[0], result[1] if len(result) > 1 else None
    try:
        return True, first(function())
    except Exception:
        return False, traceback.format_exc()


def frames_of_test() -> str:
    """Where in the running test an assertion was called: the last two lines of its traceback."""
    frame: Any = sys._getframe(1)
    inside = set()
    while frame is not None and frame.f_code is not call_traced.__code__:
        if CHUNK in frame.f_globals:
            inside.add(id(frame))
        frame = frame.f_back
    if frame is None:  # no test is running
        return ""
    levels = [level for level in stack(sys._getframe(1)) if id(level.frame) in inside]
    return "\n".join(["stack traceback:", *traceback_lines(levels)][-2:])


def find_pattern(text: Any, pattern: Any) -> bool:
    """Whether a Lua pattern matches somewhere in a string."""
    return first(lua_string.find(text, pattern)) is not None
