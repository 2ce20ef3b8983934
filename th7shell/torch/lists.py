"""Lists of Lua numbers as arrays, and arrays as tables: what tensors and storages are made of.

What kind of number each member of a list is, is asked of `marshal`: it writes lists at the speed of
C, and every value behind a byte that tells its exact type. Where all of these bytes are equal, what
it wrote is an array already.
"""

from __future__ import annotations

import marshal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table
from th7shell.lua.values import set_array

from .types import EXACT, element, to_number

PIECE = 1 << 14  # members that are converted at a time: what is written stays in the cache
_new = object.__new__
_FEW = 100  # members for which marshal does not pay
_NUMBERS = {int, float}
_HEAD = 5  # bytes before a list's first member
_WRITTEN = {  # by the byte in front of it, how a number is written
    ord("g"): np.dtype([("kind", "u1"), ("value", "<f8")]),
    ord("i"): np.dtype([("kind", "u1"), ("value", "<i4")]),
}


def array_of(values: list[Any], dtype: np.dtype) -> NDArray[Any] | None:
    """A list of numbers, and strings that spell some, as an array, converted as C does; None if
    it has something else."""
    if len(values) <= _FEW:
        return _mixed(values, dtype)
    result = np.empty(len(values), dtype)
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        part = _alike(piece, dtype)
        if part is None:
            part = _mixed(piece, dtype)
            if part is None:
                return None
        result[start : start + PIECE] = part
    return result


def _alike(values: list[Any], dtype: np.dtype) -> NDArray[Any] | None:
    """The array of a list that has only floats, or only ints of 32 bits; None for another one."""
    try:
        written = marshal.dumps(values, 2)
    except ValueError:
        return None
    record = _WRITTEN.get(written[_HEAD])
    if record is None or len(written) != _HEAD + len(values) * record.itemsize:
        return None
    records = np.frombuffer(written, record, len(values), _HEAD)
    if (records["kind"] != written[_HEAD]).any():
        return None
    found: NDArray[Any] = records["value"]
    if dtype.kind == "f" or found.dtype.kind == "i":
        return found
    return found.astype(np.int64) if (abs(found) < 2.0**63).all() else None


def _mixed(values: list[Any], dtype: np.dtype) -> NDArray[Any] | None:
    if not {*map(type, values)} <= _NUMBERS and any(to_number(v) is None for v in values):
        return None
    try:
        return np.array(values, dtype)
    except (OverflowError, ValueError, TypeError):
        known = [v for v in map(to_number, values) if v is not None]
        return np.array([element(v, dtype) for v in known], dtype)


def numbers(nd: NDArray[Any]) -> list[Any]:
    """The elements of an array as (nested) lists of Lua numbers."""
    if nd.dtype.char in "lq" and nd.size and (nd.max() > EXACT or nd.min() < -EXACT):
        return np.where(abs(nd) > EXACT, nd.astype(float), nd.astype(object)).tolist()
    return nd.tolist()


def table_of(nd: NDArray[Any]) -> Table:
    """The elements of an array as a (nested) table of numbers."""
    return _nested(numbers(nd), nd.ndim)


def _nested(values: list[Any], depth: int) -> Table:
    """The table of nested lists, which become its array parts."""
    if depth > 1:
        values = [_nested(v, depth - 1) for v in values]
    if not values:
        return Table()
    values.insert(0, None)
    table: Table = _new(Table)
    set_array(table, values)
    return table
