"""Torch's `nngraph`: networks as graphs of modules.

`node` has the nodes that calling a module on nodes makes, `gmodule` the container over a graph,
`running` its plans, `debugging` the annotations and pictures of failures. `calls` gives modules
and criterions their new call; `luaopen`, and so `require 'nngraph'`, turns it on.
Upstream: torch/nngraph.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.namespace import module_getattr, namespace, need
from th7shell.torch.promised import complete, promise

from . import calls, debugging, gmodule, nest, nesting, node, pictures, small_modules
from .utils import UTILS

NNGRAPH = namespace("nngraph")
promise(NNGRAPH, {f"{__name__}.selftest": "test"})
NNGRAPH.simple_print = new_table(fields=pictures.SIMPLE)

FILES: dict[str, Any] = dict.fromkeys(  # what the original consists of
    (
        "JustElement",
        "JustTable",
        "ModuleFromCriterion",
        "gmodule",
        "graphinspecting",
        "nest",
        "node",
    )
)
FILES["nesting"] = nesting.luaopen
FILES["simple_print"] = lambda globals: NNGRAPH.simple_print
FILES["utils"] = lambda globals: UTILS

__getattr__ = module_getattr("nngraph", __name__, lambda: complete(NNGRAPH))


def luaopen(globals: Any) -> Any:
    """Put `nngraph`, `graph`, `nn` and `torch` into Lua's globals, make modules build nodes when
    they are called, and return nngraph.
    """
    need(globals, "nn", "graph")
    globals.nngraph = NNGRAPH
    calls.install()
    return NNGRAPH


__all__ = [
    "NNGRAPH",
    "calls",
    "debugging",
    "gmodule",
    "luaopen",
    "nest",
    "nesting",
    "node",
    "pictures",
    "small_modules",
]
