"""What `convert` can do to an object on its way: drop buffers, make doubles floats, bring CUDA's
types and layers to the CPU. The object itself is changed; what was shared stays shared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, rawitems, rawset, send
from th7shell.nn.helpers.utils import clear
from th7shell.torch.classes import class_named, typename
from th7shell.torch.memory import offset_of, own_storage, point
from th7shell.torch.storage import STORAGES, Storage, give
from th7shell.torch.stranded import layout_of
from th7shell.torch.tensor import TYPES, Tensor

from .names import nets_of
from .nets import children_of, is_module, is_unknown
from .options import DAMAGED, ExportError, Options, damaged
from .walk import walk

STATE = ("output", "gradInput")  # buffers that every module has
FLOATS = {"Double": "Float", "Half": "Float", "CudaDouble": "Cuda", "CudaHalf": "Cuda"}
PARALLEL = ("nn.DataParallelTable", "nn.DataParallel")


def clean(value: Any, options: Options) -> Any:
    """The object with what the options ask for done to it. Errors: ExportError for a net whose
    methods fail."""
    try:
        if options.cpu:
            value = to_cpu(value, options)
        if not options.state:
            clear_state(value)
        if options.float:
            retype(value, FLOATS)
    except ExportError:
        raise
    except DAMAGED as error:
        raise ExportError(f"the net cannot be changed: {damaged(error)}") from error
    return value


# buffers


def clear_state(value: Any) -> None:
    """Drop the outputs and other buffers of all nets inside an object, as `clearState` does."""
    for _, net in nets_of(value):
        modules = _modules(net)
        if not any(map(is_unknown, modules)):
            send(net, "clearState")
            continue
        for module in modules:  # one by one: unknown ones have no methods
            if is_unknown(module) or children_of(module):
                clear(module, *STATE)
            else:
                send(module, "clearState")


def _modules(net: Any) -> list[Any]:
    return [n.value for n in walk(net) if n.same is None and is_module(n.value)]


# types


def retype(value: Any, kinds: dict[str, str]) -> None:
    """Give the tensors and storages of an object other types: `kinds` says which for which, by the
    beginnings of their names. Names of types in fields follow."""
    done: dict[int, Any] = {}  # id(storage) → its elements before
    names = {f"torch.{a}Tensor": f"torch.{b}Tensor" for a, b in kinds.items()}
    for node in walk(value):
        found = node.value
        if isinstance(found, Storage):
            _retype_storage(found, kinds, done)
        elif isinstance(found, Tensor):
            _retype_tensor(found, kinds, done)
        elif found.__class__ is str and found in names and node.above is not None:
            if isinstance(node.above.value, Table):
                rawset(node.above.value, node.key, names[found])


def _retype_storage(storage: Any, kinds: dict[str, str], done: dict[int, Any]) -> None:
    kind = kinds.get(storage.element_type.name)
    if kind is None or id(storage) in done:
        return
    memory = done[id(storage)] = storage.nd
    object.__setattr__(storage, "__class__", STORAGES[kind])
    give(storage, memory.astype(storage.dtype, copy=False))


def _retype_tensor(tensor: Any, kinds: dict[str, str], done: dict[int, Any]) -> None:
    kind = kinds.get(tensor.element_type.name)
    if kind is None:
        return
    cls = TYPES[f"torch.{kind}Tensor"]
    storage = own_storage(tensor)
    emptied = layout_of(tensor) is not None
    _retype_storage(storage, kinds, done)
    if emptied:
        object.__setattr__(tensor, "__class__", cls)
        point(tensor, np.empty(0, cls.dtype), storage)
        return
    nd, before = tensor.nd, done.get(id(storage), storage.nd)
    object.__setattr__(tensor, "__class__", cls)
    width, old = cls.dtype.itemsize, nd.itemsize
    place = offset_of(nd, before) * width
    strides = tuple(s // old * width for s in nd.strides)
    point(tensor, np.ndarray(nd.shape, cls.dtype, storage.nd, place, strides), storage)


# CUDA


def to_cpu(value: Any, options: Options) -> Any:
    """The object with CUDA's tensors as the CPU's, cudnn's layers as nn's, and a net instead of its
    copies for several devices."""
    for node in list(walk(value)):
        if node.same is None and typename(node.value) in PARALLEL and children_of(node.value):
            inner = children_of(node.value)[0]
            if node.above is None:
                value = inner
            elif isinstance(node.above.value, Table):
                rawset(node.above.value, node.key, inner)
    for node in list(walk(value)):
        name = typename(node.value) or ""
        if node.same is None and name.startswith("cudnn.") and not _to_nn(node.value):
            options.say(f"{node.path or name}: {name} has no twin on the CPU and stays as it is")
    kinds = {
        name: row.host for name in STORAGES if (row := STORAGES[name].element_type).host != name
    }
    retype(value, kinds)
    return value


def _to_nn(layer: Any) -> bool:
    """Make a layer of cudnn's the layer of nn's; False if there is none."""
    from th7shell.cudnn.converting import LAYERS, converted

    short = (typename(layer) or "").rpartition(".")[2]
    if short not in LAYERS:
        return False
    made = converted(layer, class_named(f"nn.{short}"), True)
    if made is layer:
        return False
    layer.__class__ = type(made)
    for key, field in list(rawitems(made)):
        rawset(layer, key, field)
    return True
