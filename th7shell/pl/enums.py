"""`utils.enum`: names that may be read and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .values import (
    LuaError,
    Table,
    check,
    is_table,
    items,
    listed,
    lua_type,
    new_table,
    offer,
    rawget,
    rawset,
    setmetatable,
    tostring,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def enum(*names: Any) -> Any:
    """An enumeration of names, given one by one, in a list or as fields of a table with their
    values: reading another name is an error, `e(name)` gives nil and a message."""
    fields = _fields_of(names[0]) if names and is_table(names[0]) else _fields(names)
    if not fields:
        raise LuaError("expected at least 1 entry", 2)
    return _made(fields)


def _fields(names: tuple[Any, ...]) -> dict[str, Any]:
    return {check(i, name, "string", level=4): name for i, name in enumerate(names, 1)}


def _fields_of(given: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for i, name in enumerate(listed(given), 1):
        if not isinstance(name, str):
            raise LuaError(f"expected 'string' but got '{lua_type(name)}' at index {i}", 3)
        fields[name] = name
    for key, value in items(given):
        if lua_type(key) == "number" and key % 1 == 0:
            continue
        if not isinstance(key, str):
            raise LuaError(f"expected key to be 'string' but got '{lua_type(key)}'", 3)
        if key in fields:
            raise LuaError(f"duplicate entry in array and hash part: '{key}'", 3)
        fields[key] = value
    return fields


def _made(fields: dict[str, Any]) -> Table:
    valid = "(expected one of: '" + "', '".join(fields) + "')"

    def unknown(_: Any = None, key: Any = None, *__: Any) -> Any:
        raise LuaError(f"'{tostring(key)}' is not a valid value {valid}", 2)

    def fixed(*_: Any) -> Any:
        raise LuaError("the Enum object is read-only", 2)

    def look(held: Any = None, key: Any = None, *_: Any) -> Any:
        value = rawget(held, key) if isinstance(key, str) else None
        message = f"'{tostring(key)}' is not a valid value {valid}"
        return (None, message) if value is None else value

    made = new_table()
    for name, value in fields.items():
        rawset(made, name, value)
    events = {"__index": unknown, "__newindex": fixed, "__call": look}
    return setmetatable(made, new_table(fields=events))
