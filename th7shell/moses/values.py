"""Tests of values, copies of tables, and functions that make functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, TorchError, array, first, items, lua_type, new_table
from th7shell.lua.arithmetic import truth as true

FUNCTIONS: dict[str, Callable[..., Any]] = {}
FAR = 2**53  # beyond every place
MOST = 2**27  # entries of a list, as in LuaJIT


def offer(table: dict[str, Callable[..., Any]], name: str | None = None) -> Any:
    """Decorator that puts a function into a table of functions under its own name, or `name`."""

    def place(function: Callable[..., Any]) -> Callable[..., Any]:
        table[name or function.__name__.rstrip("_")] = function
        return function

    return place


def is_table(value: Any) -> bool:
    """Whether Lua's type() says 'table'."""
    return lua_type(value) == "table"


def pairs(table: Any) -> list[tuple[Any, Any]]:
    """The entries of a table, in the order of Lua's pairs."""
    return list(items(table))


def whole(value: Any, default: int) -> int:
    """A place or a count: any number, or what it is without one."""
    if value is None:
        return default
    if not number(value):
        raise TorchError(f"bad argument (number expected, got {lua_type(value)})")
    return math.floor(value) if math.isfinite(value) else FAR if value > 0 else -FAR


def counted(n: int) -> int:
    """A number of entries that a table can have."""
    if n > MOST:
        raise TorchError("table overflow")
    return max(n, 0)


def number(value: Any) -> bool:
    """Whether a value is a number, a boolean not being one."""
    return lua_type(value) == "number"


TESTS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "isTable": ("Whether it is a table.", is_table),
    "isString": ("Whether it is a string.", lambda v: isinstance(v, str)),
    "isFunction": ("Whether it is a function.", lambda v: lua_type(v) == "function"),
    "isCallable": (
        "Whether it is a function, or a table that can be called.",
        lambda v: lua_type(v) == "function" or (is_table(v) and callable(v)),
    ),
    "isNil": ("Whether it is nil.", lambda v: v is None),
    "isNumber": ("Whether it is a number.", number),
    "isNaN": ("Whether it is the number that equals no number.", lambda v: number(v) and v != v),
    "isFinite": ("Whether it is a finite number.", lambda v: number(v) and math.isfinite(v)),
    "isBoolean": ("Whether it is true or false.", lambda v: isinstance(v, bool)),
    "isInteger": (
        "Whether it is a whole number.",
        lambda v: number(v) and math.isfinite(v) and v == int(v),
    ),
    "isIterable": ("Whether `pairs` takes it: a table.", lambda v: isinstance(v, Table)),
    "isArray": (
        "Whether it is a table that has nothing but a list.",
        lambda v: isinstance(v, Table) and len(array(v)) == len(pairs(v)),
    ),
    "isEmpty": (
        "Whether nothing is in it: true for what is no string and no table, too.",
        lambda v: not (v if isinstance(v, str) else pairs(v) if is_table(v) else ()),
    ),
    "toBoolean": ("False for nil and false, true for all else.", true),
}


def tester(doc: str, test: Callable[[Any], bool]) -> Callable[..., bool]:
    """A test as a function for Lua."""

    def tests(value: Any = None, *_: Any) -> bool:
        return test(value)

    tests.__doc__ = doc
    return tests


FUNCTIONS |= {name: tester(*row) for name, row in TESTS.items()}


@offer(FUNCTIONS)
def isEqual(a: Any = None, b: Any = None, *_: Any) -> bool:
    """Whether two values are equal, tables entry by entry."""
    if not (isinstance(a, Table) and isinstance(b, Table)):
        return lua_type(a) == lua_type(b) and (a is b or a == b)
    if len(pairs(a)) != len(pairs(b)):
        return False
    return all(b[key] is not None and isEqual(value, b[key]) for key, value in items(a))


@offer(FUNCTIONS)
def clone(obj: Any = None, shallow: Any = None, *_: Any) -> Any:
    """A copy of a table, and of the tables in it unless shallow."""
    if not isinstance(obj, Table):
        return obj
    copy = new_table()
    for key, value in items(obj):
        copy[key] = value if shallow else clone(value)
    return copy


@offer(FUNCTIONS)
def keys(obj: Any = None, *_: Any) -> Any:
    """The list of a table's keys."""
    return new_table(key for key, _value in items(obj))


@offer(FUNCTIONS)
def values(obj: Any = None, *_: Any) -> Any:
    """The list of a table's values."""
    return new_table(value for _key, value in items(obj))


@offer(FUNCTIONS)
def kvpairs(obj: Any = None, *_: Any) -> Any:
    """The list of {key, value} pairs."""
    return new_table(new_table(pair) for pair in items(obj))


@offer(FUNCTIONS)
def toObj(kvpairs: Any = None, *_: Any) -> Any:
    """The table of a list of {key, value} pairs."""
    result = new_table()
    for pair in array(kvpairs):
        result[pair[1]] = pair[2]
    return result


@offer(FUNCTIONS)
def property_(key: Any = None, *_: Any) -> Any:
    """A function that reads a key."""
    return lambda obj=None, *_: obj[key]


@offer(FUNCTIONS)
def propertyOf(obj: Any = None, *_: Any) -> Any:
    """A function that reads a key of this table."""
    return lambda key=None, *_: obj[key]


@offer(FUNCTIONS)
def extend(destination: Any = None, *sources: Any) -> Any:
    """Copy the entries of tables into the first; return it."""
    for source in sources:
        if isinstance(source, Table):
            for key, value in pairs(source):
                destination[key] = value
    return destination


@offer(FUNCTIONS)
def template(obj: Any = None, defaults: Any = None, *_: Any) -> Any:
    """Fill in the entries that a table lacks; return it."""
    for key, value in pairs(defaults) if isinstance(defaults, Table) else ():
        if obj[key] is None:
            obj[key] = value
    return obj


@offer(FUNCTIONS)
def functions(obj: Any = None, *_: Any) -> Any:
    """The list of the keys under which a table has functions."""
    return new_table(key for key, value in items(obj) if lua_type(value) == "function")


@offer(FUNCTIONS)
def has(obj: Any = None, key: Any = None, *_: Any) -> bool:
    """Whether a table has a key."""
    return obj[key] is not None


@offer(FUNCTIONS)
def pick(obj: Any = None, *names: Any) -> Any:
    """The entries with these keys, given one by one or in tables."""
    return new_table(fields={k: obj[k] for k in spread(names) if obj[k] is not None})


@offer(FUNCTIONS)
def omit(obj: Any = None, *names: Any) -> Any:
    """The entries without these keys."""
    left_out, result = spread(names), new_table()
    for key, value in items(obj):
        if key not in left_out:
            result[key] = value
    return result


def spread(names: tuple) -> list[Any]:
    """Arguments, and what is in those that are tables."""
    return [x for n in names for x in (spread(tuple(array(n))) if is_table(n) else [n])]


@offer(FUNCTIONS)
def tap(obj: Any = None, f: Any = None, *args: Any) -> Any:
    """Call f(obj, …) and return obj."""
    f(obj, *args)
    return obj


@offer(FUNCTIONS)
def result(obj: Any = None, method: Any = None, *args: Any) -> Any:
    """obj[method], called with obj if it is a function; method(obj) if it is a function itself."""
    found = obj[method] if isinstance(obj, Table) else None
    if found is not None and found is not False:
        return found(obj, *args) if callable(found) else found
    return method(obj, *args) if callable(method) else None


@offer(FUNCTIONS)
def identity(value: Any = None, *_: Any) -> Any:
    """The value itself."""
    return value


@offer(FUNCTIONS)
def noop(*_: Any) -> Any:
    """Nothing."""
    return ()


@offer(FUNCTIONS)
def constant(value: Any = None, *_: Any) -> Any:
    """A function that returns the value."""
    return lambda *_: value


@offer(FUNCTIONS)
def once(f: Any = None, *_: Any) -> Any:
    """A function that calls f with what its first call got, every time."""
    given: list[Any] = []

    def called(*args: Any) -> Any:
        if not given:
            given.append(args)
        return f(*given[0])

    return called


@offer(FUNCTIONS)
def memoize(f: Any = None, hash: Any = None, *_: Any) -> Any:
    """A function that remembers the results of f by its first argument, or by hash(…)."""
    known = new_table()

    def called(*args: Any) -> Any:
        key = first(hash(*args)) if hash is not None else args[0] if args else None
        if known[key] is None:
            known[key] = first(f(*args))
        return known[key]

    return called


@offer(FUNCTIONS)
def after(f: Any = None, count: Any = None, *_: Any) -> Any:
    """A function that calls f from its count-th call on."""
    calls = [0]

    def called(*args: Any) -> Any:
        calls[0] += 1
        return f(*args) if calls[0] >= count else ()

    return called


@offer(FUNCTIONS)
def compose(*functions: Any) -> Any:
    """The function f(g(…)) of f, g, …"""

    def called(*args: Any) -> Any:
        for f in reversed(functions):
            answer = f(*args)
            args = answer if answer.__class__ is tuple else (answer,)
        return args if len(args) != 1 else args[0]

    return called


@offer(FUNCTIONS)
def pipe(value: Any = None, *functions: Any) -> Any:
    """A value handed through functions as by `compose`: the last one first."""
    return compose(*functions)(value)


@offer(FUNCTIONS)
def complement(f: Any = None, *_: Any) -> Any:
    """The opposite of a predicate."""
    return lambda *args: not true(f(*args))


@offer(FUNCTIONS)
def juxtapose(value: Any = None, *functions: Any) -> Any:
    """The results of several functions of a value."""
    return tuple(first(f(value)) for f in functions)


@offer(FUNCTIONS)
def wrap(f: Any = None, wrapper: Any = None, *_: Any) -> Any:
    """The function wrapper(f, …)."""
    return lambda *args: wrapper(f, *args)


@offer(FUNCTIONS)
def times(n: Any = None, f: Any = None, *args: Any) -> Any:
    """The list of the results of n calls f(i, …)."""
    return new_table(first(f(i, *args)) for i in range(1, counted(whole(n, 0)) + 1))


@offer(FUNCTIONS)
def bind(f: Any = None, value: Any = None, *_: Any) -> Any:
    """f with its first argument given."""
    return lambda *args: f(value, *args)


@offer(FUNCTIONS)
def bind2(f: Any = None, value: Any = None, *_: Any) -> Any:
    """f with its second argument given."""
    return lambda a=None, *args: f(a, value, *args)


@offer(FUNCTIONS)
def bindn(f: Any = None, *given: Any) -> Any:
    """f with its first arguments given."""
    return lambda *args: f(*given, *args)
