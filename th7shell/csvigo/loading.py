"""`csvigo.load`: rows as they are, columns by name, or queries over them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import th7shell.torch.console as console
from th7shell import dok
from th7shell.lua import (
    BadArgument,
    Table,
    TorchError,
    array,
    items,
    lua_type,
    new_table,
    tostring,
)
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.texts import from_system

from .file import File

_MODES = """Load a CSV file. The mode says what is returned:
 - raw   : a list of rows, as the file has them
 - tidy  : a table of the columns' values by their names
 - query : a function that selects rows of the tidy table
 - large : a list of rows that are decoded when they are indexed"""


def option(arg: str, type: str, help: str, **more: Any) -> Table:
    """A definition of an argument."""
    return new_table(fields={"arg": arg, "type": type, "help": help, **more})


LOAD = (
    option("path", "string", "path to file", req=True),
    option("separator", "string", "separator (one character)", default=","),
    option("mode", "string", "load mode: raw | tidy | query", default="tidy"),
    option(
        "header",
        "string",
        "file has a header (variable names): true | false | auto",
        default="auto",
    ),
    option("verbose", "boolean", "verbose load", default=True),
    option("skip", "number", "skip this many lines at start of file", default=0),
    option("column_order", "boolean", "return csv's column order in tidy mode", default=False),
)
_QUERY = (
    option("query", "string", "query: all | help | vars | inter | union", default="all"),
    option("vars", "table", "list of vars/vals"),
)
_QUERY_HELP = """A function over the data of this file:
query('vars') gives the names of the variables, query() or query('all') all data,
query('union', {var1={1}, var2={2,3,4}}) the rows where var1 = 1 OR var2 = 2 or 3 or 4,
query('inter', {var1={1}, var2={2,3,4}}) those where var1 = 1 AND var2 = 2 or 3 or 4"""


def home(path: Any) -> str:
    """A path whose first `~` is the user's folder."""
    if not isinstance(path, str):
        raise TorchError(f"attempt to index local 'path' (a {lua_type(path)} value)")
    return re.sub("^~", lambda _: from_system(os.path.expanduser("~")), path)


def teller(verbose: Any) -> Callable[[str], None]:
    """What prints how far it has come, if that is wanted."""

    def tell(text: str) -> None:
        if verbose not in (None, False):
            console.show("<csv>", text)

    return tell


def load(*given: Any) -> Any:
    """Load a CSV file: `csvigo.load(path)` or `csvigo.load{path=, separator=',', mode='tidy',
    header='auto', verbose=true, skip=0, column_order=false}`.

    Modes: 'tidy' gives a table of columns by name, 'raw' a list of rows, 'large' one that decodes
    rows when they are read, 'query' a function that selects rows (`query 'help'`).
    """
    args, path, separator, mode, header, verbose, skip, *_rest = dok.unpack(
        new_table(given), "csvigo.load", _MODES, *LOAD
    )
    path = home(path)
    tell = teller(verbose)
    tell(f"parsing file: {path}")
    file = File(path, "r", separator)
    rows = file.readall(mode)
    file.close()
    if mode in ("raw", "large"):
        tell("parsing done")
        return rows
    if mode not in ("tidy", "query"):
        console.show(args.usage)
        raise TorchError("unknown mode")
    tell("tidying up entries")
    names, columns = tidied([array(row) for row in array(rows)][int(skip) :], header)
    if mode == "tidy":
        tell("returning tidy table")
        return (new_table(names), columns) if args["column_order"] else columns
    tell("generating reversed index for fast queries")
    query = Query(columns).query
    tell("returning query closure, type query('help') to get help")
    return lambda *given: query(*given)


def tidied(rows: list[list[str]], header: Any) -> tuple[list[str], Table]:
    """The names of the columns, and their values by name."""
    if not rows:
        raise TorchError("attempt to index local 'firstline' (a nil value)")
    if has_header(header, rows[0]):
        names, *rest = rows
    else:
        names, rest = [f"var_{i}" for i in range(1, len(rows[0]) + 1)], rows
    found: dict[str, list[str]] = {name: [] for name in names}
    for row in rest:
        if len(row) > len(names):
            raise BadArgument(1, "table expected, got nil", "insert")
        for name, value in zip(names, row, strict=False):
            found[name].append(value)
    columns = Table()
    for name, values in found.items():
        columns[name] = new_table(values)
    return names, columns


def has_header(header: Any, row: list[str]) -> bool:
    """Whether the first row names the columns; 'auto': unless it begins with a number."""
    if header == "auto":
        return parse_number(row[0]) is None
    return False if isinstance(header, str) else bool(header)


class Query:
    """Selections of rows by the values of columns."""

    def __init__(self, columns: Table) -> None:
        self.columns = columns
        self.places: dict[str, dict[str, list[int]]] = {}  # by column and value
        for name, values in items(columns):
            places = self.places[name] = {}
            for i, value in enumerate(array(values)):
                places.setdefault(value, []).append(i)

    def query(self, *given: Any) -> Any:
        """What a query gives: all data, names, or the rows that have the values."""
        args, kind, wanted, *_rest = dok.unpack(new_table(given), "query", _QUERY_HELP, *_QUERY)
        if kind == "help":
            console.show(args.usage)
            return ()
        if kind == "vars":
            return new_table([name for name, _ in items(self.columns)])
        if kind == "all":
            return self.columns
        sets = [
            [self.rows_of(name, value, kind == "inter") for value in values]
            for name, values in self.wanted_values(wanted)
        ]
        any_of = [set().union(*found) for found in sets]
        if kind == "union":
            rows = set().union(*any_of)
        else:
            rows = set.intersection(*any_of) if any_of else set()
        return self.selected(sorted(rows))

    def wanted_values(self, wanted: Any) -> list[tuple[str, list[Any]]]:
        """The lists of values wanted of each column."""
        if lua_type(wanted) != "table":
            raise BadArgument(1, f"table expected, got {lua_type(wanted)}", "pairs")
        pairs = list(items(wanted))
        for name, values in pairs:
            if lua_type(values) != "table":
                wanted[name] = new_table([values])
        return [(name, array(wanted[name])) for name, _ in pairs]

    def rows_of(self, name: str, value: Any, must_be: bool) -> list[int]:
        """The rows in which a column has a value."""
        places = self.places.get(name)
        if places is None:
            raise TorchError(f"query: there is no variable '{tostring(name)}'")
        found = places.get(tostring(value))
        if found is None and must_be:
            raise BadArgument(1, "table expected, got nil", "ipairs")
        return found or []

    def selected(self, rows: list[int]) -> Table:
        """The columns cut to some rows."""
        chosen = Table()
        for name, values in items(self.columns):
            column = array(values)
            chosen[name] = new_table([column[i] for i in rows if i < len(column)])
        return chosen
