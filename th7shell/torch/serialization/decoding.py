"""The bytes of a file become heads of objects: one call for each object, binary or ascii.

`following(seen)` takes the next object's head and returns `(kind, value, n)`: kind 0 for a value
that is complete (also an object of `seen`, which maps indices to objects read before), else TABLE
with its index and number of pairs, or TORCH or a kind of function with its index.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from th7shell.lua import TorchError

from ..files import ascii
from .memo import BOOLEAN, FUNCTION, FUNCTION_1, FUNCTION_2, NIL, NUMBER, STRING, TABLE, TORCH

if TYPE_CHECKING:
    from ..files.file import File

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

Head = tuple[int, Any, int]
_EXACT = 2.0**53


class Truncated(TorchError):
    """The file ends, or goes on with something else, where an object should be."""

    def __init__(self, got: int = 0, wanted: int = 1) -> None:
        super().__init__(f"read error: read {got} blocks instead of {wanted}")


def lua_number(value: float) -> int | float:
    """A double of a file as a Lua number: integral values as ints, except -0."""
    if value.is_integer() and -_EXACT <= value <= _EXACT:
        return int(value) or (0 if str(value) == "0.0" else value)
    return value


class BinaryDecoder:
    """Reads heads from the window of a file's channel."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.channel = file.readable()
        self.channel.open_window()
        self._order = order = ">" if file._big_endian else "<"
        self._heads = struct.Struct(order + "iii").unpack_from
        self._double = struct.Struct(order + "d").unpack_from
        self._int = struct.Struct(order + "i").unpack_from

    def following(self, seen: dict[int, Any]) -> Head:
        channel = self.channel
        buf, pos = channel.buf, channel.pos
        try:
            tag, a, b = self._heads(buf, pos)
        except struct.error:
            if channel.more(12):
                return self.following(seen)
            return self._last(seen)
        if tag == 1:  # NUMBER
            channel.pos = pos + 12
            (value,) = self._double(buf, pos + 4)
            if value.is_integer() and -9007199254740992.0 <= value <= 9007199254740992.0:
                return 0, int(value) or lua_number(value), 0
            return 0, value, 0
        if tag == 2:  # STRING
            text = str(buf[pos + 8 : pos + 8 + a], "latin-1")
            if len(text) == a:
                channel.pos = pos + 8 + a
                return 0, text, 0
            channel.pos = pos + 8
            return 0, self._text(a), 0
        if tag == 3:  # TABLE
            if a in seen:
                channel.pos = pos + 8
                return 0, seen[a], 0
            channel.pos = pos + 12
            return TABLE, a, b
        if tag == BOOLEAN:
            channel.pos = pos + 8
            return 0, a == 1, 0
        if tag == NIL:
            channel.pos = pos + 4
            return 0, None, 0
        return self._object(seen, tag, a, pos)

    def _object(self, seen: dict[int, Any], tag: int, index: int, pos: int) -> Head:
        channel = self.channel
        if tag in (TORCH, FUNCTION, FUNCTION_2):
            channel.pos = pos + 8
            return (0, seen[index], 0) if index in seen else (tag, index, 0)
        if tag == FUNCTION_1:
            channel.pos = pos + 4
            return tag, 0, 0
        raise TorchError("unknown object")

    def _last(self, seen: dict[int, Any]) -> Head:
        """The object at the end of the file, where fewer bytes are left than most heads have."""
        channel = self.channel
        rest = bytes(channel.buf[channel.pos :])
        tag = self._int(rest.ljust(4, b"\0"))[0] if len(rest) >= 4 else -1
        size = {NIL: 4, FUNCTION_1: 4, NUMBER: 12, TABLE: 8}.get(tag, 8)
        if len(rest) < size:
            raise Truncated
        if tag == NIL:
            channel.pos += 4
            return 0, None, 0
        a = self._int(rest, 4)[0] if size > 4 else 0
        if tag == STRING:
            channel.pos += 8
            return 0, self._text(a), 0
        if tag == BOOLEAN:
            channel.pos += 8
            return 0, a == 1, 0
        if tag == TABLE:
            if a not in seen:
                raise Truncated
            channel.pos += 8
            return 0, seen[a], 0
        return self._object(seen, tag, a, channel.pos)

    def _text(self, n: int) -> str:
        """n bytes from the place on, as a string."""
        channel = self.channel
        end = channel.pos + n
        if end > len(channel.buf) or n < 0:
            _check_claim(channel, n)
            channel.more(n)
            end = channel.pos + n
        text = str(channel.buf[channel.pos : end], "latin-1")
        if len(text) != n:
            raise Truncated(len(text), n)
        channel.pos = end
        return text

    def integer(self) -> int:
        channel = self.channel
        if not channel.more(4):
            raise Truncated
        value = self._int(channel.buf, channel.pos)[0]
        channel.pos += 4
        return value

    def longs(self, n: int) -> list[int]:
        """The next n Longs."""
        channel = self.channel
        size = self.file._long_size or 8
        if not channel.more(n * size):
            raise Truncated((len(channel.buf) - channel.pos) // size, n)
        kind = "q" if size == 8 else "i"
        values = struct.unpack_from(f"{self._order}{n}{kind}", channel.buf, channel.pos)
        channel.pos += n * size
        return list(values)

    def text(self) -> str:
        """A string with its length before it."""
        return self._text(self.integer())


class AsciiDecoder:
    """Reads heads from lines of text."""

    def __init__(self, file: File) -> None:
        self.channel = file.readable()
        self.file = file
        self.channel.open_window()

    def following(self, seen: dict[int, Any]) -> Head:
        tag = self.integer()
        if tag == NUMBER:
            return 0, lua_number(self._number()), 0
        if tag == STRING:
            return 0, self.text(), 0
        if tag == BOOLEAN:
            return 0, self.integer() == 1, 0
        if tag == NIL:
            return 0, None, 0
        if tag == FUNCTION_1:
            return tag, 0, 0
        if tag not in (TABLE, TORCH, FUNCTION, FUNCTION_2):
            raise TorchError("unknown object")
        index = self.integer()
        if index in seen:
            return 0, seen[index], 0
        return tag, index, self.integer() if tag == TABLE else 0

    def _line(self) -> bytes | None:
        """The next line without its end, if it surely is complete and short."""
        channel = self.channel
        line, end, _ = bytes(channel.buf[channel.pos : channel.pos + 64]).partition(b"\n")
        if not end:
            channel.more(64)
            line, end, _ = bytes(channel.buf[channel.pos : channel.pos + 64]).partition(b"\n")
        return line if end else None

    def integer(self) -> int:
        line = self._line()
        if line is not None and line.isdigit():
            self.channel.pos += len(line) + 1
            return int(line)
        data = self.file.read_array("Int", 1)
        if not data.size:
            raise Truncated
        return int(data[0])

    def longs(self, n: int) -> list[int]:
        """The next n Longs."""
        data = self.file.read_array("Long", n)
        if data.shape[0] != n:
            raise Truncated(data.shape[0], n)
        return data.tolist()

    def _number(self) -> float:
        line = self._line()
        if line is not None and b" " not in line and b"_" not in line:
            try:
                value = float(line)
            except ValueError:
                value = None
            if value is not None:
                self.channel.pos += len(line) + 1
                return value
        data = self.file.read_array("Double", 1)
        if not data.size:
            raise Truncated
        return float(data[0])

    def text(self) -> str:
        """A string with its length before it."""
        n = self.integer()
        channel = self.channel
        _check_claim(channel, n)
        channel.more(n)
        data = bytes(channel.buf[channel.pos : channel.pos + n])
        if len(data) != n:
            raise Truncated(len(data), n)
        channel.pos += n
        if n and self.file._auto_spacing:
            ascii.skip_newline(channel)
        return data.decode("latin-1")


def _check_claim(channel: Any, n: int) -> None:
    """Refuse a length that the rest of the file cannot hold."""
    left = channel.left()
    if n < 0 or (left is not None and n > left):
        raise Truncated(left or 0, n)
