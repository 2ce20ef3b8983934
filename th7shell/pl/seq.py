"""`pl.seq`: sequences, functions that give the next value; a table stands for the sequence of its
list.

`seq(s)` wraps a sequence: its methods are these functions, and other names are methods of the
values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua.arithmetic import add, equal
from th7shell.lua.iteration import next_key
from th7shell.lua.stdlib import table as table_library
from th7shell.lua.stdlib.base import ipairs_step, tonumber
from th7shell.lua.stdlib.string import find
from th7shell.lua.stdlib.string_format import format

from .seq_methods import import_, wrapper
from .values import (
    LuaError,
    call,
    check,
    check_function,
    classed,
    first,
    index,
    is_table,
    items,
    loop,
    lua_type,
    make_list,
    meta_field,
    module,
    new_table,
    offer,
    rawget,
    rawset,
    setmetatable,
    state,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def two(answer: Any) -> tuple[Any, Any]:
    """The first two results of a call."""
    if answer.__class__ is not tuple:
        return answer, None
    return (*answer, None, None)[:2]


def values(s: Any) -> Iterator[Any]:
    """What a `for` runs over: the values of a sequence up to nil."""
    return loop(iter_(s))


def nothing(*_: Any) -> Any:
    """The empty sequence."""
    return None


# ---- tests


@offer(FUNCTIONS)
def greater_than(x: Any = None, *_: Any) -> Any:
    """The test of being greater than a number."""
    return lambda v=None, *_: tonumber(v) > x


@offer(FUNCTIONS)
def less_than(x: Any = None, *_: Any) -> Any:
    """The test of being less than a number."""
    return lambda v=None, *_: tonumber(v) < x


@offer(FUNCTIONS)
def equal_to(x: Any = None, *_: Any) -> Any:
    """The test of being equal to a value; texts count as numbers for a number."""
    number = lua_type(x) == "number"
    return lambda v=None, *_: equal(tonumber(v) if number else v, x)


@offer(FUNCTIONS)
def matching(s: Any = None, *_: Any) -> Any:
    """The test of having a match of a pattern."""
    return lambda v=None, *_: find(v, s)


# ---- sequences


@offer(FUNCTIONS, "list")
def list_(t: Any = None, *_: Any) -> Any:
    """The sequence of a list."""
    check(1, t, "table")
    place = 0

    def step(*_: Any) -> Any:
        nonlocal place
        found = ipairs_step(t, place)
        if found.__class__ is not tuple or not found or found[0] is None:
            return None
        place = found[0]
        return found[1]

    return step


@offer(FUNCTIONS, "iter")
def iter_(s: Any = None, *_: Any) -> Any:
    """A sequence itself, wrapped or not, or that of a list."""
    return list_(s) if is_table(s) and not true(meta_field(s, "__call")) else s


@offer(FUNCTIONS)
def keys(t: Any = None, *_: Any) -> Any:
    """The sequence of a table's keys."""
    check(1, t, "table")
    key = None

    def step(*_: Any) -> Any:
        nonlocal key
        key = first(next_key(t, key))
        return key

    return step


@offer(FUNCTIONS)
def range_(start: Any = None, finish: Any = None, *_: Any) -> Any:
    """The numbers from start to finish."""
    value = start - 1

    def step(*_: Any) -> Any:
        nonlocal value
        value += 1
        return None if value > finish else value

    return step


@offer(FUNCTIONS)
def random(n: Any = None, l: Any = None, u: Any = None, *_: Any) -> Any:
    """n random numbers; l and u as for math.random."""
    if lua_type(n) != "number":
        raise LuaError("assertion failed!", 2)
    limits = (l, u) if true(u) else (l,) if true(l) else ()
    draw, left = state.globals.math.random, n

    def step(*_: Any) -> Any:
        nonlocal left
        if left == 0:
            return None
        left -= 1
        return draw(*limits)

    return step


@offer(FUNCTIONS)
def sort(iter: Any = None, comp: Any = None, *_: Any) -> Any:
    """The values in order, by comp(x, y)."""
    sorted_values = copy(iter)
    table_library.sort(sorted_values, comp)
    return list_(sorted_values)


@offer(FUNCTIONS, "zip")
def zip_(iter1: Any = None, iter2: Any = None, *_: Any) -> Any:
    """The sequence of pairs from two."""
    a, b = iter_(iter1), iter_(iter2)

    def step(*_: Any) -> Any:
        one = first(a())
        other = b()
        return (one, *other) if other.__class__ is tuple else (one, other)

    return step


@offer(FUNCTIONS)
def splice(iter1: Any = None, iter2: Any = None, *_: Any) -> Any:
    """One sequence after the other."""
    left = [iter_(iter2), iter_(iter1)]

    def step(*_: Any) -> Any:
        while left:
            value = first(left[-1]())
            if value is not None:
                return value
            left.pop()
        return None

    return step


@offer(FUNCTIONS, "map")
def map_(fn: Any = None, iter: Any = None, arg: Any = None, *_: Any) -> Any:
    """The sequence of fn(value, arg), or fn(value, second value)."""
    fn = check_function(1, fn)
    step_of = iter_(iter)

    def step(*_: Any) -> Any:
        value, second = two(step_of())
        if value is None:
            return None
        made = call(fn, value, arg if true(arg) else second)
        return False if made is None else made

    return step


@offer(FUNCTIONS, "filter")
def filter_(iter: Any = None, pred: Any = None, arg: Any = None, *_: Any) -> Any:
    """The values for which pred(value, arg) holds."""
    pred = check_function(2, pred)
    step_of = iter_(iter)

    def step(*_: Any) -> Any:
        while True:
            value, second = two(step_of())
            if value is None:
                return None
            if true(pred(value, arg if true(arg) else second)):
                return value, second

    return step


@offer(FUNCTIONS)
def take(iter: Any = None, n: Any = None, *_: Any) -> Any:
    """The first n values."""
    step_of, left = iter_(iter), n

    def step(*_: Any) -> Any:
        nonlocal left
        if left < 1:
            return None
        value, second = two(step_of())
        left -= 1
        return (value, second) if true(value) else None

    return step


@offer(FUNCTIONS)
def skip(iter: Any = None, n: Any = None, *_: Any) -> Any:
    """What follows the first n values (1)."""
    step_of = iter_(iter)
    for _i in range(1 if n is None else int(n)):
        if first(step_of()) is None:
            return nothing
    return step_of


@offer(FUNCTIONS)
def enum(iter: Any = None, *_: Any) -> Any:
    """The values with their numbers in front."""
    step_of, number = iter_(iter), 0

    def step(*_: Any) -> Any:
        nonlocal number
        value, second = two(step_of())
        if not true(value):
            return None
        number += 1
        return number, value, second

    return step


@offer(FUNCTIONS)
def mapmethod(
    iter: Any = None, name: Any = None, arg1: Any = None, arg2: Any = None, *_: Any
) -> Any:
    """The sequence of value:name(arg1, arg2)."""
    step_of = iter_(iter)

    def step(*_: Any) -> Any:
        value = first(step_of())
        if not true(value):
            return None
        method = index(value, name)
        if not true(method):
            raise LuaError(f"{lua_type(value)} does not have method {name}", 1)
        return method(value, arg1, arg2)

    return step


@offer(FUNCTIONS)
def last(iter: Any = None, *_: Any) -> Any:
    """The pairs of a value and the one before it."""
    step_of = iter_(iter)
    value = first(step_of())
    if value is None:
        return nothing

    def step(*_: Any) -> Any:
        nonlocal value
        before, value = value, first(step_of())
        return None if value is None else (value, before)

    return step


# ---- what becomes of them


@offer(FUNCTIONS)
def foreach(iter: Any = None, fn: Any = None, *_: Any) -> Any:
    """Call fn with the values, up to three at a time."""
    fn = check_function(2, fn)
    for found in loop(iter_(iter), variables=3):
        fn(*found)
    return ()


@offer(FUNCTIONS)
def count(iter: Any = None, condn: Any = None, arg: Any = None, *_: Any) -> int:
    """How many values there are for which condn(value, arg) holds."""
    return sum(true(condn(value, arg)) for value in values(iter))


@offer(FUNCTIONS)
def minmax(iter: Any = None, *_: Any) -> Any:
    """The least and the greatest value."""
    least, greatest = 1e70, -1e70
    for value in values(iter):
        number: Any = tonumber(value)
        least = number if number < least else least
        greatest = number if number > greatest else greatest
    return least, greatest


@offer(FUNCTIONS)
def sum_(iter: Any = None, fn: Any = None, *_: Any) -> Any:
    """The sum of the values, or of fn(value), and their number."""
    total: Any = 0
    number = 0
    for value in values(iter):
        total = add(total, call(fn, value) if true(fn) else value)
        number += 1
    return total, number


@offer(FUNCTIONS)
def copy(iter: Any = None, *_: Any) -> Any:
    """The List of the values."""
    return make_list(list(values(iter)))


@offer(FUNCTIONS)
def copy2(iter: Any = None, i1: Any = None, i2: Any = None, *_: Any) -> Any:
    """The list of {first, second} of a sequence of pairs; i1 and i2 as `pairs` gives them."""
    return new_table(new_table(pair) for pair in loop(iter, i1, i2, variables=2))


@offer(FUNCTIONS)
def copy_tuples(iter: Any = None, *_: Any) -> Any:
    """The list of the lists of values that each step gives."""
    step_of = iter_(iter)
    out: list[Any] = []
    while True:
        found = step_of()
        found = found if found.__class__ is tuple else (found,)
        if not found or found[0] is None:
            return new_table(out)
        out.append(new_table(found))


@offer(FUNCTIONS)
def count_map(iter: Any = None, *_: Any) -> Any:
    """The Map of how often each value is there."""
    found = new_table()
    for value in values(iter):
        rawset(found, value, (rawget(found, value) or 0) + 1)
    return classed(found, "Map")


@offer(FUNCTIONS)
def unique(iter: Any = None, returns_table: Any = None, *_: Any) -> Any:
    """The different values in order, as a sequence or as a list."""
    found = new_table(key for key, _count in items(count_map(iter)))
    table_library.sort(found)
    return found if true(returns_table) else list_(found)


@offer(FUNCTIONS)
def printall(
    iter: Any = None, sep: Any = None, nfields: Any = None, fmt: Any = None, *_: Any
) -> Any:
    """Write the values with a separator (a blank) between, at most nfields (7) to a line, by a
    format."""
    write = state.globals.io.write
    separator = sep if true(sep) else " "
    fields = nfields if true(nfields) else 1e30 if separator == "\n" else 7
    k = 1
    for value in values(iter):
        text = format(fmt, value) if true(fmt) else value
        write(text, separator if k < fields else "\n")
        k = k + 1 if k < fields else 1
    write("\n")
    return ()


@offer(FUNCTIONS)
def reduce(fn: Any = None, iter: Any = None, initval: Any = None, *_: Any) -> Any:
    """The values joined by a function of two, from the left, after `initval` if there is one."""
    fn = check_function(1, fn)
    step_of = iter_(iter)
    total = initval if true(initval) else first(step_of())
    if total is None:
        return None
    for value in loop(step_of):
        total = call(fn, total, value)
    return total


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.seq'`."""
    metatable, wrapped = wrapper()

    def lines(f: Any = None, *formats: Any) -> Any:
        """The wrapped lines of a file, given by name, as an object or as 'STDIN'."""
        io = state.globals.io
        if f == "STDIN":
            f = io.stdin
        if f.__class__ is str:
            found = io.lines(f, *formats)
        elif not true(index(f, "read")):
            raise LuaError("Pass either a string or a file-like object", 2)
        else:
            found = index(f, "lines")(f, *formats)
        return wrapped(first(found))

    def called(_t: Any = None, iter: Any = None, extra: Any = None, *_: Any) -> Any:
        """Wrap a sequence, or what `pairs` gives."""
        if not true(module("types").is_callable(iter)):
            if not is_table(iter):
                return iter
            iter = list_(iter)
        step = (lambda *_: iter(extra)) if true(extra) else iter
        return setmetatable(new_table(fields={"iter": step}), metatable)

    fields = {**FUNCTIONS, "lines": lines, "import": import_}
    return setmetatable(new_table(fields=fields), new_table(fields={"__call": called}))
