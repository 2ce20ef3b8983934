"""The tensors and storages of an object under their paths, which of them share memory, and their
statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np

from th7shell.lua import LuaError
from th7shell.torch.classes import typename
from th7shell.torch.memory import extent_bytes, offset_of, own_storage
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .pieces import pieces
from .walk import Node, walk

MANY = 1 << 26  # elements of a tensor that repeats those of a smaller storage: more are not shown


@dataclass(slots=True)
class Entry:
    """A tensor or storage. nd: its array, None where its storage was emptied; storage: its memory,
    shared by those that have the same; same: the path of an earlier one that is the same part of
    it."""

    path: str
    value: Any
    nd: Any
    storage: Any
    same: str | None = None

    @property
    def kind(self) -> str:
        """The class: `torch.FloatTensor`."""
        return typename(self.value) or ""

    @property
    def interval(self) -> tuple[int, int]:
        """The elements of its storage between its first and its last, as a range."""
        start = offset_of(self.nd, self.storage.nd) if self.nd.size else 0
        return start, start + extent_bytes(self.nd) // self.nd.itemsize

    @property
    def repeats(self) -> bool:
        """Whether it holds elements of its storage several times, and very many in all."""
        return self.nd.size > max(MANY, self.storage.nd.shape[0])


def tensors(value: Any, wanted: Callable[[Node], bool] | None = None) -> Iterator[Entry]:
    """The tensors and storages of an object under all their paths, or the wanted ones of them."""
    met: dict[Any, str] = {}
    for node in walk(value):
        found = node.value
        if not isinstance(found, (Tensor, Storage)) or (wanted is not None and not wanted(node)):
            continue
        entry = Entry(node.path, found, _array(found), _memory(found))
        place: Any = id(found)
        if entry.nd is not None and entry.nd.size:
            nd = entry.nd
            kind = isinstance(found, Storage)
            place = (kind, id(entry.storage), entry.interval[0], nd.shape, nd.strides)
        first = met.setdefault(place, entry.path)
        entry.same = first if first != entry.path else None
        yield entry


def _array(value: Any) -> Any:
    try:
        return value.nd
    except LuaError:  # its storage was emptied before it was saved
        return None


def _memory(value: Any) -> Any:
    return value if isinstance(value, Storage) else own_storage(value)


@dataclass(slots=True)
class Statistics:
    """Of the numbers of an array that are numbers, and how many are none."""

    min: float = nan
    mean: float = nan
    max: float = nan
    nans: int = 0


def statistics(nd: Any, progress: Callable[[int], Any] | None = None) -> Statistics:
    """The statistics of an array; elements that it repeats by a stride of 0 are looked at once."""
    repeated = 1
    if 0 in nd.strides:
        once = tuple(slice(0, 1) if s == 0 else slice(None) for s in nd.strides)
        repeated = nd.size // max(1, nd[once].size)
        nd = nd[once]
    found = Statistics()
    total, count = 0.0, 0
    with np.errstate(all="ignore"):
        for part in pieces(nd, progress):
            if part.dtype == np.float16:
                part = part.astype(np.float32)
            low, high = part.min(), part.max()
            if low != low:
                part = part[part == part]
                if not part.size:
                    continue
                low, high = part.min(), part.max()
            total += float(part.sum(dtype=np.float64))
            count += part.size
            found.min = float(low) if isnan(found.min) else min(found.min, float(low))
            found.max = float(high) if isnan(found.max) else max(found.max, float(high))
    found.nans = (nd.size - count) * repeated
    found.mean = total / count if count else nan
    return found
