"""Tables some fields of which are made when they are first read: class attributes of a subclass, so
that all other fields cost what they cost in any table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .values import Table, rawset


class Providing(Table):
    """A table with fields made on demand; its subclasses have them."""

    __slots__ = ()


class Field:
    """Stands for a field until it is read or set; `make(name)` gives its value, which is stored in
    the table that `owner()` gives. A nil is not stored: the next read asks again."""

    __slots__ = ("make", "name", "owner")

    def __init__(self, name: str, make: Callable[[str], Any], owner: Callable[[], Table]) -> None:
        self.name = name
        self.make = make
        self.owner = owner

    def __get__(self, table: Any, cls: Any = None) -> Any:
        if table is None:
            return None
        value = self.make(self.name)
        if value is not None:
            rawset(self.owner(), self.name, value)
        return value


def providing(
    base: type[Providing],
    names: Iterable[str],
    make: Callable[[str], Any],
    owner: Callable[[], Table],
) -> type[Providing]:
    """Make a class of tables that have these fields on demand."""
    fields = {name: Field(name, make, owner) for name in names}
    return type("Table", (base,), {"__slots__": (), "__module__": __name__, **fields})


def plain(kind: Any) -> Any:
    """The class of a table without what watches stores."""
    return next(cls for cls in kind.__mro__ if "ħchanged" not in cls.__dict__)


def fields_of(table: Table) -> dict[str, Field]:
    """The fields that a table has on demand, by name."""
    classes = reversed(type(table).__mro__)
    return {n: f for cls in classes for n, f in vars(cls).items() if f.__class__ is Field}
