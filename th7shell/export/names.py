"""PyTorch's names and shapes for the parameters of nets.

The third module of a Sequential is `2`, its weight `2.weight`; what a layer keeps in another shape
than PyTorch's layer of the same meaning is given that shape, as a view where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

from th7shell.lua import LuaError, Table
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

from .graph import rule_for
from .nets import children_of, is_module
from .options import ExportError
from .recurrent import parameters
from .walk import walk

Array = NDArray[Any]

#: fields that PyTorch's layers keep too, with their names there
FIELDS = {
    "weight": "weight",
    "bias": "bias",
    "running_mean": "running_mean",
    "running_var": "running_var",
}


def _planes(layer: Any, weight: Array) -> Array:
    """Rows of a plane's weights → (outputs, inputs, kH, kW)."""
    return weight.reshape(weight.shape[0], -1, int(layer["kH"]), int(layer["kW"]))


def _volumes(layer: Any, weight: Array) -> Array:
    """Rows of a volume's weights → (outputs, inputs, kT, kH, kW)."""
    kernel = (int(layer[name]) for name in ("kT", "kH", "kW"))
    return weight.reshape(weight.shape[0], -1, *kernel)


def _frames(layer: Any, weight: Array) -> Array:
    """(outputs, kW * inputs) → (outputs, inputs, kW), as Conv1d has it."""
    return weight.reshape(weight.shape[0], int(layer["kW"]), -1).transpose(0, 2, 1)


RECURRENT = {"cudnn.RNN": True}  # one flat weight here, a tensor for each part there

#: class → the shape that PyTorch gives its weight, as a view of ours
SHAPES: dict[str, Callable[[Any, Array], Array]] = {
    "nn.SpatialConvolution": _planes,
    "nn.SpatialConvolutionMM": _planes,
    "nn.SpatialConvolutionLocal": lambda layer, weight: weight,
    "nn.SpatialDilatedConvolution": _planes,
    "cudnn.SpatialConvolution": _planes,
    "nn.VolumetricConvolution": _volumes,
    "nn.VolumetricDilatedConvolution": _volumes,
    "cudnn.VolumetricConvolution": _volumes,
    "nn.TemporalConvolution": _frames,
}


def nets_of(value: Any) -> list[tuple[str, Any]]:
    """The nets inside an object that are not parts of others, with their paths."""
    nodes = walk(value, lambda node: not is_module(node.value))
    return [(n.path, n.value) for n in nodes if n.same is None and is_module(n.value)]


def state_dict(net: Any) -> dict[str, Array]:
    """The parameters and running statistics of a net, by PyTorch's names and in PyTorch's shapes,
    as arrays over its own memory: `export.state_dict(net)['0.weight']`."""
    return dict(state_names(net))


def state_names(value: Any) -> Iterator[tuple[str, Array]]:
    """PyTorch's name of each parameter and running statistic of the net inside an object, and its
    array in PyTorch's shape, which is a view of the tensor. Several nets have their paths before
    the names."""
    nets = nets_of(value)
    for path, net in nets:
        for place, layer in _layers(net):
            above = [*([path] if path and len(nets) > 1 else []), *place]
            for name, nd in _own(layer, above):
                yield ".".join([*above, name]), nd


def _own(layer: Any, above: list[str]) -> Iterator[tuple[str, Array]]:
    """What a layer itself has, by PyTorch's names."""
    if rule_for(layer, RECURRENT) and _array(layer["weight"]) is not None:
        yield from parameters(layer).items()
        return
    for field, name in FIELDS.items():
        tensor = layer[field]
        if isinstance(tensor, Tensor) and _array(tensor) is not None:
            yield name, _shaped(layer, field, tensor.nd, ".".join([*above, name]))


def _array(tensor: Any) -> Array | None:
    try:
        return tensor.nd if tensor.nd.size else None
    except LuaError:
        return None


def _shaped(layer: Any, field: str, nd: Array, name: str) -> Array:
    shape = SHAPES.get(typename(layer) or "") if field == "weight" else None
    if shape is None:
        return nd
    try:
        return shape(layer, nd)
    except (TypeError, ValueError, LookupError) as error:
        raise ExportError(
            f"{name}: a weight of {'x'.join(map(str, nd.shape))} is none of a {typename(layer)}"
        ) from error


def _layers(net: Any) -> Iterator[tuple[list[str], Any]]:
    """Each place of a module with the module, children after their container. A module that
    contains itself is not gone into again."""
    stack: list[tuple[list[str], Any, tuple[int, ...]]] = [([], net, ())]
    while stack:
        place, module, above = stack.pop()
        if not isinstance(module, Table) or id(module) in above:
            continue
        yield place, module
        if len(place) < 200:
            inside = list(enumerate(children_of(module)))
            for i, child in reversed(inside):
                stack.append(([*place, str(i)], child, (*above, id(module))))
