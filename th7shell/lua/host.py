"""Python's methods as Lua functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def lua_function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Make a plain function that calls a bound method, with its name, documentation and arguments.

    A bound method in a table would be taken for a method of that table and lose its object when Lua
    calls it.
    """

    @functools.wraps(method)
    def function(*arguments: Any) -> Any:
        return method(*arguments)

    return function


def unbound(method: Any) -> Any:
    """The function that a method read from an object is: the one that its class gives to read."""
    function = method.__func__
    given = getattr(type(method.__self__), function.__name__, None)
    return given if getattr(given, "__wrapped__", None) is function else function
