"""Linear maps, distances to learnt vectors, lookups, and normalisations of vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Node
from ..layers import bias_of, chosen_rows, renormed
from .builder import Builder


def affine(g: Builder, x: str, rank: int, weight: Any, bias: Any) -> str:
    """x·Wᵀ + b."""
    w = g.parameter(weight, "weight")
    if rank == 2:
        more = () if bias is None else (g.parameter(bias, "bias"),)
        return g.op("Gemm", x, w, *more, transB=1)
    y = g.op("MatMul", w, x) if rank == 1 else g.op("MatMul", x, g.op("Transpose", w))
    return y if bias is None else g.op("Add", y, g.parameter(bias, "bias"))


def linear(g: Builder, node: Node) -> str:
    layer = node.layer
    return affine(g, g.of(node.input), node.input.rank, layer.weight.nd, bias_of(layer))


def partial(g: Builder, node: Node) -> str:
    return affine(g, g.of(node.input), node.input.rank, *chosen_rows(node.layer))


def bilinear(g: Builder, node: Node) -> str:
    layer, (a, b) = node.layer, node.input
    equation = "ni,kij,nj->nk" if a.rank == 2 else "i,kij,j->k"
    y = g.op("Einsum", g.of(a), g.parameter(layer.weight.nd, "weight"), g.of(b), equation=equation)
    bias = bias_of(layer)
    return y if bias is None else g.op("Add", y, g.parameter(bias, "bias"))


def lookup(g: Builder, node: Node) -> str:
    index = g.of(node.input)
    at = g.op("Sub", index if node.input.integer else g.cast(index, "INT64"), g.integer(1))
    return g.op("Gather", g.parameter(renormed(node.layer), "weight"), at, axis=0)


def euclidean(g: Builder, node: Node) -> str:
    """‖c ⊙ (x - w)‖ for each centre, a column of w."""
    layer = node.layer
    parts = g.op(
        "Sub",
        g.op("Unsqueeze", g.of(node.input), g.ints(-1)),
        g.parameter(layer.weight.nd, "weight"),
    )
    if layer["diagCov"] is not None:
        parts = g.op("Mul", parts, g.parameter(layer.diagCov.nd, "diagCov"))
    return g.op("Sqrt", g.op("ReduceSum", g.op("Mul", parts, parts), g.ints(-2), keepdims=0))


def cosine(g: Builder, node: Node) -> str:
    """x·w / ‖x‖, with the rows of w made unit vectors."""
    weight = node.layer.weight.nd
    unit = weight / (np.sqrt(np.square(weight).sum(1, keepdims=True)) + 1e-12)
    x = g.of(node.input)
    norm = g.op("Sqrt", g.op("ReduceSum", g.op("Mul", x, x), g.ints(-1), keepdims=1))
    y = affine(g, x, node.input.rank, unit, None)
    return g.op("Div", y, g.op("Add", norm, g.floats(1e-12)))


def normalized(g: Builder, node: Node) -> str:
    x, p = g.of(node.input), float(node.layer.p)
    eps = g.floats(float(node.layer.eps))
    size = g.op("Abs", x)
    if math.isinf(p):
        norm = g.op("Add", g.op("ReduceMax", size, axes=[-1], keepdims=1), eps)
    else:
        total = g.op("ReduceSum", g.power(size, p), g.ints(-1), keepdims=1)
        norm = g.root(g.op("Add", total, eps), p)
    return g.op("Div", x, norm)


RULES: dict[str, Any] = {
    "nn.Linear": linear,
    "nn.LinearWeightNorm": linear,
    "nn.PartialLinear": partial,
    "nn.Bilinear": bilinear,
    "nn.LookupTable": lookup,
    "nn.Euclidean": euclidean,
    "nn.WeightedEuclidean": euclidean,
    "nn.Cosine": cosine,
    "nn.Normalize": normalized,
}
