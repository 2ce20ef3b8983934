"""`pl.MultiMap`: maps with a list of values at every key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .classes import class_of, make_class
from .values import (
    Table,
    check,
    index,
    items,
    make_list,
    module,
    offer,
    rawset,
    send,
    set_index,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def _init(self: Any = None, source: Any = None, *_: Any) -> Any:
    """`MultiMap(t)`: see `update`."""
    if true(source):
        send(self, "update", source)
    return ()


@offer(FUNCTIONS)
def update(self: Any = None, source: Any = None, *_: Any) -> Any:
    """Set lists of one value from a Map, or the lists of a table."""
    check(1, source, "table")
    single = class_of(module("Map"), source)
    for key, value in list(items(source)):
        set_index(self, key, make_list([value]) if single else module("List")(value))
    return ()


@offer(FUNCTIONS, "set")
def set_(self: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
    """Add a value to the list at a key; nil removes all."""
    if value is None:
        set_index(self, key, None)
    elif not true(index(self, key)):
        set_index(self, key, make_list([value]))
    else:
        send(index(self, key), "append", value)
    return ()


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.MultiMap'`."""
    cls = make_class(module("Map"), None, module("utils").stdmt.MultiMap)
    rawset(cls, "_name", "MultiMap")
    for name, function in FUNCTIONS.items():
        rawset(cls, name, function)
    return cls
