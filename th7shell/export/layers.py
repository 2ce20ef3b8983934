"""Facts about layers that both writers need: weights as plain arrays, geometry, axes from 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import array
from th7shell.nn.table.shape import table_dimension

from .graph import Node, Value


def numbers(layer: Any, name: str, default: int = 0) -> tuple[int, ...]:
    """A field for each axis of a layer of windows: `numbers(conv, 'k')` is (kH, kW)."""
    values = (layer[name + axis] for axis in layer.AXES)
    return tuple(default if v is None else int(v) for v in values)


def bias_of(layer: Any) -> NDArray[Any] | None:
    """The bias as an array, None without one."""
    return None if layer.bias is None else layer.bias.nd.reshape(-1)


def groups_of(layer: Any) -> int:
    """How many groups a convolution has (cuDNN's may have several)."""
    return int(layer["groups"] or 1)


def convolution_weight(layer: Any) -> NDArray[Any]:
    """(outputs, inputs of a group, kernel …)."""
    weight = layer.weight.nd
    return weight.reshape(weight.shape[0], -1, *numbers(layer, "k"))


def dense_map(layer: Any, full: bool) -> NDArray[Any]:
    """The filters of a connection table in a dense weight: (outputs, inputs, kH, kW); for a full
    convolution inputs first."""
    inputs, outputs = layer.connections()
    shape = int(layer.nOutputPlane), int(layer.nInputPlane)
    places = (outputs, inputs)
    if full:
        shape, places = shape[::-1], places[::-1]
    dense = np.zeros((*shape, *layer.weight.nd.shape[1:]), layer.weight.nd.dtype)
    np.add.at(dense, places, layer.weight.nd)
    return dense


def depthwise_weight(layer: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Weight and bias of a depthwise convolution as those of one in groups: input plane first."""
    k = numbers(layer, "k")
    outputs, inputs = int(layer.nOutputPlane), int(layer.nInputPlane)
    weight = layer.weight.nd.reshape(outputs, inputs, *k)
    weight = np.ascontiguousarray(weight.swapaxes(0, 1)).reshape(-1, 1, *k)
    if layer.bias is None:
        return weight, None
    return weight, np.ascontiguousarray(layer.bias.nd.reshape(outputs, inputs).T).reshape(-1)


def temporal_weight(layer: Any) -> NDArray[Any]:
    """(outputs, inputs, kW) of a convolution over frames."""
    k, size = int(layer.kW), int(layer.inputFrameSize)
    return np.ascontiguousarray(layer.weight.nd.reshape(-1, k, size).swapaxes(1, 2))


def adjustment(node: Node) -> tuple[int, ...]:
    """What a full convolution adds at the end of each axis, to reach the size that was asked."""
    layer = node.layer
    x = node.inputs[0]
    dims = len(layer.AXES)
    out = node.output.shape[-dims:]
    parts = zip(
        x.shape[-dims:], out, numbers(layer, "k"), numbers(layer, "d"), numbers(layer, "pad")
    )
    return tuple(m - ((n - 1) * d - 2 * p + k) for n, m, k, d, p in parts)


def overhang(node: Node, dilation: tuple[int, ...]) -> tuple[int, ...]:
    """The padding after the last element of each axis that makes pooling windows fit exactly."""
    layer = node.layer
    out = node.output.shape[-len(layer.AXES) :]
    size = node.inputs[0].shape[-len(layer.AXES) :]
    rows = zip(size, out, numbers(layer, "k"), numbers(layer, "d"), numbers(layer, "pad"), dilation)
    return tuple(max(0, (m - 1) * s + d * (k - 1) + 1 - n - p) for n, m, k, s, p, d in rows)


def counts_padding(layer: Any) -> bool:
    """Whether average pooling divides by the padding's cells too."""
    return layer.count_include_pad is not False or layer.ALWAYS_DIVIDES


def softmax_axis(value: Value) -> int:
    """The axis of the classes: of 1 and 3 dimensions the first, of 2 and 4 the second."""
    return (value.rank + 1) % 2


def reduction_axis(node: Node) -> int:
    """The axis that Sum, Max … work on."""
    layer, dims = node.layer, node.input.rank
    if layer.dimension < 0:
        return int(dims + layer.dimension)
    return (
        int(layer.dimension) - 1 + (layer.nInputDims is not None and dims == layer.nInputDims + 1)
    )


def table_axis(node: Node) -> int:
    """The axis along which JoinTable and SplitTable work."""
    return int(table_dimension(node.layer, node.inputs[0].rank)) - 1


def from_end(number: Any, count: int) -> int:
    """A place from 0, of one given from 1 or, as a negative number, from the end."""
    return int(number) - 1 if number > 0 else count + int(number)


def stretch(node: Node) -> tuple[int, int, int]:
    """Axis, start and length of an nn.Narrow."""
    axis = from_end(node.layer.dimension, node.input.rank)
    start = 0 if node.layer.index < 0 else int(node.layer.index) - 1
    return axis, start, node.output.shape[axis]


def permutation(layer: Any, rank: int) -> list[int]:
    """The order of axes that an nn.Transpose gives."""
    offset = 0 if layer.numInputDims is None else rank - int(layer.numInputDims)
    order = list(range(rank))
    for pair in array(layer.permutations):
        i, j = (int(pair[k]) + offset - 1 for k in (1, 2))
        order[i], order[j] = order[j], order[i]
    return order


def replicated_axis(node: Node) -> int:
    """Where nn.Replicate puts its new axis."""
    layer = node.layer
    return int(layer.dim or 1) - 1 + (layer.ndim is not None and node.input.rank > layer.ndim)


def padding_place(node: Node) -> tuple[int, int, int]:
    """Axis, the slice before which nn.Padding puts its slices, and their number."""
    layer, rank = node.layer, node.input.rank
    axis = int(layer.dim) - 1 + (layer.nInputDim is not None and rank != layer.nInputDim)
    size, index = node.input.shape[axis], int(layer.index)
    before = (size - index + 2 if layer.pad > 0 else index) - 1
    return axis, before, abs(int(layer.pad))


def border(layer: Any) -> list[tuple[int, int]]:
    """Padding before and after each of the last axes."""
    return [(int(a), int(b)) for a, b in layer.pads()]


def renormed(layer: Any) -> NDArray[Any]:
    """A lookup table's weight with the vectors of more than maxNorm scaled down to it."""
    weight = layer.weight.nd
    if not layer.maxNorm:
        return weight
    p = float(2 if layer.normType is None else layer.normType)
    norm = (np.abs(weight) ** p).sum(1, keepdims=True) ** (1 / p)
    return np.where(norm > layer.maxNorm, weight * (layer.maxNorm / (norm + 1e-7)), weight)


def chosen_rows(layer: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Weight and bias of an nn.PartialLinear for the outputs chosen now."""
    rows = layer.partition.nd.reshape(-1).astype(np.intp) - 1
    weight = layer.network.modules[1].modules[2].weight.nd[rows]
    return weight, None if layer.bias is None else layer.bias.nd.reshape(-1)[rows]


def per_sample(parameter: NDArray[Any], value: Value) -> NDArray[Any]:
    """A parameter of Add, CAdd or CMul in a shape that broadcasts over the value."""
    if parameter.size == 1:
        return parameter.reshape((1,) * value.rank)
    if math.prod(value.shape) == parameter.size and 0 not in value.free:
        return parameter.reshape(value.shape)
    if parameter.ndim == value.rank:
        return parameter
    return parameter.reshape(value.shape[1:])


def windows_of_features(node: Node) -> tuple[int, NDArray[Any]]:
    """The feature axis of an nn.FeatureLPPooling and the matrix (features, outputs) that adds the
    features of each window."""
    layer = node.layer
    axis = 1 if layer.batch_mode else 0
    features, outputs = node.input.shape[axis], node.output.shape[axis]
    matrix = np.zeros((features, outputs))
    for j in range(outputs):
        start = j * int(layer.stride)
        matrix[start : start + int(layer.width), j] = 1
    return axis, matrix


def window_sizes(node: Node) -> NDArray[Any]:
    """How many cells each window of an average pooling divides by, of the output's planes."""
    layer = node.layer
    parts = []
    size, out = node.input.shape[-len(layer.AXES) :], node.output.shape[-len(layer.AXES) :]
    rows = zip(size, out, numbers(layer, "k"), numbers(layer, "d"), numbers(layer, "pad"))
    count = counts_padding(layer)
    for n, m, k, s, p in rows:
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        if not count:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        parts.append((end - start).astype(float))
    total = parts[0]
    for part in parts[1:]:
        total = np.multiply.outer(total, part)
    return total


def estimator_kernel(net: Any) -> NDArray[Any]:
    """The weights (1, planes, kH, kW) of a mean estimator: its convolution, or the product of the
    two that a kernel of one dimension makes."""
    first, *more = [layer for layer in array(net.modules) if layer.weight is not None]
    if not more:
        return convolution_weight(first)
    rows, columns = first.weight.nd[:, 0, :], convolution_weight(more[0])[..., 0]
    return columns[..., None] * rows[None, :, None, :]
