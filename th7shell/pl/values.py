"""What Penlight's modules share: Lua's operations on any value, checks of arguments, lists.

`index set_index length equal less concat tostring` are Lua's operators with metamethods; `array`,
`items`, `listed` read tables as `#`, `pairs` and `ipairs` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from th7shell.lua import (
    LuaError,
    Table,
    array,
    first,
    items,
    length,
    listed,
    lua_type,
    new_table,
    rawget,
    rawset,
    state,
    tostring,
)
from th7shell.lua.arithmetic import equal, less
from th7shell.lua.arithmetic import truth as true
from th7shell.lua.iteration import iterate
from th7shell.lua.marks import scratch
from th7shell.lua.metatables import setmetatable
from th7shell.lua.runtime import concat, index, results, set_index
from th7shell.lua.stdlib import base
from th7shell.lua.stdlib.base import getmetatable

from .loaded import module

__all__ = [
    "LuaError",
    "Table",
    "array",
    "call",
    "check",
    "check_function",
    "classed",
    "concat",
    "equal",
    "failed",
    "first",
    "getmetatable",
    "index",
    "insert",
    "is_table",
    "items",
    "length",
    "less",
    "like",
    "listed",
    "loop",
    "lua_type",
    "make_list",
    "meta_field",
    "module",
    "new_table",
    "offer",
    "own_field",
    "position",
    "rawget",
    "rawset",
    "results",
    "send",
    "set_index",
    "set_own_field",
    "setmetatable",
    "span",
    "state",
    "tostring",
    "true",
]

LIBRARY_CALLER = 3  # level of an error: the check, the library's function, who called that


def offer(table: dict[str, Callable[..., Any]], *names: str) -> Any:
    """Decorator that puts a function into a table of functions, under its own name without a
    trailing underscore or under `names`."""

    def place(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names or (function.__name__.rstrip("_"),):
            table[name] = function
        return function

    return place


def is_table(value: Any) -> bool:
    """Whether Lua's type() says 'table'."""
    return lua_type(value) == "table"


def call(f: Any, *arguments: Any) -> Any:
    """The first result of a call."""
    return first(f(*arguments))


def send(value: Any, name: str, *arguments: Any) -> Any:
    """value:name(…)"""
    method = index(value, name)
    if method is None:
        raise LuaError(f"attempt to call method '{name}' (a nil value)", LIBRARY_CALLER)
    return method(value, *arguments)


def insert(t: Any, value: Any) -> None:
    """t[#t + 1] = value"""
    set_index(t, length(t) + 1, value)


def loop(f: Any, held: Any = None, control: Any = None, variables: int = 1) -> Iterator[Any]:
    """What `for … in f, held, control` runs over; f may be the tuple of all three."""
    if f.__class__ is tuple:
        f, held, control = (*f, None, None, None)[:3]
    return iter(iterate(variables, f, held, control))


def own_field(t: Any, key: Any) -> Any:
    """rawget(t, key) of what a program gives; Lua's error where that is no table."""
    return base.rawget_(t, key)


def set_own_field(t: Any, key: Any, value: Any) -> None:
    """rawset(t, key, value) of what a program gives."""
    base.rawset_(t, key, value)


def meta_field(value: Any, name: str) -> Any:
    """A field of a value's metatable, nil where there is none."""
    metatable = getmetatable(value)
    return None if metatable is None else index(metatable, name)


def classed(t: Table, name: str) -> Any:
    """A table made an object of Penlight's class `name`."""
    return setmetatable(t, module(name))


def like(t: Table, source: Any, name: str | None = None) -> Any:
    """A table made an object like `source`, or of Penlight's class `name` if that is a plain
    table."""
    metatable = getmetatable(source)
    if metatable is not None and metatable is not False:
        return setmetatable(t, metatable)
    return t if name is None else classed(t, name)


def make_list(values: Iterable[Any] = ()) -> Any:
    """A `List` of values."""
    return classed(new_table(values), "List")


def check(
    n: int,
    value: Any,
    kind: str,
    holds: Callable[[Any], Any] | None = None,
    message: Any = None,
    level: int = LIBRARY_CALLER,
) -> Any:
    """The argument number n, if it is of a Lua type and `holds`; an error where the library's
    function was called otherwise."""
    if lua_type(value) != kind:
        raise LuaError(f"argument {n} expected a '{kind}', got a '{lua_type(value)}'", level)
    if holds is not None and not true(holds(value)):
        raise LuaError(f"argument {n}: '{tostring(value)}' {message}", level)
    return value


def check_function(n: int, f: Any, message: Any = None) -> Callable[..., Any]:
    """What Penlight takes for a function: one, a callable object, the text of an operator or of a
    string lambda, or an object whose metatable has a function factory."""
    kind = lua_type(f)
    if kind == "function":
        return f
    if kind == "string":
        found = index(module("operator").optable, f)
        if found is None:
            found = module("utils").string_lambda(f)
        if first(found) is None:
            raise LuaError(f"not a string lambda: {f}", LIBRARY_CALLER)
        return first(found)
    if kind in ("table", "userdata"):
        metatable = getmetatable(f)
        if metatable is not None:
            factory = scratch(module("utils"))["factories"].get(metatable)
            if factory is not None:
                return call(factory, f)
            if index(metatable, "__call") is not None or callable(f):
                return f
        raise LuaError("not a callable object", LIBRARY_CALLER)
    message = " must be callable" if message is None else message
    raise LuaError(f"argument {n}: {message}" if n > 0 else message, LIBRARY_CALLER)


def position(value: Any, end: int) -> Any:
    """A place in a list that ends at `end`: a negative one counts from there."""
    return end + value + 1 if value < 0 else value


def span(t: Any, start: Any, end: Any) -> tuple[int, int]:
    """The places of a slice, from the first and to the last by default."""
    size = length(t)
    start = position(start if true(start) else 1, size)
    return int(start), int(position(end if true(end) else size, size))


def failed(message: Any, level: int = LIBRARY_CALLER) -> Any:
    """Fail as `utils.on_error` says: give nil and the message, raise it, or end the program."""
    utils = module("utils")
    mode = scratch(utils)["mode"]
    if mode == "default":
        return None, message
    if mode == "quit":
        return utils.quit(message)
    raise LuaError(message, level)
