"""A graph as the parts of a module: what it makes, how it computes, what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ..graph import Graph
from .forward import Body
from .lines import wrapped
from .naming import give_names
from .steps import Step


@dataclass
class Parts:
    """Statements of `__init__` and of `forward`, the inputs' names, arrays by path."""

    init: list[str]
    forward: list[str]
    inputs: list[str]
    state: dict[str, NDArray[Any]] = field(default_factory=dict)


def parts_of(graph: Graph, steps: list[Step]) -> Parts:
    """Layers as attributes and a `forward`."""
    give_names(steps)
    made: dict[str, Step] = {}
    for step in steps:
        if step.is_module:
            made.setdefault(step.name, step)
    init, state = [], {}
    for attribute, step in made.items():
        paths = [attribute]
        if len(step.pieces) == 1:
            init.append(f"self.{attribute} = {step.piece.text}")
        else:
            layers = ", ".join(piece.text for piece in step.pieces)
            init.append(f"self.{attribute} = nn.Sequential({layers})")
            paths = [f"{attribute}.{i}" for i in range(len(step.pieces))]
        for path, piece in zip(paths, step.pieces):
            state.update({f"{path}.{key}": values for key, values in piece.state.items()})
    body = Body(graph, steps)
    statements = body.run(steps)
    return Parts(init + ties(state, indexed), statements, body.parameters, state)


def rendered(name: str, doc: list[str], parts: Parts, arguments: list[str] = []) -> list[str]:
    """The lines of the class."""
    lines = [f"class {name}(nn.Module):", *doc, ""]
    if parts.init:
        lines += [f"    def __init__({', '.join(['self', *arguments])}):"]
        for text in ["super().__init__()", *parts.init]:
            lines += wrapped(text, 8, apart="nn.Sequential(" in text)
        lines.append("")
    lines.append(f"    def forward({', '.join(['self', *parts.inputs])}):")
    for text in parts.forward:
        lines += wrapped(text, 8)
    return lines


def indexed(path: str) -> str:
    """`block.0.weight` as `self.block[0].weight`."""
    first, *rest = path.split(".")
    return f"self.{first}" + "".join(f"[{p}]" if p.isdigit() else f".{p}" for p in rest)


def ties(state: dict[str, Any], reference: Any) -> list[str]:
    """Statements that make one parameter of those that share their memory."""
    seen: dict[Any, str] = {}
    lines = []
    for path, values in state.items():
        if path.rpartition(".")[2] not in ("weight", "bias"):
            continue
        key = values.__array_interface__["data"][0], values.shape, values.strides
        if key in seen:
            lines.append(f"{reference(path)} = {reference(seen[key])}  # shared")
        seen.setdefault(key, path)
    return lines
