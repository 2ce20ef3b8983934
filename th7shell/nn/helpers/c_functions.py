"""Where layers written in Lua look for functions of C libraries: `input.nn.NAME(self, input …)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from th7shell.lua import Table, new_table, rawset
from th7shell.torch.tensor import TYPES


def put_functions(functions: Mapping[str, Callable[..., Any]]) -> Table:
    """Put a library's functions beside those of others; give the table of doubles."""
    for name in ("torch.FloatTensor", "torch.DoubleTensor", "torch.CudaTensor"):
        kind = TYPES.get(name)
        if kind is None:  # CUDA's types are not loaded
            continue
        if getattr(kind, "nn", None) is None:
            kind.nn = new_table()
        for word, function in functions.items():
            rawset(kind.nn, word, function)
    return TYPES["torch.DoubleTensor"].nn
