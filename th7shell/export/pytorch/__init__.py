"""PyTorch sources of nets, as a person would have written them."""

from __future__ import annotations

from .source import to_torch_source
from .writing import write

__all__ = ["to_torch_source", "write"]
