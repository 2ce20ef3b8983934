"""The nets inside an object as tables of their modules: parameters, and for an input of a known
size what each module makes of it and costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

from th7shell import nn
from th7shell.lua import LuaError, Table, new_table
from th7shell.nn.helpers.output_sizes import Shape, show
from th7shell.nn.tools.summary import Row, bytes_text, children, columns, summarize, title
from th7shell.torch.classes import REGISTRY, typename
from th7shell.torch.tensor import Tensor

from .options import DAMAGED
from .tensors import tensors
from .walk import Node, readable, shape_of, walk

MOST_ROWS = 20_000  # modules of a net that are followed one by one
DEEPEST = 200  # containers within containers that are followed
UNKNOWN = " (of an unknown class)"
PARAMETERS = ("weight", "bias")


def is_module(value: Any) -> bool:
    """Whether a value is a module of a net, also one of an unknown class."""
    if not isinstance(value, Table):
        return False
    return isinstance(value, nn.Module) or (
        typename(value) is not None
        and (value["_type"].__class__ is str or isinstance(value["modules"], Table))
    )


def is_unknown(value: Any) -> bool:
    """Whether an object is of a class that nobody has, and only keeps its name and fields."""
    name = typename(value)
    return name is not None and REGISTRY.get(name) is None and isinstance(value, Table)


@dataclass
class Net:
    """A net inside an object. rows: its modules; input: the size that their outputs are for, None
    where none is known; problem: why the sizes could not be followed."""

    path: str
    rows: list[Row]
    parameters: int
    bytes: int
    input: Shape | None = None
    problem: str = ""
    same: dict[int, str] = field(default_factory=dict)  # row → the place of the same module

    @property
    def operations(self) -> int:
        """Multiply-adds of one forward pass."""
        return sum(row.macs for row in self.rows)

    def __str__(self) -> str:
        sized = self.input is not None
        head = ("#", "module", "parameters", *(("output", "multiply-adds") if sized else ()))
        body = [
            (
                row.place,
                "  " * row.depth + row.name + (f" = {self.same[i]}" if i in self.same else ""),
                f"{row.parameters:,}" if row.parameters else "",
                *((show(row.output) if row.output else "",) if sized else ()),
                *((f"{row.macs:,}" if row.macs else "",) if sized else ()),
            )
            for i, row in enumerate(self.rows)
        ]
        text = columns(head, body, right=(2, 4) if sized else (2,))
        text += f"{self.parameters:,} parameters ({bytes_text(self.bytes)})"
        if sized:
            text += f", {self.operations:,} multiply-adds for an input of {show(self.input)}"
        if self.problem:
            text += f"\n{self.problem}"
        return text + "\n"


def nets(value: Any, input: Shape | None = None) -> Iterator[Net]:
    """The nets inside an object that are not parts of others; input: sizes of an input of theirs,
    else it is guessed."""
    for node in walk(value, lambda node: not is_module(node.value)):
        if node.same is None and is_module(node.value):
            yield _net(node, input)


def _net(node: Node, input: Shape | None) -> Net:
    module = node.value
    rows, same = _rows(module)
    count, size = _parameters(module)
    made = Net(node.path, rows, count, size, same=same)
    shape = input or guess_input(module)
    if shape is None:
        return made
    try:
        for row in rows:
            if row.name.endswith(UNKNOWN):
                raise LuaError(
                    f"{row.place or 'the net'} is {row.name.replace(' (', ', ')[:-1]}", 0
                )
        if same or len(rows) >= MOST_ROWS or max(row.depth for row in rows) >= DEEPEST:
            _refuse_large(module)
        made.rows = summarize(module, _given(shape)).rows
        made.input = shape
        made.same = {}
    except DAMAGED as error:
        if input is not None:  # else it was but a guess
            text = str(error).removeprefix("summary: ")
            made.problem = f"no output sizes for an input of {show(shape)}: {text}"
    return made


def _given(shape: Shape) -> tuple[Any, ...]:
    """What `summarize` takes for a shape."""
    if isinstance(shape, list):
        return (new_table([new_table(one) for one in shape]),)
    return tuple(shape)


def _rows(net: Any) -> tuple[list[Row], dict[int, str]]:
    """A row for each place of a module, without sizes; which are of a module met before: that is
    not gone into again."""
    rows: list[Row] = []
    same: dict[int, str] = {}
    met: dict[int, str] = {}
    stack = [("", 0, net)]
    while stack and len(rows) < MOST_ROWS:
        place, depth, module = stack.pop()
        if id(module) in met:
            same[len(rows)] = met[id(module)] or "the net itself"
            inside: list[Any] = []
        else:
            met[id(module)] = place
            inside = children_of(module) if depth < DEEPEST else []
        own = _own_parameters(module) if isinstance(module, Table) else 0
        rows.append(Row(place, depth, _title(module), parameters=own, leaf=not inside))
        places = [f"{place}.{i}" if place else str(i) for i in range(1, len(inside) + 1)]
        stack += reversed([(p, depth + 1, child) for p, child in zip(places, inside)])
    return rows, same


def _own_parameters(module: Any) -> int:
    """Numbers of a module's own parameters, as their sizes say."""
    own = (module[name] for name in PARAMETERS)
    return sum(prod(shape_of(t)) for t in own if isinstance(t, Tensor) and shape_of(t))


def children_of(module: Any) -> list[Any]:
    """The modules inside a container, also one of an unknown class."""
    return children(module) if isinstance(module, Table) else []


def _title(module: Any) -> str:
    """What a module's row says; its fields may be anything."""
    name = readable(typename(module) or "?")
    if is_unknown(module):
        return name + UNKNOWN
    if children_of(module):
        return name
    try:
        return readable(title(module))
    except DAMAGED:
        return f"{name} (damaged)"


def _refuse_large(net: Any) -> None:
    """Refuse a net whose modules, repeated ones counted each time, are too many or contain
    themselves."""
    count, stack = 0, [(0, net)]
    while stack:
        depth, module = stack.pop()
        count += 1
        if count > MOST_ROWS or depth > DEEPEST:
            raise LuaError("the net has too many modules", 0)
        stack += [(depth + 1, child) for child in children_of(module)]


def _parameters(net: Any) -> tuple[int, int]:
    """How many parameters the modules of a net have, shared ones once, and their bytes."""
    found: dict[Any, tuple[int, int]] = {}
    for entry in tensors(net, is_parameter):
        if entry.nd is not None and entry.nd.size:
            place = id(entry.storage), entry.interval[0], entry.nd.shape, entry.nd.strides
            found[place] = entry.nd.size, entry.nd.nbytes
    return sum(n for n, _ in found.values()), sum(n for _, n in found.values())


def is_parameter(node: Node) -> bool:
    """Whether a node is a module's weight or bias."""
    return node.key in PARAMETERS and node.above is not None and is_module(node.above.value)


def guess_input(net: Any) -> Shape | None:
    """The size of an input: that of the last one, if the net keeps its gradient, or what a first
    linear layer takes."""
    for _ in range(DEEPEST):
        if not isinstance(net, Table):
            return None
        gradient = net["gradInput"]
        if isinstance(gradient, Tensor) and shape_of(gradient):
            return shape_of(gradient)
        inside = children_of(net)
        if not inside or typename(net) != "nn.Sequential":
            break
        net = inside[0]
    if typename(net) == "nn.Linear" and isinstance(net["weight"], Tensor):
        return shape_of(net["weight"])[1:] or None
    return None
