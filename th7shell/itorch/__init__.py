"""iTorch's Lua side: pictures, sound, video, HTML and `Plot`, shown by whatever front end runs
(terminal or notebook)."""

from __future__ import annotations

from th7shell.lua import Table, rawset

from .media import FUNCTIONS
from .plot import Plot

FILES = {"Plot": lambda globals: Plot}


def luaopen(globals: Table) -> Table:
    """Fill the global `itorch` and return it."""
    package = Table()
    for name, function in FUNCTIONS.items():
        rawset(package, name, function)
    rawset(package, "Plot", Plot)
    globals.itorch = package
    return package
