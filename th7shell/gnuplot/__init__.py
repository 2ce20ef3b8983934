"""Torch's `gnuplot` package: plots without the gnuplot program, drawn by `plot` and shown by the
front end."""

from __future__ import annotations

from functools import wraps
from typing import Any

from th7shell.lua import Table, rawset
from th7shell.lua.host import lua_function

from .figures import Figures
from .hist import hist, histc

FILES = dict.fromkeys(("gnuplot", "hist"))  # what the original consists of


def luaopen(globals: Table) -> Table:
    """Fill the global `gnuplot` and return it."""
    package = Table()
    figures = Figures()
    for name in figures.NAMES:
        rawset(package, name, lua_function(getattr(figures, name)))
    rawset(package, "histc", histc)
    rawset(package, "hist", wraps(hist)(lambda *given: hist(figures, *given)))
    globals.gnuplot = package
    return package


__all__: list[Any] = ["luaopen"]
