"""Errors: raising them, and calls that catch them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..errors import LuaError
from ..failures import caught
from ..tracebacks import callers, handled
from ..values import first, lua_type, number_text
from .arguments import NONE, BadArgument, check_function, opt_integer


def error(message: Any = None, level: Any = None, *_: Any) -> None:
    """Raise an error with any value; a message gets the position of the caller, or of a level
    further up.

    level: 1 (default) the function that calls error, 2 the one that called that; 0 adds no
    position.
    """
    level = opt_integer(2, level, 1)
    if level > 0 and (message.__class__ is int or message.__class__ is float):
        message = number_text(message)
    raise LuaError(message, level if level > 0 else 0)


def pcall(f: Any = NONE, *arguments: Any) -> tuple[Any, ...]:
    """Call a function and catch its errors: true and its results, or false and the error's
    value."""
    try:
        result = f(*arguments)
    except Exception as failed:
        return False, _value_of(failed, f)
    return (True, *result) if result.__class__ is tuple else (True, result)


def _value_of(failed: Exception, f: Any) -> Any:
    if not callable(f):
        if f is NONE:
            raise BadArgument(1, "value expected")
        return f"attempt to call a {lua_type(f)} value"
    return caught(failed)


def xpcall(f: Any = NONE, handler: Any = NONE, *arguments: Any) -> tuple[Any, ...]:
    """Call a function with arguments; on an error call the handler with its value and give false
    and its results.

    The handler sees the stack as it was where the error happened: `xpcall(f, debug.traceback)`.
    """
    if f is NONE:
        raise BadArgument(1, "value expected")
    check_function(2, handler)
    try:
        result = f(*arguments)
    except Exception as failed:
        value = _value_of(failed, f)
        frame = sys._getframe()
        handled[frame] = failed.__traceback__
        try:
            result = handler(value)
        except Exception as again:
            return False, _handler_failed(again, handler)
        finally:
            del handled[frame]
            del frame
        return (False, *result) if result.__class__ is tuple else (False, result)
    return (True, *result) if result.__class__ is tuple else (True, result)


def _handler_failed(failed: Exception, handler: Callable[..., Any]) -> Any:
    """Let the handler try once more with its own error, as Lua does, and then give up."""
    try:
        return first(handler(caught(failed)))
    except Exception:
        return "error in error handling"


callers.update((pcall.__code__, xpcall.__code__))

FUNCTIONS: dict[str, Callable[..., Any]] = {"error": error, "pcall": pcall, "xpcall": xpcall}
