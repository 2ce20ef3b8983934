"""`xlua.print`, and `xlua.log`, which copies what is printed into a file."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, items, lua_type, state, tostring
from th7shell.lua.metatables import getmetatable
from th7shell.paths.names import checked
from th7shell.sys.colors import CODES
from th7shell.torch.namespace import export

_LONGEST = 40


@export(package="xlua", name="print")
def show(value: Any = None, *more: Any) -> tuple[()]:
    """Print a value, a table with its fields, one a line and long ones cut."""
    console.write(_fields(value) if lua_type(value) == "table" else tostring(value))
    if more:
        console.write("    ")
        console.show(*more)
    else:
        console.write("\n")
    return ()


def _fields(table: Any) -> str:
    text = ""
    metatable = getmetatable(table)
    if metatable is not None and metatable["__tostring"] is not None:
        usage = table["usage"]
        if isinstance(usage, str):
            text = f"{usage}\n\nFIELDS:\n"
        else:
            text = f"{tostring(table)}:\n"
    entries = items(table) if isinstance(table, Table) else ()
    return text + "{" + ",\n ".join(_field(key, value) for key, value in entries) + "}"


def _field(key: Any, value: Any) -> str:
    if lua_type(value) == "userdata":
        return f"[{tostring(key)}] = <userdata>"
    shown = tostring(value).replace("\n", "\\n")
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}{CODES['none']} ... "
    return f"[{tostring(key)}] = {shown}"


@export(package="xlua")
def log(file: Any = None, append: Any = None, *_: Any) -> tuple[()]:
    """Write all that is printed from now on into a file as well; with `append` at its end."""
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(checked(file)) or ".", exist_ok=True)
    copy = console.copier(file, bool(append))
    environment = state.globals
    library = environment.io
    before = library._write = library.write
    environment._print = environment.print
    environment.print = show

    def write_both(*values: Any) -> Any:
        result = before(*values)
        for value in values:
            copy(tostring(value))
        return result

    library.write = write_both
    return ()
