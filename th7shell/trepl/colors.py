"""`trepl.colors` (names → ANSI codes, empty without a terminal) and `trepl.colorize` (names →
functions)."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from th7shell.display import palette
from th7shell.lua import Table, new_table, rawget, rawset, tostring

_tables: WeakKeyDictionary[Table, Table] = WeakKeyDictionary()


def colors(globals: Table) -> Table:
    """The table of codes that a session shares; `noColors()` empties them."""
    table = _tables.get(globals)
    if table is None:
        codes = palette.CODES if palette.wanted() else dict.fromkeys(palette.CODES, "")
        table = _tables[globals] = new_table([], codes)
    return table


def colorize(globals: Table) -> Table:
    """Functions that wrap a text in a colour: `colorize.red('text')`."""
    codes = colors(globals)

    def function(name: str) -> Any:
        return lambda text=None, *_: rawget(codes, name) + tostring(text) + codes.none

    return new_table([], {name: function(name) for name in palette.CODES})


def no_colors(globals: Table) -> Any:
    """The function `noColors` of a session."""

    def noColors(*_: Any) -> tuple[()]:
        for name in palette.CODES:
            rawset(colors(globals), name, "")
        palette.force(False)
        return ()

    return noColors
