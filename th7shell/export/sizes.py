"""The sizes of a net's input: as the user gave them, or guessed from its first layer."""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaError, array
from th7shell.nn.module import Module, call
from th7shell.torch.classes import typename
from th7shell.torch.tensor import TYPES, Tensor

from .graph import rule_for
from .losses import why_none
from .names import nets_of
from .options import ExportError, Options
from .tracing import copy_of

#: class → where an input's sizes are: 'F' for the first layer's inputs, 'S' for a size to be tried
SHAPES = {
    "nn.Linear": ("F",),
    "nn.SpatialConvolution": ("F", "S", "S"),
    "nn.SpatialConvolutionMM": ("F", "S", "S"),
    "nn.VolumetricConvolution": ("F", "T", "S", "S"),
}
BATCH = 2
TRIED = (224, 227, 32, 28, 96, 64, 112, 128, 231, 299, 256, 48, 16)


def input_sizes(net: Any, options: Options) -> Any:
    """Sizes for the trace: `options.input` (one input's sizes or a list of such), or a guess that
    the net can take, which the user is told of. Errors: ExportError where nothing fits."""
    if options.input:
        return nested(options.input)
    if isinstance(net, Module):
        found = guess(net)
        if found is not None:
            told = "x".join(map(str, found))
            options.say(f"taking a batch of {told} for the input; --input says otherwise")
            return found
    several = isinstance(net, Module) and (net["nInputs"] or 0) > 1
    example = "1x3x224x224" if not several else ",".join(["1x8"] * int(net.nInputs))
    raise ExportError(f"say the net's input size, of a batch of one or more: --input {example}")


def net_of(value: Any, options: Options) -> Any:
    """The net to convert: the object itself, or the only net inside it. Errors: ExportError where
    there is none, or several."""
    reason = why_none(value)  # a loss may hold a layer
    if reason is not None:
        raise ExportError(reason)
    found = nets_of(value)
    if not found:
        raise ExportError("there is no net in it; write its tensors as .safetensors instead")
    if len(found) > 1:
        places = ", ".join(path for path, _ in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise ExportError(
            f"there are several nets in it ({places}{more}); say which: --part {found[0][0]}"
        )
    path, net = found[0]
    if path:
        options.say(f"taking the net at {path}")
    return net


def nested(sizes: Any) -> Any:
    """Tuples of sizes, in lists for tables."""
    values = list(sizes)
    if values and all(isinstance(n, (int, float)) for n in values):
        return tuple(int(n) for n in values)
    return [nested(part) for part in values]


def first_layer(net: Any) -> Any:
    """The layer that the input meets first, going into containers."""
    while typename(net) in ("nn.Sequential", "nn.Concat", "nn.ConcatTable", "nn.gModule"):
        inside = array(net.modules)
        if typename(net) == "nn.gModule":
            if (net["nInputs"] or 1) > 1:
                return None
            inside = [m for m in inside if typename(m) != "nn.Identity"]
        if not inside:
            return None
        net = inside[0]
    return net


def guess(net: Any) -> tuple[int, ...] | None:
    """Sizes of a batch that the net can take, None where its first layer says nothing.

    A batch of two: one of one is a sample to some layers, such as nn.View.
    """
    layer = first_layer(net)
    form = None if layer is None else rule_for(layer, SHAPES)
    if form is None:
        return None
    planes = layer.weight.size(2) if form == ("F",) else int(layer.nInputPlane)
    if form == ("F",):
        return (BATCH, planes)
    net = copy_of(net)
    kind = TYPES[call(net, "type")]
    for size in TRIED:
        sizes = (BATCH, *(planes if part == "F" else 16 if part == "T" else size for part in form))
        try:
            output = call(net, "forward", kind(*sizes).fill(1))
        except LuaError:
            continue
        if not isinstance(output, Tensor) or output.nd.shape[0] == BATCH:
            return sizes
    return None
