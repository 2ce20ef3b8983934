"""Packages without `require`: at a prompt, in `-e` and on standard input a package is opened when
its undefined global is first read. A file keeps Torch's rule: there the name is nil.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from th7shell.lua import LuaObject, Table, first, items, new_table, rawget, state
from th7shell.lua.on_demand import Providing, providing
from th7shell.lua.provide import provide
from th7shell.lua.tracebacks import in_file

from .packages import CUDA, PACKAGES, cuda_is_known

LUAJIT = ("ffi", "bit", "python")  # what `require` finds besides
APART = ("libnnx", "env")  # a library of C's, and one that gives nothing but a greeting
NAMES = tuple(n for n in (*PACKAGES, *CUDA, *LUAJIT) if n.isidentifier() and n not in APART)
OPENED_AS = {"pl": "pl.import_into"}  # what gives the table of names
# Packages that can be opened aside, since that changes nothing else.
_PURE = ("gnuplot", "itorch", "cjson", "socket", "base64", "class", "lfs")
# Where the Python modules of the others have their names.
_LISTS = ("NAMES", "PUBLIC", "FUNCTIONS", "TABLE", "MOSES")


def names() -> tuple[str, ...]:
    """The names of packages that are globals without `require`."""
    return NAMES if cuda_is_known() else tuple(n for n in NAMES if n not in CUDA)


@cache
def _offering(offered: tuple[str, ...]) -> type[Providing]:
    return providing(Providing, offered, found, lambda: state.globals)


def offer(globals: Table) -> None:
    """Let these globals open packages when they are read; a metatable that the program gives them
    ends it."""
    provide(globals, _offering(names()))


def found(name: str) -> Any:
    """What reading an undefined global gives: a package, opened; nil for other names, and in the
    code of a file."""
    if name not in names() or in_file(sys._getframe(1)):
        return None
    globals = state.globals
    value = first(globals.require(OPENED_AS.get(name, name)))
    if name in OPENED_AS:
        value = first(value())
    own = rawget(globals, name)
    if own is not None:
        return own
    return value if isinstance(value, LuaObject) or callable(value) else None


def peek(name: Any) -> Table | None:
    """What a package holds, or will hold once it is open; nothing is opened. None of what is no
    package, or cannot be told yet."""
    if name not in PACKAGES:
        return None
    from th7shell.torch.namespace import known

    module = import_module(PACKAGES[name])
    if name in _PURE:
        return _opened(name)
    table = known(name)
    fields: dict[str, Any] = {}
    for listed in (vars(module).get(n) for n in _LISTS):
        if isinstance(listed, Table):
            fields.update((k, v) for k, v in items(listed) if isinstance(k, str))
        elif isinstance(listed, Mapping):
            fields.update(listed)
        elif listed is not None:
            fields.update((f.__name__, f) for f in listed)
    if not fields or (table is not None and name in ("torch", "nn")):
        return table
    if table is not None:
        fields.update((k, v) for k, v in items(table) if isinstance(k, str))
    return new_table((), fields)


@cache
def _opened(name: str) -> Table:
    made = import_module(PACKAGES[name]).luaopen(new_table())
    return made if isinstance(made, Table) else new_table()
