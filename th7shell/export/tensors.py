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
    shared by those that have the same; same: the path of another one that is the same part of it;
    again: whether that is this very object."""

    path: str
    value: Any
    nd: Any
    storage: Any
    same: str | None = None
    again: bool = False

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
    nodes = [n for n in walk(value) if isinstance(n.value, (Tensor, Storage))]
    if wanted is not None:
        nodes = [n for n in nodes if wanted(n)]
    owners: dict[int, Entry] = {}  # id(tensor) → its entry
    met: dict[Any, str] = {}
    for node in nodes:
        if node.same is None:
            entry = owners[id(node.value)] = _entry(node)
            first = met.setdefault(_place(entry), entry.path)
            entry.same = first if first != entry.path else None
    for node in nodes:
        if node.same is None:
            yield owners[id(node.value)]
            continue
        entry = _entry(node)
        owner = owners.get(id(node.value))
        entry.same = node.same.path if owner is None else owner.same or owner.path
        entry.again = True
        yield entry


def _entry(node: Node) -> Entry:
    return Entry(node.path, node.value, _array(node.value), _memory(node.value))


def _place(entry: Entry) -> Any:
    """What is equal for two that are the same part of one memory."""
    nd = entry.nd
    if nd is None or not nd.size:
        return id(entry.value)
    kind = isinstance(entry.value, Storage)
    return kind, id(entry.storage), entry.interval[0], nd.shape, nd.strides


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
