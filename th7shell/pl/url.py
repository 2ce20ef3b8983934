"""`pl.url`: texts in URLs, as Python's `urllib.parse` writes them."""

from __future__ import annotations

from typing import Any
from urllib import parse

from .values import new_table, true


def quote(s: Any = None, quote_plus: Any = None, *_: Any) -> Any:
    """Write what has a meaning in URLs as `%XX`, and line ends as two bytes; with `quote_plus` a
    blank is `+` and slashes are written so, too. What is no string stays as it is."""
    if s.__class__ is not str:
        return s
    plus = true(quote_plus)
    write = parse.quote_plus if plus else parse.quote
    text = write(s.replace("\n", "\r\n"), safe="" if plus else "/", encoding="latin-1")
    return text.replace("~", "%7E")


def unquote(s: Any = None, *_: Any) -> Any:
    """The text that `quote` wrote; `+` is a blank. What is no string stays as it is."""
    if s.__class__ is not str:
        return s
    return parse.unquote_plus(s, encoding="latin-1").replace("\r\n", "\n")


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.url'`."""
    return new_table(fields={"quote": quote, "unquote": unquote})
