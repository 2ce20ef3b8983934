"""Files read through a memory mapping: large arrays stay where they are on the disk until somebody
looks at them.

`read_mapped(file)` gives a DiskFile such a channel; what is read from it cannot be written to.
`place(array)` tells where in its file an array lies, so that much data can be read in order with
ordinary reads: pages of a mapping would count as the process's memory.
"""

from __future__ import annotations

import io
import mmap
import os
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .channel import Channel, StreamChannel

LEAST = 1 << 12  # bytes of an array that is worth leaving in the file


class Mapping(mmap.mmap):
    """A file's bytes, and the file, opened for reading."""

    file: io.FileIO
    address: int


def mapping(number: int) -> Mapping:
    """Map the file with that descriptor. Errors: OSError, ValueError (an empty file, a pipe)."""
    made = Mapping(number, 0, access=mmap.ACCESS_READ)
    own = os.dup(number)
    made.file = io.FileIO(own, "r", closefd=False)
    made.address = np.frombuffer(made, np.uint8).__array_interface__["data"][0]
    weakref.finalize(made, os.close, own)
    return made


def place(nd: NDArray[Any]) -> tuple[Mapping, int] | None:
    """The mapping that an array is part of and its first byte's place there; None of others."""
    base: Any = nd
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if not isinstance(base, Mapping):
        return None
    return base, nd.__array_interface__["data"][0] - base.address


class MappedChannel(Channel):
    """The bytes of a mapped file."""

    __slots__ = ("map",)

    def __init__(self, map: Mapping) -> None:
        self.map = map
        self.buf = memoryview(map)
        self.pos = 0

    def lend(self, dtype: np.dtype, n: int) -> NDArray[Any]:
        """The next n elements, or as many as there are, as an array that cannot be written to."""
        n = min(n, self.left() // dtype.itemsize)
        data = np.frombuffer(self.buf, dtype, n, self.pos)
        self.pos += data.nbytes
        return data

    def left(self) -> int:
        return len(self.buf) - self.pos

    def position(self) -> int:
        return self.pos

    def seek(self, position: int) -> None:
        if position > len(self.buf):
            raise ValueError("beyond the end")
        self.pos = position

    def seek_end(self) -> None:
        self.pos = len(self.buf)


def read_mapped(file: Any) -> None:
    """Let a file that was just opened for reading be read through a mapping, where the system can
    do that."""
    channel = file.opened()
    assert isinstance(channel, StreamChannel)
    try:
        map = mapping(channel.raw.fileno())
    except (OSError, ValueError):
        return
    file.close()
    file._channel = MappedChannel(map)
