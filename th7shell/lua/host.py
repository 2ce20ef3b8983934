"""Python's methods as Lua functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

#: Classes whose objects have no fields of their own, and only functions that Python binds under the
#: names that Lua calls: compiled code lets Python call their methods. A class that is changed
#: otherwise leaves.
DIRECT: set[type] = set()
#: Names under which a class may have a function that gets no object.
UNBOUND_NAMES = frozenset({"new"})


def binds(value: Any) -> bool:
    """Whether what a class has under a name gets the object when it is called as a method, or
    cannot be called."""
    if isinstance(value, (staticmethod, classmethod)):
        return False
    return hasattr(type(value), "__get__") or not callable(value)


def leave(cls: type) -> None:
    """Take a class, and those below it, out of DIRECT."""
    DIRECT.discard(cls)
    below: type
    for below in type.__subclasses__(cls):
        leave(below)


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
