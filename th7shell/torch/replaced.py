"""Methods of userdata that Lua functions have replaced, as the package's own calls meet them.

A function of Lua may return several values; where the original's Lua read one, so does Python code.
Lua callers get all. What is written with a dot in Lua (`t.new(3)`) gets no self here either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, FunctionType, MethodType
from typing import Any

from th7shell.lua import Table, first
from th7shell.lua.tracebacks import CHUNK, GLUE, LUA, frame_kind, no_calls

STATIC = frozenset({"new"})  # members called with a dot


class Replaced:
    """Stands on a class for the function that Lua put there, which the class itself shows."""

    __slots__ = ("call", "function", "static")

    def __init__(self, function: Callable[..., Any], static: bool) -> None:
        def call(*args: Any) -> Any:
            result = function(*args)
            if result.__class__ is tuple and not _from_lua(sys._getframe(1)):
                return first(result)
            return result

        no_calls.add(call.__code__)
        self.function = function
        self.static = static
        self.call = call

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self.function
        return self.call if self.static else MethodType(self.call, obj)


def _from_lua(frame: FrameType | None) -> bool:
    while frame is not None and frame_kind(frame) is GLUE:
        frame = frame.f_back
    return frame is not None and frame_kind(frame) is LUA and CHUNK in frame.f_globals


def member(cls: Any, name: str, function: FunctionType) -> Any:
    """What to keep on a class for a function that is stored there under a name."""
    if CHUNK in function.__globals__ and name[:1] != "_" and not issubclass(cls, Table):
        if getattr(cls, name, None) is not None:
            return Replaced(function, name in STATIC)
    return staticmethod(function) if name in STATIC else function
