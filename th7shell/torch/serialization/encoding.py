"""The bytes of objects on their way into a file: binary and ascii, collected in parts.

Nothing reaches the file before the whole object is encoded, so a failed write leaves no half
object; arrays are referred to, not copied.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..files import ascii
from .memo import BOOLEAN, NIL, NUMBER, STRING, TABLE, TORCH

if TYPE_CHECKING:
    from ..files.file import File

_LARGE = 1 << 12  # arrays from this many bytes on become parts of their own


class Encoder(ABC):
    """Objects' heads and contents become bytes; the layouts differ in the two subclasses."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.out = bytearray()
        self.parts: list[Any] = []

    def flush(self) -> None:
        """Hand all parts to the file."""
        channel = self.file.writable()
        parts, self.parts = [*self.parts, self.out], []
        self.out = bytearray()
        channel.reserve(sum(map(len, parts)))
        for part in parts:
            if len(part) and not self.file._send(channel, part, len(part), 1):
                return

    def raw(self, data: Any) -> None:
        """Bytes as they are."""
        if len(data) < _LARGE:
            self.out += data
        else:
            self.parts += [self.out, data]
            self.out = bytearray()

    @abstractmethod
    def text(self, data: bytes) -> None:
        """Bytes with their number before them."""

    def torch(self, index: int, version: bytes, name: bytes) -> None:
        """The head of a Torch object."""
        self.ints(TORCH, index)
        self.text(version)
        self.text(name)

    @abstractmethod
    def ints(self, *values: int) -> None:
        """Whole numbers of 32 bits."""

    def longs(self, *values: int) -> None:
        """Longs, one or more."""
        self.array("Long", np.array(values, np.int64))

    @abstractmethod
    def array(self, kind: str, values: NDArray[Any]) -> None:
        """The elements of an array."""


class BinaryEncoder(Encoder):
    """Numbers as the machine holds them."""

    def __init__(self, file: File) -> None:
        super().__init__(file)
        order = ">" if file._big_endian else "<"
        self._number = struct.Struct(order + "id").pack
        self._two = struct.Struct(order + "ii").pack
        self._int = struct.Struct(order + "i").pack
        self._three = struct.Struct(order + "iii").pack
        self._long = order + "{}q" if file._long_size != 4 else ""

    def nil(self) -> None:
        self.out += self._int(NIL)

    def number(self, value: float) -> None:
        self.out += self._number(NUMBER, value)

    def boolean(self, value: bool) -> None:
        self.out += self._two(BOOLEAN, value)

    def string(self, data: bytes) -> None:
        self.out += self._two(STRING, len(data))
        self.raw(data)

    def table(self, index: int, pairs: int) -> None:
        self.out += self._three(TABLE, index, pairs)

    def ints(self, *values: int) -> None:
        for value in values:
            self.out += self._int(value)

    def longs(self, *values: int) -> None:
        if self._long:
            self.out += struct.pack(self._long.format(len(values)), *values)
        else:
            super().longs(*values)

    def text(self, data: bytes) -> None:
        self.out += self._int(len(data))
        self.raw(data)

    def array(self, kind: str, values: NDArray[Any]) -> None:
        data = np.ascontiguousarray(values, self.file.dtype_of(kind))
        self.raw(data.data.cast("B") if data.nbytes else b"")


class AsciiEncoder(Encoder):
    """Numbers as text; each value ends with a newline."""

    def __init__(self, file: File) -> None:
        super().__init__(file)
        self._end = b"\n" if file._auto_spacing else b""
        self._space = " " if file._auto_spacing else ""

    def nil(self) -> None:
        self.ints(NIL)

    def number(self, value: float) -> None:
        self.ints(NUMBER)
        self.out += ascii.spell(np.array([value], np.float64), "") + self._end

    def boolean(self, value: bool) -> None:
        self.ints(BOOLEAN, value)

    def string(self, data: bytes) -> None:
        self.ints(STRING)
        self.text(data)

    def table(self, index: int, pairs: int) -> None:
        self.ints(TABLE, index, pairs)

    def ints(self, *values: int) -> None:
        for value in values:
            self.out += b"%d" % value + self._end

    def text(self, data: bytes) -> None:
        self.ints(len(data))
        if data:
            self.raw(data)
            self.out += self._end

    def array(self, kind: str, values: NDArray[Any]) -> None:
        if not values.shape[0]:
            return
        if kind in ("Byte", "Char"):
            self.raw(values.tobytes())
        else:
            self.raw(ascii.spell(values, self._space))
        self.out += self._end
