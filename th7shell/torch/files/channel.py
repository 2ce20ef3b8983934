"""Where the bytes of a file come from and go to: a stream of the system, or a CharStorage.

Readers look at a window: `buf[pos:]` are bytes that can be taken by moving `pos`, and `more(n)`
brings further ones. This lets the object reader run on plain local variables.
"""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

BLOCK = 1 << 20  # read from the system at least this much at a time
PENDING = 1 << 16  # write to the system when this much waits


class Channel:
    """Bytes with a place in them. `buf` is the window, `pos` the place in it."""

    __slots__ = ("buf", "pos")

    buf: Any
    pos: int
    takes_parts = True  # a read that wants whole elements takes an incomplete last one too

    def open_window(self) -> None:
        """Make the window current; called at the beginning of each reading operation."""

    def more(self, n: int) -> bool:
        """Bring n bytes (or all that are left) into the window; False if there are fewer."""
        return len(self.buf) - self.pos >= n

    def left(self) -> int | None:
        """Number of bytes from the place to the end, None if nobody knows."""
        raise io.UnsupportedOperation

    def read(self, n: int) -> bytes:
        """Take up to n bytes."""
        self.open_window()
        self.more(n)
        data = bytes(self.buf[self.pos : self.pos + n])
        self.pos += len(data)
        return data

    def read_into(self, target: memoryview) -> int:
        """Fill `target` with as many bytes as there are; their number."""
        self.open_window()
        data = self.buf[self.pos : self.pos + len(target)]
        target[: len(data)] = data
        self.pos += len(data)
        return len(data)

    def reserve(self, n: int) -> None:
        """Prepare for n bytes that will be written."""

    def write(self, data: Any) -> None:
        """Put bytes at the place."""
        raise io.UnsupportedOperation

    def position(self) -> int:
        """The place, counted from 0."""
        raise io.UnsupportedOperation

    def seek(self, position: int) -> None:
        """Go to a place; OSError or ValueError if it cannot be."""
        raise io.UnsupportedOperation

    def seek_end(self) -> None:
        """Go to the end."""
        raise io.UnsupportedOperation

    def flush(self) -> None:
        """Hand everything that was written to the system."""

    def close(self) -> None:
        """Flush and let go."""


class StreamChannel(Channel):
    """A file or pipe of the system, through an unbuffered Python file."""

    __slots__ = ("buffered", "offset", "out", "raw")

    def __init__(self, raw: io.RawIOBase) -> None:
        self.raw = raw
        self.buf = b""
        self.pos = 0
        self.out = bytearray()  # written but not handed on; the window is empty then
        self.offset = 0  # where the system stands, in bytes from the beginning
        self.buffered = True

    def open_window(self) -> None:
        if self.out:
            self.flush()

    def more(self, n: int) -> bool:
        have = len(self.buf) - self.pos
        if have >= n:
            return True
        parts = [self.buf[self.pos :]]
        while have < n:
            part = self.raw.read(max(BLOCK if self.buffered else 1, n - have))
            if not part:
                break
            parts.append(part)
            have += len(part)
            self.offset += len(part)
        self.buf, self.pos = b"".join(parts), 0
        return have >= n

    def left(self) -> int | None:
        window = len(self.buf) - self.pos
        try:
            if not self.raw.seekable():
                return None
            return window + max(0, os.fstat(self.raw.fileno()).st_size - self.offset)
        except OSError:
            return None

    def read_into(self, target: memoryview) -> int:
        count = super().read_into(target)
        while count < len(target):
            part = self.raw.readinto(target[count:])  # type: ignore[attr-defined]
            if not part:
                break
            count += part
            self.offset += part
        return count

    def write(self, data: Any) -> None:
        if self.pos < len(self.buf):
            self.offset = self.raw.seek(self.position())
        self.buf, self.pos = b"", 0
        if len(data) >= PENDING:
            self.flush()
            self._send(data)
        else:
            self.out += data
            if len(self.out) >= PENDING or not self.buffered:
                self.flush()

    def _send(self, data: Any) -> None:
        view = memoryview(data).cast("B")
        while len(view):
            count = self.raw.write(view)
            view = view[count:]
            self.offset += count or 0

    def flush(self) -> None:
        if self.out:
            pending, self.out = self.out, bytearray()
            self._send(pending)

    def position(self) -> int:
        if not self.raw.seekable():
            raise OSError("a pipe has no position")
        return self.offset - (len(self.buf) - self.pos) + len(self.out)

    def seek(self, position: int) -> None:
        self.flush()
        start = self.offset - len(self.buf)
        if start <= position <= self.offset and self.buf:
            self.pos = position - start
            return
        self.offset = self.raw.seek(position)
        self.buf, self.pos = b"", 0

    def seek_end(self) -> None:
        self.flush()
        self.offset = self.raw.seek(0, io.SEEK_END)
        self.buf, self.pos = b"", 0

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self.raw.close()


class MemoryChannel(Channel):
    """The bytes of a CharStorage, all but the last, which is a closing NUL.

    `private`: nobody else has the storage yet, so no tensor has to be moved when it grows.
    """

    __slots__ = ("private", "size", "storage")
    takes_parts = False

    def __init__(self, storage: Any, private: bool) -> None:
        self.storage = storage
        self.private = private
        self.size = storage.nd.shape[0] - 1
        self.pos = 0
        self.open_window()

    def open_window(self) -> None:
        self.buf = memoryview(self.storage.nd).cast("B")[: self.size]

    def left(self) -> int:
        return self.size - self.pos

    def write(self, data: Any) -> None:
        view = memoryview(data).cast("B")
        end = self.pos + len(view)
        self.reserve(len(view))
        self.storage.nd[self.pos : end] = np.frombuffer(view, np.int8)
        self.pos = end
        if end > self.size:
            self.size = end
            self.storage.nd[end] = 0

    def reserve(self, n: int) -> None:
        if self.pos + n >= self.storage.nd.shape[0]:
            self._resize(max(self.pos + n + 1, self.storage.nd.shape[0] * 3 // 2))

    def _resize(self, length: int) -> None:
        self.buf = b""
        if not self.private:
            self.storage.resize(length)
            return
        old = self.storage.nd
        if length <= old.shape[0]:
            self.storage.nd = old[:length]
            return
        self.storage.nd = np.empty(length, np.int8)
        self.storage.nd[: self.size + 1] = old[: self.size + 1]

    def position(self) -> int:
        return self.pos

    def seek(self, position: int) -> None:
        if position > self.size:
            raise ValueError("beyond the end")
        self.pos = position

    def seek_end(self) -> None:
        self.pos = self.size

    def trim(self) -> Any:
        """The storage, cut to its data and the closing NUL."""
        self._resize(self.size + 1)
        self.storage.nd[self.size] = 0
        self.private = False
        return self.storage
