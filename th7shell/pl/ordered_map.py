"""`pl.OrderedMap`: maps that keep the order in which their keys were set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib import table

from .classes import class_of, make_class
from .values import (
    LuaError,
    Table,
    array,
    check,
    failed,
    index,
    is_table,
    items,
    length,
    listed,
    loop,
    lua_type,
    make_list,
    module,
    offer,
    own_field,
    rawset,
    send,
    set_own_field,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def _init(self: Any = None, source: Any = None, *_: Any) -> Any:
    """`OrderedMap(t)`: see `update`."""
    set_own_field(self, "_keys", make_list())
    if true(source):
        answer = send(self, "update", source)
        if not true(answer):
            raise LuaError(answer[1], 3)
    return ()


@offer(FUNCTIONS)
def update(self: Any = None, source: Any = None, *_: Any) -> Any:
    """Set the entries of an OrderedMap, of a list of {key = value}, or of a table in any order."""
    check(1, source, "table")
    if class_of(module("OrderedMap"), source):
        pairs = list(loop(send(source, "iter"), variables=2))
    elif length(source) > 0:
        if not is_table(index(source, 1)):
            return failed("cannot use an array to initialize an OrderedMap")
        pairs = []
        for entry in listed(source):
            pair = next(iter(items(entry)), None)
            if pair is None:
                return failed("empty pair initialization table")
            pairs.append(pair)
    else:
        pairs = list(items(source))
    for key, value in pairs:
        send(self, "set", key, value)
    return self


@offer(FUNCTIONS, "set", "__newindex")
def set_(self: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
    """Set the value at a key; a new key comes last, nil removes one."""
    old = own_field(self, key)
    if old is None and value is not None:
        send(keys(self), "append", key)
    elif value is None:
        send(keys(self), "remove_value", key)
    set_own_field(self, key, value)
    return self


@offer(FUNCTIONS)
def insert(self: Any = None, place: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
    """Put a key with a value (the one it has, if nil) at a place among the keys."""
    old = index(self, key)
    value = value if true(value) else old
    if true(old):
        send(keys(self), "remove_value", key)
    if true(value):
        send(keys(self), "insert", place, key)
        set_own_field(self, key, value)
    return self


@offer(FUNCTIONS)
def keys(self: Any = None, *_: Any) -> Any:
    """The list of the keys in their order; the map's own, no copy."""
    return index(self, "_keys")


@offer(FUNCTIONS)
def values(self: Any = None, *_: Any) -> Any:
    """The list of the values in the order of the keys."""
    return make_list(index(self, key) for key in array(keys(self)))


@offer(FUNCTIONS)
def sort(self: Any = None, before: Any = None, *_: Any) -> Any:
    """Sort the keys, by before(a, b) if given."""
    table.sort(keys(self), before)
    return self


@offer(FUNCTIONS, "iter", "__pairs")
def iterate(self: Any = None, *_: Any) -> Any:
    """Loop over (key, value) in the order of the keys."""
    place, order = 0, keys(self)

    def following(*_: Any) -> Any:
        nonlocal place
        place += 1
        if place > length(order):
            return None
        key = index(order, place)
        return key, index(self, key)

    return following


@offer(FUNCTIONS, "__tostring")
def text_of(self: Any = None, *_: Any) -> str:
    """The map as text, `{a=1,b="x"}`."""
    shown = []
    for key in array(keys(self)):
        value = index(self, key)
        text = tostring(value)
        text = text if lua_type(value) == "number" else f'"{text}"'
        shown.append(f"{tostring(key)}={text}")
    return "{" + ",".join(shown) + "}"


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.OrderedMap'`."""
    cls = make_class(module("Map"))
    rawset(cls, "_name", "OrderedMap")
    for name, function in FUNCTIONS.items():
        rawset(cls, name, function)
    return cls
