"""Gather parameter tensors into one storage (`getParameters`): the tensors become views of one flat
tensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, array
from th7shell.torch.tensor import default_type


def flatten(parameters: Any = None, *_: Any) -> Any:
    """Move tensors into one new 1-D tensor and return it.

    Tensors that share memory still do so afterwards, and their elements appear once; elements of a
    storage that no tensor uses are left out. The tensors stay the same objects.
    """
    tensors = array(parameters) if isinstance(parameters, Table) else list(parameters or ())
    if not tensors:
        return default_type()()
    make = type(tensors[0])
    storages: dict[int, tuple[Any, int]] = {}
    places, total = [], 0
    for t in tensors:
        storage = t.storage()
        if id(storage) not in storages:
            storages[id(storage)] = storage, total
            total += storage.size()
        places.append(storages[id(storage)][1] + t.storageOffset() - 1)
    used = np.zeros(total, bool)
    windows = [
        np.ndarray(t.nd.shape, bool, used, place, [s // t.nd.itemsize for s in t.nd.strides])
        if t.nd.size
        else used[:0]
        for t, place in zip(tensors, places)
    ]
    for window in windows:
        window[...] = True
    everything = np.zeros(total, tensors[0].nd.dtype)
    for storage, start in storages.values():
        everything[start : start + storage.size()] = storage.nd
    if not used.all():
        if not all(map(compact, windows)):
            raise TorchError("Cannot gather tensors that are not compact")
        before = np.cumsum(used) - 1
        everything = everything[used]
        places = [int(before[place]) if t.nd.size else 0 for t, place in zip(tensors, places)]
    flat = make(everything.size)
    flat.nd[...] = everything
    for t, place in zip(tensors, places):
        t.set(flat.storage(), place + 1, t.size(), t.stride())
    return flat


def compact(view: np.ndarray) -> bool:
    """Whether a view covers one stretch of memory without holes, in whatever order of its axes."""
    real = sorted((s, n) for s, n in zip(view.strides, view.shape) if s and n > 1)
    size = 1
    for stride, n in real:
        if stride != size:
            return False
        size *= n
    return True
