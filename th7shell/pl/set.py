"""`pl.Set`: sets of values, with + * - ^ for union, intersection, difference and symmetric
difference, < for subsets. A set has no methods, for its keys are its values: `Set.len(s)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import tablex
from .classes import make_class
from .map import is_map
from .values import (
    Table,
    call,
    check_function,
    classed,
    index,
    items,
    listed,
    module,
    new_table,
    offer,
    rawset,
    set_own_field,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "values": tablex.keys,
    "len": tablex.size,
    "__len": tablex.size,
}


@offer(FUNCTIONS)
def _init(self: Any = None, source: Any = None, *_: Any) -> Any:
    """`Set(t)`: the values of a list, or the keys of a Map or Set."""
    if true(source):
        for value in [k for k, _ in items(source)] if is_map(source) else listed(source):
            set_own_field(self, value, True)
    return ()


@offer(FUNCTIONS, "__tostring")
def text_of(self: Any = None, *_: Any) -> str:
    """The set as text, `[a,b]`."""
    return "[" + ",".join(tostring(value) for value, _ in items(self)) + "]"


@offer(FUNCTIONS)
def map_(self: Any = None, f: Any = None, *more: Any) -> Any:
    """The set of f(value, …)."""
    f = check_function(1, f)
    made = new_table()
    for value, _ in items(self):
        rawset(made, call(f, value, *more), True)
    return classed(made, "Set")


@offer(FUNCTIONS)
def union(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The values in either set."""
    return tablex.merge(self, other, True)


@offer(FUNCTIONS, "intersection", "__mul")
def intersection(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The values in both sets."""
    return tablex.merge(self, other, False)


@offer(FUNCTIONS)
def difference(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The values in the first set that the second lacks."""
    return tablex.difference(self, other, False)


@offer(FUNCTIONS, "symmetric_difference", "__pow")
def symmetric_difference(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The values in one set but not in both."""
    return tablex.difference(self, other, True)


@offer(FUNCTIONS, "__add")
def add(self: Any = None, other: Any = None, *_: Any) -> Any:
    """s + t, of two sets or of a set and one value."""
    return union(self, other) if is_map(other) else _changed(self, other, True)


@offer(FUNCTIONS, "__sub")
def subtract(self: Any = None, other: Any = None, *_: Any) -> Any:
    """s - t, of two sets or of a set and one value."""
    return difference(self, other) if is_map(other) else _changed(self, other, None)


def _changed(held: Any, value: Any, present: Any) -> Any:
    made = call(module("Set"), held)
    rawset(made, value, present)
    return made


@offer(FUNCTIONS, "issubset", "__lt")
def issubset(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether every value of a set is in another."""
    return all(true(index(other, value)) for value, _ in items(self))


@offer(FUNCTIONS)
def isempty(self: Any = None, *_: Any) -> bool:
    """Whether there are no values."""
    return next(iter(items(self)), None) is None


@offer(FUNCTIONS)
def isdisjoint(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether no value is in both sets."""
    return not any(true(index(other, value)) for value, _ in items(self))


@offer(FUNCTIONS, "__eq")
def equals(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether two sets have the same values."""
    return issubset(self, other) and issubset(other, self)


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.Set'`."""
    cls = make_class(module("Map"), None, module("utils").stdmt.Set)
    rawset(cls, "__index", None)
    for name, function in FUNCTIONS.items():
        rawset(cls, name, function)
    return cls
