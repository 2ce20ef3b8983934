"""Tables as Python programs see them: a readable `repr` and the methods of a mapping.

A field of the same name comes first; Lua finds nil under these names, and objects of Torch classes,
which are tables too, do not have them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from reprlib import recursive_repr
from typing import Any

from . import access
from .absent_fields import missing
from .callers import ForPython, plays_python
from .values import LuaObject, Table, rawset

MOST_SHOWN = 20  # entries of the array part, and of the others
_NONE = object()


def keys(self: Table) -> list[Any]:
    """The keys, in Lua's order."""
    return [key for key, _ in access.items(self)]


def values(self: Table) -> list[Any]:
    """The values, in the order of the keys."""
    return [value for _, value in access.items(self)]


def items(self: Table) -> Iterator[tuple[Any, Any]]:
    """The (key, value) pairs, as Lua's `pairs` gives them."""
    return access.items(self)


def get(self: Table, key: Any, default: Any = None) -> Any:
    """The value of a key, or `default` where there is none."""
    found = self[key]
    return default if found is None else found


def pop(self: Table, key: Any, default: Any = _NONE) -> Any:
    """Take a key out and return its value; without it `default`, or a KeyError."""
    found = self[key]
    if found is None:
        if default is _NONE:
            raise KeyError(key)
        return default
    self[key] = None
    return found


def setdefault(self: Table, key: Any, default: Any = None) -> Any:
    """The value of a key, which becomes `default` where there is none."""
    if self[key] is None:
        self[key] = default
    return self[key]


def update(self: Table, other: Any = (), **fields: Any) -> None:
    """Store the pairs of a mapping, or of a list of pairs, and the named values."""
    pairs = other.items() if isinstance(other, (Mapping, Table)) else other
    for key, value in [*pairs, *fields.items()]:
        self[key] = value


def tolist(self: Table) -> list[Any]:
    """t[1], t[2] … as a Python list, tables in it as lists too."""
    return [tolist(v) if v.__class__ is Table else v for v in access.array(self)]


class TableMethod(ForPython):
    """A method of plain tables."""

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if not plays_python(sys._getframe(1)):
            return None
        if obj is None:
            return self.function
        if type(type(obj)) is not type:  # of a Torch class
            raise missing(obj, self.name)
        return self.function.__get__(obj)


@recursive_repr("Table(...)")
def table_text(t: Table) -> str:
    """`Table([10, 20], name='net')`; names that are no words stand in a dict."""
    listed: list[str] = []
    named: list[str] = []
    others: list[str] = []
    for key, value in access.items(t):
        if key.__class__ is int and key == len(listed) + 1:
            listed.append(short(value))
        elif key.__class__ is str and key.isidentifier():
            named.append(f"{key}={short(value)}")
        else:
            others.append(f"{short(key)}: {short(value)}")
    parts = [f"[{', '.join(cut(listed))}]"] if listed else []
    if others:
        parts.append("{" + ", ".join(cut(others)) + "}")
    return f"Table({', '.join(parts + cut(named))})"


def cut(words: list[str]) -> list[str]:
    more = len(words) - MOST_SHOWN
    return words if more <= 0 else [*words[:MOST_SHOWN], f"… {more} more"]


def short(value: Any) -> str:
    """What stands for a value in the text of a table: one line."""
    if value.__class__ is float and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, LuaObject) and not isinstance(value, Table):
        return f"<{type(value).__name__}>"
    text = repr(value)
    return text if "\n" not in text else f"<{type(value).__name__}>"


def install() -> None:
    """Give tables what this file has."""
    for function in (keys, values, items, get, pop, setdefault, update, tolist):
        method = TableMethod(function)
        method.name = function.__name__
        setattr(Table, function.__name__, method)
    Table.__repr__ = table_text  # type: ignore[method-assign]
    Table.__delitem__ = lambda self, key: rawset(self, key, None)  # type: ignore[attr-defined]


install()
