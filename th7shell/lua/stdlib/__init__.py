"""The standard library: each file is one of Lua's libraries, a table of its functions."""

from __future__ import annotations

from typing import Any

from ..metatables import set_string_library
from ..values import Table, rawset


def install(globals: Table) -> None:
    """Put the libraries into a globals table."""
    from . import base, bit, coroutine, io, math, os, string, table

    for name, function in base.FUNCTIONS.items():
        rawset(globals, name, function)
    rawset(globals, "_VERSION", "Lua 5.1")
    libraries: dict[str, Any] = {
        "bit": bit,
        "coroutine": coroutine,
        "io": io,
        "math": math,
        "os": os,
        "string": string,
        "table": table,
    }
    for name, module in libraries.items():
        library = Table()
        for key, value in {**module.FUNCTIONS, **getattr(module, "CONSTANTS", {})}.items():
            rawset(library, key, value)
        rawset(globals, name, library)
    set_string_library(globals.string)
