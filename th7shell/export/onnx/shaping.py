"""Layers that change shapes, pick parts, reduce, and join."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..layers import (
    from_end,
    padding_place,
    permutation,
    reduction_axis,
    replicated_axis,
    stretch,
    table_axis,
)
from .builder import Builder
from .elementwise import Rule


def reshaped(g: Builder, node: Node) -> str:
    return g.reshape(g.of(node.input), node)


def transposed(g: Builder, node: Node) -> str:
    return g.op("Transpose", g.of(node.input), perm=permutation(node.layer, node.input.rank))


def selected(g: Builder, node: Node) -> str:
    x = node.input
    axis = from_end(node.layer.dimension, x.rank)
    index = int(node.layer.index)
    taken = g.op("Gather", g.of(x), g.integer(index - 1 if index > 0 else index), axis=axis)
    return g.op("Unsqueeze", taken, g.ints(0)) if x.rank == node.output.rank else taken


def narrowed(g: Builder, node: Node) -> str:
    axis, start, length = stretch(node)
    open_end = axis in node.output.free
    return g.slice(g.of(node.input), axis, start, None if open_end else start + length)


def replicated(g: Builder, node: Node) -> str:
    axis = replicated_axis(node)
    sizes = [1] * node.output.rank
    sizes[axis] = int(node.layer.nfeatures)
    return g.op("Expand", g.op("Unsqueeze", g.of(node.input), g.ints(axis)), g.ints(*sizes))


def padded(g: Builder, node: Node) -> str:
    """Slices of a value, put in at either end or inside."""
    axis, before, count = padding_place(node)
    x, size = g.of(node.input), node.input.shape[axis]
    pads = [0] * (2 * node.input.rank)
    value = g.floats(float(node.layer.value))
    if before in (0, size):
        pads[axis + (node.input.rank if before else 0)] = count
        return g.op("Pad", x, g.ints(*pads), value)
    pads[axis + node.input.rank] = count
    head = g.op("Pad", g.slice(x, axis, 0, before), g.ints(*pads), value)
    return g.op("Concat", head, g.slice(x, axis, before, None), axis=axis)


def reduced(kind: str) -> Rule:
    """Max and Min keep the only dimension of a vector."""

    def rule(g: Builder, node: Node) -> str:
        keep = int(node.input.rank == node.output.rank)
        return g.op(kind, g.of(node.input), axes=[reduction_axis(node)], keepdims=keep)

    return rule


def summed(g: Builder, node: Node) -> str:
    x, axis = g.of(node.input), reduction_axis(node)
    keep = int(node.input.rank == node.output.rank)
    if node.layer.sizeAverage:
        return g.op("ReduceMean", x, axes=[axis], keepdims=keep)
    return g.op("ReduceSum", x, g.ints(axis), keepdims=keep)


def split(g: Builder, node: Node) -> list[str]:
    x, axis = node.input, table_axis(node)
    parts = [g.op("Gather", g.of(x), g.integer(i), axis=axis) for i in range(len(node.output))]
    if x.rank == node.output[0].rank:  # the elements of a vector are vectors of one
        return [g.op("Unsqueeze", part, g.ints(0)) for part in parts]
    return parts


def joined(g: Builder, node: Node) -> str:
    return g.op("Concat", *map(g.of, node.input), axis=table_axis(node))


def indexed(g: Builder, node: Node) -> str:
    x, index = node.input
    at = g.op("Sub", g.cast(g.of(index), "INT64"), g.integer(1))
    return g.op("Gather", g.of(x), at, axis=int(node.layer.dimension) - 1)


def masked(g: Builder, node: Node) -> str:
    x, mask = (g.op("Reshape", g.of(value), g.ints(-1)) for value in node.input)
    return g.op("Compress", x, g.op("Greater", mask, g.floats(0.0)), axis=0)


def one_hot(g: Builder, node: Node) -> str:
    index = g.of(node.input)
    at = g.op("Sub", index if node.input.integer else g.cast(index, "INT64"), g.integer(1))
    depth = g.integer(int(node.layer.outputSize))
    return g.op("OneHot", at, depth, g.floats([0.0, 1.0]), axis=-1)


RULES: dict[str, Any] = {
    **dict.fromkeys(
        ("nn.View", "nn.Reshape", "nn.Squeeze", "nn.Unsqueeze", "nn.Collapse"), reshaped
    ),
    "nn.Transpose": transposed,
    "nn.Select": selected,
    "nn.Narrow": narrowed,
    "nn.Replicate": replicated,
    "nn.Padding": padded,
    "nn.Max": reduced("ReduceMax"),
    "nn.Min": reduced("ReduceMin"),
    "nn.Sum": summed,
    "nn.Mean": summed,
    "nn.SplitTable": split,
    "nn.JoinTable": joined,
    "nn.Index": indexed,
    "nn.MaskedSelect": masked,
    "nn.OneHot": one_hot,
}
