"""Lua's standard library, one file a library. `install` puts it into a globals table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

from .. import state
from ..values import Table, items, new_table, rawset, set_builtin_number
from . import base, environments, jit, loading, protected
from .package import open_package

LIBRARIES = ("bit", "coroutine", "debug", "io", "jit", "math", "os", "package", "string", "table")
ON_REQUIRE = {"ffi": "ffi", "python": "python"}


def _library(module: Any) -> Table:
    """Make the table of a library from its module's FUNCTIONS and CONSTANTS."""
    return new_table((), {**module.FUNCTIONS, **getattr(module, "CONSTANTS", {})})


def install(globals: Table) -> Table:
    """Put the whole standard library into a globals table; gives it."""
    for module in (base, protected, loading, environments):
        for name, function in module.FUNCTIONS.items():
            rawset(globals, name, function)
    rawset(globals, "_G", globals)
    rawset(globals, "_VERSION", "Lua 5.1")
    package = open_package(globals)
    for name in LIBRARIES:
        _add(globals, package, name, package if name == "package" else _open(name))
    for name, module_name in ON_REQUIRE.items():
        rawset(package.preload, name, _opener(module_name, globals))
    for name, make in (("jit.util", jit.util), ("jit.profile", jit.profile)):
        rawset(package.preload, name, make)
    rawset(package.loaded, "jit.opt", globals.jit.opt)
    number = 0
    for library in (globals, *(package.loaded[name] for name in LIBRARIES)):
        for _, value in items(library):
            if value.__class__ is FunctionType:
                number += 1
                set_builtin_number(value, number)
    world = state.current.world
    world.strings = globals.string
    world.type_metatables["string"] = new_table((), {"__index": globals.string})
    return globals


def _add(globals: Table, package: Table, name: str, library: Table) -> None:
    rawset(globals, name, library)
    rawset(package.loaded, name, library)


def _open(name: str) -> Table:
    module = import_module(f".{name}", __name__)
    library = _library(module)
    if name == "jit":
        for key, value in {**module.constants(), **module.parts()}.items():
            rawset(library, key, value)
    return library


def _opener(module_name: str, globals: Table) -> Callable[..., Any]:
    def open_library(*_: Any) -> Any:
        return import_module(f".{module_name}", __name__).luaopen(globals)

    return open_library
