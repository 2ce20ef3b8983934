"""`pl.types`: what kind of thing a value is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.arguments import check_number
from th7shell.lua.stdlib.io import File

from .utils import is_type
from .values import (
    Table,
    check,
    getmetatable,
    index,
    is_table,
    items,
    listed,
    lua_type,
    meta_field,
    offer,
    rawget,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {"is_type": is_type}
TRUE = ("yes", "y", "true", "t", "1")


@offer(FUNCTIONS)
def is_callable(value: Any = None, *_: Any) -> bool:
    """Whether a value is a function, or has a metatable whose `__call` is one."""
    if lua_type(value) == "function":
        return True
    metatable = getmetatable(value)
    if metatable is None:
        return False
    handler = rawget(metatable, "__call") if isinstance(metatable, Table) else metatable.__call__
    return lua_type(handler) == "function"


@offer(FUNCTIONS, "type")
def type_(value: Any = None, *_: Any) -> Any:
    """The Lua type of a value; 'file', or the `_name` in its metatable, where it has one."""
    kind = lua_type(value)
    if kind not in ("table", "userdata"):
        return kind
    if isinstance(value, File):
        return "file"
    metatable = getmetatable(value)
    if metatable is None:
        return kind
    name = index(metatable, "_name")
    return name if true(name) else f"unknown {kind}"


@offer(FUNCTIONS)
def is_integer(x: Any = None, *_: Any) -> bool:
    """Whether a number is whole."""
    x = check_number(1, x)
    return not math.isfinite(x) or math.ceil(x) == x


@offer(FUNCTIONS)
def is_empty(value: Any = None, ignore_spaces: Any = None, *_: Any) -> bool:
    """Whether a value is nil, a table without entries, an empty string (with ignore_spaces a blank
    one), or no such thing at all."""
    if is_table(value):
        return next(iter(items(value)), None) is None
    if isinstance(value, str):
        return value == "" or (true(ignore_spaces) and not value.strip(" \t\n\v\f\r"))
    return True


def _has(*events: str) -> Callable[..., Any]:
    def holds(value: Any = None, *_: Any) -> Any:
        if is_table(value):
            return True
        if getmetatable(value) is None:
            return None
        for event in events:
            if (found := meta_field(value, event)) is None:
                return found
        return True

    return holds


is_indexable = offer(FUNCTIONS, "is_indexable")(_has("__len", "__index"))
is_iterable = offer(FUNCTIONS, "is_iterable")(_has("__pairs"))
is_writeable = offer(FUNCTIONS, "is_writeable")(_has("__newindex"))
is_indexable.__doc__ = "Whether a value is a table, or has `#` and fields by metamethods."
is_iterable.__doc__ = "Whether a value is a table, or has `__pairs`."
is_writeable.__doc__ = "Whether a value is a table, or has `__newindex`."


@offer(FUNCTIONS)
def to_bool(value: Any = None, words: Any = None, objects: Any = None, *_: Any) -> bool:
    """Turn a value into true or false: the texts yes, y, true, t, 1 and those in `words` are true,
    so are numbers but 0, and with `objects` tables with entries and whatever else is not nil."""
    if true(words):
        check(2, words, "table")
    kind = lua_type(value)
    if kind == "boolean":
        return value
    if kind == "string":
        more = listed(words) if true(words) else ()
        known = [*TRUE, *(word.lower() for word in more if isinstance(word, str))]
        return value.lower() in known
    if kind == "number":
        return value != 0
    if kind == "table":
        return true(objects) and not is_empty(value)
    return true(objects) and value is not None
