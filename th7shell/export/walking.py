"""Following values through a net: what each kind of container does with them.

A table from class name to a function(walk, layer, value, place) → value. Layers that only choose
among values (SelectTable, FlattenTable …) or pass them on are here too; all others are nodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import nn
from th7shell.lua import array
from th7shell.nn.module import call

from . import walking_cudnn, walking_nnx
from .graph import Node, Value, entries, leaves, refuse, rule_for, run_layer, values_of
from .options import ExportError


class Walk:
    """The nodes met so far."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.overwritten: dict[int, Any] = {}  # a value that a layer changed in place → the new one
        self.pushed: dict[int, Any] = {}  # id of an nn.PushTable → what it took out

    def run(self, layer: Any, value: Any, place: str) -> Any:
        """The value that comes out of a layer or container for one that goes in."""
        rule = rule_for(layer, WAYS)
        if rule is None:
            return self.leaf(layer, value, place)
        return rule(self, layer, value, place)

    def leaf(self, layer: Any, value: Any, place: str) -> Any:
        """Run a layer and note it as a node."""
        value = self.now(value)
        output = values_of(run_layer(layer, value, place), layer, place)
        self.nodes.append(Node(layer, place, value, output))
        first = next(leaves(value), None)
        if layer["inplace"] and isinstance(output, Value) and first is not None:
            if np.may_share_memory(first.tensor.nd, output.tensor.nd):
                self.overwritten[id(first)] = output
        return output

    def now(self, value: Any) -> Any:
        """A value as those see it who read it now, after layers that work in place."""
        if isinstance(value, list):
            return [self.now(part) for part in value]
        while id(value) in self.overwritten:
            value = self.overwritten[id(value)]
        return value

    def through(self, value: Any, place: str, *layers: Any) -> Any:
        """What layers make of a value one after the other, in the value's own type."""
        for layer in layers:
            value = self.leaf(layer.type(value.tensor.type()), value, place)
        return value

    def reshaped(self, value: Any, shape: list[int], place: str) -> Any:
        """The value in another shape."""
        return self.through(value, place, nn.Reshape(*shape, False))


def inside(place: str, number: int) -> str:
    """The place of a child."""
    return f"{place}.({number})" if place else f"({number})"


def children(layer: Any, place: str) -> list[tuple[Any, str]]:
    """The modules of a container with their places."""
    return [(child, inside(place, i)) for i, child in enumerate(array(layer.modules), 1)]


def chain(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    for child, where in children(layer, place):
        value = walk.run(child, value, where)
    return value


def each(walk: Walk, layer: Any, value: Any, place: str) -> list[Any]:
    """All children on the same value."""
    return [walk.run(child, value, where) for child, where in children(layer, place)]


def parallel_table(walk: Walk, layer: Any, value: Any, place: str) -> list[Any]:
    parts = entries(layer, value, place)
    if len(parts) < len(children(layer, place)):
        raise refuse(Node(layer, place, value, []), "its input table has fewer entries than it")
    return [
        walk.run(child, part, where) for (child, where), part in zip(children(layer, place), parts)
    ]


def map_table(walk: Walk, layer: Any, value: Any, place: str) -> list[Any]:
    parts = entries(layer, value, place)
    layer.resize(len(parts))
    return [
        walk.run(child, part, where) for (child, where), part in zip(children(layer, place), parts)
    ]


def join(walk: Walk, values: list[Any], dimension: int, place: str) -> Any:
    if len(values) == 1:
        return values[0]
    return walk.leaf(nn.JoinTable(dimension).type(values[0].tensor.type()), values, place)


def concat(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return join(walk, each(walk, layer, value, place), int(layer.dimension), place)


def depth_concat(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Outputs are padded with zeros to the largest before they are joined."""
    parts = each(walk, layer, value, place)
    axis = int(layer.dimension) - 1
    largest = [max(column) for column in zip(*(part.shape for part in parts))]
    for i, part in enumerate(parts):
        for dim, (have, want) in enumerate(zip(part.shape, largest)):
            before = (want - have) // 2
            for count in (-before, want - have - before):
                if dim != axis and count:
                    part = walk.through(part, place, nn.Padding(dim + 1, count))
        parts[i] = part
    return join(walk, parts, axis + 1, place)


def parallel(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    dim = int(layer.inputDimension)
    outputs = [
        walk.run(child, walk.through(value, place, nn.Select(dim, i)), where)
        for i, (child, where) in enumerate(children(layer, place), 1)
    ]
    return join(walk, outputs, int(layer.outputDimension), place)


def bottle(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Flatten the first dimensions into one for the module inside, then put them back."""
    child, where = children(layer, place)[0]
    batch = value.rank - int(layer.nInputDim) + 1
    if batch <= 1:
        return walk.run(child, value, where)
    shape = value.shape
    flat = walk.reshaped(value, [math.prod(shape[:batch]), *shape[batch:]], place)
    output = walk.run(child, flat, where)
    inner = output.shape[0] // math.prod(shape[: batch - 1])
    return walk.reshaped(output, [*shape[: batch - 1], inner, *output.shape[1:]], place)


def convert(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """The layers that the first forward makes, with a batch dimension put in and taken out."""
    run_layer(layer, value, place)
    single = value.rank < int(layer.nInputDim)
    if single:
        at = int(layer.inputBatchDim) - 1
        value = walk.reshaped(value, [*value.shape[:at], 1, *value.shape[at:]], place)
    output = walk.run(layer.converter, value, inside(place, 1))
    if single:
        shape = list(output.shape)
        del shape[int(layer.outputBatchDim) - 1]
        output = walk.reshaped(output, shape, place) if shape else output
    return output


def graph_module(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """The nodes of an nngraph net in their order."""
    places = {id(module): i for i, module in enumerate(array(layer.modules), 1)}
    outputs: dict[int, Any] = {}
    result: Any = value
    for node in array(layer.forwardnodes):
        data = node.data
        links = [outputs[id(d)] for d in array(data.mapindex)]
        if data is layer.innode.data:
            given = value
        elif not links:
            raise ExportError(f"{place or 'the graph'} has a node without an input")
        else:
            given = links[0] if len(links) == 1 else links
        module, select = data["module"], data["selectindex"]
        if module is not None:
            where = inside(place, places.get(id(module), 0))
            count = len(walk.nodes)
            given = walk.run(module, given, where)
            if len(walk.nodes) == count + 1:
                walk.nodes[-1].label = str(data.annotations["name"] or "")
        elif select is not None:
            given = entries(layer, given, place)[int(select) - 1]
        outputs[id(data)] = result = given
        if data is layer.outnode.data:
            break
    return result


def only_child(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    child, where = children(layer, place)[0]
    return walk.run(child, value, where)


def of_one_type(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """The trace has one type of tensors alone."""
    call(layer.modules[1], "type", next(leaves(value)).tensor.type())
    return only_child(walk, layer, value, place)


def passed(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return value


def select_table(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    parts = entries(layer, value, place)
    if not isinstance(layer.index, (int, float)):
        raise refuse(Node(layer, place, value, []), "tables with named entries have no equivalent")
    index = int(layer.index)
    return parts[index - 1 if index > 0 else len(parts) + index]


def narrow_table(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    first = int(layer.offset) - 1
    return entries(layer, value, place)[first : first + int(layer.length)]


def zipped(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return [list(column) for column in zip(*entries(layer, value, place))]


def one_to_many(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    one, many = entries(layer, value, place)
    return [[one, part] for part in many]


def add_to_many(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    one, many = entries(layer, value, place)
    kind = one.tensor.type()
    return [walk.leaf(nn.CAddTable().type(kind), [one, part], place) for part in many]


def contrast(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return walk.run(layer.normalizer, value, place)


WAYS: dict[str, Callable[[Walk, Any, Any, str], Any]] = {
    **walking_cudnn.WAYS,
    **walking_nnx.WAYS,
    "nn.Sequential": chain,
    "nn.Concat": concat,
    "nn.DepthConcat": depth_concat,
    "nn.Parallel": parallel,
    "nn.ConcatTable": each,
    "nn.ParallelTable": parallel_table,
    "nn.MapTable": map_table,
    "nn.gModule": graph_module,
    "nn.Bottle": bottle,
    "nn.Convert": convert,
    "nn.Decorator": only_child,
    "nn.DontCast": of_one_type,
    "nn.NaN": only_child,
    "nn.Profile": only_child,
    "nn.WeightNorm": only_child,
    "nn.GPU": only_child,
    "nn.SpatialContrastiveNormalization": contrast,
    "nn.Identity": passed,
    "nn.Contiguous": passed,
    "nn.PrintSize": passed,
    "nn.SelectTable": select_table,
    "nn.NarrowTable": narrow_table,
    "nn.FlattenTable": lambda walk, layer, value, place: list(leaves(value)),
    "nn.ZipTable": zipped,
    "nn.ZipTableOneToMany": one_to_many,
    "nn.CAddTensorTable": add_to_many,
    "nngraph.JustElement": lambda walk, layer, value, place: entries(layer, value, place)[0],
    "nngraph.JustTable": lambda walk, layer, value, place: [value],
}
