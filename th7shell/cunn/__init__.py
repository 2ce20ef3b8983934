"""Torch's `cunn` where there is no GPU: the layers of `nn` take CUDA tensors as they are.

Upstream: torch/cunn. What it adds of its own is `nn.DataParallelTable`.
"""

from __future__ import annotations

from typing import Any

from th7shell.nn.tools import thnn
from th7shell.torch import cuda_types
from th7shell.torch.namespace import need

from . import data_parallel

FILES: dict[str, Any] = dict.fromkeys(("DataParallelTable",))  # what the original consists of
FILES["THCUNN"] = lambda globals: thnn.THNN
cuda_types.when_enabled(thnn.offer)


def luaopen(globals: Any) -> Any:
    """Load `cutorch` and `nn`, and let layers take CUDA tensors: what `require 'cunn'` runs."""
    cuda_types.enable()
    need(globals, "cutorch", "nn")
    return True


__all__ = ["data_parallel", "luaopen"]
