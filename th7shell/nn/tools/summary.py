"""`net:summary{planes, height, width}`: what each layer makes and costs, followed through from
shapes alone; only a layer that has no rule is run, a copy of it on ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import MethodType
from typing import Any

from th7shell import lua
from th7shell.lua import LuaObject, Table, TorchError, send
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

from ..helpers.output_sizes import (
    Shape,
    ShapeError,
    elements,
    forward,
    forward_class,
    output_shape,
    own_forward,
    shape_of,
    show,
)


@dataclass
class Row:
    """One module of a network: its place ('2.1'), how deep it is, what it shows, its sizes and
    costs."""

    place: str
    depth: int
    name: str
    output: Shape = ()
    parameters: int = 0
    macs: int = 0
    leaf: bool = True


def children(module: Any) -> list[Any]:
    """The modules inside a container."""
    inner = module["modules"]  # a damaged net has tables where layers were
    return lua.array(inner) if isinstance(inner, Table) else []


def refuse_cycles(module: Any, above: tuple[Any, ...]) -> None:
    """Refuse a net that contains itself, in which there is no end of layers."""
    if any(module is outer for outer in above):
        raise TorchError(f"summary: this {typename(module)} contains itself")
    for child in children(module):
        refuse_cycles(child, (*above, module))


def title(module: Any) -> str:
    """The first line of what a module prints, without its brace."""
    if children(module):
        return typename(module) or "?"
    return lua.tostring(module).split("\n")[0].rstrip(" {")


def own_parameters(module: Any) -> int:
    """Learnable numbers that hang on the module itself."""
    return sum(
        int(tensor.nd.size)
        for name in ("weight", "bias")
        if isinstance(tensor := module[name], Tensor)
    )


def walk(module: Any, shape: Shape, place: str = "", depth: int = 0) -> list[Row]:
    """Rows of a module, first, and of all inside it, sizes followed through. A layer that the input
    does not fit raises TorchError that names it.
    """
    inside = children(module)
    row = Row(place, depth, title(module), parameters=own_parameters(module), leaf=not inside)
    below: dict[int, list[Row]] = {}

    def child(i: int, given: Shape) -> Shape:
        rows = walk(inside[i - 1], given, _at(place, i), depth + 1)
        again = zip(below[i], rows) if i in below else ()
        below[i] = [replace(a, macs=a.macs + b.macs) for a, b in again] or rows
        return rows[0].output

    try:
        if not inside:
            row.output = output_shape(module, shape)
            row.macs = module._multiply_adds(shape, row.output)
            return [row]
        through = shape_through(module)
        row.output = None if through is None else through(shape, child)
        if row.output is not None:
            return [row, *(r for i in sorted(below) for r in below[i])]
        seen = Observed(module, shape)  # a container of another kind
        row.output = seen.output
        return [row, *seen.rows(module, place, depth)]
    except ShapeError as e:
        raise TorchError(f"summary: layer {place or '0'} {row.name}: {e}") from None


def shape_through(module: Any) -> Any:
    """How a container hands shapes to its children: its class's `_shape_through(shape, child)`,
    None where there is none or its updateOutput is another class's.
    """
    kind = next((c for c in type(module).__mro__ if "_shape_through" in vars(c)), None)
    if kind is None or not own_forward(module) or forward_class(module) not in kind.__mro__:
        return None
    return module._shape_through


class Observed:
    """A run of a copy of a container on ones, with what each module inside it was given and
    made."""

    def __init__(self, container: Any, shape: Shape) -> None:
        copy = send(container, "clone")
        send(copy, "evaluate")
        self.calls: dict[str, list[tuple[Shape, Shape]]] = {}
        for place, module in inner_modules(copy, ""):
            module["updateOutput"] = self._watched(module, self.calls.setdefault(place, []))
        self.output = shape_of(forward(copy, shape))

    @staticmethod
    def _watched(module: Any, calls: list[tuple[Shape, Shape]]) -> Any:
        original = module.updateOutput
        bound = original if isinstance(original, MethodType) else partial(original, module)

        def updateOutput(_: Any = None, input: Any = None, *more: Any) -> Any:
            given = shape_of(input)
            result = bound(input, *more)
            calls.append((given, shape_of(lua.first(result))))
            return result

        return updateOutput

    def rows(self, container: Any, place: str, depth: int) -> Iterator[Row]:
        """A row for each module inside the container; a module that is used again costs again."""
        for inside, module in inner_modules(container, ""):
            calls, leaf = self.calls[inside], not children(module)
            yield Row(
                f"{place}.{inside}" if place else inside,
                depth + inside.count(".") + 1,
                title(module),
                calls[-1][1] if calls else (),
                own_parameters(module),
                sum(module._multiply_adds(*call) for call in calls) if leaf else 0,
                leaf,
            )


def inner_modules(module: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The place and the module of each that is inside a container."""
    for i, child in enumerate(children(module), 1):
        yield _at(place, i), child
        yield from inner_modules(child, _at(place, i))


def _at(place: str, i: int) -> str:
    return f"{place}.{i}" if place else str(i)


def sizes_of(value: Any) -> Shape:
    """The shape that `{1, 32, 32}`, a LongStorage or a tensor means; a table of tables is a
    table of inputs.
    """
    if isinstance(value, Tensor):
        return shape_of(value)
    numbers = lua.array(value) if isinstance(value, Table) else list(value)
    if numbers and all(isinstance(v, Table) for v in numbers):
        return [sizes_of(v) for v in numbers]
    if not numbers or not all(isinstance(v, (int, float)) and v > 0 for v in numbers):
        raise TorchError("summary: the input's sizes expected, as {1, 32, 32}")
    return tuple(int(v) for v in numbers)


class Summary(LuaObject):
    """A net's layers and their totals; as text, a table. `totable()` gives the rows to Lua.

    input: the shape it is for; rows: one for each module; item: bytes of a number.
    """

    def __init__(self, input: Shape, rows: list[Row], item: int) -> None:
        self.input = input
        self.rows = rows
        self.item = item

    @property
    def parameters(self) -> int:
        """Learnable numbers in all."""
        return sum(r.parameters for r in self.rows)

    @property
    def operations(self) -> int:
        """Multiply-adds of one forward pass."""
        return sum(r.macs for r in self.rows)

    @property
    def bytes(self) -> int:
        """Memory of the layers' outputs."""
        return sum(elements(r.output) for r in self.rows if r.leaf and r.output) * self.item

    def totable(self, *_: Any) -> Table:
        """The rows as a table of tables, for Lua."""
        return lua.new_table(
            lua.new_table(
                fields={
                    "place": r.place,
                    "name": r.name,
                    "output": show(r.output),
                    "parameters": r.parameters,
                    "operations": r.macs,
                }
            )
            for r in self.rows
        )

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        body: list[tuple[str, ...]] = [
            (r.place, _indented(r), show(r.output), _count(r.parameters), _count(r.macs))
            for r in self.rows
        ]
        head = ("#", "module", "output", "parameters", "multiply-adds")
        foot = (
            f"{self.parameters:,} parameters ({bytes_text(self.parameters * self.item)}), "
            f"{self.operations:,} multiply-adds, {bytes_text(self.bytes)} of outputs "
            f"for an input of {show(self.input)}"
        )
        return columns(head, body, right=(3, 4)) + foot


def summarize(net: Any, sizes: tuple[Any, ...]) -> Summary:
    """Describe each layer of a net for an input of these sizes: numbers, a table, a
    LongStorage, a tensor of that size, or a table of tables for a net with several inputs.
    """
    refuse_cycles(net, ())
    given = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, float)) else sizes
    shape = sizes_of(given)
    item = net.output.nd.itemsize if isinstance(net.output, Tensor) else 8
    return Summary(shape, walk(net, shape), item)


def _indented(row: Row) -> str:
    return "  " * row.depth + row.name


def _count(n: int) -> str:
    return f"{n:,}" if n else ""


def bytes_text(n: float) -> str:
    """A number of bytes as people write it: `1.23 kB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n < 999.5:
            return f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:.3g} TB"


def columns(head: tuple[str, ...], body: list[tuple[str, ...]], right: tuple[int, ...] = ()) -> str:
    """Lines of a table in columns, a rule under the head and at the end."""
    widths = [max(len(r[i]) for r in [head, *body]) for i in range(len(head))]

    def line(row: tuple[str, ...]) -> str:
        cells = (
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths))
        )
        return "  ".join(cells).rstrip() + "\n"

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1)) + "\n"
    return line(head) + rule + "".join(map(line, body)) + rule
