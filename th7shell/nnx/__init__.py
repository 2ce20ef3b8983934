"""nnx: an extension of nn by clementfarabet/lua---nnx, and libnnx, its C functions.

`resampling` changes sizes, `small`, `tables` and `criterions` have what their names say, `tree` is
the hierarchical softmax. A program that has the original's Lua files on its path loads those; they
find `libnnx` here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from th7shell.torch.namespace import namespace, need

_PARTS = ("resampling", "small", "tables", "criterions", "tree", "normalization")
_CLASSES = (
    *("Probe", "Tic", "Toc", "SpatialLinear", "SpatialNormalization", "SpatialPadding"),
    *("SpatialReSamplingEx", "SpatialUpSampling", "SpatialDownSampling", "SpatialReSampling"),
    *("SpatialMaxSampling", "PixelSort", "FunctionWrapper", "SaturatedLU", "Minus", "SoftMaxTree"),
    *("MultiSoftMax", "Balance", "PushTable", "PullTable", "SuperCriterion", "DistNLLCriterion"),
    *("DistMarginCriterion", "TreeNLLCriterion"),
)

#: the original's files, each of which declares a class
FILES: dict[str, Any] = dict.fromkeys(_CLASSES)


def luaopen(globals: Any) -> Any:
    """Put `nnx` (with torch, xlua and nn) into Lua's globals; its classes are in nn."""
    need(globals, "torch", "xlua", "nn")
    from . import library

    for part in _PARTS:
        import_module(f"{__name__}.{part}")
    globals.nnx = namespace("nnx")
    library.install()
    return True
