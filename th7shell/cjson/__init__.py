"""Lua's `cjson`: JSON texts made of tables and read back. Upstream: mpx/lua-cjson.

`settings` has the options and their checks, `encoding` and `decoding` the two ways, `quick` the
decoder of plain texts, `util` what `cjson.util` offers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import BadArgument, LuaError, Table, new_table
from th7shell.lua.stdlib.arguments import check_string

from . import util
from .decoding import decode
from .encoding import encode
from .null import NULL
from .settings import Settings

__all__ = ["FILES", "NULL", "luaopen"]


def new(*_: Any) -> Table:
    """Make another `cjson` with settings of its own: `cjson.new()`."""
    settings = Settings()

    def encode_value(*values: Any) -> str:
        """The JSON text of a value: `cjson.encode(value)`.

        A table whose keys are all positive integers is an array, any other an object; metamethods
        are not asked. Errors name the type that has no JSON.
        """
        return encode(_only(values), settings)

    def decode_text(*texts: Any) -> Any:
        """The value of a JSON text: `cjson.decode(text)`; null is `cjson.null`."""
        return decode(check_string(1, _only(texts)), settings)

    table = new_table(
        fields={
            "encode": encode_value,
            "decode": decode_text,
            **settings.functions(),
            "new": new,
            "null": NULL,
            "_NAME": "cjson",
            "_VERSION": "2.1devel",
        }
    )
    return table


def new_safe(*_: Any) -> Table:
    """Make another `cjson.safe`: its encode and decode give nil and a message in place of an
    error."""
    table = new()
    table.new = new_safe
    table.encode, table.decode = _protected(table.encode), _protected(table.decode)
    return table


def _only(values: tuple[Any, ...]) -> Any:
    if len(values) != 1:
        raise BadArgument(1, "expected 1 argument")
    return values[0]


def _protected(convert: Callable[..., Any]) -> Callable[..., Any]:
    def attempt(*values: Any) -> Any:
        value = _only(values)
        try:
            return convert(value)
        except LuaError as error:
            return None, error.value

    attempt.__doc__ = f"{convert.__doc__}\n\n    On failure: nil and the message."
    return attempt


FILES: dict[str, Any] = {"safe": new_safe, "util": util.table}


def luaopen(globals: Any) -> Table:
    """Return a new `cjson`; no global is set."""
    return new()
