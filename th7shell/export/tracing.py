"""A net as a flat graph of single layers: `trace(net, sizes)` runs a copy of it in evaluation mode
on inputs of ones and follows them.

Containers, graphs and table layers only say where values go (`walking`), every other layer is a
node. The net is run twice, with two batch sizes, to learn which sizes follow the batch.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, array, new_table
from th7shell.lua.interpreter import run_deep
from th7shell.nn.module import Module, call
from th7shell.torch.classes import typename
from th7shell.torch.tensor import TYPES

from .graph import Graph, Node, Value, leaves, mapped, refuse, rule_for
from .losses import why_none
from .options import DAMAGED, ExportError, damaged
from .walking import Walk

#: layers whose input is rows' numbers: an input that only they read is one of integers
INDEXED = {"nn.LookupTable", "nn.OneHot"}


def trace(net: Any, sizes: Any) -> Graph:
    """The graph of a net for inputs of the given sizes: a tuple, or nested lists of tuples for
    tables. Errors: ExportError with the place of the layer that could not take its input."""
    if not isinstance(net, Table) or typename(net) is None:
        raise ExportError("only a net (an nn.Module) can be converted to this format")
    refuse_unknown(net, "")
    try:
        net = copy_of(net)
        graph = _walk(net, sizes)
    except ExportError:
        raise
    except DAMAGED as error:
        raise ExportError(f"{typename(net)}: {damaged(error)}") from error
    _mark_indices(graph)
    other = larger(sizes)
    first: Value | None = next(leaves(graph.input), None)
    batched = first is not None and (first.rank > 1 or first.integer)  # a vector is one sample
    if batched and other is not None:
        try:
            _mark_free(graph, _walk(net, other))
        except ExportError:
            pass  # the first dimension is no batch
    return graph


def refuse_unknown(module: Any, place: str) -> None:
    """Refuse a net with a module whose class nobody has, naming its place."""
    if not isinstance(module, Module):
        reason = why_none(module)
        if reason is not None:
            raise ExportError(reason)
        why = "its class is unknown here; --require FILE.lua gives it its code"
        raise refuse(Node(module, place, [], []), why)
    for number, child in enumerate(array(module.modules or new_table()), 1):
        refuse_unknown(child, f"{place}.({number})" if place else f"({number})")


def copy_of(net: Any) -> Any:
    """A copy for evaluation whose tensors are the CPU's."""
    net = run_deep(call, net, "clone")  # graphs of many steps are deep
    net = call(net, "replace", of_one_device)
    kind = call(net, "type") or "torch.DoubleTensor"
    if "Cuda" in kind or "Half" in kind:
        double = kind == "torch.CudaDoubleTensor"
        net = call(net, "double" if double else "float") or net
    call(net, "evaluate")
    return net


def of_one_device(module: Any, *_: Any) -> Any:
    """A module, or what copies for several devices are copies of."""
    return module.modules[1] if typename(module) == "nn.DataParallelTable" else module


def larger(sizes: Any) -> Any:
    """The sizes with one sample more; None where an input has none."""
    first = next(leaves(sizes), ())
    if not first:
        return None

    def grown(size: tuple[int, ...]) -> tuple[int, ...]:
        return (size[0] + 1, *size[1:]) if size[:1] == first[:1] else size

    return mapped(grown, sizes)


def _walk(net: Any, sizes: Any) -> Graph:
    kind = TYPES[call(net, "type") or "torch.DoubleTensor"]

    def ones(size: tuple[int, ...]) -> Value:
        return Value(tuple(size), tensor=kind(*size).fill(1))

    walk = Walk()
    given = mapped(ones, sizes)
    output = walk.now(walk.run(net, given, ""))
    for value in [*leaves(given), *leaves(output), *(v for n in walk.nodes for v in n.outputs)]:
        value.tensor = None
    return Graph(given, walk.nodes, output, kind.__typename)


def _mark_free(graph: Graph, other: Graph) -> None:
    """Note the axes that differ between two runs; nothing where the runs are of different forms."""

    def values(g: Graph) -> list[Value]:
        return [*leaves(g.input), *(v for node in g.nodes for v in node.outputs), *leaves(g.output)]

    pairs = list(zip(values(graph), values(other)))
    layers = [[id(node.layer) if node.place else 0 for node in g.nodes] for g in (graph, other)]
    if len(values(graph)) != len(values(other)) or len(layers[0]) != len(layers[1]):
        return
    if any(a.rank != b.rank for a, b in pairs):
        return
    for a, b in pairs:
        a.larger = b.shape


def _mark_indices(graph: Graph) -> None:
    """An input that only layers of indices read holds integers."""
    uses = graph.uses()
    for value in leaves(graph.input):
        readers = uses.get(id(value), [])
        value.integer = bool(readers) and all(
            rule_for(node.layer, dict.fromkeys(INDEXED, True)) for node in readers
        )
