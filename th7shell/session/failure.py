"""An error as data: its message, the Lua frames with their source lines, Python's frames apart, and
a hint."""

from __future__ import annotations

import linecache
import traceback
from dataclasses import dataclass, field
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.lua.errors import error_text
from th7shell.lua.stdlib.texts import to_text
from th7shell.session.suggest import hint

if TYPE_CHECKING:
    from th7shell.session.core import Session


@dataclass(frozen=True)
class Frame:
    """One frame: where it is, in which function, whether it is Lua."""

    file: str
    line: int
    function: str
    is_lua: bool

    def source(self, context: int = 0) -> list[tuple[int, str]]:
        """(number, text) of the line and of `context` lines around it, where the source is
        known."""
        lines = []
        for n in range(max(1, self.line - context), self.line + context + 1):
            text = linecache.getline(self.file, n).rstrip("\n")
            if text or n == self.line:
                lines.append((n, text))
        return lines if any(text for _, text in lines) else []


@dataclass
class Failure:
    """message: what the error says. value: the Lua value that was thrown. frames: innermost first.
    python: the frames of a Python exception below Lua, as Python writes them. hint: did you mean
    …"""

    message: str
    value: Any = None
    frames: list[Frame] = field(default_factory=list)
    python: str = ""
    hint: str | None = None
    interrupted: bool = False

    @property
    def lua_frames(self) -> list[Frame]:
        """The frames that run Lua."""
        return [f for f in self.frames if f.is_lua]


def describe(error: BaseException, session: Session | None = None) -> Failure:
    """What is known about an exception that ended an entry or a script."""
    frames = frames_of(error.__traceback__)
    value = getattr(error, "value", None)
    message = message_of(error)
    python = ""
    if not isinstance(error, lua.LuaError):
        cause = getattr(error, "__cause__", None) or error
        python = "".join(traceback.format_exception(cause)) if unexpected(error) else ""
    globals = session.globals if session is not None else lua.state.globals
    line = next((f.source()[0][1] for f in frames if f.is_lua and f.source()), "")
    return Failure(message, value, frames, python, hint(message, line, globals))


def message_of(error: BaseException) -> str:
    """The message as text: a string as it is, another value as print would show it."""
    return to_text(_lua_message(error))


def _lua_message(error: BaseException) -> str:
    found = error_text(error)
    if isinstance(found, str):
        return found
    if isinstance(found, lua.Table):
        from th7shell.display.text import has_tostring, render

        return render([found]).rstrip("\n") if not has_tostring(found) else lua.tostring(found)
    return lua.tostring(found)


def unexpected(error: BaseException) -> bool:
    """Whether an exception is Python's own and no way in which Lua operations fail."""
    ordinary = (
        TypeError,
        AttributeError,
        IndexError,
        ZeroDivisionError,
        OverflowError,
        RecursionError,
    )
    return not isinstance(error, ordinary) or not _raised_in_lua(error)


def _raised_in_lua(error: BaseException) -> bool:
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb is not None and plays_lua(tb.tb_frame.f_code)


def plays_lua(code: CodeType) -> bool:
    """Whether code was compiled from Lua source."""
    return not code.co_filename.endswith(
        (".py", ".pyx", ".pyc")
    ) and not code.co_filename.startswith("<")


def frames_of(tb: TracebackType | None) -> list[Frame]:
    """The frames of a traceback, innermost first."""
    frames = []
    while tb is not None:
        code = tb.tb_frame.f_code
        name = function_name(code)
        frames.append(Frame(code.co_filename, tb.tb_lineno, name, plays_lua(code)))
        tb = tb.tb_next
    return frames[::-1]


def function_name(code: CodeType) -> str:
    """What a traceback calls a function: `main chunk` or `function 'name'`."""
    if code.co_name in ("<module>", "main chunk"):
        return "main chunk"
    return f"function '{code.co_name}'"


def interrupted(error: BaseException, session: Session | None = None) -> Failure:
    """What Ctrl-C stopped, and where."""
    frames = frames_of(error.__traceback__)
    place = next((f for f in frames if f.is_lua), None)
    at = f" at {place.file}:{place.line}" if place else ""
    return Failure(f"interrupted{at}", None, frames, interrupted=True)


def exit_code(error: SystemExit) -> int:
    """The status that an exit asks for."""
    if error.code is None:
        return 0
    return error.code if isinstance(error.code, int) else 1
