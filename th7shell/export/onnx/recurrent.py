"""cuDNN's recurrent layers: a layer of all its directions is one operator."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node
from .builder import Builder

#: cuDNN's mode → the operator, its attributes, and which of cuDNN's gates is each of ONNX's
OPERATORS: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    "CUDNN_RNN_RELU": ("RNN", {"activations": ["Relu"]}, (0,)),
    "CUDNN_RNN_TANH": ("RNN", {"activations": ["Tanh"]}, (0,)),
    "CUDNN_LSTM": ("LSTM", {}, (0, 3, 1, 2)),  # i, f, g, o as i, o, f, c
    "CUDNN_GRU": ("GRU", {"linear_before_reset": 1}, (1, 0, 2)),  # r, z, n as z, r, h
}


def recurrent(g: Builder, node: Node) -> str:
    layer, x = node.layer, g.of(node.input)
    kind, attributes, order = OPERATORS[layer.mode]
    directions, hidden = int(layer.numDirections), int(layer.hiddenSize)
    parts = layer._layout().views(layer.weight.nd)

    def gates(array: Any) -> Any:
        return np.concatenate([np.split(array, len(order))[i] for i in order])

    if layer.batchFirst:
        x = g.op("Transpose", x, perm=(1, 0, 2))
    activations = attributes.get("activations", []) * directions
    for number in range(int(layer.numLayers)):
        own = parts[number * directions : (number + 1) * directions]
        w, r = (np.stack([gates(p) for p in some]) for some in zip(*((o.W, o.R) for o in own)))
        b = np.stack([np.concatenate([gates(o.bW), gates(o.bR)]) for o in own])
        arrays = {"weight_ih": w, "weight_hh": r, "bias": b}
        y = g.op(
            kind,
            x,
            *(g.parameter(array, f"{name}_l{number}") for name, array in arrays.items()),
            hidden_size=hidden,
            direction="bidirectional" if directions == 2 else None,
            **(attributes | ({"activations": activations} if activations else {})),
        )  # (time, directions, batch, hidden)
        y = g.op("Transpose", y, perm=(0, 2, 1, 3))
        x = g.op("Reshape", y, g.ints(0, 0, directions * hidden))
    return g.op("Transpose", x, perm=(1, 0, 2)) if layer.batchFirst else x


RULES: dict[str, Any] = {"cudnn.RNN": recurrent}
