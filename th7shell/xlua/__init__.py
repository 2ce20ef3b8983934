"""Torch's `xlua`: progress bars, named arguments, option parser, profiler, table helpers.

Upstream: torch/xlua. Loading it adds `table.splice`, `table.prune`, `string.split`,
`string.tosymbol` and the globals `xprint`, `xerror` and `xrequire`, as in the original.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from . import loading, option_parser, printing, profiler, progress, tables, unpacking, variables

__all__ = [
    "loading",
    "luaopen",
    "option_parser",
    "printing",
    "profiler",
    "progress",
    "tables",
    "unpacking",
    "variables",
]

FILES = dict.fromkeys(("OptionParser", "Profiler"))  # what the original consists of
_GLOBALS = {"xprint": "print", "xerror": "error", "xrequire": "require"}


def luaopen(globals: Any) -> Any:
    """Put `xlua` (and `sys`, which it needs) into Lua's globals and return it."""
    need(globals, "sys", "torch")
    table = namespace("xlua")
    variables.remember(globals)
    tables.extend(globals)
    for name, source in _GLOBALS.items():
        setattr(globals, name, getattr(table, source))
    globals.xlua = table
    return table
