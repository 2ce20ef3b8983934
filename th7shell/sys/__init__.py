"""Torch's `sys`: clock, commands of the system, terminal colours. Upstream: torch/sys."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, new_table
from th7shell.torch.namespace import namespace, need

from . import clock, commands, words
from .colors import CODES

__all__ = ["clock", "commands", "luaopen", "words"]

FILES = {  # what the original consists of
    "colors": lambda globals: colors(globals),
    "fpath": lambda globals: namespace("sys").fpath,
}
_FROM_PATHS = (
    "basename",
    "concat",
    "dir",
    "dirname",
    "dirp",
    "filep",
    "mkdir",
)  # of older versions


def luaopen(globals: Any) -> Any:
    """Put `sys` (and `paths`, which it needs) into Lua's globals and return it."""
    table = namespace("sys")
    need(globals, "paths")
    names = globals.paths
    for name in _FROM_PATHS:
        setattr(table, name, getattr(names, name))
    table.COLORS = colors(globals)
    table.OS = commands.uname()
    table.prefix = names.install_prefix
    globals.sys = table
    return table


def colors(globals: Any) -> Table:
    """What `require 'sys.colors'` returns: names → the terminal's codes."""
    table = namespace("sys")
    if table["COLORS"] is None:
        table.COLORS = new_table((), CODES)
    return table.COLORS
