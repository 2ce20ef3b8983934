"""Torch's `nngraph`: networks as graphs of modules.

`node` has the nodes that calling a module on nodes makes, `gmodule` the container over a graph,
`running` its plans, `debugging` the annotations and pictures of failures. `calls` gives modules
and criterions their new call; `luaopen`, and so `require 'nngraph'`, turns it on.
Upstream: torch/nngraph.
"""

from __future__ import annotations

from typing import Any

from th7shell import graph, nn
from th7shell.lua import new_table
from th7shell.torch.namespace import module_getattr, namespace

from . import calls, debugging, gmodule, nest, nesting, node, pictures, small_modules

NNGRAPH = namespace("nngraph")
NNGRAPH.simple_print = new_table(fields=pictures.SIMPLE)

__getattr__ = module_getattr("nngraph", __name__)


def luaopen(globals: Any) -> Any:
    """Put `nngraph`, `graph`, `nn` and `torch` into Lua's globals, make modules build nodes when
    they are called, and return nngraph.
    """
    nn.luaopen(globals)
    graph.luaopen(globals)
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
