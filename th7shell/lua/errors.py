"""The errors of Lua: one exception that carries any Lua value, and what libraries raise."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .callers import plays_python


def lua_text(text: str) -> str:
    """Return Python text as a Lua string of its UTF-8 bytes; what has no character beyond a byte is
    one already."""
    if text.isascii() or max(text) <= "\xff":
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:  # half a pair of UTF-16, which stands for no byte of a system's
        return text.encode("utf-8", "surrogatepass").decode("latin-1")


class Words:
    """What errors ask of those who know values and frames, which build on this file:
    `lua/__init__.py` gives it."""

    lua_type: Callable[[Any], str]
    tostring: Callable[[Any], Any]
    sentence: Callable[[LuaError], str]  # what a program in Python reads
    trace: Callable[[LuaError], str]


words = Words()


class LuaError(Exception):
    """An error thrown by Lua code or by a library. `value` is the Lua value that `pcall` returns; a
    string message gets the position of the frame `level` calls up (1: the function that raised)
    when it is caught, 0 for none."""

    def __init__(self, value: Any = None, level: int = 0) -> None:
        if value.__class__ is str:
            value = lua_text(value)
        super().__init__(value)
        self.value = value
        self.level = level

    def __str__(self) -> str:
        caller = sys._getframe().f_back  # none where Python itself shows what nobody caught
        if caller is None or plays_python(caller):
            return words.sentence(self)
        return words.tostring(self.value)

    @property
    def lua_traceback(self) -> str:
        """The frames of Lua, or of what was Lua in Torch7, through which the error came."""
        return words.trace(self)


class TorchError(LuaError):
    """An error that a library raises: its message gets the position of the innermost frame that
    plays Lua."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 1)


class PositionError(LuaError, IndexError):
    """A position that a program in Python gave and that does not exist: the sentence for people,
    and where Lua words it differently the Lua value."""

    def __init__(self, sentence: str, value: Any = None) -> None:
        super().__init__(sentence if value is None else value)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class BadArgument(LuaError):
    """A wrong argument: number `n` and what is wrong with it. The function's name is taken from the
    call site."""

    def __init__(self, n: int, message: str, name: str | None = None) -> None:
        super().__init__(f"bad argument #{n} to '{name or '?'}' ({message})", 1)
        self.n = n
        self.message = lua_text(message)
        self.name = name


class OperandError(LuaError):
    """An operation on a value that does not support it: "attempt to `action` …". Which variable
    held the value is found from the source when the error is caught; `second` says that it was the
    right operand."""

    def __init__(self, action: str, operand: Any, second: int = False, key: Any = None) -> None:
        super().__init__(operand_message(action, None, words.lua_type(operand)), 1)
        self.action = action
        self.operand = operand
        self.second = second
        self.key = key


class LuaSyntaxError(LuaError):
    """A chunk that does not compile. `incomplete` says that the text ended where more could
    complete it; `source` is the text, `offset` where in it the reader stumbled."""

    def __init__(
        self, message: str, line: int, incomplete: bool = False, source: str = "", offset: int = 0
    ) -> None:
        super().__init__(message)
        self.line = line
        self.incomplete = incomplete
        self.source = source
        self.offset = offset


for _class in (LuaError, TorchError, PositionError, BadArgument, OperandError, LuaSyntaxError):
    _class.__module__ = "th7shell"  # where programs find them


def operand_message(action: str, name: tuple[str, str] | None, kind: str) -> str:
    """Word what went wrong with an operand: "attempt to index local 'x' (a nil value)"."""
    if name is None:
        return f"attempt to {action} a {kind} value"
    return f"attempt to {action} {name[0]} '{name[1]}' (a {kind} value)"
