"""A network as a table: `net:summary{…}` from shapes alone, `:prof` from measured passes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from th7shell import lua
from th7shell.display.layer_costs import (
    BRANCHES,
    CHAIN,
    Shape,
    ShapeError,
    elements,
    macs,
    output_shape,
    run,
    shape_of,
    show,
)
from th7shell.display.text import typename
from th7shell.lua import Table, TorchError, send


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
    milliseconds: list[float] = field(default_factory=lambda: [0.0, 0.0])


def children(module: Any) -> list[Any]:
    """The modules inside a container."""
    inner = module.modules if isinstance(module.modules, Table) else None
    return lua.array(inner) if inner is not None else []


def title(module: Any) -> str:
    """The first line of what a module prints, without its brace."""
    if children(module):
        return typename(module) or "?"
    return lua.tostring(module).split("\n")[0].rstrip(" {")


def own_parameters(module: Any) -> int:
    """Learnable numbers that hang on the module itself."""
    return sum(
        int(tensor.nd.size) for name in ("weight", "bias") if hasattr(tensor := module[name], "nd")
    )


def walk(module: Any, shape: Shape, place: str = "", depth: int = 0) -> Iterator[Row]:
    """Rows of a module and of all inside it, sizes followed through; the last row's caller finds
    the output in `rows[0]`. A layer that the input does not fit raises TorchError that names it."""
    inside = children(module)
    row = Row(place, depth, title(module), parameters=own_parameters(module), leaf=not inside)
    yield row
    kind = (typename(module) or "").rpartition(".")[2]
    try:
        if not inside:
            row.output = output_shape(module, shape)
            row.macs = macs(module, row.output)
        elif kind in CHAIN:
            now = shape
            for i, child in enumerate(inside, 1):
                below = list(walk(child, now, _at(place, i), depth + 1))
                yield from below
                now = below[0].output
            row.output = now
        elif kind in BRANCHES:
            outputs = []
            for i, child in enumerate(inside, 1):
                below = list(walk(child, _branch(kind, module, shape, i), _at(place, i), depth + 1))
                yield from below
                outputs.append(below[0].output)
            row.output = _joined(kind, module, outputs, shape)
        else:  # a container of another kind: run it whole, its parts show what they hold
            row.output = run(module, shape)
            for i, child in enumerate(inside, 1):
                yield Row(_at(place, i), depth + 1, title(child), (), own_parameters(child))
    except ShapeError as e:
        raise TorchError(f"summary: layer {place or '0'} {row.name}: {e}") from None


def _at(place: str, i: int) -> str:
    return f"{place}.{i}" if place else str(i)


def _branch(kind: str, module: Any, shape: Shape, i: int) -> Shape:
    if kind == "ParallelTable":
        if not isinstance(shape, list) or len(shape) < i:
            raise ShapeError(
                f"a table of {len(children(module))} inputs expected, got {show(shape)}"
            )
        return shape[i - 1]
    if kind == "Parallel":
        axis = int(module.inputDimension) - 1
        return shape[:axis] + shape[axis + 1 :]
    return shape


def _joined(kind: str, module: Any, outputs: list[Shape], shape: Shape) -> Shape:
    if kind in ("ConcatTable", "ParallelTable"):
        return outputs
    if kind == "DepthConcat":
        return run(module, shape)
    dimension = module.outputDimension if kind == "Parallel" else module.dimension
    axis = int(dimension) - 1
    out = list(outputs[0])
    out[axis] = sum(o[axis] for o in outputs)
    return tuple(out)


def sizes_of(value: Any) -> Shape:
    """The shape that `{1, 32, 32}`, a LongStorage or a tensor means; a table of tables is a table
    of inputs."""
    if hasattr(value, "nd"):
        return shape_of(value)
    numbers = lua.array(value) if isinstance(value, Table) else list(value)
    if numbers and all(isinstance(v, Table) for v in numbers):
        return [sizes_of(v) for v in numbers]
    if not numbers or not all(isinstance(v, (int, float)) and v > 0 for v in numbers):
        raise TorchError("summary: the input's sizes expected, as {1, 32, 32}")
    return tuple(int(v) for v in numbers)


def summary_rows(net: Any, sizes: Any) -> list[Row]:
    """The rows of a network for an input of these sizes."""
    return list(walk(net, sizes_of(sizes)))


def summary_text(net: Any, sizes: Any) -> str:
    """The table that `net:summary{1, 32, 32}` prints, with totals."""
    rows = summary_rows(net, sizes)
    body = [
        (r.place, _indented(r), show(r.output), _count(r.parameters), _count(r.macs)) for r in rows
    ]
    total = sum(r.parameters for r in rows)
    item = 4 if net._type == "torch.FloatTensor" else 8
    held = sum(elements(r.output) for r in rows if r.leaf and r.output) * item
    foot = (
        f"{total:,} parameters ({_bytes(total * item)}), "
        f"{sum(r.macs for r in rows):,} multiply-adds, "
        f"{_bytes(held)} of outputs for an input of {show(sizes_of(sizes))}\n"
    )
    return (
        columns(("#", "module", "output", "parameters", "multiply-adds"), body, right=(3, 4)) + foot
    )


def _indented(row: Row) -> str:
    return "  " * row.depth + row.name


def _count(n: int) -> str:
    return f"{n:,}" if n else ""


def _bytes(n: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000:
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

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1)) + "\n"
    return line(head) + rule + "".join(map(line, body)) + rule


def profile_text(net: Any, input: Any, runs: int = 10) -> str:
    """The table of `:prof net, input`: milliseconds of each layer, forward and backward."""
    rows = [r for r in summary_rows(net, input) if r.leaf] if _walkable(net, input) else []
    timed = leaf_times(net, input, runs)
    names = [(r.place, r.name, r.parameters, r.macs) for r in rows]
    if len(names) != len(timed):
        names = [(str(i + 1), title(m), own_parameters(m), 0) for i, (m, _) in enumerate(timed)]
    total = sum(sum(t) for _, t in timed) or 1.0
    body = []
    for (place, name, parameters, cost), (_, (forward, backward)) in zip(names, timed):
        share = 100 * (forward + backward) / total
        row = (
            f"{forward:.3f}",
            f"{backward:.3f}",
            f"{share:.1f}%",
            _count(parameters),
            _count(cost),
        )
        body.append((place, name, *row))
    head = ("#", "layer", "forward ms", "backward ms", "share", "parameters", "multiply-adds")
    whole = tuple(sum(t[i] for _, t in timed) for i in (0, 1))
    foot = f"{whole[0]:.3f} ms forward, {whole[1]:.3f} ms backward a pass (mean of {runs})\n"
    return columns(head, body, right=(2, 3, 4, 5, 6)) + foot


def _walkable(net: Any, input: Any) -> bool:
    try:
        summary_rows(net, input)
    except TorchError:
        return False
    return True


def leaf_times(net: Any, input: Any, runs: int) -> list[tuple[Any, list[float]]]:
    """(layer, [forward, backward] milliseconds a pass) of every layer, measured inside whole
    passes."""
    order: list[Any] = []
    spent: dict[int, list[float]] = {}

    def timed(module: Any, name: str, slot: int) -> Any:
        original = getattr(type(module), name)

        def call(self: Any, *args: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(self, *args)
            finally:
                spent[id(module)][slot] += 1000 * (time.perf_counter() - started)

        return call

    leaves = list(_leaves(net))
    methods = (("updateOutput", 0), ("updateGradInput", 1), ("accGradParameters", 1))
    for module in leaves:
        if id(module) in spent:
            continue
        spent[id(module)] = [0.0, 0.0]
        order.append(module)
        for name, slot in methods:
            module[name] = timed(module, name, slot)
    try:
        for _ in range(runs):
            output = lua.first(send(net, "forward", input))
            send(net, "backward", input, output)
    finally:
        for module in order:
            for name, _ in methods:
                module[name] = None
        send(net, "zeroGradParameters")
    return [(m, [v / runs for v in spent[id(m)]]) for m in order]


def _leaves(module: Any) -> Iterator[Any]:
    inside = children(module)
    if not inside:
        yield module
    for child in inside:
        yield from _leaves(child)
