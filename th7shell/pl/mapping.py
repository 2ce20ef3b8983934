"""What of `pl.tablex` applies functions to the values of tables and lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .comparing import need
from .values import (
    array,
    call,
    check,
    check_function,
    first,
    index,
    insert,
    is_table,
    items,
    length,
    like,
    new_table,
    offer,
    rawget,
    rawset,
    set_index,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def map_(f: Any = None, t: Any = None, *more: Any) -> Any:
    """The table of f(value, …) at each key."""
    need(1, t, "iterable")
    f = check_function(1, f)
    made = new_table()
    for key, value in items(t):
        if (answer := call(f, value, *more)) is not None:
            rawset(made, key, answer)
    return like(made, t)


@offer(FUNCTIONS)
def imap(f: Any = None, t: Any = None, *more: Any) -> Any:
    """The list of f(value, …), false where that is nil."""
    need(1, t, "indexable")
    f = check_function(1, f)
    made = (call(f, value, *more) for value in array(t))
    return like(new_table(False if value is None else value for value in made), t, "List")


@offer(FUNCTIONS)
def map_named_method(name: Any = None, t: Any = None, *more: Any) -> Any:
    """The list of value:name(…)."""
    check(1, name, "string")
    need(2, t, "indexable")
    return like(new_table(call(index(v, name), v, *more) for v in array(t)), t, "List")


@offer(FUNCTIONS)
def transform(f: Any = None, t: Any = None, *more: Any) -> Any:
    """Replace every value of a table by f(value, …)."""
    need(1, t, "iterable")
    f = check_function(1, f)
    for key, value in list(items(t)):
        set_index(t, key, call(f, value, *more))
    return ()


@offer(FUNCTIONS)
def map2(f: Any = None, a: Any = None, b: Any = None, *more: Any) -> Any:
    """The table of f(a[key], b[key], …) at each key of a."""
    need(1, a, "iterable")
    need(2, b, "iterable")
    f = check_function(1, f)
    made = new_table()
    for key, value in items(a):
        rawset(made, key, call(f, value, index(b, key), *more))
    return like(made, a, "List")


@offer(FUNCTIONS)
def imap2(f: Any = None, a: Any = None, b: Any = None, *more: Any) -> Any:
    """The list of f(a[i], b[i], …), as long as the shorter list."""
    need(2, a, "indexable")
    need(3, b, "indexable")
    f = check_function(1, f)
    return new_table(call(f, x, y, *more) for x, y in zip(array(a), array(b)))


@offer(FUNCTIONS)
def mapn(f: Any = None, *lists: Any) -> Any:
    """The list of f(a[i], b[i], c[i] …), as long as the shortest list."""
    f = check_function(1, f)
    made = new_table()
    for row in zip(*(array(each) for each in lists)):
        insert(made, call(f, *row))
    return made


@offer(FUNCTIONS)
def zip_(*lists: Any) -> Any:
    """The list of {a[i], b[i] …}, as long as the shortest list."""
    return new_table(new_table(row) for row in zip(*(array(each) for each in lists)))


@offer(FUNCTIONS)
def reduce(f: Any = None, t: Any = None, memo: Any = None, *_: Any) -> Any:
    """f(f(t[1], t[2]), t[3]) …; with a start value f(f(memo, t[1]), t[2]) …"""
    need(2, t, "indexable")
    f = check_function(1, f)
    values = array(t)
    if not values:
        return memo
    held = call(f, memo, values[0]) if true(memo) else None
    held = held if true(held) else values[0]
    for value in values[1:]:
        held = call(f, held, value)
    return held


@offer(FUNCTIONS)
def foreach(t: Any = None, f: Any = None, *more: Any) -> Any:
    """Call f(value, key, …) for every entry of a table."""
    need(1, t, "iterable")
    f = check_function(2, f)
    for key, value in items(t):
        f(value, key, *more)
    return ()


@offer(FUNCTIONS)
def foreachi(t: Any = None, f: Any = None, *more: Any) -> Any:
    """Call f(value, i, …) for every value of a list."""
    need(1, t, "indexable")
    f = check_function(2, f)
    for i in range(1, length(t) + 1):
        f(index(t, i), i, *more)
    return ()


@offer(FUNCTIONS)
def pairmap(f: Any = None, t: Any = None, *more: Any) -> Any:
    """The values of f(key, value, …), appended, or put at the key that f gives after the value;
    several values at one key become a list."""
    need(1, t, "iterable")
    f = check_function(1, f)
    made = new_table()
    for key, value in items(t):
        answer = f(key, value, *more)
        value = first(answer)
        key = answer[1] if answer.__class__ is tuple and len(answer) > 1 else None
        if not true(key):
            insert(made, value)
            continue
        held = rawget(made, key)
        if not true(held):
            rawset(made, key, value)
        elif is_table(held):
            insert(held, value)
        else:
            rawset(made, key, new_table((held, value)))
    return made


@offer(FUNCTIONS)
def filter_(t: Any = None, holds: Any = None, argument: Any = None, *_: Any) -> Any:
    """The list of the values for which holds(value, argument)."""
    need(1, t, "indexable")
    holds = check_function(2, holds)
    return like(new_table(v for v in array(t) if true(holds(v, argument))), t, "List")
