"""Lua's `utf8`, the library of Lua 5.3: code points in strings of bytes, by the places of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from th7shell.lua import BadArgument, LuaError, Table, new_table
from th7shell.lua.stdlib.arguments import NONE, check_integer, check_string, opt_integer

CHARPATTERN = "[%z\x01-\x7f\xc2-\xfd][\x80-\xbf]*"
_LEAST = (0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000)  # with so many bytes behind the first


def encoded(code: int) -> str:
    """The bytes of a code point up to 2^31."""
    if code < 0x80:
        return chr(code)
    tail = ""
    first = 0x3F  # what still fits into the first byte
    while code > first:
        tail = chr(0x80 | code & 0x3F) + tail
        code >>= 6
        first >>= 1
    return chr(~first << 1 & 0xFF | code) + tail


def decoded(s: str, at: int, lax: bool = False) -> tuple[int, int] | None:
    """The code point whose bytes begin at `at`, and the place behind them; None for bytes that are
    no UTF-8. `lax`: surrogates and what lies beyond Unicode count too."""
    byte = ord(s[at])
    if byte < 0x80:
        return byte, at + 1
    if byte < 0xC0 or byte > 0xFD:
        return None
    count = 1
    while byte & 0x40 >> count:
        count += 1
    code = byte & 0x3F >> count
    for i in range(at + 1, at + 1 + count):
        following = ord(s[i]) if i < len(s) else 0
        if following & 0xC0 != 0x80:
            return None
        code = code << 6 | following & 0x3F
    if code < _LEAST[count] or (not lax and (code > 0x10FFFF or 0xD800 <= code < 0xE000)):
        return None
    return code, at + 1 + count


def _place(i: int, size: int) -> int:
    """A place that may be counted from the end."""
    return i if i >= 0 else size + i + 1 if -i <= size else 0


def _goes_on(s: str, at: int) -> bool:
    """Whether the byte at a place belongs to the character before."""
    return at < len(s) and ord(s[at]) & 0xC0 == 0x80


def _is_lax(lax: Any) -> bool:
    return lax is not None and lax is not False


def char(*codes: Any) -> str:
    """The characters of code points: `utf8.char(228, 246)`."""
    parts = []
    for n, code in enumerate(codes, 1):
        number = check_integer(n, code)
        if number < 0:
            raise BadArgument(n, "value out of range")
        parts.append(encoded(number))
    return "".join(parts)


def codepoint(s: Any = NONE, i: Any = None, j: Any = None, lax: Any = None, *_: Any) -> Any:
    """The code points of the characters that begin from byte i (1) to byte j (i)."""
    s = check_string(1, s)
    start = _place(opt_integer(2, i, 1), len(s))
    end = _place(opt_integer(3, j, start), len(s))
    if start < 1:
        raise BadArgument(2, "out of range")
    if end > len(s):
        raise BadArgument(3, "out of range")
    codes, at = [], start - 1
    while at < end:
        found = decoded(s, at, _is_lax(lax))
        if found is None:
            raise LuaError("invalid UTF-8 code", 1)
        codes.append(found[0])
        at = found[1]
    return tuple(codes) if len(codes) != 1 else codes[0]


def len_(s: Any = NONE, i: Any = None, j: Any = None, lax: Any = None, *_: Any) -> Any:
    """How many characters begin from byte i (1) to byte j (-1); nil and a place where the bytes
    are no UTF-8."""
    s = check_string(1, s)
    at = _place(opt_integer(2, i, 1), len(s)) - 1
    end = _place(opt_integer(3, j, -1), len(s))
    if not 0 <= at <= len(s):
        raise BadArgument(2, "initial position out of string")
    if end > len(s):
        raise BadArgument(3, "final position out of string")
    count = 0
    while at < end:
        found = decoded(s, at, _is_lax(lax))
        if found is None:
            return None, at + 1
        count, at = count + 1, found[1]
    return count


def offset(s: Any = NONE, n: Any = NONE, i: Any = None, *_: Any) -> Any:
    """The byte at which the n-th character counted from byte i begins; n = 0: the character that
    byte i is part of. nil outside the string."""
    s, count = check_string(1, s), check_integer(2, n)
    at = _place(opt_integer(3, i, 1 if count >= 0 else len(s) + 1), len(s)) - 1
    if not 0 <= at <= len(s):
        raise BadArgument(3, "position out of range")
    if count == 0:
        while at > 0 and _goes_on(s, at):
            at -= 1
        return at + 1
    if _goes_on(s, at):
        raise LuaError("initial position is a continuation byte", 1)
    while count < 0 and at > 0:
        at -= 1
        while at > 0 and _goes_on(s, at):
            at -= 1
        count += 1
    count -= count > 0
    while count > 0 and at < len(s):
        at += 1
        while _goes_on(s, at):
            at += 1
        count -= 1
    return at + 1 if count == 0 else None


def codes(s: Any = NONE, lax: Any = None, *_: Any) -> Any:
    """Loop over a string's characters: `for place, code in utf8.codes(s) do`."""
    text = check_string(1, s)

    def step(_s: Any = None, i: Any = None, *_: Any) -> Any:
        at = int(i or 0)
        while at > 0 and _goes_on(text, at):
            at += 1
        if at >= len(text):
            return ()
        found = decoded(text, at, _is_lax(lax))
        if found is None or _goes_on(text, found[1]):
            raise LuaError("invalid UTF-8 code", 1)
        return at + 1, found[0]

    return step, text, 0


def characters(s: str) -> Iterator[tuple[int, int]]:
    """The places, from 0, and code points of a string; a byte that is no UTF-8 is one."""
    at = 0
    while at < len(s):
        code, end = decoded(s, at, True) or (ord(s[at]), at + 1)
        yield at, code
        at = end


FUNCTIONS = {
    **{f.__name__: f for f in (char, codepoint, offset, codes)},
    "len": len_,
}
FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return `utf8`; no global is set."""
    return new_table(fields={**FUNCTIONS, "charpattern": CHARPATTERN})
