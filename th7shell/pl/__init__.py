"""Penlight: `pl` and its modules, each a Python file with `luaopen(globals)` that makes the table
which `require 'pl.X'` returns.

th loads `pl` as it starts: the modules' names are globals that are made when first read, and
`require 'pl'` adds the names that Penlight has got since. Upstream: lunarmodules/Penlight.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from th7shell.lua import Table, rawget, rawset, state

MODULES = {  # name in Lua: the Python file here
    "import_into": "import_into",
    "compat": "compat",
    "utils": "utils",
    "types": "types",
    "path": "path",
    "dir": "dir",
    "file": "file",
    "stringx": "stringx",
    "tablex": "tablex",
    "class": "classes",
    "List": "list",
    "Map": "map",
    "Set": "set",
    "OrderedMap": "ordered_map",
    "MultiMap": "multi_map",
    "pretty": "pretty",
    "app": "app",
    "lapp": "lapp",
    "test": "test",
    "seq": "seq",
    "func": "func",
    "strict": "strict",
    "template": "template",
    "text": "text",
    "sip": "sip",
    "input": "input",
    "config": "config",
    "lexer": "lexer",
    "luabalanced": "luabalanced",
    "operator": "operator",
    "permute": "permute",
    "comprehension": "comprehension",
    "array2d": "array2d",
    "stringio": "stringio",
    "url": "url",
    "xml": "xml",
    "Date": "date",
    "data": "data",
}
LATER = ("compat", "luabalanced", "permute", "template", "url")  # not among the names of th's `pl`
NO_GLOBALS = ("import_into", "strict")
GLOBAL_NAMES = tuple(name for name in MODULES if name not in NO_GLOBALS)
EARLY = tuple(name for name in GLOBAL_NAMES if name not in LATER)


def make(name: str, globals: Table) -> Any:
    """What the file pl/NAME.lua returns, made anew for an interpreter."""
    return import_module(f"{__name__}.{MODULES[name]}").luaopen(globals)


def module(name: str) -> Any:
    """The running interpreter's `require 'pl.NAME'`."""
    found = rawget(state.globals.package.loaded, f"pl.{name}")
    return state.globals.require(f"pl.{name}") if found is None else found


class OnDemand:
    """Stands for a global that is made when it is first read; one that is set hides it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, holder: Any, owner: Any = None) -> Any:
        if holder is None:
            return None
        value = module(self.name)
        rawset(state.globals, self.name, value)
        return value


class Globals(Table):
    """Lua's globals with the names of th's `pl`; the class costs other names nothing."""

    __slots__ = ()


class AllGlobals(Globals):
    """The same with the names that came later."""

    __slots__ = ()


for _kind, _names in ((Globals, EARLY), (AllGlobals, LATER)):
    for _name in _names:
        setattr(_kind, _name, OnDemand(_name))


def preload(globals: Table) -> None:
    """Make the names of th's `pl` globals on demand."""
    if globals.__class__ is Table:
        globals.__class__ = Globals


FILES = {name: partial(make, name) for name in MODULES}
APART = True  # a file is loaded without the package


def luaopen(globals: Table) -> Any:
    """`require 'pl'`: every module's name becomes a global on demand."""
    if globals.__class__ in (Table, Globals):
        globals.__class__ = AllGlobals
        module("utils")
    else:  # a metatable of the program's is kept in use
        module("import_into")(globals)
    return True


__all__ = ["FILES", "MODULES", "luaopen", "make", "module", "preload"]
