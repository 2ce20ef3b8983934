"""Lua's `base64`: strings as text of 64 characters and back. Upstream: iskolbin/lbase64, whose
calls lhf/lbase64's are among."""

from __future__ import annotations

import base64
from typing import Any

from th7shell.lua import BadArgument, Table, items, new_table, rawget
from th7shell.lua.stdlib.arguments import NONE, check_string, check_table, opt_string

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_STANDARD = _ALPHABET + "+/="


def encode(text: Any = NONE, encoder: Any = None, *_: Any) -> str:
    """A string in base 64: `base64.encode(s [, encoder])`."""
    data = check_string(1, text).encode("latin-1")
    made = base64.b64encode(data).decode("ascii")
    if encoder is None:
        return made
    codes = [rawget(check_table(2, encoder), i) for i in range(65)]
    if not all(code.__class__ is int and 0 <= code < 256 for code in codes):
        raise BadArgument(2, "an encoder that base64.makeencoder made expected")
    own = "".join(map(chr, codes))
    return made.translate(str.maketrans(_STANDARD, own))


def decode(text: Any = NONE, decoder: Any = None, *_: Any) -> str:
    """The string of a text in base 64; characters that do not belong there are passed over:
    `base64.decode(s [, decoder])`."""
    characters = check_string(1, text)
    if decoder is not None:
        own = {
            code: _STANDARD[place]
            for code, place in items(check_table(2, decoder))
            if place.__class__ is int and 0 <= place < 65
        }
        characters = "".join(own.get(ord(c), "") for c in characters)
    kept = "".join(c for c in characters if c in _STANDARD[:64])
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return base64.b64decode(kept + "=" * (-len(kept) % 4)).decode("latin-1")


def makeencoder(s62: Any = None, s63: Any = None, pad: Any = None, *_: Any) -> Table:
    """An encoder with other characters for 62, 63 and the padding."""
    given = ((s62, "+"), (s63, "/"), (pad, "="))
    codes = _ALPHABET + "".join(
        (opt_string(n, value) or default)[0] for n, (value, default) in enumerate(given, 1)
    )
    table = Table()
    for i, character in enumerate(codes):
        table[i] = ord(character)
    return table


def makedecoder(s62: Any = None, s63: Any = None, pad: Any = None, *_: Any) -> Table:
    """The decoder of what such an encoder makes."""
    table = Table()
    for i, code in items(makeencoder(s62, s63, pad)):
        table[code] = i
    return table


FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return `base64`; no global is set."""
    return new_table(fields={f.__name__: f for f in (encode, decode, makeencoder, makedecoder)})
