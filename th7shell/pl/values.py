"""What Penlight's modules share: Lua's operations on any value, and tables of functions.

`index set_index length equal less concat tostring` are Lua's operators with metamethods; `array`,
`items`, `listed` read tables as `#`, `pairs` and `ipairs` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from th7shell.lua import (
    LuaError,
    Table,
    array,
    first,
    items,
    length,
    listed,
    lua_type,
    new_table,
    rawget,
    rawset,
    tostring,
)
from th7shell.lua.arithmetic import equal, less, truth
from th7shell.lua.iteration import iterate
from th7shell.lua.metatables import getmetatable, setmetatable
from th7shell.lua.runtime import concat, index, results, set_index

__all__ = [
    "LuaError",
    "Table",
    "argument",
    "array",
    "concat",
    "equal",
    "first",
    "getmetatable",
    "index",
    "insert",
    "is_table",
    "items",
    "length",
    "less",
    "listed",
    "loop",
    "lua_type",
    "new_table",
    "offer",
    "rawget",
    "rawset",
    "results",
    "set_index",
    "setmetatable",
    "tostring",
    "true",
    "truth",
]


def offer(table: dict[str, Callable[..., Any]], *names: str) -> Any:
    """Decorator that puts a function into a table of functions, under its own name without a
    trailing underscore or under `names`."""

    def place(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names or (function.__name__.rstrip("_"),):
            table[name] = function
        return function

    return place


def true(value: Any) -> bool:
    """What Lua takes for true, of a call's first result."""
    value = first(value)
    return value is not None and value is not False


def is_table(value: Any) -> bool:
    """Whether Lua's type() says 'table'."""
    return lua_type(value) == "table"


def insert(t: Any, value: Any) -> None:
    """t[#t + 1] = value"""
    set_index(t, length(t) + 1, value)


def loop(f: Any, state: Any = None, control: Any = None, variables: int = 1) -> Iterator[Any]:
    """What `for … in f, state, control` runs over; f may be the tuple of all three."""
    if f.__class__ is tuple:
        f, state, control = (*f, None, None, None)[:3]
    return iter(iterate(variables, f, state, control))


def argument(n: int, value: Any, kind: str) -> Any:
    """The argument number n, which must be of a Lua type; Penlight's error where it is not."""
    if lua_type(value) != kind:
        raise LuaError(f"argument {n} expected a '{kind}' got a '{lua_type(value)}'", 3)
    return value


def join(values: Iterable[Any], separator: str = "") -> str:
    """The texts of values in a row."""
    return separator.join(tostring(value) for value in values)
