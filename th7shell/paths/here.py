"""Files beside the Lua file that is running."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from th7shell.lua import state
from th7shell.lua.marks import CHUNK
from th7shell.torch.namespace import export

from .names import concat, dirname

_FIRST = 2  # the level that Lua's debug.getinfo gives to the caller of a function


def running_chunks() -> Iterator[str]:
    """The names of the Lua chunks that are running, from the innermost call outwards."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        chunk = frame.f_globals.get(CHUNK)
        if chunk is not None:
            yield chunk
        frame = frame.f_back


def file_of_caller(outer: int = 0) -> str | None:
    """The full name of the file whose Lua code is calling, or that of the `outer`-th caller of
    it."""
    for i, chunk in enumerate(running_chunks()):
        if i == outer:
            return concat(chunk[1:]) if chunk.startswith("@") else None
    return None


@export(package="paths")
def thisfile(name: Any = None, depth: Any = None, *_: Any) -> str | None:
    """The full name of the file that calls, or of the file `name` beside it; nil at the prompt.

    depth: 2 (default) for the caller, 3 for its caller …
    """
    here = file_of_caller(int(depth or _FIRST) - _FIRST)
    if not isinstance(name, str):
        return here
    return concat(dirname(here), name) if here is not None else name


def beside(name: Any, outer: int) -> Any:
    """A file name, relative to the directory of the Lua file that calls."""
    here = file_of_caller(outer)
    return concat(dirname(here), name) if here and isinstance(name, str) else name


@export(package="paths")
def dofile(name: Any = None, depth: Any = None, *_: Any) -> Any:
    """Run a Lua file that is named relative to the file that calls: `paths.dofile('util.lua')`."""
    return state.globals.dofile(beside(name, int(depth or _FIRST) - _FIRST))


def include(name: Any = None, depth: Any = None, *_: Any) -> Any:
    """Run a Lua file of the same package, named relative to the file that calls."""
    return state.globals.dofile(beside(name, int(depth or 0)))
