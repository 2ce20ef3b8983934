"""ONNX files: nets as graphs of standard operators, and back."""

from __future__ import annotations

from .reading import from_onnx, read
from .writing import to_onnx, write

__all__ = ["from_onnx", "read", "to_onnx", "write"]
