"""What tds can store (`tds.elem`), how tables become Hash and Vec, and how their entries print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from th7shell.lua import Table, TorchError, items, lua_type, new_table, tostring
from th7shell.lua.keys import ESCAPED
from th7shell.torch.classes import REGISTRY, TorchClass, torch_type, typename
from th7shell.torch.types import NONE, bad_self

_TENSORS = ("Double", "Float", "Long", "Int", "Short", "Char", "Byte")
_PLAIN = frozenset((str, int, float, bool))
STORABLE = {"tds.Hash", "tds.Vec", *(f"torch.{name}Tensor" for name in _TENSORS)}
_LINE = re.compile(r"[^\n]+")
MOST_SHOWN = 20
living: WeakSet[Any] = WeakSet()  # every Hash, Vec and AtomicCounter


def check(value: Any) -> Any:
    """Give a value that can be stored. Errors: "unsupported key/value type <…> (set)"."""
    if value.__class__ not in _PLAIN:
        name = _type(value)
        if name not in STORABLE:
            shown = name or lua_type(value)
            raise TorchError(f"unsupported key/value type <{shown}> (set)")
    return value


def _type(value: Any) -> str | None:
    return typename(value) if ELEM is None else ELEM["type"](value)


def converted(value: Any) -> Any:
    """A table as a Vec, if its keys are numbers, or a Hash; anything else as it is."""
    if lua_type(value) != "table":
        return value
    return REGISTRY["tds.Vec" if has_number_keys(value) else "tds.Hash"](value)


def has_number_keys(table: Any) -> bool:
    """Whether all keys of a table are numbers."""
    return all(lua_type(key) == "number" for key, _ in items(table))


def key_text(key: Any) -> str:
    """A key as it is printed: itself, or its type."""
    return tostring(key) if key.__class__ in _PLAIN else torch_type(key)


def listing(head: str, entries: Iterable[tuple[str, Any]]) -> str:
    """The printed form: entries' values behind their keys, further lines below; 20 are shown."""
    parts = [head]
    for count, (key, value) in enumerate(entries, 1):
        parts.append(_beside(key, tostring(value)))
        if count == MOST_SHOWN:
            parts.append("...")
            break
    return "\n".join([*parts, "}"])


def _beside(key: str, text: str) -> str:
    """A text with a key before its first line that is not empty, the others moved as far in."""
    margin = " " * len(key)
    start = len(text) - len(text.lstrip("\n"))
    return _LINE.sub(lambda line: (key if line.start() == start else margin) + line[0], text)


def addctype(name: Any = None, *_: Any) -> tuple[()]:
    """Let objects of another class be stored: `elem.addctype(typename)`. Here they are stored as
    they are: the functions that the original needs for pointers may be given, and are not called.
    """
    STORABLE.add(name)
    return ()


def is_lua_name(name: str) -> bool:
    """Whether an attribute is a key of Lua and none of Python's own."""
    if name[:2] == "__" and name[-2:] == "__":
        return False
    return name.startswith(ESCAPED) or not name or max(name) <= "\xff"


def method_of(cls: TorchClass, function: Any) -> Any:
    """A function of Lua's metatable whose first argument must be an object of the class."""

    def method(self: Any = NONE, file: Any = None, *_: Any) -> Any:
        if type(self) is not cls:
            raise bad_self(cls, self)
        return function(self, file)

    return method


def metamethods(cls: TorchClass, **functions: Any) -> None:
    """Give a class what begins with two underscores in Lua."""
    for name, function in functions.items():
        value = method_of(cls, function) if callable(function) else function
        setattr(cls, f"__{name}", value)


def _typename(value: Any = None, *_: Any) -> str | None:
    """The name of an object's class, nil for what is none."""
    return typename(value)


ELEM: Table | None = None  # `tds.elem` once it was asked for


def elem(_globals: Any = None) -> Table:
    """What `require 'tds.elem'` gives: `type`, which tells what an object is, `addctype`."""
    global ELEM
    if ELEM is None:
        ELEM = new_table(fields={"type": _typename, "addctype": addctype})
    return ELEM
