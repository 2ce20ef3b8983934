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
