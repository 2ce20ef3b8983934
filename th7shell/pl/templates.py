"""What of `pl.stringx` fills values into texts: `Template`, and `%` between a string and values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.string import gsub
from th7shell.lua.stdlib.string_format import format

from .types import is_callable
from .utils import pieces
from .values import (
    LuaError,
    array,
    check,
    first,
    getmetatable,
    index,
    is_table,
    length,
    lua_type,
    new_table,
    offer,
    rawset,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def substituted(text: str, values: Any, safe: bool) -> Any:
    """A text with `${name}` and `$name` replaced by the values of a table or function; names
    without a value stay if safe."""

    def value_of(name: Any = None, *_: Any) -> Any:
        value = index(values, name)
        if true(value):
            return value
        if safe:
            return name
        raise LuaError(f"not present in table {name}", 1)

    give = values if is_callable(values) else value_of
    inner = first(gsub(text, "%${([%w_]+)}", give))
    return first(gsub(inner, "%$([%w_]+)", give))


def substitute(self: Any = None, values: Any = None, *_: Any) -> Any:
    """The text with values from a table; an error where one is missing."""
    check(1, values, "table")
    return substituted(self.tmpl, values, False)


def safe_substitute(self: Any = None, values: Any = None, *_: Any) -> Any:
    """The text with values from a table; names without one stay."""
    check(1, values, "table")
    return substituted(self.tmpl, values, True)


def indent_substitute(self: Any = None, values: Any = None, *_: Any) -> Any:
    """The text with values from a table: one of several lines, or a template, which is filled in
    too, is moved to the right as far as its name."""
    check(1, values, "table")

    def value_of(spaces: Any = None, name: Any = None, *_: Any) -> Any:
        value = index(values, name)
        if not true(value):
            raise LuaError(f"not present in table {name}", 1)
        inner = getmetatable(value) is getmetatable(self)
        text = value.tmpl if inner else tostring(value)
        if "\n" in text:
            text = "\n".join(spaces + line for line in pieces(text, "\n", True)) + "\n"
        return substituted(text, values, False) if inner else text

    lines = (
        first(gsub(line, "(%s*)%$([%w_]+)", value_of)) for line in pieces(self.tmpl, "\n", True)
    )
    return "\n".join(lines) + "\n"


def make_template() -> Any:
    """The class `Template`."""
    methods = (substitute, safe_substitute, indent_substitute)
    cls = new_table(fields={method.__name__: method for method in methods})

    def new(text: Any = None, *_: Any) -> Any:
        """A template of a text."""
        check(1, text, "string")
        return setmetatable(new_table(fields={"tmpl": text}), cls)

    rawset(cls, "new", new)
    rawset(cls, "__index", cls)
    return setmetatable(cls, new_table(fields={"__call": lambda _=None, text=None, *__: new(text)}))


def formatted(fmt: str, values: list[Any]) -> Any:
    """`string.format` that takes anything for `%s`."""
    given = list(values)
    for i, kind in enumerate(re.findall("%.", fmt, re.DOTALL)[: len(given)]):
        if kind == "%s" and not isinstance(given[i], str):
            given[i] = tostring(given[i])
    return format(fmt, *given)


def modulo(text: Any = None, values: Any = None, *_: Any) -> Any:
    """text % values: a format with one value or the list of them, or a text with `$name`s and a
    table or function that gives their values."""
    if values is None:
        return text
    if not isinstance(text, str):
        raise LuaError(f"attempt to perform arithmetic on a {lua_type(values)} value", 3)
    if is_table(values) and getmetatable(values) is None:
        if length(values) == 0:
            return substituted(text, values, True)
        return formatted(text, array(values))
    if lua_type(values) == "function":
        return first(gsub(text, "%$([%w_]+)", values))
    return formatted(text, [values])


@offer(FUNCTIONS)
def format_operator(*_: Any) -> Any:
    """Let `%` between a string and values fill them in."""
    rawset(first(state.globals.debug.getmetatable("")), "__mod", modulo)
    return ()
