"""Tensors of a net as few blocks of memory: one call of MPI for many tensors.

Tensors that lie one after the other in a storage, as after `getParameters`, are one block in
place. Small ones that do not are copied into a block, and back after it was reduced.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .collectives import memory

SMALL = 1 << 16  # bytes: below it a call of MPI costs more than copying


@dataclass
class Run:
    """Tensors that lie one after the other: the part [start, end) of a storage, in elements."""

    storage: Any
    start: int
    end: int

    @property
    def array(self) -> np.ndarray:
        """The memory itself."""
        return self.storage.nd[self.start : self.end]


@dataclass
class Block:
    """What one call of MPI takes: `array`, which is the tensors' own memory, or a copy of it."""

    array: np.ndarray
    parts: list[np.ndarray] = field(default_factory=list)  # what was copied

    def back(self) -> None:
        """Copy the result to where it belongs."""
        start = 0
        for part in self.parts:
            part[...] = self.array[start : start + part.size]
            start += part.size


def runs(tensors: Iterable[Any]) -> list[Run]:
    """Tensors as runs of their storages' memory; memory that several of them share counts once."""
    found: list[Run] = []
    for i, tensor in enumerate(tensors, 1):
        data = memory(tensor, i)
        if not data.size:
            continue
        storage = tensor.storage()
        start = tensor.storageOffset() - 1
        end = start + data.size
        if any(r.storage is storage and r.start <= start and end <= r.end for r in found):
            continue
        last = found[-1] if found else None
        if last is not None and last.storage is storage and last.end == start:
            last.end = end
        else:
            found.append(Run(storage, start, end))
    return found


def blocks(tensors: Iterable[Any]) -> list[Block]:
    """Tensors as blocks, in an order that is the same on all ranks of one program."""
    whole: list[Block] = []
    small: dict[Any, list[np.ndarray]] = {}
    for run in runs(tensors):
        array = run.array
        if array.nbytes < SMALL:
            small.setdefault(array.dtype, []).append(array)
        else:
            whole.append(Block(array))
    for parts in small.values():
        if len(parts) == 1:
            whole.append(Block(parts[0]))
        else:
            whole.append(Block(np.concatenate(parts), parts))
    return whole
