"""Penlight: `pl` and its modules, each a Python file with `luaopen(globals)` that makes the table
which `require 'pl.X'` returns.

th loads `pl` as it starts: the modules' names are globals that are made when first read, and
`require 'pl'` adds the names that Penlight has got since. Upstream: lunarmodules/Penlight.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from th7shell.lua import Table, new_table, rawset, state
from th7shell.lua.on_demand import Providing, providing
from th7shell.lua.provide import provide
from th7shell.lua.values import running

from .loaded import module

MODULE_NAMES = """
    import_into compat utils types path dir file stringx tablex class List Map Set OrderedMap
    MultiMap pretty app lapp test seq func strict template text sip input config lexer
    luabalanced operator permute comprehension array2d stringio url xml Date data
""".split()  # in Lua
FILE_NAMES = {"class": "classes", "OrderedMap": "ordered_map", "MultiMap": "multi_map"}
MODULES = {
    name: FILE_NAMES.get(name, name.lower()) for name in MODULE_NAMES
}  # the Python file here
LATER = ("compat", "luabalanced", "permute", "template", "url")  # not among the names of th's `pl`
NO_GLOBALS = ("import_into", "strict")
GLOBAL_NAMES = tuple(name for name in MODULES if name not in NO_GLOBALS)
EARLY = tuple(name for name in GLOBAL_NAMES if name not in LATER)


def make(name: str, globals: Table) -> Any:
    """What the file pl/NAME.lua returns, made anew for an interpreter."""
    file = import_module(f"{__name__}.{MODULES[name]}")
    if getattr(file, "luaopen", None) is not None:
        return file.luaopen(globals)
    return new_table(fields=file.FUNCTIONS)


def _globals() -> Table:
    return state.globals


Early = providing(Providing, EARLY, module, _globals)
All = providing(Early, LATER, module, _globals)


def preload(globals: Table) -> None:
    """What th does with Penlight as it starts, at no cost until it is used: the names of `pl` are
    globals on demand, and `"%d" % 5` formats."""
    provide(globals, Early)
    rawset(running.type_metatables["string"], "__mod", modulo)


def modulo(text: Any = None, values: Any = None, *_: Any) -> Any:
    """Fill values into a text: `'%s: %d' % {'a', 5}`, `'$name' % {name = 'x'}`."""
    from .templates import modulo

    return modulo(text, values)


FILES = {name: partial(make, name) for name in MODULES}
APART = True  # a file is loaded without the package


def luaopen(globals: Table) -> Any:
    """`require 'pl'`: every module's name becomes a global on demand."""
    if not provide(globals, All):  # a metatable of the program's stays in use
        module("import_into")(globals)
    return True  # what the original's file gives


__all__ = ["FILES", "MODULES", "luaopen", "make", "module", "preload"]
