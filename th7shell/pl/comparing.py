"""What of `pl.tablex` compares and copies tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .types import is_indexable, is_iterable, is_writeable
from .values import (
    LuaError,
    array,
    check_function,
    equal,
    getmetatable,
    index,
    is_table,
    items,
    lua_type,
    meta_field,
    new_table,
    offer,
    rawset,
    set_index,
    setmetatable,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
_TESTS = {"indexable": is_indexable, "iterable": is_iterable, "writeable": is_writeable}


def need(n: int, value: Any, what: str) -> None:
    """Require that argument n is indexable, iterable or writeable."""
    if not is_table(value) and not true(_TESTS[what](value)):
        raise LuaError(f"argument {n} is not {what}", 3)


@offer(FUNCTIONS)
def update(target: Any = None, source: Any = None, *_: Any) -> Any:
    """Copy the entries of a table into another; give that."""
    need(1, target, "writeable")
    need(2, source, "iterable")
    for key, value in list(items(source)):
        set_index(target, key, value)
    return target


@offer(FUNCTIONS)
def copy(t: Any = None, *_: Any) -> Any:
    """A new table with the entries of another."""
    need(1, t, "iterable")
    made = new_table()
    for key, value in items(t):
        rawset(made, key, value)
    return made


@offer(FUNCTIONS)
def deepcopy(t: Any = None, *_: Any) -> Any:
    """A copy of a table, of the tables in it and of its class; what is shared or goes in a circle
    there does so in the copy."""
    return _copied(t, {})


def _copied(value: Any, known: dict[int, Any]) -> Any:
    if not is_table(value):
        return value
    if id(value) in known:
        return known[id(value)]
    known[id(value)] = made = new_table()
    for key, each in items(value):
        rawset(made, _copied(key, known), _copied(each, known))
    metatable = getmetatable(value)
    return made if metatable in (None, False) else setmetatable(made, metatable)


@offer(FUNCTIONS)
def deepcompare(
    a: Any = None, b: Any = None, ignore_eq: Any = None, eps: Any = None, *_: Any
) -> bool:
    """Whether two values are equal, tables by their entries; ignore_eq: though they have `__eq`;
    eps: how much numbers may differ."""
    return _alike(a, b, true(ignore_eq), eps, set())


def _alike(a: Any, b: Any, ignore_eq: bool, eps: Any, seen: set[tuple[int, int]]) -> bool:
    if (id(a), id(b)) in seen:
        return True
    kind = lua_type(a)
    if kind != lua_type(b):
        return False
    if kind == "number" and true(eps):
        return abs(a - b) < eps
    if kind != "table" or (not ignore_eq and true(meta_field(a, "__eq"))):
        return equal(a, b)
    ours = list(items(a))
    if any(index(b, key) is None for key, _ in ours):
        return False
    if any(index(a, key) is None for key, _ in items(b)):
        return False
    seen.add((id(a), id(b)))
    return all(_alike(value, index(b, key), ignore_eq, eps, seen) for key, value in ours)


@offer(FUNCTIONS)
def compare(a: Any = None, b: Any = None, same: Any = None, *_: Any) -> bool:
    """Whether two lists are equally long and same(x, y) holds for their values in order."""
    need(1, a, "indexable")
    need(2, b, "indexable")
    ours, theirs = array(a), array(b)
    if len(ours) != len(theirs):
        return False
    same = check_function(3, same)
    return all(true(same(x, y)) for x, y in zip(ours, theirs))


@offer(FUNCTIONS)
def compare_no_order(a: Any = None, b: Any = None, same: Any = None, *_: Any) -> bool:
    """Whether two lists have equal values (by same(x, y), if given), in whatever order."""
    need(1, a, "indexable")
    need(2, b, "indexable")
    same = check_function(3, same) if true(same) else equal
    ours, left = array(a), array(b)
    if len(ours) != len(left):
        return False
    for x in ours:
        place = next((i for i, y in enumerate(left) if true(same(x, y))), None)
        if place is None:
            return False
        del left[place]
    return True
