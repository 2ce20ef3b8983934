"""Convolutions of every kind, over planes, volumes and frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node, refuse
from ..layers import (
    adjustment,
    bias_of,
    convolution_weight,
    dense_map,
    depthwise_weight,
    groups_of,
    numbers,
    temporal_weight,
)
from .builder import Builder
from .elementwise import Rule


def batched(rank: int) -> Callable[[Callable[[Builder, Node, str], str]], Rule]:
    """Give the rule a batch of `rank` dimensions, also where the input is one sample."""

    def decorate(rule: Callable[[Builder, Node, str], str]) -> Rule:
        def whole(g: Builder, node: Node) -> str:
            value = node.inputs[0]
            if value.rank == rank:
                return rule(g, node, g.of(value))
            one = g.op("Unsqueeze", g.of(value), g.ints(0))
            return g.op("Squeeze", rule(g, node, one), g.ints(0))

        return whole

    return decorate


def convolve(
    g: Builder,
    x: str,
    weight: Any,
    bias: Any,
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    kind: str = "Conv",
    name: str = "weight",
    **more: Any,
) -> str:
    """One Conv or ConvTranspose with learnt weight and bias."""
    inputs = [x, g.parameter(weight, name)]
    if bias is not None:
        inputs.append(g.parameter(bias, "bias"))
    return g.op(
        kind, *inputs, kernel_shape=weight.shape[2:], strides=stride, pads=[*pad, *pad], **more
    )


def convolution(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    dilation = numbers(layer, "dilation", 1)
    return convolve(
        g,
        x,
        convolution_weight(layer),
        bias_of(layer),
        numbers(layer, "d"),
        numbers(layer, "pad"),
        dilations=dilation if set(dilation) != {1} else None,
        group=groups_of(layer),
    )


def full(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    stride, extra = numbers(layer, "d"), adjustment(node)
    if isinstance(node.input, list) and {2, 3} & node.output.free:
        raise refuse(node, "the size that it is given changes; give it adjW and adjH")
    return convolve(
        g,
        x,
        layer.weight.nd,
        bias_of(layer),
        stride,
        numbers(layer, "pad"),
        "ConvTranspose",
        output_padding=extra,
        group=groups_of(layer),
    )


def mapped(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    weight = dense_map(layer, full=False)
    return convolve(g, x, weight, bias_of(layer), (int(layer.dH), int(layer.dW)), (0, 0))


def mapped_full(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    stride = int(layer.dH), int(layer.dW)
    weight = dense_map(layer, full=True)
    return convolve(g, x, weight, bias_of(layer), stride, (0, 0), "ConvTranspose")


def depthwise(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    weight, bias = depthwise_weight(layer)
    groups = int(layer.nInputPlane)
    return convolve(g, x, weight, bias, numbers(layer, "d"), numbers(layer, "pad"), group=groups)


def local(g: Builder, node: Node, x: str) -> str:
    """A convolution with a filter for each cell of the window cuts the windows out; each place
    multiplies its own with its own weights."""
    layer = node.layer
    planes, (kh, kw) = int(layer.nInputPlane), numbers(layer, "k")
    cells = planes * kh * kw
    cut = np.eye(cells, dtype=np.float32).reshape(cells, planes, kh, kw)
    windows = convolve(g, x, cut, None, numbers(layer, "d"), numbers(layer, "pad"), name="windows")
    oh, ow = int(layer.oH), int(layer.oW)
    weight = layer.weight.nd.reshape(oh, ow, int(layer.nOutputPlane), cells)
    y = g.op("Einsum", windows, g.parameter(weight, "weight"), equation="nkhw,hwok->nohw")
    return g.op("Add", y, g.parameter(layer.bias.nd, "bias"))


def framed(rule: Callable[[Builder, Node, str], str]) -> Rule:
    """Frames come after features inside the rule."""

    @batched(3)
    def whole(g: Builder, node: Node, x: str) -> str:
        if node.layer["featFirst"]:
            return rule(g, node, x)
        y = rule(g, node, g.op("Transpose", x, perm=[0, 2, 1]))
        return g.op("Transpose", y, perm=[0, 2, 1])

    return whole


def temporal(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    return convolve(g, x, temporal_weight(layer), bias_of(layer), (int(layer.dW),), (0,))


def by_rows(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    groups = int(layer.inputFrameSize)
    weight = layer.weight.nd.reshape(groups, 1, int(layer.kW))
    return convolve(g, x, weight, bias_of(layer), (int(layer.dW),), (0,), group=groups)


def subsampled(dims: int) -> Callable[[Builder, Node, str], str]:
    """A sum over windows times a weight of the plane, as a convolution of each plane."""

    def rule(g: Builder, node: Node, x: str) -> str:
        layer = node.layer
        kernel = (int(layer.kH), int(layer.kW)) if dims == 2 else (int(layer.kW),)
        stride = (int(layer.dH), int(layer.dW)) if dims == 2 else (int(layer.dW),)
        planes = layer.weight.nd.size
        weight = np.broadcast_to(
            layer.weight.nd.reshape(planes, *(1,) * (dims + 1)), (planes, 1, *kernel)
        ).copy()
        return convolve(g, x, weight, bias_of(layer), stride, (0,) * dims, group=planes)

    return rule


RULES: dict[str, Any] = {
    **dict.fromkeys(
        (
            "nn.SpatialConvolution",
            "nn.SpatialConvolutionMM",
            "nn.SpatialDilatedConvolution",
            "cudnn.SpatialConvolution",
        ),
        batched(4)(convolution),
    ),
    **dict.fromkeys(
        (
            "nn.VolumetricConvolution",
            "nn.VolumetricDilatedConvolution",
            "cudnn.VolumetricConvolution",
        ),
        batched(5)(convolution),
    ),
    **dict.fromkeys(
        ("nn.SpatialFullConvolution", "cudnn.SpatialFullConvolution"), batched(4)(full)
    ),
    "nn.VolumetricFullConvolution": batched(5)(full),
    "cudnn.VolumetricFullConvolution": batched(5)(full),
    "nn.SpatialConvolutionMap": batched(4)(mapped),
    "nn.SpatialFullConvolutionMap": batched(4)(mapped_full),
    "nn.SpatialConvolutionLocal": batched(4)(local),
    "nn.SpatialDepthWiseConvolution": batched(4)(depthwise),
    "nn.SpatialSubSampling": batched(4)(subsampled(2)),
    "nn.TemporalConvolution": framed(temporal),
    "nn.TemporalRowConvolution": framed(by_rows),
    "nn.TemporalSubSampling": framed(subsampled(1)),
}
