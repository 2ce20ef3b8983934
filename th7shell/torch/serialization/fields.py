"""The default `write` and `read` of an object of a Torch class: a table of its fields."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, items, rawset

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original


def write_fields(self: Any, file: Any, *_: Any) -> None:
    """Write an object's fields as a table: the `write` that nn modules have, and the default."""
    copy = Table()
    for key, value in items(self):
        rawset(copy, key, value)
    file.writeObject(copy)


def read_fields(self: Any, file: Any, *_: Any) -> None:
    """Read an object's fields from a table: the `read` that nn modules have, and the default."""
    for key, value in items(file.readObject()):
        rawset(self, key, value)
