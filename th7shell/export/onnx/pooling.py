"""Pooling, its inverse, padding, and enlarging."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node, refuse
from ..layers import (
    border,
    counts_padding,
    numbers,
    overhang,
    window_sizes,
    windows_of_features,
)
from .builder import Builder
from .convolution import batched, framed


def max_pool(g: Builder, node: Node, x: str) -> str:
    """Padding after the last cell makes the windows fit that hang over the border."""
    layer = node.layer
    dilation = numbers(layer, "dilation", 1)
    wants = id(layer) in g.wanted
    names = g.several(
        "MaxPool",
        2 if wants else 1,
        x,
        kernel_shape=numbers(layer, "k"),
        strides=numbers(layer, "d"),
        pads=[*numbers(layer, "pad"), *overhang(node, dilation)],
        dilations=dilation if set(dilation) != {1} else None,
    )
    if wants:
        g.indices[id(layer)] = names[1]
    return names[0]


def unpool(g: Builder, node: Node, x: str) -> str:
    """Values back to where the maxima were; the indices are those of the whole tensor."""
    layer = node.layer
    indices = g.indices.get(id(layer.pooling))
    if indices is None:
        raise refuse(node, "its pooling layer does not run before it in this net")
    sizes = sized_like(g, x, node.output.shape[-len(layer.AXES) :])
    kernel = numbers(layer.pooling, "k")
    return g.op(
        "MaxUnpool", x, indices, sizes, kernel_shape=kernel, strides=numbers(layer.pooling, "d")
    )


def average_pool(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    kernel, pad = numbers(layer, "k"), numbers(layer, "pad")
    end = overhang(node, (1,) * len(kernel))
    counts, divides = window_sizes(node), layer.divide or layer.ALWAYS_DIVIDES
    whole = float(math.prod(kernel))
    plain = divides and (counts_padding(layer) and (counts == whole).all())
    y = g.op(
        "AveragePool",
        x,
        kernel_shape=kernel,
        strides=numbers(layer, "d"),
        pads=[*pad, *end],
        count_include_pad=int(any(pad) or any(end)),
    )
    if plain:
        return y
    if not divides:
        counts = np.where(counts > 0, counts / whole, 1)
        return g.op("Mul", y, g.floats(whole * whole / (counts * whole)))
    return g.op("Mul", y, g.floats(whole / np.maximum(counts, 1)))


def adaptive_average(g: Builder, node: Node, x: str) -> str:
    """Means over rows and columns, as two products with matrices of weights."""
    layer = node.layer
    h, w = node.input.shape[-2:]
    rows, columns = (means(layer.CUTS(n, m), n) for n, m in ((h, int(layer.H)), (w, int(layer.W))))
    if rows.shape == (1, h) and columns.shape == (1, w):
        return g.op("GlobalAveragePool", x)
    return g.op("MatMul", g.floats(rows), g.op("MatMul", x, g.floats(columns.T)))


def means(cuts: list[tuple[int, int]], n: int) -> Any:
    """The matrix (windows, n) whose rows take the mean of each window."""
    matrix = np.zeros((len(cuts), n))
    for row, (start, stop) in zip(matrix, cuts):
        row[start:stop] = 1 / (stop - start)
    return matrix


def adaptive_max(g: Builder, node: Node, x: str) -> str:
    """The maximum of each stretch of rows, then of columns."""
    layer = node.layer
    for axis, count in ((2, int(layer.H)), (3, int(layer.W))):
        cuts = layer.CUTS(node.input.shape[axis - 4], count)
        parts = [
            g.op("ReduceMax", g.slice(x, axis, start, stop), axes=[axis], keepdims=1)
            for start, stop in cuts
        ]
        x = parts[0] if len(parts) == 1 else g.op("Concat", *parts, axis=axis)
    return x


def features_norm(g: Builder, node: Node) -> str:
    """(Σ x^p)^(1/p) over windows of neighbouring features."""
    axis, matrix = windows_of_features(node)
    p = float(node.layer.power)
    order = list(range(node.input.rank))
    order.append(order.pop(axis))
    back = [order.index(i) for i in range(len(order))]
    last = g.op("Transpose", g.power(g.of(node.input), p), perm=order)
    sums = g.op("MatMul", last, g.floats(matrix))
    return g.root(g.op("Transpose", sums, perm=back), p)


def temporal_max(g: Builder, node: Node, x: str) -> str:
    layer = node.layer
    return g.op("MaxPool", x, kernel_shape=[int(layer.kW)], strides=[int(layer.dW)])


def highest(g: Builder, node: Node) -> str:
    """The k highest of each feature over the frames, in their order."""
    axis = node.input.rank - 2
    k = node.output.shape[axis]
    x = g.of(node.input)
    _, places = g.several("TopK", 2, x, g.ints(k), axis=axis)
    ordered, _ = g.several("TopK", 2, places, g.ints(k), axis=axis, largest=0)
    return g.op("GatherElements", x, ordered, axis=axis)


def padding(mode: str) -> Callable[[Builder, Node], str]:
    """Negative padding crops first."""

    def rule(g: Builder, node: Node) -> str:
        x, pads = g.of(node.input), border(node.layer)
        first = node.input.rank - len(pads)
        for axis, (before, after) in enumerate(pads, first):
            if before < 0 or after < 0:
                x = g.slice(x, axis, max(0, -before), min(0, after) or None)
        sides = [[0] * first + [max(0, pair[i]) for pair in pads] for i in (0, 1)]
        if not any(sides[0] + sides[1]):
            return x
        value = (g.floats(0.0),) if mode == "constant" else ()
        return g.op("Pad", x, g.ints(*sides[0], *sides[1]), *value, mode=mode)

    return rule


def enlarged(g: Builder, node: Node, x: str) -> str:
    """By repetition, or linearly with the corners kept."""
    layer, dims = node.layer, 3 if node.input.rank == 5 else 2
    if not layer.linear():
        how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        scale = g.floats([1.0, 1.0, *[float(layer.scale_factor)] * dims])
        return g.op("Resize", x, "", scale, mode="nearest", **how)
    sizes = sized_like(g, x, node.output.shape[-dims:])
    corners = "align_corners"
    return g.op("Resize", x, "", "", sizes, mode="linear", coordinate_transformation_mode=corners)


def sized_like(g: Builder, x: str, planes: tuple[int, ...]) -> str:
    """The sizes of a batch with as many samples and planes as another, and other planes."""
    batch = g.op("Slice", g.op("Shape", x), g.ints(0), g.ints(2))
    return g.op("Concat", batch, g.ints(*planes), axis=0)


def shuffled(g: Builder, node: Node, x: str) -> str:
    return g.op("DepthToSpace", x, blocksize=int(node.layer.upscaleFactor), mode="CRD")


def any_enlarged(g: Builder, node: Node) -> str:
    """nn.UpSampling takes batches of planes or of volumes."""
    return enlarged(g, node, g.of(node.input))


RULES: dict[str, Any] = {
    **dict.fromkeys(
        ("nn.SpatialMaxPooling", "nn.SpatialDilatedMaxPooling", "cudnn.SpatialMaxPooling"),
        batched(4)(max_pool),
    ),
    **dict.fromkeys(
        ("nn.VolumetricMaxPooling", "nn.VolumetricDilatedMaxPooling"), batched(5)(max_pool)
    ),
    "nn.SpatialMaxUnpooling": batched(4)(unpool),
    "nn.VolumetricMaxUnpooling": batched(5)(unpool),
    **dict.fromkeys(
        ("nn.SpatialAveragePooling", "cudnn.SpatialAveragePooling"), batched(4)(average_pool)
    ),
    "nn.VolumetricAveragePooling": batched(5)(average_pool),
    "nn.SpatialAdaptiveAveragePooling": batched(4)(adaptive_average),
    "nn.SpatialAdaptiveMaxPooling": batched(4)(adaptive_max),
    "nn.FeatureLPPooling": features_norm,
    "nn.TemporalMaxPooling": framed(temporal_max),
    "nn.TemporalDynamicKMaxPooling": highest,
    "nn.SpatialZeroPadding": padding("constant"),
    "nn.SpatialReflectionPadding": padding("reflect"),
    "nn.SpatialReplicationPadding": padding("edge"),
    "nn.VolumetricReplicationPadding": padding("edge"),
    "nn.SpatialUpSamplingNearest": batched(4)(enlarged),
    "nn.SpatialUpSamplingBilinear": batched(4)(enlarged),
    "nn.UpSampling": any_enlarged,
    "nn.PixelShuffle": batched(4)(shuffled),
}
