"""`require 'libunsup'`: what the original's Lua files of unsup take from its C library."""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.namespace import need

from . import shrinking

FILES: dict[str, Any] = {}  # a library has no files


def luaopen(globals: Any) -> Any:
    """Make the global `unsup` an empty table, which is returned, and give tensors `shrinkage`."""
    need(globals, "torch")
    shrinking.install()
    globals.unsup = new_table()
    return globals.unsup
