"""Lua's `csvigo`: CSV files loaded, queried and saved. Upstream: clementfarabet/lua---csv."""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from .file import File
from .loading import load
from .saving import save

FILES: dict[str, Any] = {"File": None}
TABLE = namespace("csvigo")
TABLE.load, TABLE.save = load, save


def luaopen(globals: Any) -> Any:
    """Put `csvigo` into Lua's globals and return it."""
    need(globals, "torch", "dok")
    globals.csvigo = TABLE
    return TABLE


__all__ = ["FILES", "File", "load", "luaopen", "save"]
