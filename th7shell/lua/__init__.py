"""The Lua language: values and errors for every room; the compiler is loaded on first use."""

from __future__ import annotations

from . import state
from .errors import BadArgument, LuaError, TorchError
from .values import (
    LuaObject,
    Table,
    array,
    attr,
    first,
    items,
    length,
    lua_type,
    new_table,
    rawget,
    rawset,
    send,
    tostring,
)

__all__ = [
    "BadArgument",
    "LuaError",
    "LuaObject",
    "Table",
    "TorchError",
    "array",
    "attr",
    "first",
    "items",
    "length",
    "lua_type",
    "new_table",
    "rawget",
    "rawset",
    "send",
    "state",
    "tostring",
]
