"""Pooling, its inverse, padding, and enlarging."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..layers import border, numbers
from .convolution import over_frames
from .elementwise import Rule
from .linear import single
from .pieces import Expression, Layer, arguments, number, sizes


def max_pool(node: Node) -> Layer:
    layer = node.layer
    kernel = sizes(numbers(layer, "k"))
    options = arguments(
        kernel,
        stride=(sizes(numbers(layer, "d")), kernel),
        padding=(sizes(numbers(layer, "pad")), "0"),
        dilation=(sizes(numbers(layer, "dilation", 1)), "1"),
        ceil_mode=(bool(layer.ceil_mode), False),
    )
    return Layer(f"nn.MaxPool{len(layer.AXES)}d({options})", "pool")


def unpool(node: Node) -> Layer:
    """Its second input is where the maxima were."""
    layer = node.layer
    dims = len(layer.AXES)
    size = tuple(node.output.shape[-dims:])
    kernel = sizes(numbers(layer.pooling, "k"))
    call = f"{{self}}({{0}}, {{1}}, output_size={size})"
    return Layer(f"nn.MaxUnpool{dims}d({kernel})", "unpool", call=call)


def average_pool(node: Node) -> Layer:
    layer = node.layer
    kernel = sizes(numbers(layer, "k"))
    always = layer.ALWAYS_DIVIDES
    options = arguments(
        kernel,
        stride=(sizes(numbers(layer, "d")), kernel),
        padding=("0" if always else sizes(numbers(layer, "pad")), "0"),
        ceil_mode=(bool(layer.ceil_mode), False),
        count_include_pad=(layer.count_include_pad is not False or always, True),
        divisor_override=("1" if not (layer.divide or always) else "None", "None"),
    )
    return Layer(f"nn.AvgPool{len(layer.AXES)}d({options})", "pool")


def adaptive(kind: str) -> Rule:
    def rule(node: Node) -> Layer:
        size = sizes((int(node.layer.H), int(node.layer.W)))
        return Layer(f"nn.Adaptive{kind}Pool2d({size})", "pool")

    return rule


def fractional(node: Node) -> Layer:
    layer = node.layer
    dims = len(layer.AXES)
    kernel = sizes(numbers(layer, "poolSize"))
    out = f"output_size={tuple(node.output.shape[-dims:])}"
    return Layer(f"nn.FractionalMaxPool{dims}d({kernel}, {out})", "pool")


def features_norm(node: Node) -> Layer:
    layer = node.layer
    options = arguments(
        int(bool(layer.batch_mode)), int(layer.width), int(layer.stride), float(layer.power)
    )
    return Layer(f"FeatureNorm({options})", "norm", helpers=("FeatureNorm",))


def temporal_max(node: Node) -> Layer:
    layer = node.layer
    options = arguments(int(layer.kW), stride=(int(layer.dW), int(layer.kW)))
    return over_frames(Layer(f"nn.MaxPool1d({options})", "pool"))


def highest(node: Node) -> Layer:
    layer = node.layer
    options = arguments(int(layer.minK), share=(float(layer.factor or 0), 0.0))
    return Layer(f"HighestFrames({options})", "highest", helpers=("HighestFrames",))


def padding(kind: str) -> Rule:
    """Negative padding of other kinds than zeros crops first."""

    def rule(node: Node) -> Any:
        pads = border(node.layer)
        sides = [n for pair in reversed(pads) for n in pair]
        text = sides[0] if len(set(sides)) == 1 else tuple(sides)
        if kind == "Zero" or min(sides) >= 0:
            return Layer(f"nn.{kind}Pad{len(pads)}d({text})", "pad")
        cuts = [f"{max(0, -a) or ''}:{min(0, b) or ''}" for a, b in pads]
        cropped = f"{{0:p}}[..., {', '.join(cuts)}]"
        kept = tuple(max(0, n) for n in sides)
        if not any(kept):
            return Expression(cropped)
        mode = {"Reflection": "reflect", "Replication": "replicate"}[kind]
        return Expression(f"F.pad({cropped}, {kept}, mode={mode!r})".replace("'", '"'))

    return rule


def enlarged(node: Node) -> Layer:
    layer, rank = node.layer, node.input.rank
    dims = 3 if rank == 5 else 2
    if layer.scale_factor is None:
        how = f"size={tuple(node.output.shape[-dims:])}"
    else:
        how = f"scale_factor={number(layer.scale_factor)}"
    if layer.linear():
        how += f', mode="{"trilinear" if dims == 3 else "bilinear"}", align_corners=True'
    return single(node, 3, Layer(f"nn.Upsample({how})", "up"))


def shuffled(node: Node) -> Layer:
    return Layer(f"nn.PixelShuffle({int(node.layer.upscaleFactor)})", "shuffle")


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "nn.SpatialMaxPooling",
            "nn.SpatialDilatedMaxPooling",
            "nn.VolumetricMaxPooling",
            "nn.VolumetricDilatedMaxPooling",
        ),
        max_pool,
    ),
    "nn.SpatialMaxUnpooling": unpool,
    "nn.VolumetricMaxUnpooling": unpool,
    "nn.SpatialAveragePooling": average_pool,
    "cudnn.SpatialAveragePooling": average_pool,
    "nn.VolumetricAveragePooling": average_pool,
    "nn.SpatialAdaptiveAveragePooling": adaptive("Avg"),
    "nn.SpatialAdaptiveMaxPooling": adaptive("Max"),
    "nn.SpatialFractionalMaxPooling": fractional,
    "nn.VolumetricFractionalMaxPooling": fractional,
    "nn.FeatureLPPooling": features_norm,
    "nn.TemporalMaxPooling": temporal_max,
    "nn.TemporalDynamicKMaxPooling": highest,
    "nn.SpatialZeroPadding": padding("Zero"),
    "nn.SpatialReflectionPadding": padding("Reflection"),
    "nn.SpatialReplicationPadding": padding("Replication"),
    "nn.VolumetricReplicationPadding": padding("Replication"),
    "nn.SpatialUpSamplingNearest": enlarged,
    "nn.SpatialUpSamplingBilinear": enlarged,
    "nn.UpSampling": enlarged,
    "nn.PixelShuffle": shuffled,
}
