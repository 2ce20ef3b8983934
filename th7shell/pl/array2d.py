"""`pl.array2d`: lists of rows as two-dimensional arrays.

Sizes are `#a` and `#a[1]`. Ranges `i1, j1, i2, j2` are from 1, from the end if negative, cut to the
array's size; a spreadsheet's text ('A1:B3', 'R1C1:R3C2') may stand for all four.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.arithmetic import divide
from th7shell.lua.stdlib import table as table_library

from .values import (
    LuaError,
    array,
    call,
    check,
    check_function,
    getmetatable,
    index,
    length,
    listed,
    make_list,
    module,
    new_table,
    offer,
    send,
    set_index,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
Range = tuple[Any, Any, Any, Any]
_BY_NUMBER = re.compile(r"R([0-9]+)C([0-9]+)")
_BY_LETTER = re.compile(r"([A-Z]+)([0-9]+)")


def like(t: Any, made: Any) -> Any:
    """A new array with the metatable of another."""
    metatable = getmetatable(t)
    return made if metatable is None else setmetatable(made, metatable)


def callable_(value: Any) -> bool:
    """Whether a value can be called."""
    return true(module("types").is_callable(value))


@offer(FUNCTIONS)
def size(a: Any = None, *_: Any) -> Any:
    """The numbers of rows and columns."""
    check(1, a, "table")
    return length(a), length(index(a, 1))


@offer(FUNCTIONS)
def column(a: Any = None, j: Any = None, *_: Any) -> Any:
    """A column as a List."""
    check(1, a, "table")
    return make_list([index(row, j) for row in array(a)])


@offer(FUNCTIONS)
def row(a: Any = None, i: Any = None, *_: Any) -> Any:
    """A copy of a row as a List."""
    check(1, a, "table")
    return make_list(listed(index(a, i)))


@offer(FUNCTIONS, "map")
def map_(f: Any = None, a: Any = None, arg: Any = None, *_: Any) -> Any:
    """The array of f(value, arg)."""
    check(2, a, "table")
    f = check_function(1, f)
    imap = module("tablex").imap
    return like(a, imap(lambda row=None, *_: imap(f, row, arg), a))


@offer(FUNCTIONS)
def reduce_rows(f: Any = None, a: Any = None, *_: Any) -> Any:
    """The list of each row's values joined by a function of two."""
    check(1, a, "table")
    tablex = module("tablex")
    return tablex.map(lambda row=None, *_: tablex.reduce(f, row), a)


@offer(FUNCTIONS)
def reduce_cols(f: Any = None, a: Any = None, *_: Any) -> Any:
    """The list of each column's values joined by a function of two."""
    check(1, a, "table")
    tablex = module("tablex")
    columns = tablex.keys(index(a, 1))
    return tablex.map(lambda j=None, *_: tablex.reduce(f, column(a, j)), columns)


@offer(FUNCTIONS)
def reduce2(opc: Any = None, opr: Any = None, a: Any = None, *_: Any) -> Any:
    """Each row's values joined by `opr`, and these by `opc`."""
    check(3, a, "table")
    return module("tablex").reduce(opc, reduce_rows(opr, a))


@offer(FUNCTIONS)
def map2(
    f: Any = None,
    ad: Any = None,
    bd: Any = None,
    a: Any = None,
    b: Any = None,
    arg: Any = None,
    *_: Any,
) -> Any:
    """The array of f(value of a, value of b, arg); `ad`, `bd` tell whether a and b are lists (1),
    which serve for every row, or arrays (2)."""
    check(1, a, "table")
    check(2, b, "table")
    f = check_function(1, f)
    tablex = module("tablex")
    if ad == 1 and bd == 2:
        return tablex.imap(lambda row=None, *_: tablex.map2(f, a, row, arg), b)
    if ad == 2 and bd == 1:
        return tablex.imap(lambda row=None, *_: tablex.map2(f, row, b, arg), a)
    if ad == 1 and bd == 1:
        return tablex.map2(f, a, b)
    if ad == 2 and bd == 2:
        return tablex.map2(lambda x=None, y=None, *_: tablex.map2(f, x, y, arg), a, b)
    return ()


@offer(FUNCTIONS)
def product(f: Any = None, t1: Any = None, t2: Any = None, *_: Any) -> Any:
    """The array of f(value of t1, value of t2): a row for each value of t2."""
    f = check_function(1, f)
    check(2, t1, "table")
    check(3, t2, "table")
    tmap = module("tablex").map
    return new_table(call(tmap, f, t1, value) for value in listed(t2))


@offer(FUNCTIONS)
def flatten(t: Any = None, *_: Any) -> Any:
    """All values row by row as a List."""
    rows, columns = size(t)
    return make_list([index(index(t, i + 1), j + 1) for i in range(rows) for j in range(columns)])


@offer(FUNCTIONS)
def reshape(t: Any = None, nrows: Any = None, co: Any = None, *_: Any) -> Any:
    """The same values in another number of rows; with `co` they are taken column by column."""
    rows, columns = size(t)
    width = int(divide(rows * columns, nrows))
    if true(co):
        places = [(i, j) for j in range(columns) for i in range(rows)]
    else:
        places = [(i, j) for i in range(rows) for j in range(columns)]
    values = [index(index(t, i + 1), j + 1) for i, j in places]
    starts = range(0, int(nrows) * width, width) if width else ()
    return like(t, new_table(new_table(values[k : k + width]) for k in starts))


@offer(FUNCTIONS)
def transpose(t: Any = None, *_: Any) -> Any:
    """Rows for columns."""
    check(1, t, "table")
    return reshape(t, size(t)[1], True)


def swap(t: Any, i: Any, j: Any) -> None:
    """Exchange two values of a table."""
    a, b = index(t, i), index(t, j)
    set_index(t, i, b)
    set_index(t, j, a)


@offer(FUNCTIONS)
def swap_rows(t: Any = None, i1: Any = None, i2: Any = None, *_: Any) -> Any:
    """Exchange two rows; give the array."""
    swap(check(1, t, "table"), i1, i2)
    return t


@offer(FUNCTIONS)
def swap_cols(t: Any = None, j1: Any = None, j2: Any = None, *_: Any) -> Any:
    """Exchange two columns; give the array."""
    for row in listed(check(1, t, "table")):
        swap(row, j1, j2)
    return t


@offer(FUNCTIONS)
def extract_rows(t: Any = None, ridx: Any = None, *_: Any) -> Any:
    """A new array of the rows with these numbers."""
    return like(t, call(module("tablex").index_by, t, ridx))


@offer(FUNCTIONS)
def extract_cols(t: Any = None, cidx: Any = None, *_: Any) -> Any:
    """A new array of the columns with these numbers."""
    check(1, t, "table")
    index_by = module("tablex").index_by
    return like(t, new_table(call(index_by, row, cidx) for row in array(t)))


FUNCTIONS["remove_row"] = table_library.remove


@offer(FUNCTIONS)
def remove_col(t: Any = None, j: Any = None, *_: Any) -> Any:
    """Remove a column."""
    for row in array(check(1, t, "table")):
        table_library.remove(row, j)
    return ()


def cell(text: str) -> tuple[int, int]:
    """Row and column of a spreadsheet's cell."""
    if m := _BY_NUMBER.search(text):
        return int(m[1]), int(m[2])
    if m := _BY_LETTER.search(text):
        j = 0
        for letter in m[1]:
            j = j * 26 + ord(letter) - ord("A") + 1
        return int(m[2]), j
    raise LuaError(f"bad cell specifier: {text}", 2)


@offer(FUNCTIONS)
def parse_range(s: Any = None, *_: Any) -> Any:
    """Rows and columns of a spreadsheet's range, `i1, j1, i2, j2`, or of one cell, `i, j`."""
    parts = check(1, s, "string").upper().split(":")
    return tuple(place for part in parts[:2] for place in cell(part))


@offer(FUNCTIONS)
def default_range(
    t: Any = None, i1: Any = None, j1: Any = None, i2: Any = None, j2: Any = None, *_: Any
) -> Any:
    """A range with its defaults, the whole array, cut to the array."""
    if i1.__class__ is str and j1 is i2 is j2 is None:
        i1, j1, i2, j2 = (*parse_range(i1), None, None)[:4]
    rows, columns = size(t)

    def within(value: Any, default: int, most: int) -> Any:
        value = default if value is None or value is False else value
        return min(max(value + most + 1 if value < 0 else value, 1), most)

    return (
        within(i1, 1, rows),
        within(j1, 1, columns),
        within(i2, rows, rows),
        within(j2, columns, columns),
    )


def span(first: Any, last: Any) -> range:
    """The numbers from one to another."""
    return range(int(first), int(last) + 1)


@offer(FUNCTIONS, "slice", "range")
def slice_(t: Any = None, *where: Any) -> Any:
    """A part of an array: an array, a list where it has one row or column, or a value."""
    check(1, t, "table")
    i1, j1, i2, j2 = default_range(t, *where)
    out = []
    for i in span(i1, i2):
        row = index(t, i)
        out.append(index(row, j1) if j1 == j2 else new_table(index(row, j) for j in span(j1, j2)))
    if i1 != i2:
        return like(t, new_table(out))
    part = out[0] if out else None
    return like(t, part) if getmetatable(t) is not None else part


@offer(FUNCTIONS, "set")
def set_(t: Any = None, value: Any = None, *where: Any) -> Any:
    """Set a part of an array to a value, or to value(i, j) of a function."""
    i1, j1, i2, j2 = default_range(t, *where)
    made = callable_(value)
    for i in span(i1, i2):
        row = index(t, i)
        for j in span(j1, j2):
            set_index(row, j, call(value, i, j) if made else value)
    return ()


@offer(FUNCTIONS)
def forall(t: Any = None, row_op: Any = None, end_row_op: Any = None, *where: Any) -> Any:
    """Call row_op(row, j) for every value of a part, and end_row_op(i) after every row."""
    check(1, t, "table")
    i1, j1, i2, j2 = default_range(t, *where)
    for i in span(i1, i2):
        row = index(t, i)
        for j in span(j1, j2):
            row_op(row, j)
        if true(end_row_op):
            end_row_op(i)
    return ()


@offer(FUNCTIONS)
def write(t: Any = None, f: Any = None, fmt: Any = None, *where: Any) -> Any:
    """Write a part to a file (standard output), each value by a format or with a blank behind
    it."""
    check(1, t, "table")
    f = f if true(f) else state.globals.io.stdout

    def one(row: Any = None, j: Any = None, *_: Any) -> Any:
        if true(fmt):
            return module("utils").fprintf(f, fmt, index(row, j))
        return send(f, "write", tostring(index(row, j)), " ")

    return forall(t, one, lambda *_: send(f, "write", "\n"), *where)


@offer(FUNCTIONS)
def move(dest: Any = None, di: Any = None, dj: Any = None, src: Any = None, *where: Any) -> Any:
    """Copy a part of an array to a place of another."""
    check(1, dest, "table")
    check(4, src, "table")
    i1, j1, i2, j2 = default_range(src, *where)
    rows, columns = size(dest)
    for i in span(i1, min(rows, i2)):
        into, source = index(dest, i + di - 1), index(src, i)
        for j in span(j1, min(columns, j2)):
            set_index(into, j + dj - 1, index(source, j))
    return ()


@offer(FUNCTIONS)
def iter_(a: Any = None, indices: Any = None, *where: Any) -> Any:
    """An iterator over the values of a part, row by row; with `indices` over i, j, value."""
    check(1, a, "table")
    i1, j1, i2, j2 = default_range(a, *where)
    places = ((i, j) for i in span(i1, i2) for j in span(j1, j2))
    numbered = true(indices)

    def step(*_: Any) -> Any:
        for i, j in places:
            value = index(index(a, i), j)
            return (i, j, value) if numbered else value
        return None

    return step


def counted(n: int, part: Callable[[int], Any]) -> Callable[..., Any]:
    """An iterator over part(i), i for i from 1 to n."""
    places = iter(range(1, n + 1))

    def step(*_: Any) -> Any:
        for i in places:
            return part(i), i
        return None

    return step


@offer(FUNCTIONS)
def columns(a: Any = None, *_: Any) -> Any:
    """An iterator over the columns and their numbers."""
    check(1, a, "table")
    return counted(length(index(a, 1)), lambda j: column(a, j))


@offer(FUNCTIONS)
def rows(a: Any = None, *_: Any) -> Any:
    """An iterator over copies of the rows and their numbers."""
    check(1, a, "table")
    return counted(length(a), lambda i: row(a, i))


@offer(FUNCTIONS)
def new(rows: Any = None, cols: Any = None, val: Any = None, *_: Any) -> Any:
    """An array filled with a value, or with val(i, j) of a function."""
    made = callable_(val)

    def filled(i: int) -> Any:
        return new_table(call(val, i, j) if made else val for j in span(1, cols))

    return new_table(filled(i) for i in span(1, rows))
