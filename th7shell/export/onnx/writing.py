"""A net as an ONNX model."""

from __future__ import annotations

from typing import Any

from th7shell.lua import tostring
from th7shell.torch.classes import typename

from ..graph import Graph, Node, Value, leaves, refuse, rule_for, why_not
from ..options import DAMAGED, ExportError, Options, damaged, replaced
from ..sizes import input_sizes, net_of
from ..tracing import trace
from .builder import OPSET, Builder
from .needed import onnx_package
from .rules import NOT_IN_ONNX, RULES

LARGEST = 2_000_000_000  # bytes that one file of the format can hold


def write(value: Any, path: str, options: Options) -> None:
    """Write a net as `.onnx`; its inputs' sizes come from `options.input`, or are guessed."""
    onnx = onnx_package()
    net = net_of(value, options)
    model = to_onnx(net, input_sizes(net, options))
    if model.ByteSize() > LARGEST:
        raise ExportError(f"{path}: an .onnx file holds 2 GB at most; write .safetensors instead")
    with replaced(path) as temporary:
        onnx.save_model(model, str(temporary))


def to_onnx(net: Any, input_size: Any) -> Any:
    """The ONNX model of a net, for inputs of one size, `(1, 3, 224, 224)`, or a list of sizes for
    a net that takes a table. The first size stays open where it is a batch.

    Evaluation mode, 32-bit floats, operators of opset 17. Errors: ExportError, which names the
    layer without an equivalent and its place.
    """
    onnx = onnx_package()
    graph = trace(net, input_size)
    g = Builder(onnx)
    g.wanted = {id(node.layer["pooling"]) for node in graph.nodes if node.layer["pooling"]}
    inputs = list(leaves(graph.input))
    for number, value in enumerate(inputs, 1):
        g.names[id(value)] = g.fresh("input" if len(inputs) == 1 else f"input{number}")
    for node in graph.nodes:
        convert_node(g, node)
    outputs = [
        tensor_info(onnx, name_output(g, graph, i), value)
        for i, value in enumerate(leaves(graph.output), 1)
    ]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            g.nodes,
            str(typename(net)).replace(".", "_"),
            [tensor_info(onnx, g.of(value), value) for value in inputs],
            outputs,
            g.initializers,
            tostring(net),
            [info for name, info in g.told.items() if name not in set(map(g.of, inputs))],
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        producer_name="th7shell",
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


def convert_node(g: Builder, node: Node) -> None:
    """Add a node's operators and name its output."""
    rule = rule_for(node.layer, RULES)
    if rule is None:
        otherwise = (
            rule_for(node.layer, NOT_IN_ONNX) or "it has no ONNX form; convert what is before"
        )
        raise refuse(node, why_not(node.layer, otherwise))
    g.place, g.kind = dotted(node.place), str(typename(node.layer))
    try:
        names = rule(g, node)
    except ExportError:
        raise
    except DAMAGED as error:
        raise refuse(node, damaged(error)) from error
    found = names if isinstance(names, list) else [names]
    for value, name in zip(node.outputs, found):
        g.names[id(value)] = name
        if name not in g.told and name not in g.constants:
            g.told[name] = tensor_info(g.onnx, name, value)


def name_output(g: Builder, graph: Graph, number: int) -> str:
    """A name of its own for an output, so that inputs and others may be outputs too."""
    values = list(leaves(graph.output))
    name = g.fresh("output" if len(values) == 1 else f"output{number}")
    g.nodes.append(g.onnx.helper.make_node("Identity", [g.of(values[number - 1])], [name], name))
    return name


def tensor_info(onnx: Any, name: str, value: Value) -> Any:
    """The declaration of an input or output; sizes that follow the batch are open."""
    kind = onnx.TensorProto.INT64 if value.integer else onnx.TensorProto.FLOAT
    shape: list[Any] = list(value.shape)
    for axis in value.free:
        grows = value.larger[axis] - value.shape[axis]
        shape[axis] = "batch" if grows == 1 else f"{name}_{axis}"
    return onnx.helper.make_tensor_value_info(name, kind, shape)


def dotted(place: str) -> str:
    """`(2).(1)` as `2.1`."""
    return place.replace("(", "").replace(")", "")
