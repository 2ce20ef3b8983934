"""An error as data: its message, the Lua frames with their source lines, Python's frames apart, a
hint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.display.shown import Failure, Slip
from th7shell.lua.errors import LuaSyntaxError
from th7shell.lua.failures import caught
from th7shell.lua.stdlib.texts import to_text

from .python_frames import frames_of, plays_lua

if TYPE_CHECKING:
    from .core import Session

INNER = re.compile(r"\nstack traceback:\n(?:[ \t].*\n?)*", re.MULTILINE)
WARNING = re.compile(r"\n*WARNING: If you see a stack trace below[^\n]*\n?")


def describe(error: BaseException, session: Session | None = None) -> Failure:
    """What is known about an exception that ended an entry or a script."""
    from .hints import Scene, hint  # at no cost until something fails

    frames = frames_of(error.__traceback__)
    message = message_of(error)
    slip = None
    if isinstance(error, LuaSyntaxError):
        slip = slip_of(error)
        if not any(f.is_lua for f in frames):
            message = f"syntax error: {message}"
    python = python_part(error) if of_python(error) else ""
    globals = session.globals if session is not None else lua.state.globals
    line = next((dict(f.source())[f.line] for f in frames if f.is_lua and f.source()), "")
    scene = Scene(message, line if slip is None else slip.text, globals, session is not None, error)
    return Failure(message, getattr(error, "value", None), frames, python, hint(scene), slip=slip)


def slip_of(error: LuaSyntaxError) -> Slip | None:
    """Where a chunk does not compile, None where its text is not known."""
    if not error.source:
        return None
    lines = error.source.split("\n")
    before = error.source[: error.offset]
    column = error.offset - (before.rfind("\n") + 1)
    text = to_text(lines[before.count("\n")])
    column = len(to_text(lines[before.count("\n")][:column]))
    return Slip(before.count("\n") + 1, text, column, len(lines) == 1)


def message_of(error: BaseException) -> str:
    """The message as text: a string as it is, another value as print would show it. What containers
    of a network add for programs that print the message alone (an inner traceback) is left out."""
    found = caught(error)
    if isinstance(found, str):
        text = readable(found)
    else:
        text = _object_text(found)
    return INNER.sub("", WARNING.sub("", text)).rstrip("\n")


def _object_text(value: Any) -> str:
    """An error that is no string as print would show it; one that fails at that, as Lua's own
    program words it."""
    from th7shell.display.text import render

    try:
        return readable(render([value])).rstrip("\n")
    except Exception:
        return f"(error object is a {lua.lua_type(value)} value)"


def readable(text: str) -> str:
    """Lua text as text; what is text already (a message of Python's) stays as it is."""
    try:
        return to_text(text)
    except UnicodeEncodeError:
        return text


def of_python(error: BaseException) -> bool:
    """Whether an exception came up in Python code below Lua, in a way that Lua operations do not
    fail."""
    if isinstance(error, (lua.LuaError, RecursionError, MemoryError)):
        return False
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb is not None and not plays_lua(tb.tb_frame)


def python_part(error: BaseException) -> str:
    """What Python says of an exception: the frames below the last Lua one, and the exception."""
    import traceback

    tb = last = error.__traceback__
    while tb is not None:
        if plays_lua(tb.tb_frame):
            last = tb.tb_next
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, last))


def interrupted(error: BaseException) -> Failure:
    """What Ctrl-C stopped, and where."""
    frames = frames_of(error.__traceback__)
    place = next((f for f in frames if f.is_lua), None)
    at = f" at {place.file}:{place.line}" if place else ""
    return Failure(f"\ninterrupted{at}", None, frames, interrupted=True)


def exit_code(error: SystemExit) -> int:
    """The status that an exit asks for."""
    if error.code is None:
        return 0
    return error.code if isinstance(error.code, int) else 1
