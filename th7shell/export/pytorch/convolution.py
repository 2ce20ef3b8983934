"""Convolutions of every kind, over planes, volumes and frames."""

from __future__ import annotations

from typing import Any

from ..graph import Node
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
from .elementwise import Rule
from .linear import state_of
from .pieces import Layer, arguments, sizes


def convolution_text(
    kind: str,
    weight: Any,
    bias: Any,
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilation: tuple[int, ...] = (1,),
    groups: int = 1,
    extra: tuple[int, ...] = (0,),
) -> str:
    """The constructor of an nn.Conv… or nn.ConvTranspose…"""
    first, second = weight.shape[:2]
    backwards = "Transpose" in kind
    planes = (first, second * groups) if backwards else (second * groups, first)
    options = arguments(
        *planes,
        sizes(weight.shape[2:]),
        stride=(sizes(stride), "1"),
        padding=(sizes(pad), "0"),
        output_padding=(sizes(extra), "0"),
        dilation=(sizes(dilation), "1"),
        groups=(groups, 1),
        bias=(bias is not None, True),
    )
    return f"nn.{kind}({options})"


def convolution(node: Node) -> Layer:
    layer = node.layer
    weight, bias = convolution_weight(layer), bias_of(layer)
    text = convolution_text(
        f"Conv{len(layer.AXES)}d",
        weight,
        bias,
        numbers(layer, "d"),
        numbers(layer, "pad"),
        numbers(layer, "dilation", 1),
        groups_of(layer),
    )
    return Layer(text, "conv", state_of(weight, bias))


def full(node: Node) -> Layer:
    layer = node.layer
    weight, bias = layer.weight.nd, bias_of(layer)
    sized = isinstance(node.input, list)
    text = convolution_text(
        f"ConvTranspose{len(layer.AXES)}d",
        weight,
        bias,
        numbers(layer, "d"),
        numbers(layer, "pad"),
        groups=groups_of(layer),
        extra=(0,) if sized else adjustment(node),
    )
    dims = len(layer.AXES)
    call = f"{{self}}({{0}}, output_size={{1:p}}.shape[-{dims}:])" if sized else ""
    return Layer(text, "up", state_of(weight, bias), call=call)


def mapped(backwards: bool) -> Rule:
    """Connections that the table leaves out are zeros in the weight."""

    def rule(node: Node) -> Layer:
        layer = node.layer
        weight, bias = dense_map(layer, backwards), bias_of(layer)
        kind = "ConvTranspose2d" if backwards else "Conv2d"
        stride = int(layer.dH), int(layer.dW)
        text = convolution_text(kind, weight, bias, stride, (0,))
        return Layer(text, "conv", state_of(weight, bias))

    return rule


def depthwise(node: Node) -> Layer:
    layer = node.layer
    weight, bias = depthwise_weight(layer)
    groups, stride, pad = int(layer.nInputPlane), numbers(layer, "d"), numbers(layer, "pad")
    text = convolution_text("Conv2d", weight, bias, stride, pad, groups=groups)
    return Layer(text, "conv", state_of(weight, bias))


def local(node: Node) -> Layer:
    layer = node.layer
    options = arguments(
        int(layer.nInputPlane),
        int(layer.nOutputPlane),
        str((int(layer.oH), int(layer.oW))),
        str(numbers(layer, "k")),
        stride=(sizes(numbers(layer, "d")), "1"),
        padding=(sizes(numbers(layer, "pad")), "0"),
    )
    state = state_of(layer.weight.nd, layer.bias.nd)
    return Layer(f"LocalConv2d({options})", "conv", state, ("LocalConv2d",))


def over_frames(layer: Layer, plain: bool = False) -> Layer:
    """Let a module of (features, frames) work on (frames, features)."""
    if plain:
        return layer
    state = {f"layer.{name}": values for name, values in layer.state.items()}
    helpers = ("OverFrames", *layer.helpers)
    return Layer(f"OverFrames({layer.text})", layer.stem, state, helpers)


def temporal(node: Node) -> Layer:
    layer = node.layer
    weight, bias = temporal_weight(layer), bias_of(layer)
    text = convolution_text("Conv1d", weight, bias, (int(layer.dW),), (0,))
    return over_frames(Layer(text, "conv", state_of(weight, bias)))


def by_rows(node: Node) -> Layer:
    layer = node.layer
    groups = int(layer.inputFrameSize)
    weight, bias = layer.weight.nd.reshape(groups, 1, int(layer.kW)), bias_of(layer)
    text = convolution_text("Conv1d", weight, bias, (int(layer.dW),), (0,), groups=groups)
    return over_frames(Layer(text, "conv", state_of(weight, bias)), bool(layer.featFirst))


def subsampled(node: Node) -> Layer:
    layer = node.layer
    options = arguments(
        layer.weight.nd.size,
        str((int(layer.kH), int(layer.kW))),
        str((int(layer.dH), int(layer.dW))),
    )
    state = state_of(layer.weight.nd, layer.bias.nd)
    return Layer(f"SubSampling({options})", "subsample", state, ("SubSampling",))


def frames_subsampled(node: Node) -> Layer:
    layer = node.layer
    options = f"{layer.weight.nd.size}, ({int(layer.kW)},), ({int(layer.dW)},)"
    state = state_of(layer.weight.nd, layer.bias.nd)
    return over_frames(Layer(f"SubSampling({options})", "subsample", state, ("SubSampling",)))


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "nn.SpatialConvolution",
            "nn.SpatialConvolutionMM",
            "nn.SpatialDilatedConvolution",
            "nn.VolumetricConvolution",
            "nn.VolumetricDilatedConvolution",
            "cudnn.SpatialConvolution",
            "cudnn.VolumetricConvolution",
        ),
        convolution,
    ),
    **dict.fromkeys(
        (
            "nn.SpatialFullConvolution",
            "nn.VolumetricFullConvolution",
            "cudnn.SpatialFullConvolution",
            "cudnn.VolumetricFullConvolution",
        ),
        full,
    ),
    "nn.SpatialConvolutionMap": mapped(backwards=False),
    "nn.SpatialFullConvolutionMap": mapped(backwards=True),
    "nn.SpatialConvolutionLocal": local,
    "nn.SpatialDepthWiseConvolution": depthwise,
    "nn.SpatialSubSampling": subsampled,
    "nn.TemporalConvolution": temporal,
    "nn.TemporalRowConvolution": by_rows,
    "nn.TemporalSubSampling": frames_subsampled,
}
