"""Memory of the ffi library: pieces whose ends are known, what keeps them alive, and views of the
numbers in them."""

from __future__ import annotations

import ctypes
from typing import Any

from .arguments import LibraryError
from .ffi_types import POINTER_SIZE

ADDRESSES = 1 << 8 * POINTER_SIZE


class Memory:
    """A piece of memory: its address and size, the object that owns it, and where the pointers that
    were stored in it lie and lead to."""

    __slots__ = ("address", "bytes", "owner", "pointees", "size")

    def __init__(self, address: int, size: int | None, owner: Any) -> None:
        self.address = address
        self.size = size  # None where it is not known: an address from a number
        self.owner = owner
        self.bytes: memoryview | None = None  # made when first asked for
        self.pointees: dict[int, tuple[int, Memory]] = {}

    def check(self, address: int, size: int) -> None:
        """Refuse an access outside."""
        if address == 0 or self.address == 0:
            raise LibraryError("attempt to access memory through a NULL pointer")
        if size < 0:
            raise LibraryError("the size of what is accessed is unknown or negative")
        if self is UNKNOWN:
            raise LibraryError(
                "a pointer that was not stored as a pointer: the memory it belongs to is not known"
            )
        if self.size is None:
            if not 0 < address <= ADDRESSES - size:
                raise LibraryError("access outside the memory that there can be")
        elif not self.address <= address <= self.address + self.size - size:
            raise LibraryError("access outside the memory that the pointer belongs to")

    def view(self, address: int, code: Any, size: int, count: int | None) -> memoryview | None:
        """Return the numbers from an address on, of `size` bytes each: `count` of them, or all to
        the end of the memory. It keeps the memory alive. None where there is no such view."""
        if self.bytes is None:
            self.bytes = self._bytes()
        start = address - self.address
        end = len(self.bytes) if count is None else start + count * size
        if not 0 <= start < end <= len(self.bytes):
            return None
        return self.bytes[start : end - (end - start) % size].cast(code)

    def _bytes(self) -> memoryview:
        if self.size is None and self.address:
            known = min(ADDRESSES // 2 - self.address, _Anything._length_)
            return memoryview(_Anything.from_address(self.address)).cast("B")[: max(known, 0)]
        try:
            return memoryview(self.owner).cast("B")[: self.size]
        except (TypeError, ValueError):  # no owner, or one whose bytes do not follow each other
            return memoryview(b"")


class _Anything(ctypes.Array):
    """Memory whose end is not known."""

    _type_ = ctypes.c_char
    _length_ = ADDRESSES // 2 - 1 if POINTER_SIZE == 4 else 1 << 46


NOWHERE = Memory(0, None, None)
UNKNOWN = Memory(1, 0, None)


def allocated(size: int) -> Memory:
    """Make zeroed memory."""
    try:
        buffer = (ctypes.c_char * max(size, 1))()
    except (MemoryError, OverflowError):
        raise LibraryError("not enough memory") from None
    return Memory(ctypes.addressof(buffer), size, buffer)


def move(target: int, memory: Memory, source: int, origin: Memory, size: int) -> None:
    """Copy bytes between places that may overlap, with the pointers that are whole in them."""
    memory.check(target, size)
    origin.check(source, size)
    ctypes.memmove(target, source, size)
    if origin.pointees:
        last = source + size - POINTER_SIZE
        moved = {
            target + (at - source): pointee
            for at, pointee in origin.pointees.items()
            if source <= at <= last
        }
        memory.pointees.update(moved)
