"""`pl.text`: what is in `pl.stringx` since: indent, dedent, wrap, fill, Template,
format_operator."""

from __future__ import annotations

from typing import Any


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.text'`, the same as `pl.stringx`."""
    return globals.require("pl.stringx")
