"""Normalisation over batches, across planes, and by the neighbourhood of each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node
from ..layers import estimator_kernel
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
    """The sums of each pixel's neighbourhood over all planes, as one plane."""
    kernel = estimator_kernel(net)
    pad = tuple(n // 2 for n in kernel.shape[2:])
    return convolve(g, x, kernel, None, (1, 1), pad, name="kernel")


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
