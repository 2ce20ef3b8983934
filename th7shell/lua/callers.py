"""Whose code asks: a program's in Python, or Lua's and th7shell's own.

Both languages hold the same objects. Where their habits differ (tensors are compared elementwise in
Python, by identity in Lua), what answers Python's protocol looks at the frame that it was called
from. It is asked only where that matters, so that what Lua does often costs nothing more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .marks import CHUNK

#: an operator of which only programs in Python know → what Lua has in its place
LUAS: dict[Any, Any] = {}


def plays_python(frame: FrameType) -> bool:
    """Whether a frame is one of a program written in Python."""
    space = frame.f_globals
    return CHUNK not in space and not (space.get("__name__") or "").startswith("th7shell.")


def from_python(depth: int = 1) -> bool:
    """Whether the function that asks was called by a program written in Python; `depth` counts the
    frames between them."""
    space = sys._getframe(depth + 1).f_globals  # `plays_python`, without its frame
    return CHUNK not in space and not (space.get("__name__") or "").startswith("th7shell.")


def made_by_python() -> bool:
    """Whether the object whose constructor asks is one that a program in Python makes."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (frame.f_globals.get("__name__") or "").startswith("th7shell."):
        frame = frame.f_back
    return frame is not None and plays_python(frame)


def nothing() -> tuple[()] | None:
    """What a function without results returns: no values to Lua, None to a program in Python."""
    space = sys._getframe(2).f_globals  # `plays_python`, without its frame
    if CHUNK in space or (space.get("__name__") or "").startswith("th7shell."):
        return ()
    return None


class ForPython:
    """A member of a class that only programs in Python see: a method, or with `value=True` what it
    returns. Lua finds nil in its place, as in the original."""

    def __init__(self, function: Callable[..., Any], value: bool = False) -> None:
        self.function = function
        self.value = value
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if not plays_python(sys._getframe(1)):
            return None
        if obj is None:
            return self if self.value else self.function
        return self.function(obj) if self.value else self.function.__get__(obj)
