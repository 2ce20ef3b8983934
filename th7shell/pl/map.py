"""`pl.Map`: tables of keys and values with methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import comparing, tablex
from .classes import make_class
from .values import (
    Table,
    call,
    classed,
    getmetatable,
    index,
    less,
    make_list,
    module,
    offer,
    own_field,
    rawset,
    set_index,
    state,
)
from .values import items as pairs

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "keys": tablex.keys,
    "values": tablex.values,
    "len": tablex.size,
    "update": comparing.update,
}


def is_map(value: Any) -> bool:
    """Whether a value is a Map or a Set."""
    metatable, known = getmetatable(value), module("utils").stdmt
    return metatable is not None and (metatable is known.Map or metatable is known.Set)


@offer(FUNCTIONS)
def _init(self: Any = None, source: Any = None, *_: Any) -> Any:
    """`Map(t)`: a plain table itself becomes the map, of a Map or Set a copy is made."""
    if not is_map(source):
        return source
    comparing.update(self, source)
    return ()


@offer(FUNCTIONS, "iter")
def iterate(self: Any = None, *_: Any) -> Any:
    """Loop over the (key, value) pairs."""
    return state.globals.pairs(self)


@offer(FUNCTIONS)
def items(self: Any = None, *_: Any) -> Any:
    """The list of {key, value}, sorted by key."""
    entries = make_list(make_list(pair) for pair in pairs(self))
    call(index(entries, "sort"), entries, lambda a, b, *_: less(a[1], b[1]))
    return entries


@offer(FUNCTIONS)
def setdefault(self: Any = None, key: Any = None, default: Any = None, *_: Any) -> Any:
    """The value at a key, which is set first if it is absent."""
    value = index(self, key)
    if value is None:
        index(self, "set")(self, key, default)
        return default
    return value


@offer(FUNCTIONS, "set")
def set_(self: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
    """Set the value at a key; nil removes it."""
    set_index(self, key, value)
    return ()


@offer(FUNCTIONS)
def get(self: Any = None, key: Any = None, *_: Any) -> Any:
    """The value at a key."""
    return own_field(self, key)


@offer(FUNCTIONS)
def getvalues(self: Any = None, keys: Any = None, *_: Any) -> Any:
    """The list of the values at the keys of a list."""
    return classed(tablex.index_by(self, keys), "List")


@offer(FUNCTIONS, "__eq")
def equals(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether two maps have equal values at the same keys."""
    return comparing.deepcompare(self, other, True)


@offer(FUNCTIONS, "__tostring")
def text_of(self: Any = None, *_: Any) -> Any:
    """The map as text, `{a=1,b=2}`."""
    return module("pretty").write(self, "")


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.Map'`."""
    cls = make_class(None, None, module("utils").stdmt.Map)
    for name, function in FUNCTIONS.items():
        rawset(cls, name, function)
    return cls
