"""Small helpers: splitting strings, the file that runs, NaN."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, first, new_table
from th7shell.lua.stdlib import string as lua_string
from th7shell.paths.here import file_of_caller
from th7shell.paths.names import basename, dirname
from th7shell.torch.namespace import export


@export(package="sys")
def split(text: Any = None, pattern: Any = None, *_: Any) -> Table:
    """The pieces of a string between the matches of a Lua pattern: `sys.split('a,b', ',')` is {'a',
    'b'}."""
    pieces: list[str] = []
    place = 1
    while True:
        found = lua_string.find(text, pattern, place)
        if first(found) is None:
            break
        start, end = found[0], found[1]
        if end < start:  # an empty match splits nothing
            break
        piece = text[place - 1 : start - 1]
        if place > 1 or piece:
            pieces.append(piece)
        place = end + 1
    if place <= len(text):
        pieces.append(text[place - 1 :])
    return new_table(pieces)


@export(package="sys")
def isNaN(value: Any = None, *_: Any) -> bool:
    """Whether a number is not a number."""
    return value != value


@export(package="sys")
def fpath(*_: Any) -> Any:
    """The directory and the name of the Lua file that calls."""
    here = file_of_caller()
    return (dirname(here), basename(here)) if here is not None else (None, None)
