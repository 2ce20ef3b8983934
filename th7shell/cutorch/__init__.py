"""Torch's `cutorch` where there is no GPU: one device, which is the computer itself.

Upstream: torch/cutorch. The tensor types are in `torch.cuda_types`, devices and streams in
`devices`, random numbers in `seeds`. Loading it says once, on stderr, that no GPU is used.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch import cuda_types
from th7shell.torch.namespace import module_getattr, namespace, need

FILES: dict[str, Any] = dict.fromkeys(("Tensor", "FFI"))  # what the original consists of

CUTORCH = namespace("cutorch")


def complete() -> None:
    """Make the CUDA types, and fill the table of names."""
    cuda_types.enable()
    from . import devices, host_memory, seeds, streams  # noqa: F401


def luaopen(globals: Any) -> Any:
    """Put `cutorch` (and `torch`) where Lua expects them: what `require 'cutorch'` runs."""
    complete()
    need(globals, "torch")
    globals.cutorch = CUTORCH
    return CUTORCH


__getattr__ = module_getattr("cutorch", __name__, complete)

__all__ = ["CUTORCH", "luaopen"]
