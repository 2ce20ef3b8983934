"""Lua's `snappy`: strings made short in the format of Google's snappy, and back. Upstream:
forhappy/lua-snappy; format: google/snappy, format_description.txt."""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaError, Table, new_table
from th7shell.lua.stdlib.arguments import NONE, check_string

FILES: dict[str, Any] = {}
_SHORTEST = 4  # bytes of a copy
_LONGEST = 64
_BLOCK = 1 << 16  # matches are looked for so far back


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _literal(data: bytes) -> bytes:
    """An element that holds bytes themselves."""
    if not data:
        return b""
    n = len(data) - 1
    if n < 60:
        return bytes((n << 2,)) + data
    size = (n.bit_length() + 7) // 8
    return bytes((59 + size << 2,)) + n.to_bytes(size, "little") + data


def _copy(distance: int, length: int) -> bytes:
    """Elements that repeat bytes from further back."""
    out = b""
    while length:
        n = min(length, _LONGEST)
        out += bytes(((n - 1) << 2 | 2,)) + distance.to_bytes(2, "little")
        length -= n
    return out


def compressed(data: bytes) -> bytes:
    """Greedy: at each place the last one that began with the same four bytes."""
    seen: dict[bytes, int] = {}
    out, place, begun = [_varint(len(data))], 0, 0
    end = len(data) - _SHORTEST
    while place <= end:
        key = data[place : place + _SHORTEST]
        before, seen[key] = seen.get(key), place
        if before is None or place - before >= _BLOCK:
            place += 1
            continue
        length = _SHORTEST
        while place + length < len(data) and data[before + length] == data[place + length]:
            length += 1
        out += _literal(data[begun:place]), _copy(place - before, length)
        place = begun = place + length
    out.append(_literal(data[begun:]))
    return b"".join(out)


def restored(data: bytes) -> bytes:
    """Raises ValueError for what is no snappy text."""
    expected = shift = place = 0
    while True:
        byte = data[place]
        expected |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            break
        if shift > 28:
            raise ValueError("length too large")
    out = bytearray()
    while place < len(data):
        tag = data[place]
        kind, place = tag & 3, place + 1
        if kind == 0:
            n = tag >> 2
            if n >= 60:
                size = n - 59
                n = int.from_bytes(data[place : place + size], "little")
                place += size
            n += 1
            if place + n > len(data):
                raise ValueError("a literal ends early")
            out += data[place : place + n]
            place += n
        else:
            size = (0, 1, 2, 4)[kind]
            distance = int.from_bytes(data[place : place + size], "little")
            if kind == 1:
                length, distance = (tag >> 2 & 7) + 4, (tag >> 5 << 8) | distance
            else:
                length = (tag >> 2) + 1
            place += size
            if not 0 < distance <= len(out):
                raise ValueError("a copy from before the beginning")
            piece = bytes(out[-distance:][:length])
            out += (piece * (length // len(piece) + 1))[:length]
        if len(out) > expected:
            break
    if len(out) != expected:
        raise ValueError("another length than the header says")
    return bytes(out)


def compress(text: Any = NONE, *_: Any) -> str:
    """A string in snappy's format."""
    return compressed(check_string(1, text).encode("latin-1")).decode("latin-1")


def decompress(text: Any = NONE, *_: Any) -> str:
    """The string that `compress` made this of. Error: it is no such text."""
    try:
        return restored(check_string(1, text).encode("latin-1")).decode("latin-1")
    except (ValueError, IndexError):
        raise LuaError("snappy: invalid input", 1) from None


def luaopen(_globals: Any) -> Table:
    return new_table(
        fields={"compress": compress, "uncompress": decompress, "decompress": decompress}
    )
