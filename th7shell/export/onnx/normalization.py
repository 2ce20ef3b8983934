"""Normalisation over batches, across planes, and by the neighbourhood of each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import array
from th7shell.torch.classes import typename

from ..graph import Node
from ..layers import bias_of, convolution_weight, dense_map
from .builder import Builder
from .convolution import batched, convolve


def batch_normalized(g: Builder, node: Node) -> str:
    """With the running means and variances."""
    layer = node.layer
    mean, var = layer.running_mean.nd, layer.running_var.nd
    weight = np.ones_like(mean) if layer.weight is None else layer.weight.nd
    bias = np.zeros_like(mean) if layer.bias is None else layer.bias.nd
    names = ("weight", "bias", "running_mean", "running_var")
    parts = [g.parameter(values, name) for values, name in zip((weight, bias, mean, var), names)]
    return g.op("BatchNormalization", g.of(node.input), *parts, epsilon=float(layer.eps))


def across(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    return g.op(
        "LRN",
        x,
        size=int(layer.size),
        alpha=float(layer.alpha),
        beta=float(layer.beta),
        bias=float(layer.k),
    )


def weighted_sums(g: Builder, net: Any, x: str) -> str:
    """The sums of each pixel's neighbourhood over all planes, one plane: the convolutions of a
    mean estimator, whose padding comes first."""
    pad = (0, 0)
    for layer in array(net.modules):
        kind = typename(layer)
        if kind == "nn.SpatialZeroPadding":
            pad = int(layer.pad_t), int(layer.pad_l)
        elif kind in ("nn.SpatialConvolution", "nn.SpatialConvolutionMap"):
            dense = kind == "nn.SpatialConvolutionMap"
            weight = dense_map(layer, full=False) if dense else convolution_weight(layer)
            x = convolve(g, x, weight, bias_of(layer), (1, 1), pad, name="kernel")
            pad = (0, 0)
    return x


def coefficients(layer: Any) -> Any:
    """The estimator's answer to an image of ones, one plane of it."""
    values = layer.coef.nd
    return values.reshape(-1, *values.shape[-3:])[0, :1]


def subtracted(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    sums = weighted_sums(g, layer.meanestimator, x)
    return g.op("Sub", x, g.op("Div", sums, g.floats(coefficients(layer))))


def divided(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    sums = weighted_sums(g, layer.stdestimator, g.op("Mul", x, x))
    deviation = g.op("Div", g.op("Sqrt", sums), g.floats(coefficients(layer)))
    above = g.op("Greater", deviation, g.floats(float(layer.threshold)))
    floor = g.floats(float(layer.thresval))
    return g.op("Div", x, g.op("Where", above, deviation, floor))


RULES: dict[str, Any] = {
    **dict.fromkeys(
        (
            "nn.BatchNormalization",
            "nn.SpatialBatchNormalization",
            "nn.VolumetricBatchNormalization",
            "cudnn.BatchNormalization",
            "cudnn.SpatialBatchNormalization",
            "cudnn.VolumetricBatchNormalization",
        ),
        batch_normalized,
    ),
    "nn.SpatialCrossMapLRN": batched(4)(across),
    "cudnn.SpatialCrossMapLRN": batched(4)(across),
    "nn.SpatialSubtractiveNormalization": batched(4)(subtracted),
    "nn.SpatialDivisiveNormalization": batched(4)(divided),
}
