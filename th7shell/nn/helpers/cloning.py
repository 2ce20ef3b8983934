"""Deep copies of modules and criterions: what writing to a file and reading back gives, without
the file.

Objects whose class has a `write` of its own in Lua, and functions in fields, do go through a
file in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, items, lua_type, rawset
from th7shell.torch.classes import typename
from th7shell.torch.lending import stands_for
from th7shell.torch.memory import offset_of, own_storage, point
from th7shell.torch.namespace import TORCH
from th7shell.torch.serialization.fields import write_fields
from th7shell.torch.storage import Storage
from th7shell.torch.stranded import layout_of, strand
from th7shell.torch.tensor import Tensor

ATOMS = frozenset({type(None), bool, int, float, str})


class NeedsFile(Exception):
    """Something that only the file format knows how to copy."""


def deep_clone(obj: Any, shared: Sequence[str] = ()) -> Any:
    """Copy an object with all it refers to; tensors under the names in `shared` are left empty
    in modules.
    """
    try:
        return copied(obj, {}, frozenset(shared))
    except NeedsFile:
        return TORCH.deserialize(TORCH.serialize(obj))


def copied(value: Any, memo: dict[int, Any], shared: frozenset[str]) -> Any:
    """The copy of a value; an object that was copied before keeps its one copy."""
    if value.__class__ in ATOMS:
        return value
    if id(value) in memo:
        return memo[id(value)][1]
    if isinstance(value, Tensor):
        return copied_tensor(value, memo)
    if isinstance(value, Storage):
        return copied_storage(value, memo)
    kind = value.__class__
    if kind is Table:
        name, new = None, Table()
    elif not isinstance(value, Table) or has_own_write(value):
        raise NeedsFile(lua_type(value))
    else:
        name = typename(value)
        new = kind.__new__(kind) if name else Table()
    memo[id(value)] = value, new
    for key, item in items(value):
        if name and key in shared:
            if not isinstance(item, Tensor):
                raise TorchError("Shared parameters have to be Tensors")
            new[key] = item.new()
        else:
            key = key if key.__class__ in ATOMS else copied(key, memo, shared)
            rawset(new, key, item if item.__class__ in ATOMS else copied(item, memo, shared))
    return new


def copied_tensor(tensor: Any, memo: dict[int, Any]) -> Any:
    """A tensor of the same geometry over the copy of its storage."""
    new = tensor.new()
    memo[id(tensor)] = tensor, new
    layout = layout_of(tensor)
    if layout is not None:
        strand(new, layout, copied_storage(tensor._storage, memo))
        return new
    nd = tensor.nd
    if nd.size:
        storage = copied_storage(own_storage(tensor), memo)
        start = offset_of(nd, tensor.storage().nd) * nd.itemsize
        point(new, np.ndarray(nd.shape, nd.dtype, storage.nd, start, nd.strides), storage)
    return new


def copied_storage(storage: Any, memo: dict[int, Any]) -> Any:
    """The copy of a storage."""
    if id(storage) not in memo:
        memo[id(storage)] = storage, type(storage)(storage.nd)
        memo[id(storage)][1].nd = storage.nd.copy()
    return memo[id(storage)][1]


def has_own_write(value: Any) -> bool:
    """Whether an object's class was given a `write` from outside this package."""
    write = getattr(type(value), "write", None)
    if write is None or stands_for(write, write_fields):
        return False
    return not str(getattr(write, "__module__", "")).startswith(__package__)
