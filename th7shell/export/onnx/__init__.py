"""ONNX files: nets as graphs of standard operators, and back."""

from __future__ import annotations

from .writing import to_onnx, write

__all__ = ["to_onnx", "write"]
