"""All layers that have an ONNX form: class name → the function that adds its operators."""

from __future__ import annotations

from typing import Any

from . import convolution, elementwise, linear, normalization, pooling, recurrent, shaping, tables

RULES: dict[str, Any] = {
    **elementwise.RULES,
    **shaping.RULES,
    **tables.RULES,
    **linear.RULES,
    **convolution.RULES,
    **pooling.RULES,
    **normalization.RULES,
    **recurrent.RULES,
}

#: what only other formats can hold
NOT_IN_ONNX = {
    "nn.SpatialFractionalMaxPooling": "ONNX has no random windows; use nn.SpatialMaxPooling",
    "nn.VolumetricFractionalMaxPooling": "ONNX has no random windows; use nn.VolumetricMaxPooling",
}
