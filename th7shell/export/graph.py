"""A net as a flat graph: nodes of single layers, between values of known shapes. `tracing` makes
it; both writers, ONNX and PyTorch, work on it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from th7shell.lua import LuaError, Table, array, new_table
from th7shell.lua.stdlib.texts import to_text
from th7shell.nn.helpers.utils import is_plain
from th7shell.nn.module import call
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

from .losses import NO_LAYERS
from .options import DAMAGED, ExportError, damaged


@dataclass(eq=False)
class Value:
    """A tensor that flows: its shape in the traced run, and in one with a larger batch.
    integer: whether it holds indices."""

    shape: tuple[int, ...]
    larger: tuple[int, ...] = ()
    integer: bool = False
    tensor: Any = field(default=None, repr=False)  # during the walk only

    @property
    def rank(self) -> int:
        """How many dimensions it has."""
        return len(self.shape)

    @property
    def free(self) -> frozenset[int]:
        """The axes whose size follows the batch's."""
        return frozenset(i for i, (n, m) in enumerate(zip(self.shape, self.larger)) if n != m)

    def sizes(self, axis: int) -> tuple[int, int]:
        """The size along an axis in the two runs."""
        n = self.shape[axis]
        return n, self.larger[axis] if self.larger else n


@dataclass(eq=False)
class Node:
    """A layer at work: input and output are values or, for tables, nested lists of them. place:
    where the layer is, as the printed net numbers it: `(2).(1)`. label: its name in an nngraph."""

    layer: Any
    place: str
    input: Any
    output: Any
    label: str = ""

    @property
    def inputs(self) -> list[Value]:
        """The input's values in a flat list."""
        return list(leaves(self.input))

    @property
    def outputs(self) -> list[Value]:
        """The output's values in a flat list."""
        return list(leaves(self.output))


@dataclass
class Graph:
    """Nodes in the order they run, from an input to an output. kind: the tensors' type."""

    input: Any
    nodes: list[Node]
    output: Any
    kind: str = "torch.DoubleTensor"

    def uses(self) -> dict[int, list[Node]]:
        """id(value) → the nodes that read it."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            for value in node.inputs:
                found.setdefault(id(value), []).append(node)
        return found


def leaves(tree: Any) -> Iterator[Any]:
    """The values of nested lists, in order."""
    if isinstance(tree, list):
        for part in tree:
            yield from leaves(part)
    else:
        yield tree


def mapped(function: Any, tree: Any) -> Any:
    """Nested lists with a function of each value in its place."""
    if isinstance(tree, list):
        return [mapped(function, part) for part in tree]
    return function(tree)


#: layers without an equivalent in any format: why, and what to do instead
NO_EQUIVALENT: dict[str, str] = {
    "nn.SparseLinear": "it takes pairs of index and value; use an nn.Linear on the dense vector",
    "nn.IndexLinear": "it takes keys and values; use an nn.Linear on the dense vector",
    "nn.Kmeans": "its output is a cluster's number; keep its weight, the centres, as a tensor",
    "nn.CriterionTable": "it is a loss; convert the net before it",
    "nn.SoftMaxTree": "it follows the targets' paths alone; use nn.Linear and nn.LogSoftMax",
    "nn.SpatialNormalization": "nnx itself has given it up; use nn.SpatialContrastiveNormalization",
    "nn.FunctionWrapper": "what its functions compute is unknown here; build it of nn's layers",
    "nn.ModuleFromCriterion": "it is a loss; convert the net before it",
    **NO_LAYERS,
}


def why_not(layer: Any, otherwise: str) -> str:
    """Why a layer cannot be converted: its entry above, or what is said otherwise."""
    reason = rule_for(layer, NO_EQUIVALENT)
    if reason is None and not str(typename(layer)).startswith(("nn.", "cudnn.")):
        return "a class of its own, whose formula is unknown here; build it of nn's layers"
    return reason or otherwise


def refuse(node: Node, why: str) -> ExportError:
    """The error that says which layer is in the way, where it is and what to do."""
    return ExportError(f"{typename(node.layer)} at {node.place or 'the top'}: {why}")


def same_forward(layer: Any, cls: type) -> bool:
    """Whether a layer's output is computed as its base class `cls` does."""
    if vars(layer).get("updateOutput") is not None:
        return False
    return own_forward(type(layer)) is own_forward(cls)


def own_forward(cls: type) -> Any:
    """The updateOutput of a class as it was defined: reading it from a class may give a copy."""
    return next(vars(base)["updateOutput"] for base in cls.__mro__ if "updateOutput" in vars(base))


def rule_for(layer: Any, rules: dict[str, Any]) -> Any:
    """The entry of a table keyed by class name that holds for a layer, None without one.

    A subclass goes by its parent's entry as long as it leaves updateOutput alone.
    """
    for cls in type(layer).__mro__:
        name = vars(cls).get("__typename")
        if name in rules:
            return rules[name] if same_forward(layer, cls) else None
    return None


def table_of(tree: Any) -> Any:
    """The tensors of nested lists of values, as Lua tables."""
    if isinstance(tree, list):
        return new_table([table_of(part) for part in tree])
    return tree.tensor


def values_of(result: Any, layer: Any, place: str) -> Any:
    """New values for a layer's result, tables as lists."""
    if isinstance(result, Tensor):
        return Value(tuple(result.nd.shape) if result.nd.size else (0,), tensor=result)
    if is_plain(result) and isinstance(result, Table):
        return [values_of(part, layer, place) for part in array(result)]
    node = Node(layer, place, [], [])
    raise refuse(node, why_not(layer, "its output is no tensor; convert the net before it"))


def entries(layer: Any, value: Any, place: str) -> list[Any]:
    """The entries of a value that must be a table."""
    if not isinstance(value, list):
        raise refuse(Node(layer, place, value, []), "its input should be a table of tensors")
    return value


def run_layer(layer: Any, input: Any, place: str) -> Any:
    """A layer's result for values, with the place in errors."""
    try:
        return call(layer, "updateOutput", table_of(input))
    except LuaError as error:
        lines = [line for line in to_text(str(error)).splitlines() if line.strip()]
        raise refuse(
            Node(layer, place, input, []),
            f"{lines[0] if lines else 'it failed'} (its input is {shapes_text(input)}; "
            "say the net's input size with --input)",
        ) from error
    except DAMAGED as error:
        raise refuse(Node(layer, place, input, []), damaged(error)) from error


def shapes_text(tree: Any) -> str:
    """Shapes as `3x4x5`, tables in braces."""
    if isinstance(tree, list):
        return "{" + ", ".join(map(shapes_text, tree)) + "}"
    return "x".join(map(str, tree.shape))
