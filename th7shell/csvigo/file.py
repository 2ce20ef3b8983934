"""`csvigo.File`: a CSV file that is read or written row by row, and the table that decodes the rows
of a large one when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from th7shell.lua import (
    LuaError,
    Table,
    TorchError,
    first,
    listed,
    lua_type,
    new_table,
    rawset,
    state,
    tostring,
)
from th7shell.lua.metatables import setmetatable
from th7shell.torch.classes import TorchClass

from .rows import fields_of, row_of

_LINE_END = re.compile(r"\r[\s\S]?|\n")
_MOST_SHOWN, _ENDS = 30, 10


def _open(name: Any, mode: Any) -> Any:
    found = state.globals.io.open(name, mode)
    if first(found) is None:
        raise TorchError(tostring(found[1]))
    return first(found)


def _row(line: str, separator: str) -> Table:
    return new_table(fields_of(line.replace("\r", ""), separator))


class File(Table, metaclass=TorchClass, name="csvigo.File"):
    """A CSV file: `csvigo.File(path, mode [, separator [, nan_as_missing]])`, mode 'r' or 'w'."""

    __slots__ = ()

    def __init__(
        self,
        filepath: Any = None,
        mode: Any = None,
        separator: Any = None,
        nan_as_missing: Any = None,
        *_: Any,
    ) -> None:
        self.filepath = filepath
        self.file = _open(filepath, mode)
        self.separator = separator or ","
        self.nan_as_missing = nan_as_missing or False

    def close(self, *_: Any) -> tuple[()]:
        """Close the file."""
        self.file.close()
        return ()

    def lines(self, *_: Any) -> Any:
        """An iterator over the lines that are left, as texts."""
        return self.file.lines()

    def read(self, *_: Any) -> Any:
        """The next row as a list of texts, nil at the end."""
        line = self.file.read()
        return None if line is None else _row(line, self.separator)

    def readall(self, mode: Any = None, *_: Any) -> Table:
        """All rows that are left, a list of lists; with mode 'large' a table that decodes a row
        when it is indexed."""
        if mode == "large":
            return self.largereadall()
        lines = self.file.read("*a").split("\n")
        if not lines[-1]:
            lines.pop()
        return new_table([_row(line, self.separator) for line in lines])

    def largereadall(self, *_: Any) -> Table:
        """All rows of the file, decoded one by one as they are asked for."""
        file = _open(self.filepath, "rb")
        text = file.read("*a")
        file.close()
        lines = _LINE_END.split(text)
        if not lines[-1]:
            lines.pop()
        return large(lines, self.separator)

    def write(self, values: Any = None, *_: Any) -> Any:
        """Write a list as a row."""
        done = self.file.write(row_of(values, self.separator, bool(self.nan_as_missing)), "\n")
        if first(done) is None:
            raise TorchError(tostring(done[1]))
        return ()

    def writeall(self, rows: Any = None, *_: Any) -> bool:
        """Write a list of lists."""
        for values in listed(rows):
            self.write(values)
        return True


def large(lines: list[str], separator: str) -> Table:
    """A table over rows that are decoded when they are read; it cannot be changed."""

    def line(i: Any) -> str:
        if i is None:
            raise TorchError("index has to be given")
        if lua_type(i) != "number":
            raise TorchError(f"attempt to compare number with {lua_type(i)}")
        if not 0 < i <= len(lines):
            raise TorchError(f"index out of bounds: {tostring(i)}")
        return lines[int(i) - 1]

    def index(_table: Any = None, i: Any = None, *_: Any) -> Table:
        return new_table(fields_of(line(i), separator))

    def newindex(*_: Any) -> None:
        raise LuaError("attempt to update a read-only table", 2)

    def text(*_: Any) -> str:
        if len(lines) < _MOST_SHOWN:
            return "".join(f"{line}\n" for line in lines)
        shown = lines[:_ENDS] + [".. " * 9] * _ENDS + lines[-_ENDS - 1 :]
        return "".join(f"{line}\n" for line in shown)

    def iterate(table: Any = None, *_: Any) -> Any:
        rows: Iterator[Any] = (
            (i, new_table(fields_of(line, separator))) for i, line in enumerate(lines, 1)
        )

        def step(*_: Any) -> Any:
            return next(rows, None)

        return step, table, None

    handlers = {
        "__index": index,
        "__newindex": newindex,
        "__len": lambda *_: len(lines),
        "__tostring": text,
        "__ipairs": iterate,
        "__pairs": iterate,
    }
    table, metatable = Table(), new_table(fields=handlers)
    rawset(table, "mt", metatable)
    return setmetatable(table, metatable)
