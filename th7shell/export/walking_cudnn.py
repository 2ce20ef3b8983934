"""cuDNN's layers that compute otherwise than nn's, as nn's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from th7shell import nn

from .graph import Node, refuse

if TYPE_CHECKING:
    from .walking import Walk

LOG, INSTANCE = "CUDNN_SOFTMAX_LOG", "CUDNN_SOFTMAX_MODE_INSTANCE"

#: fields of recurrent layers: why one that has them is not converted, and what to do
STATEFUL = {
    "rememberStates": "it goes on from the states of its last call; set rememberStates to false",
    "hiddenInput": "its first states are given; call its resetStates()",
    "cellInput": "its first states are given; call its resetStates()",
}


def softmax(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Over the planes at each place, or over all that a sample has."""
    log = (layer.algorithm or layer.ALGORITHM) == LOG
    whole = (layer.mode or layer.MODE) == INSTANCE
    shape, batch = list(value.shape), value.rank in ((5,) if layer.VOLUME else (2, 4))
    inner = value
    if whole and value.rank > 2:
        sample = math.prod(shape[batch:])
        inner = walk.reshaped(value, [*shape[:batch], sample], place)
    elif layer.VOLUME:
        inner = walk.reshaped(value, [*shape[:-2], shape[-2] * shape[-1]], place)
    result = walk.through(inner, place, nn.LogSoftMax() if log else nn.SoftMax())
    return result if inner is value else walk.reshaped(result, shape, place)


def temporal(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """nn's convolution between frames of zeros."""
    pad = int(layer.padH or 0)
    for count in (-pad, pad) if pad else ():
        value = walk.through(value, place, nn.Padding(value.rank - 1, count))
    return walk.leaf(layer._plain(), value, place)


def average(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """nn's pooling of volumes between zeros."""
    for axis, margins in enumerate(layer._margins(value.tensor.nd), value.rank - 3):
        for sign, count in zip((-1, 1), margins):
            if count:
                value = walk.through(value, place, nn.Padding(axis + 1, sign * count))
    sizes = [int(layer[name + axis]) for name in ("k", "d") for axis in "TWH"]
    return walk.through(value, place, nn.VolumetricAveragePooling(*sizes))


def recurrent(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Whole sequences, from states of zero."""
    if isinstance(value, list):
        why = "packed sequences have no equivalent; give (time, batch, size)"
        raise refuse(Node(layer, place, value, []), why)
    for field, why in STATEFUL.items():
        if layer[field]:
            raise refuse(Node(layer, place, value, []), why)
    return walk.leaf(layer, value, place)


WAYS: dict[str, Any] = {
    "cudnn.RNN": recurrent,
    **dict.fromkeys(
        (
            "cudnn.SpatialSoftMax",
            "cudnn.SpatialLogSoftMax",
            "cudnn.SoftMax",
            "cudnn.LogSoftMax",
            "cudnn.VolumetricSoftMax",
            "cudnn.VolumetricLogSoftMax",
        ),
        softmax,
    ),
    "cudnn.TemporalConvolution": temporal,
    "cudnn.VolumetricAveragePooling": average,
}
