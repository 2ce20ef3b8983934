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
    "gnuplot": "th7shell.gnuplot",
    "itorch": "th7shell.itorch",
    "trepl": "th7shell.trepl",
}
PARTS = {  # a part of a package: the function of that module which returns it
    "itorch.Plot": ("th7shell.itorch", "luaopen", "Plot"),
    "trepl.colors": ("th7shell.trepl.colors", "colors", None),
    "trepl.colorize": ("th7shell.trepl.colors", "colorize", None),
}


def opener(name: str, globals: Table) -> Callable[..., Any]:
    """The loader that `require(name)` calls."""

    def load(*_: Any) -> Any:
        value = import_module(PACKAGES[name]).luaopen(globals)
        if name == "nn":
            add_summary()
        return value

    def load_part(*_: Any) -> Any:
        module, function, key = PARTS[name]
        value = getattr(import_module(module), function)(globals)
        return value if key is None else value[key]

    return load if name in PACKAGES else load_part


def add_summary() -> None:
    """Give every network `net:summary{1, 32, 32}`, which prints its table."""
    from th7shell.nn.module import Module

    def summary(self: Any, *sizes: Any) -> tuple[()]:
        """Print the network's layers with output sizes, parameters and multiply-adds, for an input
        of the sizes {planes, height, width}."""
        from th7shell.display.model import summary_text
        from th7shell.lua.stdlib.texts import from_text
        from th7shell.trepl.output import write

        given = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, float)) else sizes
        write(from_text(summary_text(self, given)))
        return ()

    Module.summary = summary


def install(globals: Table) -> None:
    """Put every package into `package.preload`."""
    preload = globals.package.preload
    for name in (*PACKAGES, *PARTS):
        rawset(preload, name, opener(name, globals))
