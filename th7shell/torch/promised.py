"""Names of a package's table whose files are imported when the names are first asked for.

`promise(table, {"package.file": "Names of its"})` puts a field in the place of each. Reading or
replacing one imports its file; whoever looks at the table as a whole (`pairs`, `rawget`, Python's
`vars`) has all of them imported before, so that nobody can tell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from th7shell.lua import Table, attr
from th7shell.lua.collecting import no_collections

from .registry import REGISTRY

_own_fields: Any = vars(Table)["__dict__"].__get__
FIRST: dict[Table, dict[str, Any]] = {}  # a package's table → what it held when it was opened


class Promising(Table):
    """A table that waits for files; below it each such table has a class of its own."""

    __slots__ = ()

    def __setitem__(self, key: Any, value: Any) -> None:
        if key.__class__ is not str or value is None or type(self).ħchanged is not None:
            super().__setitem__(key, value)
            return
        name = attr(key)
        for kind in type(self).__mro__:
            field = vars(kind).get(name)
            if isinstance(field, _Name):
                field.__set__(self, value)
                return
        _own_fields(self)[name] = value  # a class that a program adds needs none of the others

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        complete(self)
        return _own_fields(self)


class _Name:
    """A name that a file defines: what stands in the class of its table until it does."""

    __slots__ = ("file", "name")

    def __init__(self, name: str, file: str) -> None:
        self.name, self.file = name, file

    def __get__(self, table: Any, kind: Any = None) -> Any:
        if table is None:
            return None
        module = _imported(self.file)
        fields = _own_fields(table)
        if _release(table, self.name):  # the file did not put it there
            value = fields[self.name] = vars(module).get("NAMES", vars(module)).get(self.name)
            if table in FIRST:
                FIRST[table].setdefault(self.name, value)
        return fields.get(self.name)

    def __set__(self, table: Any, value: Any) -> None:
        if _is_running(self.file):  # the file itself, which puts it there
            _release(table, self.name)
            if table in FIRST:
                FIRST[table].setdefault(self.name, value)
        else:  # a program replaces it: the file shall not come later and take it back
            self.__get__(table)
        _own_fields(table)[self.name] = value


def _imported(file: str) -> Any:
    with no_collections():
        return import_module(file)


def _is_running(file: str) -> bool:
    """Whether a module's code is running, so that what it defines comes now."""
    module = sys.modules.get(file)
    return module is not None and bool(getattr(module.__spec__, "_initializing", None))


def _release(table: Any, name: str) -> bool:
    """Let a field be the table's own from now on; whether it was not."""
    for kind in type(table).__mro__:
        if isinstance(vars(kind).get(name), _Name):
            delattr(kind, name)
            return True
    return False


def promise(table: Table, files: Mapping[str, str], classes: str = "") -> None:
    """Let a table have the names that files define (file → names, as words). classes: the package
    of those that are Torch classes, by which the registry finds them."""
    fields = _own_fields(table)
    waiting = {
        name: _Name(name, file)
        for file, names in files.items()
        for name in names.split()
        if fields.get(name) is None
    }
    if not isinstance(table, Promising):
        table.__class__ = type("Table", (Promising,), {"__slots__": (), "__module__": __name__})
    for name, field in waiting.items():
        setattr(type(table), name, field)
        if classes:
            REGISTRY.promised[f"{classes}.{name}"] = field.file


def complete(table: Any) -> None:
    """Import the files that a table waits for."""
    kind = type(table)
    if not issubclass(kind, Promising):
        return
    for field in [f for f in vars(kind).values() if isinstance(f, _Name)]:
        field.__get__(table)
    plain: Any = Table
    if kind.__mro__[1] is Promising and type(table) is kind:
        table.__class__ = plain


def remember(table: Table) -> None:
    """Note what a table holds that has just been opened, and of what it still waits for when that
    comes."""
    FIRST.setdefault(table, dict(_own_fields(table)))


class Names(Mapping[str, Any]):
    """The names in a package's table as a mapping, looked up one by one."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, name: str, default: Any = None) -> Any:
        found = _own_fields(self._table).get(name)
        if found is None and isinstance(vars(type(self._table)).get(name), _Name):
            found = getattr(self._table, name)
        return default if found is None else found

    def __getitem__(self, name: str) -> Any:
        return vars(self._table)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self._table))

    def __len__(self) -> int:
        return len(vars(self._table))
