"""The `onnx` package, which the extra `onnx` installs."""

from __future__ import annotations

from typing import Any

from ..options import ExportError


def onnx_package() -> Any:
    """The package; without it one line says what to type."""
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ExportError(
            ".onnx files need the onnx package: pip install 'th7shell[onnx]'"
        ) from error
    return onnx
