"""`pl.stringio`: strings that are read and written like files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.string_format import format
from th7shell.lua.stdlib.table import concat

from .values import LuaError, insert, lua_type, new_table, offer, results, setmetatable

_NUMBER = re.compile(r"\s*[0-9]+(?:\.[0-9]+)?(?:[eE][+-]*[0-9]+)?")
WRITER: dict[str, Callable[..., Any]] = {}
READER: dict[str, Callable[..., Any]] = {}


@offer(WRITER)
def write(self: Any = None, *values: Any) -> tuple[()]:
    """Append strings and numbers."""
    for value in values:
        insert(self.tbl, value)
    return ()


@offer(WRITER)
def writef(self: Any = None, fmt: Any = None, *values: Any) -> tuple[()]:
    """Append a formatted text."""
    return write(self, format(fmt, *values))


@offer(WRITER, "value", "__tostring")
def value(self: Any = None, *_: Any) -> str:
    """What was written so far."""
    return concat(self.tbl)


@offer(WRITER)
def seek(self: Any = None, *_: Any) -> tuple[()]:
    """Nothing: a text that is written has no position."""
    return ()


@offer(WRITER)
@offer(READER)
def close(self: Any = None, *_: Any) -> tuple[()]:
    """Nothing: there is nothing to give back."""
    return ()


@offer(READER, "_read")
def read_one(self: Any = None, fmt: Any = None, *_: Any) -> Any:
    """Read one item, nil at the end: '*l' a line, '*L' with its end, '*a' all, '*n' a number, or so
    many characters."""
    text, start = self.str, int(self.i) - 1
    if start >= len(text):
        return None
    if fmt == "*l" or fmt == "*L":
        found = text.find("\n", start)
        end = len(text) if found < 0 else found
        self.i = end + 2
        return text[start : end + (fmt == "*L")]
    if fmt == "*a":
        self.i = len(text)
        return text[start:]
    if fmt == "*n":
        number = _NUMBER.search(text, start)
        if number is None:
            return None
        self.i = number.end() + 1
        return parse_number(text[start : number.end()])
    if lua_type(fmt) == "number":
        self.i += fmt
        return text[start : start + int(fmt)]
    raise LuaError("bad read format", 2)


@offer(READER)
def read(self: Any = None, *formats: Any) -> Any:
    """Read items as io's files do, by default a line. Nothing stands for what is behind the end."""
    if not formats:
        return read_one(self, "*l")
    found = [read_one(self, fmt) for fmt in formats]
    while found and found[-1] is None:
        found.pop()
    return results(tuple(found))


@offer(READER, "seek")
def seek_to(self: Any = None, whence: Any = None, offset: Any = None, *_: Any) -> Any:
    """Move to a place counted from the start ('set'), from here ('cur', the default) or from the
    last character ('end'); give the place, from 1."""
    bases = {"set": 1, "cur": self.i, "end": len(self.str)}
    if whence is not None and whence not in bases:
        raise LuaError(f"bad option '{whence}' to 'seek'", 2)
    self.i = bases[whence or "cur"] + (offset or 0)
    return self.i


@offer(READER, "lines")
def lines_of(self: Any = None, *formats: Any) -> Callable[..., Any]:
    """An iterator over the lines, or over items in these formats."""
    return lambda *_: read(self, *formats)


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.stringio'`."""
    writer, reader = new_table(fields=WRITER), new_table(fields=READER)
    for metatable in (writer, reader):
        metatable["__index"] = metatable

    def create(*_: Any) -> Any:
        """A file to write to; its `value()` is the text."""
        return setmetatable(new_table(fields={"tbl": new_table()}), writer)

    def open(s: Any = None, *_: Any) -> Any:
        """A file to read a string from."""
        return setmetatable(new_table(fields={"str": s, "i": 1}), reader)

    def lines(s: Any = None, *formats: Any) -> Any:
        """An iterator over the lines of a string."""
        return lines_of(open(s), *formats)

    return new_table(fields={"create": create, "open": open, "lines": lines})
