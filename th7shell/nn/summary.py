"""`net:summary(inputSize)`: what each layer makes and costs, found by running the net once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ..lua import LuaObject, Table, TorchError, array, items, new_table
from ..torch.classes import typename
from ..torch.storage import Storage
from ..torch.tensor import TYPES, Tensor
from .module import call, shape_of, size_text


@dataclass
class Row:
    """One layer: its place in the net ("2.1"), class, output size, learnable numbers,
    multiply-adds, bytes of output.
    """

    place: str
    layer: str
    output: str
    parameters: int
    operations: int
    bytes: int


@dataclass
class Summary(LuaObject):
    """The rows of a net's layers and their totals; as text, a table."""

    net: str
    input: str
    rows: list[Row] = field(default_factory=list)
    parameters: int = 0

    @property
    def operations(self) -> int:
        """Multiply-adds of one forward pass."""
        return sum(row.operations for row in self.rows)

    @property
    def bytes(self) -> int:
        """Memory of the layers' outputs."""
        return sum(row.bytes for row in self.rows)

    def totable(self, *_: Any) -> Table:
        """The rows as a table of tables, for Lua."""
        return new_table(new_table(fields=vars(row)) for row in self.rows)

    def __str__(self) -> str:
        head = ("", "layer", "output", "parameters", "multiply-adds", "memory")
        lines = [head] + [
            (
                row.place,
                row.layer,
                row.output,
                f"{row.parameters:,}" if row.parameters else "-",
                f"{row.operations:,}" if row.operations else "-",
                size_of_memory(row.bytes),
            )
            for row in self.rows
        ]
        total = (
            "",
            "total",
            "",
            f"{self.parameters:,}",
            f"{self.operations:,}",
            size_of_memory(self.bytes),
        )
        widths = [max(map(len, column)) for column in zip(*lines, total)]
        rule = "-" * (sum(widths) + 2 * len(widths) - 2)
        text = [
            "  ".join(
                cell.ljust(w) if i < 3 else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(line, widths))
            ).rstrip()
            for line in [*lines, total]
        ]
        title = f"{self.net}, input {self.input}"
        return "\n".join([title, text[0], rule, *text[1:-1], rule, text[-1]])


def summarize(net: Any, size: tuple) -> Summary:
    """Run a copy of the net on zeros of the size (numbers, a LongStorage or a table) and
    describe each layer.
    """
    if len(size) == 1 and isinstance(size[0], (Storage, Table)):
        size = tuple(size[0]) if isinstance(size[0], Storage) else tuple(array(size[0]))
    if not size:
        raise TorchError("summary needs the size of an input, such as net:summary(3, 32, 32)")
    trial = call(net, "clone")
    call(trial, "evaluate")
    x = TYPES[net.type()](*[int(n) for n in size]).zero()
    call(trial, "forward", x)
    result = Summary(typename(net) or "", size_text(shape_of(x)))
    seen: set[int] = set()
    collect(trial, "", result, seen)
    return result


def collect(module: Any, place: str, result: Summary, seen: set[int]) -> None:
    """Add the rows of a module's leaves; a parameter that is shared counts once."""
    children = module.modules
    if isinstance(children, Table) and len(children):
        for i, child in enumerate(array(children), 1):
            collect(child, f"{place}.{i}" if place else str(i), result, seen)
        return
    count = 0
    for _key, value in items(module.parameters()[0] if module.parameters() else new_table()):
        where = value.nd.__array_interface__["data"][0]
        if where not in seen:
            seen.add(where)
            count += value.nElement()
    result.parameters += count
    output = size_text(shape_of(module.output))
    size = sum(t.nd.nbytes for t in tensors(module.output))
    result.rows.append(
        Row(place or "1", typename(module) or "", output, count, operations(module), size)
    )


def operations(module: Any) -> int:
    """Multiply-adds of a layer's forward pass: each use of each weight, and one for every other
    output.
    """
    made = sum(t.nElement() for t in tensors(module.output))
    weight = module.weight
    if not isinstance(weight, Tensor) or not made:
        return 0
    per_output = weight.nElement() // max(weight.size(1), 1)
    return made * max(per_output, 1)


def tensors(value: Any) -> list[Any]:
    """The tensors of an output."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Table):
        return [t for v in array(value) for t in tensors(v)]
    return []


def size_of_memory(count: int) -> str:
    """`4.0 KB`."""
    if count < 1024:
        return f"{count} B"
    power = min(int(math.log(count, 1024)), 4)
    return f"{count / 1024**power:.1f} {'BKMGT'[power]}B"
