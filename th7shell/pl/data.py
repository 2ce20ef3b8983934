"""`pl.data`: columns read from delimited text, and queries on them.

A data object is a list of rows with `fieldnames`, `original_fieldnames` and `delim`; its methods
are those here and those of `pl.array2d`. `query` has the queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.marks import scratch
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.table import concat

from . import query as queries
from .utils import pieces
from .values import (
    Table,
    array,
    call,
    index,
    insert,
    is_table,
    items,
    length,
    make_list,
    module,
    new_table,
    offer,
    rawset,
    send,
    set_index,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
METHODS: dict[str, Callable[..., Any]] = {}
DELIMITERS = {",": ",", "\t": "\t", " ": "%s+", ";": ";"}  # what stands in a line: the pattern
BLANKS = " \t\n\r\f\v"
_QUOTED = re.compile('"([^"]+)"')
_NO_NAME = re.compile("[^A-Za-z0-9]")


def guessed(line: str) -> str:
    """The pattern of a line's delimiter."""
    return next((pattern for mark, pattern in DELIMITERS.items() if mark in line), " ")


def opened(file: Any, mode: str) -> tuple[Any, Any]:
    """The file of a name or object, and whether it was opened; None and a message for neither."""
    wanted = "read" if mode == "r" else "write"
    owned = file.__class__ is str and file not in ("stdin", "stdout")
    if owned:
        answer = state.globals.io.open(file, mode)
        if answer.__class__ is tuple:
            return None, answer[1]
        file = answer
    elif file.__class__ is str:
        file = index(state.globals.io, file)
    if file is not None and not true(index(file, wanted)):
        return None, "not a file-like object"
    return file, owned


class Reader:
    """Reads rows by the options of `read`."""

    def __init__(self, options: Any, first_line: str) -> None:
        self.csv = true(options["csv"])
        if self.csv:
            set_index(options, "delim", ",")
        self.thousands = true(options["thousands_dot"])
        given = options["delim"]
        self.delimiter: str = given if true(given) else guessed(first_line)
        self.strips = self.delimiter == "%s+" and first_line[:1] in {*BLANKS}
        self.most: Any = None  # so many fields, the last with all that follows
        self.converters: dict[int, Any] = {}

    def stripped(self, line: str) -> str:
        """A line without the blanks before its first column."""
        return line.lstrip(BLANKS) if self.strips else line

    def split(self, line: str) -> list[str]:
        """The fields of a line; in CSV those in quotes may have commas."""
        if not self.csv:
            return pieces(line, self.delimiter, False, self.most)
        held = _QUOTED.sub(lambda m: m[1].replace(",", "\1"), line)
        fields = [f.replace("\1", ",") for f in pieces(held, self.delimiter, False, self.most)]
        return [*fields, ""] if line.endswith(",") else fields

    def number(self, text: Any = None, *_: Any) -> Any:
        """The number of a field; an empty one is 0 in CSV."""
        text = "" if text is None else text
        if self.thousands:
            text = re.sub(r"\.(...)", r"\1", text, flags=re.DOTALL)
        value = parse_number("0" if self.csv and text == "" else text)
        return (None, "not a number") if value is None else value

    def row(self, line: str, number: int) -> Any:
        """The List of a line's values, or the message of a field that cannot be converted."""
        fields: list[Any] = list(self.split(line))
        for column, convert in self.converters.items():
            text = fields[column - 1] if column <= len(fields) else None
            answer = convert(text)
            value, error = answer[:2] if answer.__class__ is tuple else (answer, None)
            if value is None:
                return f"{tostring(error)}: {tostring(text)} at line {number}"
            fields += [None] * (column - len(fields))
            fields[column - 1] = value
        return make_list(fields)


@offer(FUNCTIONS)
def read(file: Any = None, cnfg: Any = None, *_: Any) -> Any:
    """The data object of a file, given by name, as an object or as 'stdin'; nil and a message where
    it cannot be read. The first line names the columns unless it has numbers only; columns that
    are numbers in the first row become numbers.

    cnfg: `delim` (a pattern), `fieldnames`, `no_convert`, `convert` ({column = function}),
    `numfields` (columns of numbers), `last_field_collect`, `thousands_dot`, `csv`.
    """
    options = cnfg if is_table(cnfg) else new_table()
    f, owned = opened(file, "r")
    if f is None:
        return None, owned or None
    line = send(f, "read")
    if line is None:
        return None, "empty file"
    reader = Reader(options, line)
    made = new_table()
    number = 1
    numeric = options["numfields"]
    columns = array(numeric) if true(numeric) else []
    reader.converters |= {int(column): reader.number for column in columns}
    names = options["fieldnames"]
    if names.__class__ is str:
        set_index(options, "fieldnames", make_list(reader.split(names)))
    elif not true(names):
        header(made, options, reader, reader.split(reader.stripped(line)))
        line, number = send(f, "read"), 2
    names = options["fieldnames"]
    if true(names):
        made["fieldnames"] = names
        if true(options["last_field_collect"]):
            reader.most = length(names)
        if line is not None and not true(options["no_convert"]):
            for column, text in enumerate(reader.split(reader.stripped(line)), 1):
                if column not in reader.converters and reader.number(text).__class__ is not tuple:
                    reader.converters[column] = reader.number
    while line is not None:
        if line.strip(BLANKS):
            row = reader.row(reader.stripped(line), number)
            if row.__class__ is str:
                return None, row
            insert(made, row)
        line, number = send(f, "read"), number + 1
    if owned:
        send(f, "close")
    made["delim"] = " " if reader.delimiter == "%s+" else reader.delimiter
    if made["fieldnames"] is None:
        made["fieldnames"] = new_table()
    return new(made)


def header(made: Any, options: Any, reader: Reader, fields: list[str]) -> None:
    """Take the first line for the first row if it has numbers only, else for the names."""
    given = options["convert"]
    if true(given):
        reader.converters |= {int(column): convert for column, convert in items(given)}
    else:
        numbers = [parse_number(text) for text in fields]
        if None not in numbers:
            insert(made, new_table(numbers))
            reader.converters |= dict.fromkeys(range(1, len(fields) + 1), reader.number)
            return
    set_index(options, "fieldnames", make_list(fields))


@offer(FUNCTIONS)
def new(d: Any = None, fieldnames: Any = None, *_: Any) -> Any:
    """Make a table of rows a data object. The names, a list or a text with delimiters, are its
    field or an argument; they become identifiers, `original_fieldnames` keeps them."""
    names = d["fieldnames"]
    if not true(names):
        names = fieldnames if true(fieldnames) else ""
    if names.__class__ is str:
        if not true(d["delim"]):
            d["delim"] = guessed(names) if names else " "
        names = new_table(pieces(names, d["delim"], False))
    d["fieldnames"] = setmetatable(names, module("List"))
    plain = [name.strip(BLANKS) for name in array(names)]
    d["original_fieldnames"] = new_table(plain)
    for i, name in enumerate(plain, 1):
        rawset(names, i, _NO_NAME.sub("_", name))
    return setmetatable(d, scratch(module("data"))["metatable"])


def row_text(row: Any, delimiter: Any) -> str:
    """The line of a row."""
    return concat(module("utils").array_tostring(row), delimiter)


@offer(FUNCTIONS)
def write(
    data: Any = None, file: Any = None, fieldnames: Any = None, delim: Any = None, *_: Any
) -> Any:
    """Write rows to a file, given by name, as an object or as 'stdout', after a line of names; the
    delimiter is a tab by default. True, or nil and a message."""
    f, owned = opened(file, "w")
    if f is None:
        return None, owned or None
    names = fieldnames if true(fieldnames) else data["fieldnames"]
    delimiter = delim if true(delim) else "\t"
    if true(names) and length(names) > 0:
        send(f, "write", concat(names, delimiter), "\n")
    for row in array(data):
        send(f, "write", row_text(row, delimiter), "\n")
    if owned:
        send(f, "close")
    return True


@offer(METHODS, "write")
def write_all(self: Any = None, file: Any = None, *_: Any) -> Any:
    """Write a data object to a file."""
    write(self, file, self["fieldnames"], self["delim"])
    return ()


@offer(METHODS)
def write_row(self: Any = None, f: Any = None, row: Any = None, *_: Any) -> Any:
    """Write a row to a file."""
    send(f, "write", row_text(row, self["delim"]), "\n")
    return ()


@offer(METHODS)
def column_names(self: Any = None, *_: Any) -> Any:
    """The names of the columns."""
    return self["fieldnames"]


@offer(METHODS)
def column_by_name(self: Any = None, name: Any = None, *_: Any) -> Any:
    """A column, by name or number, as a List."""
    wanted = name if name.__class__ is str else f"${tostring(name)}"
    step = query(self, wanted)
    return make_list(list(iter(lambda: call(step), None)))


@offer(METHODS)
def copy_select(self: Any = None, condn: Any = None, *_: Any) -> Any:
    """The data object of a query's rows."""
    selection = queries.selection(self, condn)
    if selection.__class__ is tuple:
        return selection
    step = selection.rows()
    out = new_table(make_list(found) for found in iter(lambda: queries.values_of(step()), ()))
    out["delim"] = self["delim"]
    return new(out, make_list(pieces(selection.fields, ",", True)))


@offer(FUNCTIONS)
@offer(METHODS, "select")
def query(
    data: Any = None, condn: Any = None, context: Any = None, return_row: Any = None, *_: Any
) -> Any:
    """An iterator over the fields of the rows that a query selects, "x,y where x > 1 sort by y
    desc"; nil and a message where the query is wrong. It may be a table with `fields`, `where` (a
    text or function) and `sort_by`; `context` is a list of tables with names that it uses; with
    `return_row` it gives lists."""
    selection = queries.selection(data, condn, context, true(return_row))
    return selection if selection.__class__ is tuple else selection.rows()


@offer(METHODS)
def select_row(d: Any = None, condn: Any = None, context: Any = None, *_: Any) -> Any:
    """An iterator over the rows of a query as lists."""
    return query(d, condn, context, True)


@offer(FUNCTIONS, "filter")
def filter_(
    Q: Any = None, infile: Any = None, outfile: Any = None, dont_fail: Any = None, *_: Any
) -> Any:
    """Read data, write what a query selects (default: standard input and output). A wrong query
    ends the program, or gives nil and a message with `dont_fail`."""
    d = read("stdin" if infile is None else infile)
    if d.__class__ is tuple:
        return d
    out, _owned = opened("stdout" if outfile is None else outfile, "w")
    step = query(d, Q)
    if step.__class__ is tuple:
        if true(dont_fail):
            return None, f"error: {step[1]}"
        return module("utils").quit(1, f"error: {step[1]}")
    for found in iter(lambda: queries.values_of(step()), ()):
        send(out, "write", row_text(new_table(found), d["delim"]), "\n")
    return ()


def luaopen(globals: Table) -> Any:
    """The table of `require 'pl.data'`."""
    metatable = new_table(fields=METHODS)

    def read_field(_d: Any = None, name: Any = None, *_: Any) -> Any:
        own = metatable[name]
        return index(module("array2d"), name) if own is None else own

    rawset(metatable, "__index", read_field)
    made = new_table(fields=FUNCTIONS)
    scratch(made)["metatable"] = metatable
    return made
