"""Calls that may fail, as Lua's pcall and xpcall make them, and Lua's patterns, for the tester.

Where no Lua is running (torch used from Python alone) plain Python does the same.
"""

from __future__ import annotations

import traceback
from typing import Any

from th7shell.lua import LuaError, first, state, tostring
from th7shell.lua.stdlib import string as lua_string


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
    """Where the test that is running has called an assertion: the last two lines of its
    traceback."""
    debug = getattr(state.globals, "debug", None)
    if debug is None:
        return ""
    lines = tostring(first(debug.traceback("tester"))).split("\n")[1:]
    ends = [i for i, line in enumerate(lines) if "xpcall" in line]
    end = ends[0] if ends else len(lines)
    inner = [line for line in lines[1:end] if "[C]" not in line]
    return "\n".join([lines[0], *inner[-1:]]) if inner else ""


def find_pattern(text: Any, pattern: Any) -> bool:
    """Whether a Lua pattern matches somewhere in a string."""
    return first(lua_string.find(text, pattern)) is not None
