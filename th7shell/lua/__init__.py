"""The Lua language: values and errors for every room; the compiler is loaded on first use."""

from __future__ import annotations

from . import python_tables, state  # noqa: F401  (gives tables their methods)
from .access import array, contents, items, length, listed
from .errors import BadArgument, LuaError, TorchError, words
from .values import (
    LuaObject,
    Table,
    attr,
    first,
    lua_type,
    new_table,
    rawget,
    rawset,
    send,
    tostring,
)
from .values import array as rawarray
from .values import items as rawitems
from .values import length as rawlen

__all__ = [
    "BadArgument",
    "LuaError",
    "LuaObject",
    "Table",
    "TorchError",
    "array",
    "attr",
    "contents",
    "first",
    "items",
    "length",
    "listed",
    "lua_type",
    "new_table",
    "rawarray",
    "rawget",
    "rawitems",
    "rawlen",
    "rawset",
    "send",
    "state",
    "tostring",
]


def _sentence(error: LuaError) -> str:
    from .sentences import sentence

    return sentence(error)


def _trace(error: LuaError) -> str:
    from .sentences import trace_of

    return trace_of(error)


words.lua_type, words.tostring, words.sentence, words.trace = lua_type, tostring, _sentence, _trace
