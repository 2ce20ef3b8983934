"""stn: spatial transformers, layers that sample pictures at places that a net computes.
Upstream: qassemoquab/stnbhwd. Pictures lie as batch, height, width, planes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from th7shell.torch.namespace import need

#: the original's files, each of which declares a class
FILES: dict[str, Any] = dict.fromkeys(
    ("AffineTransformMatrixGenerator", "AffineGridGeneratorBHWD", "BilinearSamplerBHWD")
)


def luaopen(globals: Any) -> Any:
    """Put the classes into nn; `require 'stn'` returns nn."""
    need(globals, "torch", "nn")
    from . import library

    for part in ("affine", "sampling"):
        import_module(f"{__name__}.{part}")
    library.install()
    return globals.nn
