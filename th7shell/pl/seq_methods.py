"""Sequences as objects: `pl.seq`'s functions as methods, and methods of the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.type_metatables import set_type_metatable

from .values import module, new_table, rawget, results, setmetatable, true

REORDERED: dict[str, Callable[..., Any]] = {  # as methods, the sequence goes first
    "map": lambda s=None, f=None, arg=None, *_: module("seq").map(f, s, arg),
    "reduce": lambda s=None, f=None, initval=None, *_: module("seq").reduce(f, s, initval),
}


def method(key: Any) -> Any:
    """The function that a method of a wrapped sequence calls; None for one of the values."""
    found = REORDERED.get(key) if key.__class__ is str else None
    return found or rawget(module("seq"), key)


def wrapper() -> tuple[Any, Callable[[Any], Any]]:
    """The metatable of wrapped sequences, and what wraps the first result of a call."""

    def wrapped(answer: Any) -> Any:
        found = answer if answer.__class__ is tuple else (answer,)
        if found and true(module("types").is_callable(found[0])):
            return setmetatable(new_table(fields={"iter": found[0]}), metatable)
        return results(found)

    def read(_t: Any = None, key: Any = None, *_: Any) -> Any:
        function = method(key)
        if function is not None:
            return lambda s=None, *args: wrapped(function(s.iter, *args))
        return lambda s=None, *args: wrapped(module("seq").mapmethod(s.iter, key, *args))

    metatable = new_table(fields={"__index": read, "__call": lambda s=None, *_: s.iter()})
    return metatable, wrapped


def import_(*_: Any) -> Any:
    """Let every function have these as methods."""

    def read(_f: Any = None, key: Any = None, *_: Any) -> Any:
        function = method(key)
        return function or (lambda s=None, *args: module("seq").mapmethod(s, key, *args))

    set_type_metatable("function", new_table(fields={"__index": read}))
    return ()
