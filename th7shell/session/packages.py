"""What Lua's `require` finds in th7shell: names of packages and the Python modules that open them
on first use."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from th7shell.lua import Table, rawset

PACKAGES = {  # what require is given: the module with `luaopen(globals)`
    "torch": "th7shell.torch",
    "nn": "th7shell.nn",
    "image": "th7shell.image",
    "optim": "th7shell.optim",
    "paths": "th7shell.paths",
    "sys": "th7shell.sys",
    "xlua": "th7shell.xlua",
    "moses": "th7shell.moses",
    "gnuplot": "th7shell.gnuplot",
    "lfs": "th7shell.lfs",
    "itorch": "th7shell.itorch",
    "trepl": "th7shell.trepl",
    "graph": "th7shell.graph",
    "nngraph": "th7shell.nngraph",
}
PARTS = {  # a part of a package: the function of that module which returns it
    "itorch.Plot": ("th7shell.itorch", "luaopen", "Plot"),
    "sys.colors": ("th7shell.sys", "colors", None),
    "nngraph.nesting": ("th7shell.nngraph.nesting", "luaopen", None),
    "nngraph.simple_print": ("th7shell.nngraph", "luaopen", "simple_print"),
    "xlua.OptionParser": ("th7shell.xlua", "luaopen", "OptionParser"),
    "xlua.Profiler": ("th7shell.xlua", "luaopen", "Profiler"),
    "trepl.colors": ("th7shell.trepl.colors", "colors", None),
    "trepl.colorize": ("th7shell.trepl.colors", "colorize", None),
}


def opener(name: str, globals: Table) -> Callable[..., Any]:
    """The loader that `require(name)` calls."""

    def load(*_: Any) -> Any:
        return import_module(PACKAGES[name]).luaopen(globals)

    def load_part(*_: Any) -> Any:
        module, function, key = PARTS[name]
        value = getattr(import_module(module), function)(globals)
        return value if key is None else value[key]

    return load if name in PACKAGES else load_part


def install(globals: Table) -> None:
    """Put every package into `package.preload`."""
    preload = globals.package.preload
    for name in (*PACKAGES, *PARTS):
        rawset(preload, name, opener(name, globals))
