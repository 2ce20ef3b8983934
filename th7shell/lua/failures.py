"""From Python exceptions to Lua error values: positions, names of variables, and what Python itself
raised."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from .errors import BadArgument, LuaError, OperandError, lua_text, operand_message
from .marks import plain
from .regular import pattern
from .tracebacks import LUA, C, LuaFrame, call_name, frames_of, position_at
from .values import lua_type

# What rooms above know of: each is asked for the Lua error that a Python exception amounts to.
explanations: list[Callable[[BaseException], LuaError | None]] = []
_COUNT = pattern(r"(?:[\w<>]+\.)*(\w+)\(\) (?:takes|missing|got) ")


def caught(error: BaseException) -> Any:
    """Return the Lua value of an exception; a message gets its position the first time it is
    caught."""
    if isinstance(error, LuaError):
        if isinstance(error, OperandError):
            _finish(error, _operand_message(error))
        elif isinstance(error, BadArgument):
            _finish(error, _argument_message(error))
        elif error.level:
            if error.value.__class__ is str:
                error.value = position_at(error.__traceback__, error.level) + error.value
            error.level = 0
        return error.value
    message = getattr(error, "ħmessage", None)
    if message is None:
        message = plain(_python_message(error))
        try:
            error.ħmessage = message  # type: ignore[attr-defined]
        except AttributeError:
            pass  # an exception without attributes is described anew
    return message


def _system_message(error: OSError) -> str:
    """Word what the system refused: "name: No such file or directory"."""
    from .stdlib.texts import from_system

    if error.strerror is None:
        return str(error)
    name = error.filename
    return f"{from_system(str(name))}: {error.strerror}" if name is not None else error.strerror


def _finish(error: LuaError, message: str) -> None:
    if error.level:
        error.value = position_at(error.__traceback__, error.level) + message
        error.level = 0


def _innermost(tb: TracebackType | None) -> LuaFrame | None:
    """Return the innermost level if it plays Lua: the operation failed there, not in a function it
    called."""
    frames = frames_of(tb)
    return frames[0] if frames and frames[0].kind is LUA else None


def _operand_message(error: OperandError) -> str:
    from .naming import operand

    frame = _innermost(error.__traceback__)
    found = None if frame is None else operand(frame.frame, frame.lasti, error.action, error.second)
    return operand_message(error.action, found, lua_type(error.operand))


def _argument_message(error: BadArgument) -> str:
    frames = frames_of(error.__traceback__)
    n, name = error.n, error.name
    if name is None and len(frames) > 1 and frames[0].kind is C and frames[1].kind is LUA:
        found = call_name(frames[1])
        if found is not None:
            name = found[1]
            if found[0] == "method":
                n -= 1
                if n == 0:
                    return f"calling '{name}' on bad self"
    return f"bad argument #{n} to '{name or '?'}' ({error.message})"


def _foreign_text(text: str) -> str:
    """Return a Python library's text as Lua bytes, unless it is made of these already."""
    if not text.isascii() and max(text) <= "\xff":
        try:
            text.encode("latin-1").decode()
        except UnicodeDecodeError:
            return text.encode().decode("latin-1")
    return lua_text(text)


def _python_message(error: BaseException) -> str:
    """Word an exception of Python's own."""
    tb = error.__traceback__
    if isinstance(error, RecursionError):
        return position_at(tb, 1) + "stack overflow"
    if isinstance(error, MemoryError):
        return "not enough memory"
    for explain in explanations:
        meant = explain(error)
        if meant is not None:
            return caught(meant.with_traceback(tb))
    from .host_failures import told

    frame = _innermost(tb)
    if frame is not None:
        from .naming import failed_operation

        message = failed_operation(frame.frame, frame.lasti, error)
        if message is not None:
            return frame.where + message
    message = told(tb, error)
    if message is not None:
        return position_at(tb, 1) + message
    text = _foreign_text(_system_message(error) if isinstance(error, OSError) else str(error))
    if isinstance(error, TypeError) and (found := _COUNT.match(text)):
        return f"{position_at(tb, 1)}wrong number of arguments to '{found[1].strip('_')}'"
    kind = type(error).__name__
    position = next((f.where for f in frames_of(tb) if f.kind is LUA), "")
    return (
        f"{position}{text or kind}"
        if isinstance(error, (OSError, ValueError))
        else f"{position}{kind}: {text}"
    )
