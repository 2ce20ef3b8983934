"""Lua's `mime`: the base 64 of LuaSocket, `mime.b64` and `mime.unb64`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, new_table
from th7shell.lua.stdlib.arguments import NONE, opt_string

from .base64 import decode


def _in_pieces(
    text: Any, more: Any, size: int, convert: Callable[[str], str]
) -> tuple[Any, Any] | None:
    """Convert what is whole; with `more` the rest is given back, without it is converted too."""
    given = opt_string(1, text)
    if given is None:
        return None, None
    if more is None:
        return convert(given), ""
    following = given + (opt_string(2, more) or "")
    whole = len(following) - len(following) % size
    return convert(following[:whole]), following[whole:]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("latin-1")).decode("ascii")


def b64(text: Any = NONE, more: Any = None, *_: Any) -> Any:
    """A string in base 64: `mime.b64(s)`. In a stream, `mime.b64(rest, piece)` gives what can be
    written and the rest."""
    return _in_pieces(text, more, 3, _encoded)


def unb64(text: Any = NONE, more: Any = None, *_: Any) -> Any:
    """The string of a text in base 64: `mime.unb64(s)`; in a stream as `mime.b64`."""
    return _in_pieces(text, more, 4, decode)


TABLE = new_table(fields={"b64": b64, "unb64": unb64, "_VERSION": "MIME 1.0.3"})
FILES = {"core": lambda _: TABLE}


def luaopen(globals: Any) -> Table:
    """Return `mime`; no global is set."""
    return TABLE
