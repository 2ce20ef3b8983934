"""`torch.File`: modes, flags, and the typed reading and writing that all files share. Upstream:
file.md."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import BadArgument, TorchError

from ..storage import STORAGES
from ..types import ELEMENT_TYPES, NONE, element, integer, lua_number, to_number, type_text
from . import ascii
from .channel import Channel
from .mapped import LEAST, MappedChannel
from .modes import Modes


class File(Modes, name="torch.File"):
    """What DiskFile, MemoryFile and PipeFile have in common.

    Numbers are read and written in ascii (the default) or binary form, one at a time or as
    storages: `f:writeInt(3)`, `f:writeDouble(storage)`, `f:readInt()`, `f:readInt(n)`,
    `f:readInt(storage)`, for Byte, Char, Short, Int, Long, Float and Double; `f:readObject()` and
    `f:writeObject(object)` serialize. All methods that return nothing else return the file. Errors
    are raised, unless `f:quiet()` was called: then `f:hasError()` tells.
    """

    __slots__ = ()

    # channels

    def opened(self) -> Channel:
        """The channel; an error if the file is closed."""
        if self._channel is None:
            raise BadArgument(1, "attempt to use a closed file")
        return self._channel

    def readable(self) -> Channel:
        """The channel of a file that may be read."""
        channel = self.opened()
        if "r" not in self._mode:
            raise BadArgument(1, "attempt to read in a write-only file")
        return channel

    def writable(self) -> Channel:
        """The channel of a file that may be written."""
        channel = self.opened()
        if "w" not in self._mode:
            raise BadArgument(1, "attempt to write in a read-only file")
        return channel

    def fail(self, message: str) -> None:
        """Set the error flag, and raise unless the file is quiet."""
        self._error = True
        if not self._quiet:
            raise TorchError(message)

    def longSize(self, size: Any = 0, *_: Any) -> File:
        """Read and write longs as 4 or 8 bytes in binary mode; 0: the default, 8.

        Files of 32-bit machines and of Windows have longs of 4 bytes.
        """
        self.opened()
        value = 0 if to_number(size) is None else integer(size, 2)
        if value not in (0, 4, 8):
            raise BadArgument(1, "Invalid long size specified")
        self._long_size = value
        return self

    # places

    def position(self, *_: Any) -> int:
        """The place in the file, in bytes; the first is 1."""
        try:
            return self.opened().position() + 1
        except OSError:
            if not self._quiet:
                message = "unable to obtain disk file offset (maybe a long overflow occurred)"
                raise TorchError(message) from None
            return 1

    def seek(self, position: Any = NONE, *_: Any) -> File:
        """Go to a place in the file, in bytes from 1."""
        place = integer(position, 2) - 1
        if place < 0:
            raise BadArgument(2, "position has to be greater than 0!")
        try:
            self.opened().seek(place)
        except (OSError, ValueError):
            self.fail(f"unable to seek {self.seek_word} position {place}")
        return self

    seek_word = "to"

    def seekEnd(self, *_: Any) -> File:
        """Go to the end of the file."""
        try:
            self.opened().seek_end()
        except OSError:
            self.fail("unable to seek at end of file")
        return self

    def synchronize(self, *_: Any) -> File:
        """Hand all that was written to the system."""
        self.opened().flush()
        return self

    def close(self, *_: Any) -> File:
        """Close the file. It cannot be used afterwards."""
        channel = self.opened()
        self._channel = None
        channel.close()
        return self

    # strings and raw bytes

    def readString(self, format: Any = NONE, *_: Any) -> str:
        """Read the rest of the file (format '*a') or the next line without its end ('*l').

        At the end of the file that is an error; a quiet file returns ''.
        """
        if not isinstance(format, str):
            raise BadArgument(2, f"string expected, got {type_text(format)}")
        channel = self.readable()
        if format[:2] not in ("*a", "*l"):
            raise BadArgument(2, "format must be '*a' or '*l'")
        channel.open_window()
        if not channel.more(1):
            self.fail("read error: read 0 blocks instead of 1")
            return ""
        data = _rest(channel) if format[1] == "a" else _line(channel)
        return data.decode("latin-1")

    def writeString(self, text: Any = NONE, *_: Any) -> int:
        """Write a string as it is; returns the number of bytes."""
        if not isinstance(text, str):
            raise BadArgument(2, f"string expected, got {type_text(text)}")
        channel = self.writable()
        data = text.encode("latin-1")
        return len(data) if self._send(channel, data, len(data), 1) else 0

    def read_raw(self, n: int) -> bytes:
        """Exactly n bytes, for the `read` method of classes."""
        data = self.readable().read(n)
        if len(data) != n:
            raise TorchError(f"read error: read {len(data)} blocks instead of {n}")
        return data

    def write_raw(self, data: bytes) -> None:
        """Bytes as they are, for the `write` method of classes."""
        self._send(self.writable(), data, len(data), 1)

    def _send(self, channel: Channel, data: Any, blocks: int, size: int) -> bool:
        try:
            channel.write(data)
        except OSError:
            self.fail(f"write error: wrote 0 blocks instead of {blocks}")
            return False
        return True

    # numbers

    def dtype_of(self, kind: str) -> np.dtype:
        """How elements of a type are laid out in this file's binary mode."""
        dtype = ELEMENT_TYPES[kind].dtype
        if kind == "Long" and self._long_size == 4:
            dtype = np.dtype(np.int32)
        return dtype.newbyteorder(">" if self._big_endian else "<")

    def read_array(self, kind: str, n: int) -> NDArray[Any]:
        """Up to n elements of a type; fewer are an error unless the file is quiet."""
        channel = self.readable()
        n = max(n, 0)
        if kind in ("Byte", "Char") or self._binary:
            data = self._read_binary(channel, kind, n)
        else:
            data = ascii.scan(channel, n, ELEMENT_TYPES[kind].dtype)
        if not self._binary and self._auto_spacing and n:
            ascii.skip_newline(channel)
        if data.shape[0] != n:
            self.fail(f"read error: read {data.shape[0]} blocks instead of {n}")
        return data

    def _read_binary(self, channel: Channel, kind: str, n: int) -> NDArray[Any]:
        dtype = self.dtype_of(kind)
        left = channel.left()
        if left is None:  # a pipe: room is made for what comes, not for what is announced
            channel.open_window()
            channel.more(n * dtype.itemsize)
            left = len(channel.buf) - channel.pos
        if isinstance(channel, MappedChannel) and n * dtype.itemsize >= LEAST and dtype.isnative:
            lent = channel.lend(dtype, n)
            return lent.astype(ELEMENT_TYPES[kind].dtype, copy=False)
        data = np.empty(min(n, left // dtype.itemsize), dtype)
        got = channel.read_into(data.data.cast("B")) if data.size else 0
        if data.shape[0] < n and channel.takes_parts:
            channel.read(dtype.itemsize)  # the beginning of an element that is not complete
        return data[: got // dtype.itemsize].astype(ELEMENT_TYPES[kind].dtype, copy=False)

    def write_array(self, kind: str, values: NDArray[Any]) -> int:
        """Write elements of a type; the number written."""
        channel = self.writable()
        n = values.shape[0]
        if kind in ("Byte", "Char") or self._binary:
            data: Any = np.ascontiguousarray(values, self.dtype_of(kind)).data.cast("B")
        else:
            data = ascii.spell(values, " " if self._auto_spacing else "")
        if not self._binary and self._auto_spacing and n:
            data = bytes(data) + b"\n"
        return n if self._send(channel, data, n, 1) else 0

    def writeBool(self, value: Any = None, *_: Any) -> tuple[()]:
        """Write true as the Int 1, false and nil as 0."""
        self.write_array("Int", np.array([value is not None and value is not False], np.int32))
        return ()

    def readBool(self, *_: Any) -> bool:
        """Read an Int and return whether it is 1."""
        data = self.read_array("Int", 1)
        return bool(data.size and data[0] == 1)

    # objects: torch/serialization

    def writeObject(
        self, value: Any = None, name: Any = None, hook: Any = None, *_: Any
    ) -> tuple[()]:
        """Write any value: number, string, boolean, nil, table, Torch object, Lua function.

        An object that this file has been given before is written as a reference, so shared storages
        stay shared and cycles end. `hook(object)`, if given, may replace each object that is
        written.
        """
        from ..serialization.writer import write_object

        write_object(self, value, name, hook)
        return ()

    def readObject(self, *_: Any) -> Any:
        """Read the next object that `writeObject` wrote."""
        from ..serialization.reader import read_object

        return read_object(self)

    def referenced(self, ref: Any = None, *_: Any) -> File:
        """Whether objects are kept track of (the default). If not, each is written or read anew."""
        from ..serialization.memo import memo_of

        memo_of(self).force = ref is None or ref is False
        return self

    def isReferenced(self, *_: Any) -> bool:
        """What `referenced` has set."""
        return self._memo is None or not self._memo.force

    def isWritableObject(self, value: Any = None, *_: Any) -> int | None:
        """The number by which files mark the kind of a value, nil if it cannot be written."""
        from ..serialization.writer import tag_of

        return tag_of(value)


def _rest(channel: Channel) -> bytes:
    size = 1 << 20
    while channel.more(size):
        size *= 2
    return channel.read(size)


def _line(channel: Channel) -> bytes:
    size = 1 << 10
    while True:
        complete = not channel.more(size)
        window = bytes(channel.buf[channel.pos : channel.pos + size])
        end = window.find(b"\n")
        if end >= 0 or complete:
            break
        size *= 4
    line = window if end < 0 else window[:end]
    channel.pos += len(line) + (end >= 0)
    return line


def _reader(kind: str) -> Any:
    storage_class = STORAGES[kind]

    def read(self: File, what: Any = NONE, *_: Any) -> Any:
        if what is NONE:
            data = self.read_array(kind, 1)
            return lua_number(data[0]) if data.size else 0
        if isinstance(what, storage_class):
            data = self.read_array(kind, what.nd.shape[0])
            what.nd[: data.shape[0]] = data
            return data.shape[0]
        if to_number(what) is None:
            raise TorchError(f"nothing, number, or {kind}Storage expected")
        storage = storage_class()
        storage.nd = self.read_array(kind, integer(what, 2))
        return storage

    read.__name__ = f"read{kind}"
    read.__doc__ = (
        f"Read one {kind} (no argument), a storage of n (a number), or fill a {kind}Storage.\n\n"
        "Returns the number, the storage, or how many elements were read."
    )
    return read


def _writer(kind: str) -> Any:
    storage_class = STORAGES[kind]
    dtype = ELEMENT_TYPES[kind].dtype

    def write(self: File, what: Any = NONE, *_: Any) -> Any:
        if isinstance(what, storage_class):
            return self.write_array(kind, what.nd)
        value = to_number(what)
        if value is None:
            raise TorchError(f"number, or {kind}Storage expected")
        self.write_array(kind, np.array([element(value, dtype)], dtype))
        return ()

    write.__name__ = f"write{kind}"
    write.__doc__ = (
        f"Write a number as a {kind}, or all elements of a {kind}Storage (returns how many)."
    )
    return write


for _kind in ("Byte", "Char", "Short", "Int", "Long", "Float", "Double"):
    setattr(File, f"read{_kind}", _reader(_kind))
    setattr(File, f"write{_kind}", _writer(_kind))
