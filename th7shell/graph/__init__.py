"""Torch's `graph`: directed graphs of nodes that carry data, and their Graphviz text.

`graphs` has nodes and edges with their walks, the graph and its orders; `drawing` has the
Graphviz text and its rendering. Upstream: torch/graph.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import module_getattr, namespace, need

from . import drawing, graphs

FILES = dict.fromkeys(("Edge", "Node", "graphviz"))  # what the original consists of

__getattr__ = module_getattr("graph", __name__)


def luaopen(globals: Any) -> Any:
    """Put `graph` into Lua's globals; return it."""
    need(globals, "torch")
    globals.graph = namespace("graph")
    return globals.graph


__all__ = ["drawing", "graphs", "luaopen"]
