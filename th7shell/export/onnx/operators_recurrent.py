"""ONNX's RNN, LSTM and GRU as cuDNN's layers, which are the ones that Torch has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import nn

from .reader import Operator, Reader
from .recurrent import OPERATORS

PLAIN = {  # attributes that change what is computed, and the values of those that are taken
    "clip": 0,
    "input_forget": 0,
    "layout": 0,
}
FUNCTIONS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


def recurrent(reader: Reader, op: Operator) -> None:
    from th7shell import cudnn

    directions = {"forward": 1, "bidirectional": 2}.get(op.get("direction", "forward"))
    functions = [f.decode() for f in op.attributes.get("activations", [])]
    mode = mode_of(op, functions, directions or 1)
    if directions is None or mode is None or any(op.get(k, v) != v for k, v in PLAIN.items()):
        raise op.refuse("cuDNN's layers have no such form of it")
    used = {name for other in reader.operators for name in other.inputs} | set(reader.outputs)
    if used & set(op.outputs[1:]):
        raise op.refuse("its last states are read, which are no output of cuDNN's layers")
    given = [reader.constant(name) if name else None for name in op.inputs[1:]]
    given += [None] * (7 - len(given))
    w, r, b, *others = given
    if w is None or r is None or (len(op.inputs) > 3 and op.inputs[3] and b is None):
        raise op.refuse("its weights are not constant")
    for name, values in zip(op.inputs[4:], others):
        if name and (values is None or np.any(values)):
            raise op.refuse("lengths of sequences and first states have no layer of nn")
    hidden = r.shape[2]
    kind = {"CUDNN_RNN_RELU": "RNNReLU", "CUDNN_RNN_TANH": "RNNTanh"}.get(mode, op.kind)
    name = f"B{kind}" if directions == 2 and op.kind != "RNN" else kind
    layer = getattr(cudnn, name)(w.shape[2], hidden, 1)
    if directions == 2 and op.kind == "RNN":
        layer.numDirections, layer.bidirectional = 2, "CUDNN_BIDIRECTIONAL"
        layer.reset()
    order = np.argsort(OPERATORS[mode][2])

    def gates(array: Any) -> Any:
        return np.concatenate([np.split(array, len(order))[i] for i in order])

    for number, part in enumerate(layer._layout().views(layer.weight.nd)):
        part.W[...], part.R[...] = gates(w[number]), gates(r[number])
        both = np.zeros((2, len(w[number]))) if b is None else np.split(b[number], 2)
        part.bW[...], part.bR[...] = map(gates, both)
    reader.chain([layer, in_directions(hidden, directions)], op.outputs[0], op.inputs[0])


def mode_of(op: Operator, functions: list[str], directions: int) -> str | None:
    """cuDNN's mode for an operator, None where it has none."""
    if op.kind == "RNN":
        functions = functions or ["Tanh"] * directions
        name = {"Relu": "CUDNN_RNN_RELU", "Tanh": "CUDNN_RNN_TANH"}.get(functions[0])
        return name if len(set(functions)) == 1 else None
    if functions and functions != FUNCTIONS[op.kind] * directions:
        return None
    if op.kind == "GRU" and op.get("linear_before_reset", 0) != 1:
        return None
    return f"CUDNN_{op.kind}"


def in_directions(hidden: int, directions: int) -> Any:
    """(time, batch, directions · hidden) as (time, directions, batch, hidden)."""
    if directions == 1:
        return nn.Unsqueeze(2)
    parts = nn.Concat(2)
    for i in range(directions):
        narrow = nn.Narrow(3, 1 + i * hidden, hidden)
        parts.add(nn.Sequential().add(narrow).add(nn.Unsqueeze(2)))
    return parts


RULES: dict[str, Callable[[Reader, Operator], Any]] = dict.fromkeys(
    ("RNN", "LSTM", "GRU"), recurrent
)
