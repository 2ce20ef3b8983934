"""Layers of tables of tensors: arithmetic, products, distances, mixtures."""

from __future__ import annotations

from typing import Any

from ..graph import Node, Value
from .builder import Builder
from .elementwise import Rule


def operands(g: Builder, node: Node) -> list[str]:
    """The table's tensors, all in the output's shape (equal counts of elements are enough)."""
    return [g.shaped(g.of(value), value, node.output) for value in node.input]


def folded(kind: str) -> Rule:
    """A binary operator from left to right."""

    def rule(g: Builder, node: Node) -> str:
        total, *rest = operands(g, node)
        for name in rest:
            total = g.op(kind, total, name)
        return total

    return rule


def together(kind: str) -> Rule:
    """An operator of any number of inputs."""
    return lambda g, node: g.op(kind, *operands(g, node))


def turned(g: Builder, value: Value, turn: Any) -> str:
    """The value, with the last two axes exchanged if `turn`."""
    if not turn:
        return g.of(value)
    order = list(range(value.rank))
    order[-2:] = order[-1], order[-2]
    return g.op("Transpose", g.of(value), perm=order)


def matrix_product(g: Builder, node: Node) -> str:
    a, b = node.input
    return g.op("MatMul", turned(g, a, node.layer.transA), turned(g, b, node.layer.transB))


def matrix_vector(g: Builder, node: Node) -> str:
    matrix, vector = node.input
    left = turned(g, matrix, node.layer.trans)
    if vector.rank == 1:
        return g.op("MatMul", left, g.of(vector))
    column = g.op("Unsqueeze", g.of(vector), g.ints(-1))
    return g.op("Squeeze", g.op("MatMul", left, column), g.ints(-1))


def rows(g: Builder, node: Node) -> list[str]:
    """A pair of vectors or matrices as matrices."""
    names = [g.of(value) for value in node.input[:2]]
    if node.input[0].rank == 1:
        return [g.op("Unsqueeze", name, g.ints(0)) for name in names]
    return names


def along(g: Builder, name: str, keep: int = 0) -> str:
    """The sum over the last axis."""
    return g.op("ReduceSum", name, g.ints(-1), keepdims=keep)


def dot_product(g: Builder, node: Node) -> str:
    return along(g, g.op("Mul", *rows(g, node)))


def cosine_distance(g: Builder, node: Node) -> str:
    a, b = rows(g, node)
    tiny = g.floats(1e-12)
    squares = [g.op("Add", along(g, g.op("Mul", x, x)), tiny) for x in (a, b)]
    norms = g.op("Mul", *(g.op("Sqrt", square) for square in squares))
    return g.op("Div", along(g, g.op("Mul", a, b)), norms)


def pairwise_distance(g: Builder, node: Node) -> str:
    p = float(node.layer.norm)
    size = g.op("Abs", g.op("Sub", *rows(g, node)))
    return g.root(along(g, g.power(size, p)), p)


def mixture(g: Builder, node: Node) -> str:
    """Σ gateᵢ · expertᵢ, of a table of experts or of one tensor that has them along an axis."""
    gates, experts = node.input
    table = isinstance(experts, list)
    batch = gates.rank > 1
    count = gates.shape[-1]
    axis = int(node.layer.dim) - 1
    total = ""
    for i in range(count):
        gate = g.op("Gather", g.of(gates), g.ints(i), axis=gates.rank - 1)
        if table:
            expert = g.of(experts[i])
        else:
            expert = g.op("Gather", g.of(experts), g.integer(i), axis=axis)
        extra = node.output.rank - gates.rank
        if extra > 0:
            new = range(gates.rank, node.output.rank) if batch else range(extra)
            gate = g.op("Unsqueeze", gate, g.ints(*new))
        part = g.op("Mul", gate, expert)
        total = g.op("Add", total, part) if total else part
    return total


RULES: dict[str, Any] = {
    "nn.CAddTable": folded("Add"),
    "nn.CSubTable": folded("Sub"),
    "nn.CMulTable": folded("Mul"),
    "nn.CDivTable": folded("Div"),
    "nn.CMaxTable": together("Max"),
    "nn.CMinTable": together("Min"),
    "nn.MM": matrix_product,
    "nn.MV": matrix_vector,
    "nn.DotProduct": dot_product,
    "nn.CosineDistance": cosine_distance,
    "nn.PairwiseDistance": pairwise_distance,
    "nn.MixtureTable": mixture,
}
