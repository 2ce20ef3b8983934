"""The queries of `pl.data`: 'x,y where x > 1 sort by y desc'.

Names of columns, or `$1`, become fields of the row `v` in a Lua function; all else in a query is
Lua.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua.arithmetic import less
from th7shell.lua.stdlib import table as table_library
from th7shell.lua.stdlib.loading import load_text

from .luabalanced import pieces
from .values import (
    LuaError,
    array,
    check_function,
    index,
    is_table,
    length,
    new_table,
    setmetatable,
    state,
    true,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERED = re.compile(r"\$([0-9]+)")
_QUERY = re.compile(r"(.*?)(?:where (.*?))?(?:sort by (.*))?\Z", re.DOTALL)


class Unknown(Exception):
    """A query that names a column that is not there."""


def values_of(answer: Any) -> tuple[Any, ...]:
    """What a step of a sequence gave; nothing at its end."""
    found = answer if answer.__class__ is tuple else (answer,)
    return found if found and found[0] is not None else ()


class Selection:
    """A query that was read: which fields, of which rows, in which order."""

    def __init__(self, data: Any, fields: str, where: Any, order: Any) -> None:
        self.data = data
        self.names = array(data["fieldnames"])
        self.numbered = "$" in fields or not self.names
        if fields.strip().startswith("*"):
            width = length(index(data, 1)) if self.numbered else 0
            all_fields = [f"${i}" for i in range(1, width + 1)] or self.names
            fields = ",".join(all_fields)
        elif not self.numbered:
            fields = re.sub(r"[^,A-Za-z0-9]", "_", fields.rstrip())
        self.fields = fields
        self.code = self.translated(fields, known=True)
        self.where = self.translated(where) if where.__class__ is str else where
        self.order = order

    def column(self, name: str) -> str | None:
        """The Lua of a column, by name or number; None where there is none."""
        if name.isdigit():
            return f"v[{int(name)}]"
        return f"v[{self.names.index(name) + 1}]" if name in self.names else None

    def needed(self, name: str) -> str:
        """The same of a column that must be there."""
        code = self.column(name)
        if code is None:
            raise Unknown(f"{name} not found in {','.join(self.names)}")
        return code

    def translated(self, text: str, known: bool = False) -> str:
        """Lua text with columns for their names, those in strings left alone."""
        out, plain = [], ""
        for kind, part, _place in pieces(text, 0):
            if kind == "string":
                out += [self.replaced(plain, known), part]
                plain = ""
            else:
                plain += part
        return "".join([*out, self.replaced(plain, known)])

    def replaced(self, text: str, known: bool) -> str:
        if self.numbered:
            return _NUMBERED.sub(lambda m: self.needed(m[1]), text)
        if known:
            return _NAME.sub(lambda m: self.needed(m[0]), text)
        return _NAME.sub(lambda m: self.column(m[0]) or m[0], text)

    def compile(self, env: Any, as_row: bool) -> None:
        """Make Lua functions of the texts. Raises LuaError for what is no Lua."""
        fields = f"{{{self.code}}}" if as_row else self.code
        self.give = load_text(f"local v = ... return {fields}", "tmp", None, env)
        condition = self.where
        if condition is None:
            self.holds: Callable[..., Any] = lambda row: True
        elif condition.__class__ is str:
            self.holds = load_text(f"local v = ... return {condition}", "tmp", None, env)
        else:
            self.holds = check_function(0, condition, "condition.where must be callable")
        if self.order is None:
            return
        name, _blank, direction = re.sub(r"\s+", " ", self.order).strip().partition(" ")
        place = int(self.needed(name.removeprefix("$"))[2:-1])
        falls = direction not in ("", "asc")

        def before(a: Any = None, b: Any = None, *_: Any) -> bool:
            x, y = index(a, place), index(b, place)
            return less(y, x) if falls else less(x, y)

        self.before = before

    def chosen(self) -> Iterator[Any]:
        """The rows for which the condition holds, in order."""
        count = length(self.data)
        rows = (index(self.data, i) for i in range(1, count + 1))
        found = (row for row in rows if true(self.holds(row)))
        if self.order is None:
            return found
        ordered = new_table(found)
        table_library.sort(ordered, self.before)
        return iter(array(ordered))

    def rows(self) -> Callable[..., Any]:
        """The sequence of the fields of each row."""
        rows = self.chosen()

        def step(*_: Any) -> Any:
            for row in rows:
                return self.give(row)
            return None

        return step


def selection(data: Any, query: Any, context: Any = None, as_row: bool = False) -> Any:
    """Read a query; None and a message where it is wrong."""
    fields, where, order = parts(query)
    if fields is None:
        return None, "condition must be a string or a table"
    try:
        found = Selection(data, fields, where, order)
        found.compile(environment(context), as_row)
    except Unknown as error:
        return None, str(error)
    except LuaError as error:
        return None, error.value
    return found


def parts(query: Any) -> tuple[Any, Any, Any]:
    """Fields, condition and order of a query, a text or a table."""
    if query.__class__ is str:
        m = _QUERY.match(query)
        return m.groups() if m else (None, None, None)  # type: ignore[return-value]
    if not is_table(query):
        return None, None, None
    fields = query["fields"]
    if is_table(fields):
        fields = table_library.concat(fields, ",")
    return fields, query["where"], query["sort_by"]


def environment(context: Any) -> Any:
    """The names of a query: the globals, after the tables of a list."""
    if not true(context):
        return state.globals
    tables = [*array(context), state.globals]

    def read(_t: Any = None, key: Any = None, *_: Any) -> Any:
        return next((found for t in tables if true(found := index(t, key))), None)

    lookup = new_table()
    return setmetatable(lookup, new_table(fields={"__index": read}))
