"""What rules of operators work on: an ONNX model's operators, constants and shapes, and the layers
that have been made of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell import nn
from th7shell.lua import new_table
from th7shell.nngraph.calls import node_of
from th7shell.torch.tensor import wrap

from ..options import ExportError


class Operator:
    """An operator: kind, names of inputs and outputs, attributes."""

    def __init__(self, onnx: Any, node: Any) -> None:
        self.kind, self.name = node.op_type, node.name or node.op_type
        self.inputs, self.outputs = list(node.input), list(node.output)
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}

    def get(self, name: str, default: Any) -> Any:
        """An attribute, texts as str."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def refuse(self, why: str) -> ExportError:
        """The error about this operator."""
        return ExportError(f"{self.kind} ({self.name}): {why}")


def array_of(onnx: Any, tensor: Any) -> NDArray[Any]:
    """The array of a constant."""
    try:
        return onnx.numpy_helper.to_array(tensor)
    except (KeyError, TypeError, ValueError) as error:  # a type or a size that there is not
        what = f"the constant {tensor.name!r} (data type {tensor.data_type})"
        raise ExportError(f"{what} cannot be read") from error


class Reader:
    """The layers so far: (layer, names of its inputs, name of its output)."""

    def __init__(self, onnx: Any, model: Any) -> None:
        self.onnx = onnx
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
        self.constants: dict[str, NDArray[Any]] = {
            t.name: array_of(onnx, t) for t in graph.initializer
        }
        self.inputs = [v.name for v in graph.input if v.name not in self.constants]
        self.outputs = [v.name for v in graph.output]
        self.operators = [Operator(onnx, node) for node in graph.node]
        self.made = {name: op for op in self.operators for name in op.outputs}
        self.shapes = {
            v.name: shape_of(v) for v in [*graph.input, *graph.value_info, *graph.output]
        }
        self.shapes |= {name: tuple(a.shape) for name, a in self.constants.items()}
        self.layers: list[tuple[Any, list[str], str]] = []
        self.same: dict[str, str] = {}  # a value that is another one
        self.count = 0

    # -- what rules ask

    def constant(self, name: str) -> NDArray[Any] | None:
        """A constant's array, None for what is computed."""
        return self.constants.get(name)

    def integers(self, op: Operator, place: int, attribute: str = "") -> list[int] | None:
        """Integers given as a constant input, or in older models as an attribute."""
        if place < len(op.inputs) and op.inputs[place]:
            values = self.constants.get(op.inputs[place])
            if values is None:
                return None
            return [int(n) for n in values.reshape(-1)]
        values = op.attributes.get(attribute)
        return None if values is None else [int(n) for n in values]

    def shape(self, name: str) -> tuple[Any, ...]:
        """A value's sizes, None where they are open."""
        found = self.shapes.get(name)
        if found is None:
            raise ExportError(f"the shape of {name} is not known")
        return found

    def rank(self, name: str) -> int:
        """How many dimensions a value has."""
        return len(self.shape(name))

    # -- what rules do

    def layer(self, layer: Any, output: str, *inputs: str) -> str:
        """Note a layer; the name of its output (a new one for '')."""
        if not output:
            self.count += 1
            output = f"between {self.count}"
        self.layers.append((layer, list(inputs), output))
        return output

    def chain(self, layers: list[Any], output: str, given: str) -> None:
        """Layers after one another."""
        for layer in layers[:-1]:
            given = self.layer(layer, "", given)
        self.layer(layers[-1] if layers else nn.Identity(), output, given)

    def alias(self, output: str, given: str) -> None:
        """The output is the input itself."""
        self.same[output] = self.true_name(given)

    def true_name(self, name: str) -> str:
        """The name under which a value was made."""
        return self.same.get(name, name)

    # -- the net

    def net(self) -> Any:
        """All layers in one net."""
        outputs = [self.true_name(name) for name in self.outputs]
        layers = self.needed(outputs)
        uses = Counter(name for _, inputs, _ in layers for name in inputs)
        before = self.inputs[0] if len(self.inputs) == 1 else None
        for _, inputs, output in layers:
            if before is None or inputs != [before] or uses[before] != 1:
                return self.graph(layers, outputs)
            before = output
        if outputs != [before]:
            return self.graph(layers, outputs)
        net = nn.Sequential()
        for layer, _, _ in layers:
            net.add(layer)
        return net

    def needed(self, outputs: list[str]) -> list[tuple[Any, list[str], str]]:
        """The layers that lead to the outputs, with the true names of their inputs."""
        wanted, kept = set(outputs), []
        for layer, inputs, output in reversed(self.layers):
            if output in wanted:
                names = [self.true_name(name) for name in inputs]
                wanted.update(names)
                kept.append((layer, names, output))
        return kept[::-1]

    def graph(self, layers: list[Any], outputs: list[str]) -> Any:
        """An nngraph net."""
        nodes = {name: node_of(nn.Identity()) for name in self.inputs}
        given = list(nodes.values())
        given_names = {name for _, inputs, _ in layers for name in inputs} | set(outputs)
        for name in given_names & set(self.constants):
            values = wrap(np.array(self.constants[name], float))
            nodes[name] = node_of(nn.Constant(values), given[0])
            given_names.add(self.inputs[0])
        for layer, inputs, output in layers:
            sources: list[Any] = []
            for name in inputs:
                node = nodes[name]
                twice = any(node is other for other in sources)
                sources.append(node_of(nn.Identity(), node) if twice else node)
            nodes[output] = node_of(layer, sources[0] if len(sources) == 1 else new_table(sources))
        results = [nodes[name] for name in outputs]
        results = [
            node_of(nn.Identity(), node) if any(node is other for other in results[:i]) else node
            for i, node in enumerate(results)
        ]
        unread = [nodes[name] for name in self.inputs if name not in given_names]
        if unread:
            results[0] = node_of(nn.SelectTable(1), new_table([results[0], *unread]))
        return nn.gModule(new_table(given), new_table(results))


def shape_of(value: Any) -> tuple[Any, ...] | None:
    """The sizes in a declaration; None for those that are open."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in kind.shape.dim)
