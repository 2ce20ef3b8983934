"""Giving a table of a program fields on demand, whatever follows it."""

from __future__ import annotations

from typing import Any

from .metatables import watch
from .on_demand import Providing, plain
from .prototypes import chain_changed
from .values import Table


def provide(table: Table, cls: type[Providing]) -> bool:
    """Give a table the fields of a class on demand; whether it has them now: one with a metatable
    gets none."""
    kind: Any = table.__class__
    if issubclass(kind, cls):
        return True
    if kind.ħmeta is not None or not (issubclass(kind, Providing) or plain(kind) is Table):
        return False
    watched = kind.ħchanged is not None
    mine = plain(kind)
    table.__class__ = cls if issubclass(cls, mine) else _both(cls, mine)
    if watched:
        watch(table)
        chain_changed(table)
    return True


def _both(cls: type[Providing], known: type[Providing]) -> type[Providing]:
    """A class of tables that have the fields of two."""
    return type("Table", (cls, known), {"__slots__": (), "__module__": __name__})
