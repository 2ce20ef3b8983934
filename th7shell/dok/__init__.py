"""Torch's `dok`: usage texts and named arguments, as programs call them, and `dok.help`.

Its documentation files are not here: help comes from the docstrings that `?` shows too.
Upstream: torch/dok.
"""

from __future__ import annotations

from typing import Any

import th7shell.torch.console as console
from th7shell.lua import LuaError, Table, TorchError, lua_type, new_table, rawget, tostring
from th7shell.lua.stdlib.texts import from_text
from th7shell.sys.colors import CODES
from th7shell.torch.classes import TorchClass
from th7shell.torch.namespace import namespace, need
from th7shell.xlua import unpacking

FILES = {"inline": None}
_BANNER = "+" * 69


def unpack(args: Any = None, name: Any = None, description: Any = None, *definitions: Any) -> Any:
    """Read arguments that are given by name, `f{a=1}`, or in order, `f(1)`, as `xlua.unpack` does.

    All may be left out; a field `__printhelp` of the arguments prints the usage and is an error.
    """
    if not isinstance(args, Table):
        raise TorchError(f"attempt to index local 'args' (a {lua_type(args)} value)")
    listed = [d for d in definitions if isinstance(d, Table)]
    shown = unpacking.usage_object(name, description, listed)
    if args["__printhelp"]:
        console.show(shown)
        raise LuaError("error", 1)
    return unpacking.read(args, listed, shown, "dok.unpack")


def error(message: Any = None, domain: Any = None, *_: Any) -> None:
    """Raise an error in colour: `dok.error(message [, domain])`."""
    unpacking.error(message, domain)


def help(symbol: Any = None, as_text: Any = None, *_: Any) -> Any:
    """Print the documentation of a function, class or package, or return it if `as_text` is true.

    A text given to `dok.inline[symbol]` goes first.
    """
    text = rawget(_inline(), symbol) if symbol is not None else None
    if text is None and (lua_type(symbol) == "function" or isinstance(symbol, TorchClass)):
        text = from_text(symbol.__doc__ or "") or None
    if as_text:
        return text
    if symbol is None:
        text = "help(symbol)\n\nget inline help on a specific symbol"
    console.show(
        "undocumented symbol" if text is None else f"{_BANNER}\n{tostring(text)}\n{_BANNER}"
    )
    return ()


def _inline() -> Table:
    return namespace("dok").inline


_plain: list[bool] = []  # not empty: usage texts have no colours


def usage(*args: Any) -> str:
    """The help text of a function: `dok.usage(name, description, example, {arg=, type=, help=},
    …)`."""
    text = unpacking.usage(*args)
    if _plain:
        for code in CODES.values():
            text = text.replace(code, "")
    return text


def usecolors(*_: Any) -> tuple[()]:
    """Colour the usage texts (the default)."""
    _plain.clear()
    return ()


def dontusecolors(*_: Any) -> tuple[()]:
    """Leave the colours out of usage texts."""
    _plain[:] = [True]
    return ()


FUNCTIONS = (unpack, usage, error, help, usecolors, dontusecolors)


def luaopen(globals: Any) -> Any:
    """Put `dok` and its `help` into Lua's globals and return dok."""
    need(globals, "xlua")
    table = namespace("dok")
    if table["inline"] is None:
        table.inline = Table()
        table.colors = new_table((), CODES)
        for function in FUNCTIONS:
            setattr(table, function.__name__, function)
    globals.dok = table
    if rawget(globals, "help") is None:
        globals.help = help
    return table


__all__ = ["FILES", "luaopen"]
