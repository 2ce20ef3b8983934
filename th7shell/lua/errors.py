"""The errors of Lua: one exception that carries any Lua value, and what libraries raise."""

from __future__ import annotations

from typing import Any


class LuaError(Exception):
    """An error thrown by Lua code or by a library. `value` is the Lua value that `pcall` returns; a string message gets
    the position of the frame `level` calls up (1: the function that raised) when it is caught, 0 for none."""

    def __init__(self, value: Any = None, level: int = 0) -> None:
        super().__init__(value)
        self.value = value
        self.level = level

    def __str__(self) -> str:
        from .values import tostring

        return tostring(self.value)


class TorchError(LuaError):
    """An error that a library raises: its message gets the position of the innermost frame that plays Lua."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 1)


class BadArgument(LuaError):
    """A wrong argument: number `n` and what is wrong with it. The function's name is taken from the call site."""

    def __init__(self, n: int, message: str, name: str | None = None) -> None:
        super().__init__(f"bad argument #{n} to '{name or '?'}' ({message})", 1)
        self.n = n
        self.message = message
        self.name = name
