"""torchx: helpers on tensors. `torch.find`, `concat`, `remap` and `group` are here, `nested` has
those on nested tables, `sampling`, `multi` and `small` the rest. Upstream:
nicholas-leonard/torchx.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, first, length, listed, lua_type, new_table
from th7shell.torch.classes import torch_type
from th7shell.torch.namespace import namespace, need
from th7shell.torch.tensor import TYPES, Tensor, resized, wrap

from . import nested
from .multi import MultiCudaTensor
from .sampling import AliasMultinomial
from .small import Queue, extend, indexdir, treemax

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_FILES = """AliasMultinomial MultiCudaTensor Queue concat extend find group indexdir recursivetensor
remap treemax"""
FILES: dict[str, Any] = dict.fromkeys(_FILES.split())


def find(tensor: Any = None, val: Any = None, dim: Any = None, *_: Any) -> Any:
    """The places, in order, at which a tensor has a value; with dim 2, those in each row of a
    matrix, a table for each."""
    if not isinstance(tensor, Tensor):
        raise TorchError(f"torch.find: a tensor expected, got {torch_type(tensor)}")
    hits = tensor.nd == val
    if dim is None:
        return new_table((np.flatnonzero(hits) + 1).tolist())
    if hits.ndim != 2:
        raise TorchError("torch.find dim arg only supports matrices for now")
    if dim != 2:
        raise TorchError("torch.find only supports dim=2 for now")
    return new_table(new_table((np.flatnonzero(row) + 1).tolist()) for row in hits)


def concat(
    result: Any = None, tensors: Any = None, dim: Any = None, index: Any = None, *_: Any
) -> Any:
    """Tensors one after another along a dimension (1): `torch.concat([res,] {tensors} [, dim])`."""
    if result.__class__ is Table:
        tensors, dim, index = result, tensors, dim
        model = tensors[1 if index is None else index]
        result = type(model)() if isinstance(model, Tensor) else None
    if not isinstance(tensors, Table):
        raise TorchError("expecting table at arg 2")
    parts = listed(tensors)
    wrong = [torch_type(part) for part in parts if not isinstance(part, Tensor)]
    if wrong or not parts:
        what = wrong[0] if wrong else "none"
        raise TorchError(f"Expecting table of torch.Tensors at arg 2 : {what}")
    axis = 0 if dim is None else int(dim) - 1
    shape = list(parts[0].nd.shape)
    if not 0 <= axis < len(shape):
        raise TorchError(f"torch.concat: dimension {axis + 1} of {len(shape)}")
    for i, part in enumerate(parts, 1):
        if part.nd.ndim != len(shape):
            raise TorchError(
                f"Cannot concat {len(shape)} and {part.nd.ndim} dimensions (index {i})"
            )
        for j, (a, b) in enumerate(zip(shape, part.nd.shape)):
            if j != axis and a != b:
                raise TorchError(
                    f"Cannot concat dim {j + 1} with different sizes: {a} ~= {b} "
                    f"for tensor at index {i}"
                )
    shape[axis] = sum(part.nd.shape[axis] for part in parts)
    joined = np.concatenate([part.nd for part in parts], axis)
    resized(result, tuple(shape))[...] = joined
    return result


def remap(
    t1: Any = None, t2: Any = None, f: Any = None, p1: Any = None, p2: Any = None, *_: Any
) -> Any:
    """Call f on the pairs of tensors in two nested tables; where one has no partner, an empty
    tensor of the type of p1, p2 or the other is made. Returns both."""
    if lua_type(f) != "function":
        raise TorchError("Expecting function at argument 3")
    for these in (t1, t2):
        if torch_type(these) == "table":
            t1 = Table() if t1 is None else t1
            t2 = Table() if t2 is None else t2
            for i in range(1, length(these) + 1):
                t1[i], t2[i] = remap(t1[i], t2[i], f, p1, p2)
            return t1, t2
    if not (isinstance(t1, Tensor) or isinstance(t2, Tensor)):
        kinds = f"{torch_type(t1)} and {torch_type(t2)}"
        raise TorchError(f"expecting nested tensors or tables. Got {kinds} instead")
    if t1 is None:
        t1 = type(t2 if p1 is None else p1)()
    elif t2 is None:
        t2 = type(p2 if p2 is not None else t1 if p1 is None else p1)()
    f(t1, t2)
    return t1, t2


def group(*given: Any) -> Any:
    """Equal values of a vector together: `torch.group([sorted, index,] tensor [, same(a, b) [,
    descending]])` returns value → {idx=, val=}, the sorted tensor and its elements' places."""
    own = len(given) < 3 or not isinstance(given[2], Tensor)
    values = (None, None, *given) if own else given
    ordered, index, tensor, same, descending = (*values, *(None,) * 5)[:5]
    if not isinstance(tensor, Tensor):
        raise TorchError("expecting torch.Tensor for arg 3")
    if tensor.nd.ndim != 1:
        raise TorchError("torch.group: a vector expected")
    ordered = type(tensor)() if ordered is None else ordered
    if type(ordered) is not type(tensor):
        raise TorchError("expecting torch.Tensor for arg 1 as same type as arg 2")
    index = TYPES["torch.LongTensor"]() if index is None else index
    if torch_type(index) != "torch.LongTensor":
        raise TorchError("expecting torch.LongTensor for arg 2")
    namespace("torch").sort(ordered, index, tensor, 1, bool(descending))
    numbers = ordered.nd.tolist()
    groups, start = Table(), 0
    for i in range(1, len(numbers) + 1):
        if i < len(numbers):
            alike = (
                numbers[i] == numbers[start]
                if same is None
                else first(same(numbers[start], numbers[i]))
            )
            if alike is not None and alike is not False:
                continue
        parts = {"idx": wrap(index.nd[start:i]), "val": wrap(ordered.nd[start:i])}
        groups[numbers[start]] = new_table((), parts)
        start = i
    return groups, ordered, index


FUNCTIONS = {"find": find, "concat": concat, "remap": remap, "group": group, "treemax": treemax}


def luaopen(globals: Any) -> Any:
    """Put the functions into `torch`, `find` and `concat` into tensors, `indexdir` into paths, and
    return `torchx`."""
    need(globals, "torch", "paths", "sys")
    torch = globals.torch
    for name, function in FUNCTIONS.items():
        if torch[name] is None:
            torch[name] = function
    torch.AliasMultinomial, torch.MultiCudaTensor = AliasMultinomial, MultiCudaTensor
    torch.md5, torch.json = globals.require("md5"), globals.require("dkjson")
    globals.ffi = globals.require("ffi")  # a global there, too
    for cls in TYPES.values():
        cls.concat, cls.find, cls.group = concat, find, group
    globals.paths.indexdir = indexdir
    own = {"version": 1, "Queue": Queue, "extend": extend, **nested.FUNCTIONS}
    globals.torchx = new_table((), own)
    return globals.torchx
