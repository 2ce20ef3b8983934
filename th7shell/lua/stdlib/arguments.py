"""Checking of arguments, worded as Lua words it: "number expected, got no value".

A required parameter of a library function has the default `NONE`, which tells a missing argument
from nil; an optional one has None. Numbers and strings convert into each other where Lua lets them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from ..errors import BadArgument
from ..errors import TorchError as LibraryError
from ..numerals import parse_number
from ..pending import resolved
from ..values import Table, lua_type, number_text

__all__ = ["NONE", "BadArgument", "LibraryError"]


class NoValue:
    """The type of `NONE`: an argument that was not given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "no value"


NONE: Any = NoValue()
MAX_INTEGER = 2**31 - 1
MAX_RESULTS = 8000  # what LuaJIT's stack takes


def type_name(value: Any) -> str:
    """Name a value's type as error messages do."""
    return "no value" if value is NONE else lua_type(value)


def expected(n: int, what: str, value: Any) -> BadArgument:
    """Make the error "what expected, got type"."""
    return BadArgument(n, f"{what} expected, got {type_name(value)}")


def check_any(n: int, value: Any) -> Any:
    """Require that an argument is given, be it nil."""
    if value is NONE:
        raise BadArgument(n, "value expected")
    return value


def check_number(n: int, value: Any) -> int | float:
    """Require a number, or a string that reads as one."""
    kind = value.__class__
    if kind is float or kind is int:
        return value
    number = parse_number(value) if kind is str else None
    if number is None:
        raise expected(n, "number", value)
    return number


def check_integer(n: int, value: Any) -> int:
    """Require a number that C takes for a 32-bit integer: its fraction is dropped, what does not
    fit is -2^31."""
    if value.__class__ is not int:
        value = check_number(n, value)
        if value.__class__ is float:
            value = int(value) if -MAX_INTEGER - 2 < value < MAX_INTEGER + 1 else -MAX_INTEGER - 1
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else -MAX_INTEGER - 1


def opt_integer(n: int, value: Any, default: int) -> int:
    """Take an optional integer."""
    return default if value is None or value is NONE else check_integer(n, value)


def check_string(n: int, value: Any) -> str:
    """Require a string, or a number, which becomes one."""
    kind = value.__class__
    if kind is str:
        return value
    if kind is int or kind is float:
        return number_text(value)
    raise expected(n, "string", value)


@overload
def opt_string(n: int, value: Any, default: str) -> str: ...


@overload
def opt_string(n: int, value: Any, default: None = None) -> str | None: ...


def opt_string(n: int, value: Any, default: str | None = None) -> str | None:
    """Take an optional string."""
    return default if value is None or value is NONE else check_string(n, value)


def check_table(n: int, value: Any) -> Table:
    """Require a table."""
    if isinstance(value, Table) or lua_type(value) == "table":
        return value
    raise expected(n, "table", value)


def check_function(n: int, value: Any) -> Callable[..., Any]:
    """Require a function."""
    if value is NONE or lua_type(value) != "function":
        raise expected(n, "function", value)
    return resolved(value)


def check_option(n: int, value: Any, options: Sequence[str], default: str | None = None) -> str:
    """Require one of a few words."""
    word = check_string(n, value) if default is None else opt_string(n, value, default)
    if word not in options:
        raise BadArgument(n, f"invalid option '{word}'")
    return word
