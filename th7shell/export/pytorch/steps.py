"""The steps of a net in PyTorch: what each node becomes, runs of layers as one nn.Sequential."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from th7shell.torch.classes import typename

from ..graph import Graph, Node, Value, leaves, refuse, rule_for, why_not
from ..options import DAMAGED, ExportError, damaged
from .pieces import WHOLE, Expression, Layer
from .rules import RULES


@dataclass(eq=False)
class Step:
    """One or more pieces after one another. inputs: values in order; output: a value, or a list
    where the last piece gives several. name: its attribute, where it is a module."""

    inputs: list[Value]
    output: Any
    pieces: list[Any]
    label: str = ""
    name: str = ""
    readers: list[Step] = field(default_factory=list)
    kind: str = ""  # the class of the last layer

    @property
    def piece(self) -> Any:
        """The first piece."""
        return self.pieces[0]

    @property
    def is_module(self) -> bool:
        """Whether it is an attribute of the module."""
        return len(self.pieces) > 1 or (isinstance(self.piece, Layer) and not self.piece.inline)

    @property
    def plain(self) -> bool:
        """Whether it is made of modules of one input and one output."""
        return all(
            isinstance(piece, Layer) and not piece.call and piece.outputs == 1
            for piece in self.pieces
        )


@dataclass(eq=False)
class Block(Node):
    """A part of the net that is a module of its own."""

    piece: Any = None


def steps_of(graph: Graph) -> list[Step]:
    """The steps of a graph, runs of layers together."""
    steps = [Step(*as_piece(node)) for node in graph.nodes]
    link_indices(graph, steps)
    uses = Counter(id(v) for step in steps for v in step.inputs)
    uses.update(id(v) for v in leaves(graph.output))
    found: list[Step] = []
    makers: dict[int, Step] = {}
    for step in steps:
        before = makers.get(id(step.inputs[0])) if len(step.inputs) == 1 else None
        if before and before.plain and step.plain and uses[id(step.inputs[0])] == 1:
            before.pieces += step.pieces
            before.output, before.kind = step.output, step.kind
            before.label = before.label or step.label
            found.remove(before)  # it comes where its last layer comes
            step = before
        found.append(step)
        for value in leaves(step.output):
            makers[id(value)] = step
    if len(found) > 1:
        found = [part for step in found for part in taken_apart(step)]
    makers = {id(value): step for step in found for value in leaves(step.output)}
    for step in found:
        for maker in {id(m): m for v in step.inputs if (m := makers.get(id(v)))}.values():
            maker.readers.append(step)
    return found


def as_piece(node: Node) -> tuple[list[Value], Any, list[Any], str]:
    """What a node becomes: the arguments of a Step."""
    if isinstance(node, Block):
        return node.inputs, node.output, [node.piece], ""
    rule = rule_for(node.layer, RULES)
    if rule is None:
        otherwise = "it has no PyTorch form; convert the net before it"
        raise refuse(node, why_not(node.layer, otherwise))
    try:
        piece = rule(node)
    except ExportError:
        raise
    except DAMAGED as error:
        raise refuse(node, damaged(error)) from error
    return node.inputs, node.output, [piece], node.label


def link_indices(graph: Graph, steps: list[Step]) -> None:
    """Give unpooling layers where the maxima of their pooling layer were."""
    pools = {id(node.layer): (node, step) for node, step in zip(graph.nodes, steps)}
    for node, step in zip(graph.nodes, steps):
        step.kind = str(typename(node.layer))
        if node.layer["pooling"] is None:
            continue
        if id(node.layer.pooling) not in pools:
            raise refuse(node, "its pooling layer does not run before it in this net")
        pool, maker = pools[id(node.layer.pooling)]
        layer = maker.piece
        if layer.outputs == 1:
            layer.outputs = 2
            layer.text = layer.text[:-1] + ", return_indices=True)"
            maker.output = [pool.output, Value(pool.output.shape, pool.output.larger)]
        step.inputs = [*step.inputs, maker.output[1]]


def taken_apart(step: Step) -> list[Step]:
    """Functions that keep nothing need no nn.Sequential where a run begins with them."""
    parts, given, pieces = [], step.inputs, list(step.pieces)
    while len(pieces) > 1 and pieces[0].inline:
        output = Value(step.output.shape)
        parts.append(Step(given, output, [pieces.pop(0)]))
        given = [output]
    step.inputs, step.pieces = given, pieces
    return [*parts, step]


def template_of(step: Step) -> tuple[str, int]:
    """The step as a template over its inputs, and how firmly its result holds together."""
    piece = step.piece
    if isinstance(piece, Expression):
        return piece.text, piece.level
    if not step.is_module:
        return piece.inline, WHOLE
    call = piece.call if len(step.pieces) == 1 and piece.call else "{self}({0})"
    if len(step.inputs) > 1 and not piece.call:
        call = "{self}(" + ", ".join(f"{{{i}}}" for i in range(len(step.inputs))) + ")"
    return call.replace("{self}", f"self.{step.name}"), WHOLE
