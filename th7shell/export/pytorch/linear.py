"""Layers with weights that are no convolutions: linear maps, lookups, distances, normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node
from ..layers import chosen_rows, estimator_kernel
from ..recurrent import parameters
from .elementwise import Rule
from .pieces import Layer, arguments, number


def state_of(weight: Any, bias: Any) -> dict[str, Any]:
    """Weight and bias by name, without what is not there."""
    return {"weight": weight} if bias is None else {"weight": weight, "bias": bias}


def linear(node: Node) -> Layer:
    layer = node.layer
    return linear_of(layer.weight.nd, None if layer.bias is None else layer.bias.nd)


def linear_of(weight: Any, bias: Any) -> Layer:
    outputs, inputs = weight.shape
    options = arguments(inputs, outputs, bias=(bias is not None, True))
    return Layer(f"nn.Linear({options})", "fc", state_of(weight, bias))


def partial(node: Node) -> Layer:
    return linear_of(*chosen_rows(node.layer))


def bilinear(node: Node) -> Layer:
    weight, bias = node.layer.weight.nd, node.layer.bias
    outputs, first, second = weight.shape
    options = arguments(first, second, outputs, bias=(bias is not None, True))
    state = state_of(weight, None if bias is None else bias.nd)
    return Layer(f"nn.Bilinear({options})", "bilinear", state, call="{self}({0}, {1})")


def lookup(node: Node) -> Layer:
    layer = node.layer
    rows, size = layer.weight.nd.shape
    options = arguments(
        rows,
        size,
        padding_idx=(int(layer.paddingValue or 0) - 1, -1),
        max_norm=(float(layer.maxNorm or 0), 0.0),
        norm_type=(float(layer.normType or 2) if layer.maxNorm else 2.0, 2.0),
        scale_grad_by_freq=(bool(layer.shouldScaleGradByFreq), False),
    )
    return Layer(f"Lookup({options})", "embed", {"weight": layer.weight.nd}, ("Lookup",))


def with_weight(name: str, stem: str, *names: str) -> Rule:
    """A helper with weights, whose arguments are the weight's sizes."""

    def rule(node: Node) -> Layer:
        arrays = {key: node.layer[key].nd for key in names}
        shape = arrays["weight"].shape
        shape = shape[::-1] if name == "Cosine" else shape
        return Layer(f"{name}({arguments(*shape)})", stem, arrays, (name,))

    return rule


def normalized(node: Node) -> Layer:
    text = f"Normalize({arguments(float(node.layer.p), float(node.layer.eps))})"
    return Layer(text, "normalize", helpers=("Normalize",))


def batch_normalized(dims: int) -> Rule:
    def rule(node: Node) -> Layer:
        layer = node.layer
        mean = layer.running_mean.nd
        affine = layer.weight is not None
        options = arguments(
            mean.size,
            eps=(float(layer.eps), 1e-5),
            momentum=(float(layer.momentum), 0.1),
            affine=(affine, True),
        )
        state = {"running_mean": mean, "running_var": layer.running_var.nd}
        if affine:
            bias = np.zeros_like(mean) if layer.bias is None else layer.bias.nd
            state = {"weight": layer.weight.nd, "bias": bias, **state}
        return Layer(f"nn.BatchNorm{dims}d({options})", "bn", state)

    return rule


def across(node: Node) -> Layer:
    layer = node.layer
    options = arguments(
        int(layer.size),
        alpha=(float(layer.alpha), 1e-4),
        beta=(float(layer.beta), 0.75),
        k=(float(layer.k), 1.0),
    )
    return single(node, 3, Layer(f"nn.LocalResponseNorm({options})", "norm"))


def single(node: Node, rank: int, layer: Layer) -> Layer:
    """A module that takes batches alone, wrapped where the input is one sample."""
    if node.inputs[0].rank != rank:
        return layer
    layer.text = f"Unbatched({layer.text})"
    layer.state = {f"layer.{name}": values for name, values in layer.state.items()}
    layer.helpers += ("Unbatched",)
    layer.inline = ""
    return layer


def mean_subtracted(node: Node) -> Layer:
    kernel = estimator_kernel(node.layer.meanestimator)
    text = f"SubtractMean({arguments(*kernel.shape[1:])})"
    return single(node, 3, Layer(text, "subtract", {"kernel": kernel}, ("SubtractMean",)))


def deviation_divided(node: Node) -> Layer:
    layer = node.layer
    kernel = estimator_kernel(layer.stdestimator)
    limits = f"threshold={number(layer.threshold)}, value={number(layer.thresval)}"
    text = f"DivideByDeviation({arguments(*kernel.shape[1:])}, {limits})"
    return single(node, 3, Layer(text, "divide", {"kernel": kernel}, ("DivideByDeviation",)))


#: cuDNN's mode → PyTorch's class and its arguments
RECURRENT = {
    "CUDNN_RNN_RELU": ("RNN", {"nonlinearity": ('"relu"', "")}),
    "CUDNN_RNN_TANH": ("RNN", {}),
    "CUDNN_LSTM": ("LSTM", {}),
    "CUDNN_GRU": ("GRU", {}),
}


def recurrent(node: Node) -> Layer:
    layer = node.layer
    name, more = RECURRENT[layer.mode]
    layers = int(layer.numLayers)
    options = arguments(
        int(layer.inputSize),
        int(layer.hiddenSize),
        num_layers=(layers, 1),
        **more,
        batch_first=(bool(layer.batchFirst), False),
        dropout=(float(layer.dropout or 0) if layers > 1 else 0.0, 0.0),
        bidirectional=(int(layer.numDirections) == 2, False),
    )
    return Layer(f"nn.{name}({options})", name.lower(), parameters(layer), call="{self}({0})[0]")


RULES: dict[str, Rule] = {
    "nn.Linear": linear,
    "nn.LinearWeightNorm": linear,
    "nn.PartialLinear": partial,
    "nn.Bilinear": bilinear,
    "nn.LookupTable": lookup,
    "nn.Euclidean": with_weight("Euclidean", "distances", "weight"),
    "nn.WeightedEuclidean": with_weight("WeightedEuclidean", "distances", "weight", "diagCov"),
    "nn.Cosine": with_weight("Cosine", "cosine", "weight"),
    "nn.Normalize": normalized,
    **dict.fromkeys(("nn.BatchNormalization", "cudnn.BatchNormalization"), batch_normalized(1)),
    **dict.fromkeys(
        ("nn.SpatialBatchNormalization", "cudnn.SpatialBatchNormalization"), batch_normalized(2)
    ),
    **dict.fromkeys(
        ("nn.VolumetricBatchNormalization", "cudnn.VolumetricBatchNormalization"),
        batch_normalized(3),
    ),
    "cudnn.RNN": recurrent,
    "nn.SpatialCrossMapLRN": across,
    "cudnn.SpatialCrossMapLRN": across,
    "nn.SpatialSubtractiveNormalization": mean_subtracted,
    "nn.SpatialDivisiveNormalization": deviation_divided,
}
