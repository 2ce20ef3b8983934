"""Torch's `paths`: file names, directories, and files beside the one that runs. Upstream:
torch/paths."""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace

from . import directories, here, names, places

__all__ = ["directories", "here", "luaopen", "names", "places"]


FILES: dict[str, Any] = {}  # the original has init alone


def luaopen(globals: Any) -> Any:
    """Put `paths` and the function `include` into Lua's globals; return `paths`."""
    globals.paths = namespace("paths")
    globals.include = here.include
    return globals.paths
