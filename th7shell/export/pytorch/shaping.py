"""Layers that change shapes, pick parts, reduce, join; and layers of tables of tensors."""

from __future__ import annotations

from typing import Any

from ..graph import Node, Value
from ..layers import (
    from_end,
    padding_place,
    permutation,
    reduction_axis,
    replicated_axis,
    stretch,
    table_axis,
)
from .elementwise import Rule
from .pieces import PRODUCT, SUM, Expression, Layer, number


def new_sizes(source: Value, target: Value) -> str:
    """The arguments of a reshape; a size that follows the batch is -1, or the input's."""
    free = sorted(target.free)
    texts = [str(n) for n in target.shape]
    for place, axis in enumerate(free):
        same = axis < source.rank and source.sizes(axis) == target.sizes(axis)
        texts[axis] = "-1" if place == 0 else f"{{0}}.shape[{axis}]" if same else texts[axis]
    return ", ".join(texts)


def reshaped(node: Node) -> Any:
    x, y = node.input, node.output
    if x.shape == y.shape and x.larger == y.larger:
        return Expression("{0}")
    first = (x.sizes(0), 1) if x.rank else None
    if y.rank == 2 and x.rank > 2 and first and y.sizes(0) == first[0]:
        return Layer("nn.Flatten()", "flatten", inline="{0:p}.flatten(1)")
    if y.rank == 1 and not y.free:
        return Expression("{0:p}.flatten()")
    if y.rank == x.rank + 1:
        for axis in range(y.rank):
            if y.shape[axis] == 1 and y.shape[:axis] + y.shape[axis + 1 :] == x.shape:
                return Expression(f"{{0:p}}.unsqueeze({axis})")
    if y.rank == x.rank - 1:
        for axis in range(x.rank):
            if x.sizes(axis) == (1, 1) and x.shape[:axis] + x.shape[axis + 1 :] == y.shape:
                return Expression(f"{{0:p}}.squeeze({axis})")
    return Expression(f"{{0:p}}.reshape({new_sizes(x, y)})")


def transposed(node: Node) -> Expression:
    order = permutation(node.layer, node.input.rank)
    moved = [i for i, axis in enumerate(order) if i != axis]
    if len(moved) == 2:
        return Expression(f"{{0:p}}.transpose({moved[0]}, {moved[1]})")
    return Expression(f"{{0:p}}.permute({', '.join(map(str, order))})")


def cut(axis: int, index: str) -> str:
    """An index along one axis: `[:, 3]`."""
    return "{0:p}[" + ":, " * axis + index + "]"


def selected(node: Node) -> Expression:
    axis = from_end(node.layer.dimension, node.input.rank)
    index = int(node.layer.index)
    index = index - 1 if index > 0 else index
    if node.input.rank == node.output.rank:  # an element of a vector is a vector
        stop = index + 1
        return Expression(cut(axis, f"{index}:{stop}" if stop else f"{index}:"))
    return Expression(cut(axis, str(index)))


def narrowed(node: Node) -> Expression:
    axis, start, length = stretch(node)
    stop = "" if start + length == node.input.shape[axis] else str(start + length)
    return Expression(cut(axis, f"{start or ''}:{stop}"), "part")


def replicated(node: Node) -> Expression:
    axis, rank = replicated_axis(node), node.output.rank
    sizes = ["-1"] * rank
    sizes[axis] = str(int(node.layer.nfeatures))
    return Expression(f"{{0:p}}.unsqueeze({axis}).expand({', '.join(sizes)})")


def padded(node: Node) -> Expression:
    axis, before, count = padding_place(node)
    rank, value = node.input.rank, number(node.layer.value)
    size = node.input.shape[axis]
    more = "" if value == "0" else f", value={value}"
    pads = [0, 0] * (rank - axis)
    pads[-2 if before == 0 else -1] = count
    listed = ", ".join(map(str, pads))
    if before in (0, size):
        return Expression(f"F.pad({{0}}, ({listed}){more})")
    head, tail = (cut(axis, part) for part in (f":{before}", f"{before}:"))
    return Expression(f"torch.cat([F.pad({head}, ({listed}){more}), {tail}], dim={axis})")


def reduced(name: str, values: str = "") -> Rule:
    """Max and Min keep the only dimension of a vector."""

    def rule(node: Node) -> Expression:
        axis = reduction_axis(node)
        method = "mean" if name == "sum" and node.layer.sizeAverage else name
        keep = ", keepdim=True" if node.input.rank == node.output.rank else ""
        return Expression(f"{{0:p}}.{method}(dim={axis}{keep}){values}")

    return rule


def split(node: Node) -> Expression:
    axis = table_axis(node)
    if node.output and node.input.rank == node.output[0].rank:
        return Expression(f"{{0:p}}.split(1, dim={axis})", "part")
    return Expression(f"{{0:p}}.unbind(dim={axis})", "part")


def listed(count: int, spec: str = "") -> str:
    """`{0}, {1}, {2}`."""
    return ", ".join(f"{{{i}{spec}}}" for i in range(count))


def joined(node: Node) -> Expression:
    return Expression(f"torch.cat([{listed(len(node.inputs))}], dim={table_axis(node)})", "joined")


def indexed(node: Node) -> Expression:
    return Expression(f"{{0:p}}.index_select({int(node.layer.dimension) - 1}, {{1:p}} - 1)")


def masked(node: Node) -> Expression:
    return Expression("{0:p}[{1:p}.bool()]")


def one_hot(node: Node) -> Expression:
    kind = "double" if node.layer.output.type() == "torch.DoubleTensor" else "float"
    text = f"F.one_hot({{0:p}}.long() - 1, {int(node.layer.outputSize)}).{kind}()"
    return Expression(text)


def operands(node: Node, first: str = ":p", then: str = ":p") -> list[str]:
    """The table's tensors, all in the first one's shape (equal counts of elements are enough)."""
    texts = []
    for i, value in enumerate(node.inputs):
        other = value.shape != node.output.shape
        whole = f"{{{i}:p}}.reshape_as({{0}})"
        texts.append(whole if other and i else f"{{{i}{then if i else first}}}")
    return texts


def operator(sign: str, stem: str, level: int, first: str, then: str) -> Rule:
    """first, then: how the operands are written in the template."""
    return lambda node: Expression(f" {sign} ".join(operands(node, first, then)), stem, level)


def folded(function: str) -> Rule:
    """A function of two, from left to right."""

    def rule(node: Node) -> Expression:
        text, *rest = operands(node)
        for other in rest:
            text = f"torch.{function}({text}, {other})"
        return Expression(text)

    return rule


def matrix_product(node: Node) -> Expression:
    a = "{0:p}.transpose(-2, -1)" if node.layer.transA else "{0:m}"
    b = "{1:p}.transpose(-2, -1)" if node.layer.transB else "{1:p}"
    return Expression(f"{a} @ {b}", "product", PRODUCT)


def matrix_vector(node: Node) -> Expression:
    matrix = "{0:p}.transpose(-2, -1)" if node.layer.trans else "{0:p}"
    if node.inputs[1].rank == 1:
        return Expression(f"{matrix} @ {{1:p}}", "product", PRODUCT)
    return Expression(f"({matrix} @ {{1:p}}.unsqueeze(-1)).squeeze(-1)", "product")


def of_rows(text: str, stem: str) -> Rule:
    """Something of each row of two matrices; of two vectors it is a vector of one element."""

    def rule(node: Node) -> Expression:
        keep = "keepdim=True" if node.inputs[0].rank == 1 else ""
        return Expression(text.replace(", KEEP", f", {keep}" if keep else ""), stem)

    return rule


def cosine_distance(node: Node) -> Expression:
    more = ".unsqueeze(0)" if node.inputs[0].rank == 1 else ""
    return Expression(f"F.cosine_similarity({{0}}, {{1}}, dim=-1){more}", "cosine")


def pairwise_distance(node: Node) -> Expression:
    p, keep = number(node.layer.norm), ", keepdim=True" if node.inputs[0].rank == 1 else ""
    order = f"{p}, " if p != "2" else ""
    return Expression(f"({{0:p}} - {{1:p}}).norm({order}dim=-1{keep})", "distance")


def mixture(node: Node) -> Layer:
    experts = node.input[1]
    if isinstance(experts, list):
        call = f"{{self}}({listed(len(experts) + 1)})"
    else:
        call = f"{{self}}({{0}}, *{{1:p}}.unbind({int(node.layer.dim) - 1}))"
    return Layer("Mixture()", "mixture", helpers=("Mixture",), call=call)


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("nn.View", "nn.Reshape", "nn.Squeeze", "nn.Unsqueeze", "nn.Collapse"), reshaped
    ),
    "nn.Transpose": transposed,
    "nn.Select": selected,
    "nn.Narrow": narrowed,
    "nn.Replicate": replicated,
    "nn.Padding": padded,
    "nn.Max": reduced("max", ".values"),
    "nn.Min": reduced("min", ".values"),
    "nn.Sum": reduced("sum"),
    "nn.Mean": reduced("sum"),
    "nn.SplitTable": split,
    "nn.JoinTable": joined,
    "nn.Index": indexed,
    "nn.MaskedSelect": masked,
    "nn.OneHot": one_hot,
    "nn.CAddTable": operator("+", "total", SUM, "", ""),
    "nn.CSubTable": operator("-", "difference", SUM, "", ":m"),
    "nn.CMulTable": operator("*", "product", PRODUCT, ":m", ":m"),
    "nn.CDivTable": operator("/", "quotient", PRODUCT, ":m", ":p"),
    "nn.CMaxTable": folded("maximum"),
    "nn.CMinTable": folded("minimum"),
    "nn.MM": matrix_product,
    "nn.MV": matrix_vector,
    "nn.DotProduct": of_rows("({0:p} * {1:p}).sum(-1, KEEP)", "dot"),
    "nn.CosineDistance": cosine_distance,
    "nn.PairwiseDistance": pairwise_distance,
    "nn.MixtureTable": mixture,
}
