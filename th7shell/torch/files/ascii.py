"""Numbers in ascii files: how they are spelled, and C's scanf rules for finding them again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua.regular import pattern

from .channel import Channel

_GROUP = 1 << 14  # elements formatted at a time
_DIGITS = {"f4": "%.9g", "f8": "%.17g", "f2": "%.9g"}
_MANY = 200  # from here on they are spelled together
_WINDOW = 1 << 18  # bytes that are read together
_LONGEST = 32  # bytes that a number and its space may take
_INTEGER = pattern(rb"\s*([+-]?\d+)")
_FLOAT = pattern(
    rb"\s*([+-]?(?:inf(?:inity)?|nan(?:\(\w*\))?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?"
    rb"|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))",
    re.IGNORECASE,
)


def spell(values: NDArray[Any], space: str) -> bytes:
    """The elements of a 1-D array, as C prints them, with `space` between them."""
    form = _DIGITS.get(values.dtype.str[1:])
    if form is None:
        return space.join(map(str, values.tolist())).encode()
    between = space.encode()
    parts = []
    for start in range(0, values.shape[0], _GROUP):
        group = values[start : start + _GROUP]
        text = _many(group, form, between) if group.shape[0] >= _MANY else None
        parts.append(_each(group, form, space) if text is None else text)
    return between.join(parts)


def _each(values: NDArray[Any], form: str, space: str) -> bytes:
    text = space.join([form] * values.shape[0]) % tuple(values.tolist())
    if "nan" in text:
        text = space.join(_with_sign(form, v) for v in values)
    return text.encode()


def _many(values: NDArray[Any], form: str, space: bytes) -> bytes | None:
    """The text of many numbers; None where most of them have an exponent."""
    from . import digits  # its tables are made when there are many numbers first

    rows, done = digits.spelled(values.astype(np.float64, copy=False), int(form[2:-1]), space)
    others = np.flatnonzero(~done)
    if others.size > values.shape[0] // 4:
        return None
    for i in others.tolist():
        text = np.frombuffer(_with_sign(form, values[i]).encode(), np.uint8)
        rows[i, :-1] = 0
        rows[i, : text.size] = text
    flat = rows.reshape(-1)
    return flat[flat != 0].tobytes()[: -len(space) or None]


def _with_sign(digits: str, value: Any) -> str:
    """C shows the sign of a NaN."""
    return "-nan" if value != value and np.signbit(value) else digits % float(value)


def scan(channel: Channel, n: int, dtype: np.dtype) -> NDArray[Any]:
    """Take up to n numbers from a channel, stopping at its end or at what is not a number."""
    channel.open_window()
    whole = dtype.kind in "iu"
    values: list[Any] = []
    many = [] if whole else _scan_many(channel, n)
    n -= sum(map(len, many))
    while len(values) < n:
        words, length = _words(channel, n - len(values))
        if not words:
            break
        try:
            values += list(map(int if whole else float, words))
        except ValueError:
            _scan_each(channel, values, n, whole)
            break
        channel.pos += length
    if many:
        return np.concatenate([*many, np.array(values, np.float64)]).astype(dtype, copy=False)
    return _to_array(values, dtype)


def _scan_many(channel: Channel, n: int) -> list[NDArray[Any]]:
    """Take numbers as long as there are many and most of them are plain numerals."""
    found: list[NDArray[Any]] = []
    if n < _MANY:
        return found
    from . import decimals

    while n >= _MANY:
        size = min(n * _LONGEST, _WINDOW)
        channel.more(size)
        try:
            values = decimals.read(bytes(channel.buf[channel.pos : channel.pos + size]), n)
        except ValueError:
            break
        if values is None:
            break
        found.append(values[0])
        channel.pos += values[1]
        n -= values[0].size
    return found


def _words(channel: Channel, count: int) -> tuple[list[bytes], int]:
    """Up to `count` words that surely are complete, and the number of bytes to their end."""
    size = min(count * _LONGEST, 1 << 20)
    while True:
        complete = not channel.more(size)
        text = bytes(channel.buf[channel.pos : channel.pos + size])
        text = text.replace(b"_", b"?")  # Python takes digits with an underscore for a number
        words = text.split(None, count)
        if len(words) > count:
            end = len(text) - len(words.pop())
            return words, len(text[:end].rstrip())
        if complete or not words or text[-1:].isspace():
            if words or complete:
                return words, len(text.rstrip())
        elif len(words) > 1:
            end = len(text) - len(words.pop())
            return words, len(text[:end].rstrip())
        size *= 2


def _scan_each(channel: Channel, values: list[Any], n: int, whole: bool) -> None:
    """Like scanf, element by element: take the longest beginning that is a number."""
    pattern = _INTEGER if whole else _FLOAT
    while len(values) < n:
        channel.more(4096)
        found = pattern.match(bytes(channel.buf[channel.pos : channel.pos + 4096]))
        if found is None:
            return
        word = found[1].lower()
        if whole:
            values.append(int(word))
        else:
            values.append(
                float.fromhex(word.decode()) if b"x" in word else float(word.split(b"(")[0])
            )
        channel.pos += found.end()


def _to_array(values: Iterable[Any], dtype: np.dtype) -> NDArray[Any]:
    try:
        return np.array(values, np.int64 if dtype.kind in "iu" else np.float64).astype(dtype)
    except OverflowError:  # a whole number beyond 64 bits: C stops at the largest
        return np.clip(np.array(values, object), -(2**63), 2**63 - 1).astype(np.int64).astype(dtype)


def skip_newline(channel: Channel) -> None:
    """Take one end of line, if it is there."""
    if channel.more(1) and channel.buf[channel.pos] == 10:
        channel.pos += 1
