"""`pl.tablex`: operations on tables and lists. `comparing`, `mapping` and `slices` hold what
compares and copies, what applies functions, and what works on parts of lists.

A result has the class of the table that it came from; a list without one becomes a `List`, a table
a `Map`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.runtime import for_range
from th7shell.lua.stdlib.table import sort as sort_table

from . import comparing, mapping, slices
from .comparing import need
from .types import is_callable
from .values import (
    LuaError,
    Table,
    array,
    call,
    check_function,
    classed,
    equal,
    index,
    is_table,
    items,
    length,
    like,
    lua_type,
    make_list,
    new_table,
    offer,
    position,
    rawget,
    rawset,
    set_index,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


# ---- looking for values


@offer(FUNCTIONS)
def find(t: Any = None, value: Any = None, start: Any = None, *_: Any) -> Any:
    """The place of a value in a list, from a place on (negative: from the end); nil if it is not
    there."""
    need(1, t, "indexable")
    values = array(t)
    start = int(position(1 if start is None else start, len(values)))
    for i in range(start, len(values) + 1):
        if equal(values[i - 1] if i > 0 else index(t, i), value):
            return i
    return None


@offer(FUNCTIONS)
def rfind(t: Any = None, value: Any = None, start: Any = None, *_: Any) -> Any:
    """The last place of a value in a list, up to a place (negative: from the end)."""
    need(1, t, "indexable")
    size = length(t)
    for i in range(int(position(size if start is None else start, size)), 0, -1):
        if equal(index(t, i), value):
            return i
    return None


@offer(FUNCTIONS)
def find_if(t: Any = None, holds: Any = None, argument: Any = None, *_: Any) -> Any:
    """The key of a value for which holds(value, argument) gives something true, and that."""
    need(1, t, "iterable")
    holds = check_function(2, holds)
    for key, value in items(t):
        found = call(holds, value, argument)
        if true(found):
            return key, found
    return None


@offer(FUNCTIONS)
def search(t: Any = None, value: Any = None, exclude: Any = None, *_: Any) -> Any:
    """Where a value is in a table or in the tables inside: 'a.b.c'; nil if it is nowhere."""
    need(1, t, "iterable")
    seen = {id(t)}
    if exclude is not None:
        seen.update(id(each) for _, each in items(exclude))
    return _searched(t, value, seen)


def _searched(t: Any, value: Any, seen: set[int]) -> Any:
    for key, each in items(t):
        if equal(each, value):
            return key
    for key, each in items(t):
        if is_table(each) and id(each) not in seen:
            seen.add(id(each))
            found = _searched(each, value, seen)
            if true(found):  # the results of a search that finds nothing are none
                rest = tostring(found)
                return f"{key}.{rest}" if isinstance(key, str) else f"[{tostring(key)}]{rest}"
    return ()


@offer(FUNCTIONS)
def index_by(t: Any = None, keys: Any = None, *_: Any) -> Any:
    """The list of the values at the keys of a list."""
    need(1, t, "indexable")
    need(2, keys, "indexable")
    found = new_table()
    for i, key in enumerate(array(keys), 1):
        rawset(found, i, index(t, key))
    return like(found, t, "List")


# ---- whole tables


@offer(FUNCTIONS)
def size(t: Any = None, *_: Any) -> int:
    """How many entries a table has."""
    need(1, t, "iterable")
    return sum(1 for _ in items(t))


@offer(FUNCTIONS)
def keys(t: Any = None, *_: Any) -> Any:
    """The list of a table's keys."""
    need(1, t, "iterable")
    return make_list(key for key, _ in items(t))


@offer(FUNCTIONS)
def values(t: Any = None, *_: Any) -> Any:
    """The list of a table's values."""
    need(1, t, "iterable")
    return make_list(value for _, value in items(t))


@offer(FUNCTIONS)
def index_map(t: Any = None, *_: Any) -> Any:
    """The map from a list's values to their places; several places of one value are a list."""
    need(1, t, "indexable")
    return classed(mapping.pairmap(lambda i, value, *_: (i, value), t), "Map")


@offer(FUNCTIONS)
def makeset(t: Any = None, *_: Any) -> Any:
    """The set of a list's values."""
    need(1, t, "indexable")
    found = new_table()
    for _key, value in items(t):
        rawset(found, value, True)
    return classed(found, "Set")


@offer(FUNCTIONS)
def merge(a: Any = None, b: Any = None, both: Any = None, *_: Any) -> Any:
    """The entries of `a` whose keys `b` has too; with `both` those of either, `b`'s values
    counting."""
    need(1, a, "iterable")
    need(2, b, "iterable")
    both, found = true(both), new_table()
    for key, value in items(a):
        if both or true(index(b, key)):
            rawset(found, key, value)
    for key, value in items(b) if both else ():
        rawset(found, key, value)
    return like(found, a, "Map")


@offer(FUNCTIONS)
def union(a: Any = None, b: Any = None, *_: Any) -> Any:
    """The entries of two tables; where both have a key, the second's."""
    return merge(a, b, True)


@offer(FUNCTIONS)
def intersection(a: Any = None, b: Any = None, *_: Any) -> Any:
    """The entries of the first table whose keys the second has too."""
    return merge(a, b, False)


@offer(FUNCTIONS)
def difference(a: Any = None, b: Any = None, symmetric: Any = None, *_: Any) -> Any:
    """The entries of `a` whose keys `b` lacks; if symmetric, the other way round as well."""
    need(1, a, "iterable")
    need(2, b, "iterable")
    found = new_table()
    for one, other in ((a, b), (b, a)) if true(symmetric) else ((a, b),):
        for key, value in items(one):
            if index(other, key) is None:
                rawset(found, key, value)
    return like(found, a, "Map")


@offer(FUNCTIONS)
def count_map(t: Any = None, same: Any = None, *_: Any) -> Any:
    """The map from a list's values to how often they occur; same(a, b) says what is equal."""
    need(1, t, "indexable")
    same = check_function(2, same) if true(same) else equal
    left, found = array(t), new_table()
    if same is equal and not any(lua_type(v) in ("table", "userdata") for v in left):
        for value in left:
            rawset(found, value, (rawget(found, value) or 0) + 1)
        return classed(found, "Map")
    while left:
        value, *left = left
        others = [other for other in left if not true(same(value, other))]
        rawset(found, value, 1 + len(left) - len(others))
        left = others
    return classed(found, "Map")


@offer(FUNCTIONS)
def range_(start: Any = None, finish: Any = None, step: Any = None, *_: Any) -> Any:
    """The list of the numbers that `for i = start, finish, step` runs over."""
    step = 1 if step is None else step
    if start == finish:
        return make_list([start])
    if step == 0:
        raise LuaError("range: a step of 0 never ends", 2)
    return make_list(for_range(start, finish, step))


@offer(FUNCTIONS)
def new(n: Any = None, value: Any = None, *_: Any) -> Any:
    """A list of n values, or of value(i) for i = 1 … n."""
    made = new_table()
    set_(made, value, 1, n)
    return made


@offer(FUNCTIONS)
def set_(t: Any = None, value: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """Set t[start] … t[end] (default: all) to a value, or to value(i)."""
    need(1, t, "indexable")
    start = 1 if start is None else start
    for i in for_range(start, length(t) if end is None else end):
        set_index(t, i, call(value, i) if is_callable(value) else value)
    return ()


# ---- going through in order


@offer(FUNCTIONS)
def sort(t: Any = None, before: Any = None, *_: Any) -> Any:
    """Loop over (key, value) in the order of the keys, by before(a, b) if given."""
    order = new_table(key for key, _ in items(t))
    sort_table(order, before)
    return _walk(t, array(order))


@offer(FUNCTIONS)
def sortv(t: Any = None, before: Any = None, *_: Any) -> Any:
    """Loop over (key, value) in the order of the values, by before(a, b) if given."""
    before = check_function(2, "<" if before is None else before)
    order = new_table(key for key, _ in items(t))
    sort_table(order, lambda a, b, *_: before(index(t, a), index(t, b)))
    return _walk(t, array(order))


def _walk(t: Any, keys: list[Any]) -> Any:
    left = iter(keys)

    def following(*_: Any) -> Any:
        key = next(left, None)
        return (None, None) if key is None else (key, index(t, key))

    return following


@offer(FUNCTIONS)
def readonly(t: Any = None, *_: Any) -> Any:
    """A table that shows the entries of another and refuses to be changed."""

    def refuse(*_: Any) -> Any:
        raise LuaError("Attempt to modify read-only table", 2)

    return setmetatable(
        new_table(),
        new_table(
            fields={
                "__index": t,
                "__newindex": refuse,
                "__pairs": lambda *_: state.globals.pairs(t),
                "__ipairs": lambda *_: state.globals.ipairs(t),
                "__len": lambda *_: length(t),
                "__metatable": False,
            }
        ),
    )


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.tablex'`."""
    parts = (comparing, mapping, slices)
    functions = {name: f for part in parts for name, f in part.FUNCTIONS.items()}
    return new_table(fields={**FUNCTIONS, **functions})
