"""Torch's `paths`: file names, directories, and files beside the one that runs. Upstream:
torch/paths."""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace

from . import directories, here, names, places

__all__ = ["directories", "here", "luaopen", "names", "places"]


def luaopen(globals: Any) -> Any:
    """Put `paths` into Lua's globals and return it."""
    globals.paths = namespace("paths")
    return globals.paths
