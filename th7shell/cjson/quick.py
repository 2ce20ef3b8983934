"""The decoder of texts in which nothing is out of the ordinary, on Python's json. What it gives is
what `decoding` would; a text that it cannot vouch for fails, and is read there."""

from __future__ import annotations

import json
import re
from typing import Any

from th7shell.lua import LuaObject, Table, attr, new_table

from .null import NULL
from .settings import Settings

FAILED = LuaObject()
_MINUS_ZERO = re.compile(r"-0(?![.eE\d])")
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)"
)
_EXACT = 2**53


class _NotPlain(Exception):
    """The text has something that is read otherwise here."""


def quick(text: str, settings: Settings) -> Any:
    """The value of a text, `FAILED` if it is not plain."""
    if "\0" in text or _MINUS_ZERO.search(text):
        return FAILED
    try:
        if "\\u" in text:
            text = _ESCAPE.sub(_bytes_of, text)
        return _lua(_DECODER.decode(text), settings.decode_depth)
    except (ValueError, RecursionError, _NotPlain):
        return FAILED


def _bytes_of(found: re.Match[str]) -> str:
    r"""The UTF-8 bytes of an escape \uXXXX beyond ASCII; others stay."""
    high, low, alone = found.groups()
    if alone is not None:
        code = int(alone, 16)
        if code < 0x80:
            return found[0]
        if code & 0xF800 == 0xD800:
            raise _NotPlain
    elif high is not None:
        code = ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF) + 0x10000
    else:
        return found[0]
    return chr(code).encode("utf-8").decode("latin-1")


def _constant(word: str) -> Any:
    raise _NotPlain


_DECODER = json.JSONDecoder(strict=False, parse_constant=_constant)


def _lua(value: Any, depth: int) -> Any:
    """A value of Python's as Lua's, in which tables may nest `depth` deep."""
    kind = value.__class__
    if kind is str or kind is bool:
        return value
    if kind is float:
        return int(value) if value.is_integer() and abs(value) <= _EXACT and value else value
    if kind is int:
        return value if -_EXACT <= value <= _EXACT else float(value)
    if value is None:
        return NULL
    if depth == 0:
        raise _NotPlain
    if kind is list:
        return new_table([_lua(item, depth - 1) for item in value])
    table = Table()
    fields = table.__dict__
    for name, item in value.items():
        fields[attr(name)] = _lua(item, depth - 1)
    return table
