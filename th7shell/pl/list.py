"""`pl.List`: lists with methods. What changes a list gives it back: calls can be chained."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from th7shell.lua.runtime import for_range
from th7shell.lua.stdlib import table
from th7shell.lua.stdlib.io import File

from . import mapping, slices, tablex
from .classes import make_class
from .utils import pieces
from .values import (
    LuaError,
    Table,
    array,
    call,
    check,
    check_function,
    equal,
    getmetatable,
    index,
    insert,
    is_table,
    length,
    less,
    loop,
    lua_type,
    make_list,
    module,
    new_table,
    offer,
    rawset,
    send,
    set_index,
    setmetatable,
    span,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "push": table.insert,
    "concat": table.concat,
    "index": tablex.find,
}
_TINY = 1e-10  # of a step that is no whole number


@offer(FUNCTIONS)
def iterate(source: Any = None, *_: Any) -> Any:
    """An iterator over a list's values, a string's characters or a file's lines; a function is
    one."""
    if isinstance(source, str):
        return _one_by_one(source)
    if is_table(source):
        place = 0
        end = length(source)

        def following(*_: Any) -> Any:
            nonlocal place
            place += 1
            return index(source, place) if place <= end else None

        return following
    if lua_type(source) == "function":
        return source
    return send(source, "lines") if isinstance(source, File) else ()


def _one_by_one(text: str) -> Any:
    letters = iter(text)
    return lambda *_: next(letters, None)


def spread(source: Any) -> list[Any]:
    """The values that `iterate` runs over."""
    return array(source) if is_table(source) else list(loop(iterate(source)))


def create(source: Any = None, *_: Any) -> Any:
    """A plain table with values becomes the list itself."""
    plain = is_table(source) and getmetatable(source) is None
    return source if plain and length(source) > 0 else ()


def initialize(self: Any = None, source: Any = None, *_: Any) -> Any:
    """`List(source)`: a list of what can be iterated over."""
    if self is not source and true(source):
        for value in spread(source):
            table.insert(self, value)
    return ()


@offer(FUNCTIONS)
def clone(self: Any = None, *_: Any) -> Any:
    """A copy of the list, of its own class."""
    return _like(array(self), self)


def _like(values: Any, source: Any) -> Any:
    return setmetatable(new_table(values), getmetatable(source))


# ---- changing a list


@offer(FUNCTIONS)
def append(self: Any = None, value: Any = None, *_: Any) -> Any:
    """Add a value at the end."""
    table.insert(self, value)
    return self


@offer(FUNCTIONS)
def extend(self: Any = None, values: Any = None, *_: Any) -> Any:
    """Add the values of a list at the end."""
    check(1, values, "table")
    for i in range(1, length(values) + 1):
        table.insert(self, index(values, i))
    return self


@offer(FUNCTIONS, "insert")
def insert_(self: Any = None, place: Any = None, value: Any = None, *_: Any) -> Any:
    """Insert a value at a place."""
    check(1, place, "number")
    table.insert(self, place, value)
    return self


@offer(FUNCTIONS)
def put(self: Any = None, value: Any = None, *_: Any) -> Any:
    """Insert a value at the front."""
    return send(self, "insert", 1, value)


@offer(FUNCTIONS)
def remove(self: Any = None, place: Any = None, *_: Any) -> Any:
    """Remove the value at a place."""
    check(1, place, "number")
    table.remove(self, place)
    return self


@offer(FUNCTIONS)
def remove_value(self: Any = None, value: Any = None, *_: Any) -> Any:
    """Remove the first occurrence of a value."""
    place = tablex.find(self, value)
    if place is not None:
        table.remove(self, place)
    return self


@offer(FUNCTIONS, "pop", "get")
def pop(self: Any = None, place: Any = None, *_: Any) -> Any:
    """Remove the last value, or the one at a place, and give it."""
    place = check(1, place, "number") if true(place) else length(self)
    return table.remove(self, place)


@offer(FUNCTIONS)
def sort(self: Any = None, before: Any = None, *_: Any) -> Any:
    """Sort in place, by `<` or by before(a, b)."""
    table.sort(self, check_function(1, before) if true(before) else None)
    return self


@offer(FUNCTIONS)
def sorted_(self: Any = None, before: Any = None, *_: Any) -> Any:
    """A sorted copy."""
    return sort(call(module("List"), self), before)


@offer(FUNCTIONS)
def reverse(self: Any = None, *_: Any) -> Any:
    """Turn the order round in place."""
    for i, value in enumerate(array(self)[::-1], 1):
        set_index(self, i, value)
    return self


@offer(FUNCTIONS)
def clear(self: Any = None, *_: Any) -> Any:
    """Remove all values."""
    slices.clear(self)
    return self


@offer(FUNCTIONS)
def chop(self: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """Remove the values from one place to another."""
    return slices.removevalues(self, start, end)


@offer(FUNCTIONS)
def splice(self: Any = None, place: Any = None, values: Any = None, *_: Any) -> Any:
    """Insert the values of a list at a place."""
    check(1, place, "number")
    for i, value in enumerate(spread(values), int(place)):
        table.insert(self, i, value)
    return self


@offer(FUNCTIONS)
def slice_assign(
    self: Any = None, start: Any = None, end: Any = None, values: Any = None, *_: Any
) -> Any:
    """Put the values of a list in place of those from one place to another."""
    check(1, start, "number")
    check(1, end, "number")
    start, end = span(self, start, end)
    if end >= start:
        chop(self, start, end)
    return splice(self, start, values)


@offer(FUNCTIONS)
def transform(self: Any = None, f: Any = None, *more: Any) -> Any:
    """Replace every value by f(value, …)."""
    mapping.transform(f, self, *more)
    return self


# ---- asking a list


@offer(FUNCTIONS)
def contains(self: Any = None, value: Any = None, *_: Any) -> bool:
    """Whether a value is in the list."""
    return tablex.find(self, value) is not None


@offer(FUNCTIONS)
def count(self: Any = None, value: Any = None, *_: Any) -> int:
    """How often a value is in the list."""
    return sum(equal(each, value) for each in array(self))


@offer(FUNCTIONS)
def minmax(self: Any = None, *_: Any) -> Any:
    """The smallest and the largest value."""
    smallest, largest = 1e70, -1e70
    for value in array(self):
        smallest = value if less(value, smallest) else smallest
        largest = value if less(largest, value) else largest
    return smallest, largest


@offer(FUNCTIONS)
def slice_(self: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """The list of the values from one place to another; negative places count from the end."""
    return slices.sub(self, start, end)


@offer(FUNCTIONS)
def len_(self: Any = None, *_: Any) -> Any:
    """How many values there are."""
    return length(self)


@offer(FUNCTIONS)
def join(self: Any = None, separator: Any = None, *_: Any) -> Any:
    """The texts of the values with a separator between."""
    separator = check(1, "" if separator is None else separator, "string")
    return separator.join(tostring(value) for value in array(self))


@offer(FUNCTIONS, "__concat")
def concat(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The values of two lists in a new one."""
    check(1, other, "table")
    return extend(clone(self), other)


@offer(FUNCTIONS, "__eq")
def equals(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether two lists have equal values in the same order."""
    ours, theirs = array(self), array(other)
    return len(ours) == len(theirs) and all(equal(a, b) for a, b in zip(ours, theirs))


@offer(FUNCTIONS, "__tostring")
def text_of(self: Any = None, *_: Any) -> str:
    """The list as text, `{a,b}`."""
    return "{" + join(self, ",") + "}"


@offer(FUNCTIONS)
def iter_(self: Any = None, *_: Any) -> Any:
    """An iterator over the values."""
    return iterate(self)


# ---- functions of the values


@offer(FUNCTIONS)
def foreach(self: Any = None, f: Any = None, *more: Any) -> Any:
    """Call f(value, …) for every value."""
    f = check_function(1, f)
    for i in range(1, length(self) + 1):
        f(index(self, i), *more)
    return ()


def method_of(value: Any, name: Any) -> Any:
    """A method of a value; an error where there is none."""
    found = index(value, name)
    if not true(found):
        raise LuaError(f"{lua_type(value)} does not have method {name}", 3)
    return found


@offer(FUNCTIONS)
def foreachm(self: Any = None, name: Any = None, *more: Any) -> Any:
    """Call value:name(…) for every value."""
    for value in array(self):
        method_of(value, name)(value, *more)
    return ()


@offer(FUNCTIONS)
def filter_(self: Any = None, holds: Any = None, argument: Any = None, *_: Any) -> Any:
    """The list of the values for which holds(value, argument)."""
    return setmetatable(mapping.filter_(self, holds, argument), getmetatable(self))


@offer(FUNCTIONS)
def map_(self: Any = None, f: Any = None, *more: Any) -> Any:
    """The list of f(value, …)."""
    return setmetatable(mapping.imap(f, self, *more), getmetatable(self))


@offer(FUNCTIONS)
def map2(self: Any = None, f: Any = None, other: Any = None, *more: Any) -> Any:
    """The list of f(value, other's value, …)."""
    return setmetatable(mapping.imap2(f, self, other, *more), getmetatable(self))


@offer(FUNCTIONS)
def mapm(self: Any = None, name: Any = None, *more: Any) -> Any:
    """The list of value:name(…)."""
    return _like([call(method_of(value, name), value, *more) for value in array(self)], self)


@offer(FUNCTIONS, "default_map", "default_map_with")
def default_map_with(functions: Any = None, *_: Any) -> Any:
    """A handler for `List:catch`: a method that a list lacks is mapped over its values, as the
    function of that name in a table."""

    def handle(self: Any = None, name: Any = None, *_: Any) -> Any:
        if true(functions):
            f = method_of(functions, name)
            method: Any = lambda held=None, *more: index(held, "map")(held, f, *more)  # noqa: E731
        else:
            method = lambda held=None, *more: index(held, "mapn")(held, name, *more)  # noqa: E731
        set_index(getmetatable(self), name, method)
        return method

    return handle


@offer(FUNCTIONS)
def reduce(self: Any = None, f: Any = None, start: Any = None, *_: Any) -> Any:
    """f(f(first, second), third) …"""
    return mapping.reduce(f, self, start)


@offer(FUNCTIONS)
def partition(self: Any = None, f: Any = None, *more: Any) -> Any:
    """The MultiMap of the lists of the values that have the same f(value, …); nil counts as
    '<nil>'."""
    f = check_function(1, f)
    parts = new_table()
    for value in array(self):
        name = call(f, value, *more)
        name = "<nil>" if name is None else name
        part = parts[name]
        if part is None:
            part = make_list()
            rawset(parts, name, part)
        insert(part, value)
    return setmetatable(parts, module("utils").stdmt.MultiMap)


# ---- making lists


@offer(FUNCTIONS)
def range_(start: Any = None, finish: Any = None, step: Any = None, *_: Any) -> Any:
    """The list start … finish by step (1); of one number n, 1 … n."""
    if not true(finish):
        start, finish = 1, start
    if true(step):
        check(3, step, "number")
        if math.ceil(step) != step:
            finish += _TINY
    check(1, start, "number")
    check(2, finish, "number")
    return make_list(for_range(start, finish, step if true(step) else 1))


@offer(FUNCTIONS)
def split(text: Any = None, separator: Any = None, *_: Any) -> Any:
    """The list of the pieces of a string (see `utils.split`)."""
    check(1, text, "string")
    return make_list(pieces(text, separator, False))


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.List'`."""
    cls = make_class(None, None, module("utils").stdmt.List)
    for name, function in FUNCTIONS.items():
        rawset(cls, name, function)
    rawset(cls, "_create", create)
    rawset(cls, "_init", initialize)
    rawset(cls, "new", cls)
    return cls
