"""What the reader is in the middle of: objects that wait for the values inside them.

`give(value)` takes the next value; it answers MORE, or the object when that is complete.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, attr, rawset

from . import functions

MORE = object()
_NO_KEY = object()


class Contents:
    """A table or object that waits for its pairs."""

    __slots__ = ("key", "left", "table")

    def __init__(self, table: Table, pairs: int) -> None:
        self.table = table
        self.left = pairs
        self.key: Any = _NO_KEY

    def give(self, value: Any) -> Any:
        key = self.key
        if key is _NO_KEY:
            self.key = value
            return MORE
        self.key = _NO_KEY
        kind = key.__class__
        if value is None:
            pass
        elif kind is str:
            self.table.__dict__[attr(key) if key[:1] in "_NTF" else key] = value
        elif kind is int and key == len(array := self.table.ħarray) and array.__class__ is list:
            array.append(value)
        else:
            rawset(self.table, key, value)
        self.left -= 1
        return MORE if self.left else self.table


class Sequence:
    """A list that waits for its elements."""

    __slots__ = ("left", "table")

    def __init__(self, table: Table, elements: int) -> None:
        self.table = table
        self.left = elements

    def give(self, value: Any) -> Any:
        rawset(self.table, len(self.table) + 1, value)
        self.left -= 1
        return MORE if self.left else self.table


class Upvalues:
    """A function that waits for the table of its upvalues."""

    __slots__ = ("function", "kind")

    def __init__(self, function: Any, kind: int) -> None:
        self.function = function
        self.kind = kind

    def give(self, value: Any) -> Any:
        upvalues = value if isinstance(value, Table) else Table()
        functions.bind(self.function, upvalues, self.kind)
        return self.function


FRAMES = frozenset({Contents, Sequence, Upvalues})
