"""Lua's `md5`: digests, and a cipher made of them. Upstream: keplerproject/md5; `new` and `tohex`
as in kikito/md5.lua."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from th7shell.lua import BadArgument, LuaError, LuaObject, Table, new_table
from th7shell.lua.stdlib.arguments import NONE, check_string, opt_string

_BLOCK = 16
_LONGEST_KEY = 256


def _bytes(n: int, value: Any) -> bytes:
    return check_string(n, value).encode("latin-1")


def _digest(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def sum(message: Any = NONE, *_: Any) -> str:
    """The digest of a string, 16 bytes."""
    return _digest(_bytes(1, message)).decode("latin-1")


def sumhexa(message: Any = NONE, *_: Any) -> str:
    """The digest of a string, 32 hexadecimal digits."""
    return _digest(_bytes(1, message)).hex()


def tohex(digest: Any = NONE, *_: Any) -> str:
    """A string's bytes as hexadecimal digits."""
    return _bytes(1, digest).hex()


def exor(a: Any = NONE, b: Any = NONE, *_: Any) -> str:
    """The exclusive or of two strings of one length."""
    one, two = _bytes(1, a), _bytes(2, b)
    if len(one) != len(two):
        raise BadArgument(2, "lengths must be equal")
    return bytes(x ^ y for x, y in zip(one, two, strict=True)).decode("latin-1")


def _first_block(key: Any, seed: bytes) -> tuple[bytes, bytes]:
    given = _bytes(2, key)
    if len(given) > _LONGEST_KEY:
        raise LuaError(f"key too long (> {_LONGEST_KEY})", 1)
    return seed.ljust(_BLOCK, b"\0"), given


def _stream(data: bytes, block: bytes, key: bytes, encrypts: bool) -> bytes:
    """Encrypt or decrypt: each piece is crossed with the digest of the piece of cipher text before
    it and the key."""
    out = bytearray()
    for at in range(0, len(data), _BLOCK):
        piece = data[at : at + _BLOCK]
        made = bytes(x ^ y for x, y in zip(piece, _digest(block + key), strict=False))
        out += made
        block = (made if encrypts else piece) + block[len(piece) :]
    return bytes(out)


def crypt(message: Any = NONE, key: Any = NONE, seed: Any = None, *_: Any) -> str:
    """Encrypt a string: `md5.crypt(message, key [, seed])`; the seed, up to 16 bytes, is the time
    if it is left out."""
    data = _bytes(1, message)
    start = (opt_string(3, seed) or "").encode("latin-1")
    if seed is None:
        start = int(time.time()).to_bytes(8, "little")
    if len(start) > _BLOCK:
        raise BadArgument(3, "seed too long (> 16)")
    block, given = _first_block(key, start)
    made = bytes([len(start)]) + start + _stream(data, block, given, True)
    return made.decode("latin-1")


def decrypt(text: Any = NONE, key: Any = NONE, *_: Any) -> str:
    """What `md5.crypt` made of a string: `md5.decrypt(text, key)`."""
    data = _bytes(1, text)
    count = data[0] if data else _BLOCK + 1
    if count > _BLOCK or len(data) < count + 1:
        raise BadArgument(1, "invalid cyphertext")
    block, given = _first_block(key, data[1 : count + 1])
    return _stream(data[count + 1 :], block, given, False).decode("latin-1")


class Digest(LuaObject):
    """A digest under way: `update(text)` adds, `finish()` gives it."""

    def __init__(self) -> None:
        self._hash = hashlib.md5(usedforsecurity=False)

    def update(self, text: Any = NONE, *_: Any) -> Digest:
        """Add a string."""
        self._hash.update(_bytes(2, text))
        return self

    def finish(self, *_: Any) -> str:
        """The digest of all that was added, 16 bytes."""
        return self._hash.digest().decode("latin-1")


def new(*_: Any) -> Digest:
    """Begin a digest."""
    return Digest()


FUNCTIONS = (sum, sumhexa, tohex, exor, crypt, decrypt, new)
TABLE = new_table(fields={f.__name__: f for f in FUNCTIONS} | {"_VERSION": "MD5 1.3"})
FILES = {"core": lambda _: TABLE}


def luaopen(globals: Any) -> Table:
    """Return `md5`; no global is set."""
    return TABLE
