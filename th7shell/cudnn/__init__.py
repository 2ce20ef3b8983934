"""Torch's `cudnn` where there is no GPU: its layers, computed as nn's are.

Upstream: soumith/cudnn.torch. Layers that nn has too are subclasses of nn's with cuDNN's arguments;
recurrent layers, with cuDNN's flat weight, and softmax are its own.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import items
from th7shell.torch import cuda_types
from th7shell.torch.classes import TorchClass
from th7shell.torch.namespace import module_getattr, namespace, need

cuda_types.enable()

from . import (  # noqa: E402  (recurrent layers are made of CUDA tensors)
    converting,
    convolution,
    criterions,
    other_layers,
    pointwise,
    recurrent,
    settings,
    softmax,
)

CUDNN = namespace("cudnn")

#: what the original consists of
FILES: dict[str, Any] = {
    name: None for name, value in items(CUDNN) if isinstance(value, TorchClass)
}
FILES |= {"convert": None, "env": lambda globals: CUDNN}


def luaopen(globals: Any) -> Any:
    """Put `cudnn` (and cutorch and nn) where Lua expects them: what `require 'cudnn'` runs."""
    cuda_types.enable()
    need(globals, "cutorch", "nn")
    globals.cudnn = CUDNN
    return CUDNN


__getattr__ = module_getattr("cudnn", __name__)

__all__ = [
    "CUDNN",
    "converting",
    "convolution",
    "criterions",
    "luaopen",
    "other_layers",
    "pointwise",
    "recurrent",
    "settings",
    "softmax",
]
