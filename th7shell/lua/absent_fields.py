"""Fields that an object does not have: nil to Lua, an AttributeError to a program in Python.

Compiled Lua reads fields as Python's attributes, so every name that a chunk mentions is an
attribute of all objects, None. On the classes that are entered here it is `Absent` instead, which
knows who asks, or what else the class says. Plain tables are data, whose absent fields are nil to
everybody.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from .callers import plays_python
from .keys import key_of
from .values import LuaObject

#: class → what makes the attribute for a name, and tells which names get one
CLASSES: dict[type, tuple[Callable[[str], Any], Callable[[str], bool]]] = {}


class Absent:
    """Stands as a class attribute for a field that an object lacks."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: Any = None) -> None:
        if plays_python(sys._getframe(1)):
            raise missing(owner if obj is None else obj, self.name)


def enter(
    cls: type,
    make: Callable[[str], Any] = Absent,
    takes: Callable[[str], bool] = str.isascii,
) -> None:
    """Let programs in Python be told of the fields that objects of a class lack; or let `make` say
    what is read and stored under the names that a class `takes`."""
    CLASSES[cls] = make, takes
    declare([name for name, value in vars(LuaObject).items() if value is None])


def declare(names: Any) -> None:
    """Take note of names that chunks mention."""
    for cls, (make, takes) in CLASSES.items():
        for name in names:
            if name not in cls.__dict__ and takes(name):
                type.__setattr__(cls, name, make(name))


def missing(obj: Any, name: str) -> AttributeError:
    """The error for a name that an object or a class does not have."""
    cls = obj if isinstance(obj, type) else type(obj)
    what = getattr(cls, "__typename", None) or cls.__name__
    name = key_of(name)
    text = f"{what} has no attribute {name!r}{suggestion(name, dir(obj))}"
    return AttributeError(text, name=name)  # named here, so that Python does not suggest it again


def suggestion(name: str, names: Iterable[str]) -> str:
    """Return ": did you mean 'weight'?" for the name most like `name`, "" if none is."""
    from difflib import get_close_matches

    if name.startswith("__"):
        return ""
    by_letters = {n.lower(): n for n in names if not n.startswith("_")}
    found = get_close_matches(name.lower(), by_letters, 1, 0.6)
    return f": did you mean {by_letters[found[0]]!r}?" if found else ""
