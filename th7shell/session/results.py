"""What earlier entries gave: `_RESULT`, `_RESULTS`, `_LAST` as in th, and `_`, `_1`, `_2` …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from th7shell import lua
from th7shell.lua import Table, rawget, rawset


class Results:
    """Keeps the last `limit` results in the globals, so that old tensors are let go. A `_` that the
    user has assigned is left alone."""

    def __init__(self, globals: Table, limit: int = 100) -> None:
        self.globals = globals
        self.limit = limit
        self.count = 0
        self._shown: Any = None
        rawset(globals, "_RESULTS", Table())
        rawset(globals, "_LAST", "")

    def keep(self, values: Sequence[Any]) -> None:
        """Take the values of one entry."""
        rawset(self.globals, "_RESULT", _packed(values))
        first = values[0] if values else None
        if first is None:
            return
        before = rawget(self.globals, "_RESULTS")
        kept = lua.array(before) if type(before) is Table else []
        kept = [*kept, first][-self.limit :] if self.limit else []
        rawset(self.globals, "_RESULTS", lua.new_table(kept))
        self.count += 1
        rawset(self.globals, f"_{self.count}", first)
        rawset(self.globals, f"_{self.count - self.limit}", None)
        if rawget(self.globals, "_") is self._shown:
            rawset(self.globals, "_", first)
            self._shown = first
        self.settle()

    def settle(self) -> None:
        """Bring `_LAST` up to date, as th does after every line."""
        kept = rawget(self.globals, "_RESULTS")
        last = rawget(kept, lua.length(kept)) if type(kept) is Table else None
        rawset(self.globals, "_LAST", last)

    def forget(self) -> None:
        """Let go of every result."""
        for n in range(max(1, self.count - self.limit + 1), self.count + 1):
            rawset(self.globals, f"_{n}", None)
        if rawget(self.globals, "_") is self._shown:
            rawset(self.globals, "_", None)
            self._shown = None
        rawset(self.globals, "_RESULT", None)
        rawset(self.globals, "_RESULTS", Table())
        self.count = 0
        self.settle()


def _packed(values: Sequence[Any]) -> Table:
    table = Table()
    for i, value in enumerate(values):
        table[i + 1] = value
    return table
