"""How a table's keys are kept: names as attributes, booleans apart from the numbers 0 and 1."""

from __future__ import annotations

from typing import Any

from .marks import MARK

ESCAPED = MARK + "__"  # how the attribute of a key like __x__ begins


class Boolean:
    """A boolean as a key of ħhash, where Python would take True for 1."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value


BOOLEANS = {True: Boolean(True), False: Boolean(False)}


def attr(name: str) -> str:
    """Return the attribute under which the string key `name` is stored: itself, but `__x__` is kept
    apart."""
    if name[-2:] == "__" and name[:2] == "__":
        return MARK + name
    return name


def key_of(name: str) -> str:
    """Return the Lua key that attribute `name` stands for: the inverse of `attr`."""
    return name[1:] if name.startswith(ESCAPED) else name


def key_value(key: Any) -> Any:
    """Return the Lua key of a key of ħhash."""
    return key.value if key.__class__ is Boolean else key
