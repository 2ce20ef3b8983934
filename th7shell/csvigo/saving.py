"""`csvigo.save`: rows, columns by name, or what a query holds, as a CSV file."""

from __future__ import annotations

from typing import Any

import th7shell.torch.console as console
from th7shell import dok
from th7shell.lua import Table, TorchError, first, items, length, listed, lua_type, new_table

from .file import File
from .loading import home, option, teller

_MODES = """Save a CSV file. The mode says what the data is:
 - raw   : a list of rows
 - tidy  : a table of the columns' values by their names
 - query : the function that csvigo.load returns in query mode"""
SAVE = (
    option("path", "string", "path to file", req=True),
    option("data", "table", "table to save as a CSV file", req=True),
    option("separator", "string", "separator (one character)", default=","),
    option(
        "mode",
        "string",
        "table to save is represented as: raw | tidy | query",
        default="autodetect",
    ),
    option("header", "boolean", "table has a header (variable names)", default=True),
    option("verbose", "boolean", "verbose load", default=True),
    option("column_order", "table", "Write csv according to given column order"),
    option("nan_as_missing", "boolean", "Save nan values (0/0) as missing", default=False),
)


def save(*given: Any) -> Any:
    """Save a CSV file: `csvigo.save(path, data)` or `csvigo.save{path=, data=, separator=',',
    mode='autodetect', header=true, verbose=true, column_order=, nan_as_missing=false}`.

    data is a list of rows ('raw'), a table of columns by name ('tidy') or a query function.
    """
    args, path, data, separator, mode, header, verbose, *_rest = dok.unpack(
        new_table(given), "csvigo.save", _MODES, *SAVE
    )
    path = home(path)
    tell = teller(verbose)
    tell(f"writing to file: {path}")
    if mode == "autodetect":
        mode = mode_of(data)
    if mode not in ("raw", "tidy", "query"):
        console.show(args.usage)
        raise TorchError("unknown mode")
    file = File(path, "w", separator, args["nan_as_missing"])
    try:
        if mode != "raw":
            if mode == "query":
                tell("generating tidy table")
                data = first(data("all"))
            tell("exporting tidy table to raw CSV")
            names, data = rows_of(data, args["column_order"])
            if header not in (None, False):
                file.write(new_table(names))
        file.writeall(data)
    finally:
        file.close()
    tell("writing done")
    return ()


def mode_of(data: Any) -> str:
    """What data is: a query, columns or rows."""
    kind = lua_type(data)
    if kind == "function":
        return "query"
    if kind != "table":
        raise TorchError("cannot autodetect mode, incorrect data type")
    return "raw" if length(data) else "tidy"


def rows_of(columns: Any, order: Any) -> tuple[list[Any], Table]:
    """The names of columns and their rows, in the order wanted."""
    if order is None:
        pairs = list(items(columns))
    else:
        pairs = [(name, columns[name]) for _, name in items(order)]
    rows: list[Table] = []
    for _, values in pairs:
        for i, value in enumerate(listed(values)):
            if i == len(rows):
                rows.append(Table())
            rows[i][length(rows[i]) + 1] = value
    return [name for name, _ in pairs], new_table(rows)
