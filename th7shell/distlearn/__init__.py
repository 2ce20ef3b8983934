"""distlearn: gradients summed over nodes, and elastic averaging, on a tree of the ipc package.
Upstream: twitter-archive/torch-distlearn.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from .averaging import AllReduceEA
from .summing import AllReduceSGD

__all__ = ["FILES", "luaopen"]

FILES: dict[str, Any] = {
    "AllReduceEA": lambda globals: AllReduceEA,
    "AllReduceSGD": lambda globals: AllReduceSGD,
}


def luaopen(globals: Any) -> Any:
    """What `require 'distlearn'` returns; no global is set."""
    need(globals, "torch")
    table = namespace("distlearn")
    table.AllReduceEA, table.AllReduceSGD = AllReduceEA, AllReduceSGD
    return table
