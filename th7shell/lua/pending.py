"""Functions that are made when they are first called: what a file holds costs nothing to load."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


def pending(make: Callable[[], Any]) -> Any:
    """A function that calls the one which `make()` gives, made when it is first needed."""
    made: Any = None

    def function(*arguments: Any) -> Any:
        if made is None:
            resolve()
        return made(*arguments)

    def resolve() -> Any:
        nonlocal made
        if made is None:
            made = make()
        return made

    setattr(function, _RESOLVE, resolve)
    return function


def resolved(f: Any) -> Any:
    """The function itself behind one that is made when needed; any other value as it is."""
    if f.__class__ is FunctionType and f.__code__ is _CODE:
        return getattr(f, _RESOLVE)()
    return f


_RESOLVE = "ħresolve"
_CODE = pending(lambda: None).__code__
