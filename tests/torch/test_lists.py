"""Lists of numbers as arrays: each member converted by itself is what the whole list gives."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError, Table, new_table
from th7shell.torch.lists import array_of, table_of
from th7shell.torch.types import ELEMENT_TYPES, element

FLOATS = [0.5, -1.5, 300.75, -129.25, 1e12, 0.0, -0.0, 5e-324, 1e300]
EXTREME = [math.inf, -math.inf, math.nan, 2.0**63, -(2.0**63), 1e30]
INTS = [0, 1, -1, 127, 128, 255, 256, -129, 2**31 - 1, -(2**31)]
LARGE = [2**31, -(2**31) - 1, 2**53, -(2**53)]
TEXTS = ["3", "0x10", " 2.5 "]


@pytest.mark.parametrize("row", ELEMENT_TYPES.values(), ids=lambda row: row.name)
@pytest.mark.parametrize(
    "kinds",
    [FLOATS, FLOATS + EXTREME, INTS, INTS + LARGE, FLOATS + INTS, FLOATS + INTS + TEXTS],
    ids=["floats", "extreme", "ints", "large", "mixed", "texts"],
)
@pytest.mark.parametrize("n", [0, 3, 100, 40_000])
def test_a_list_is_its_members(row: Any, kinds: list[Any], n: int) -> None:
    draw = random.Random(n)
    values = [draw.choice(kinds) for _ in range(n)]
    values[20_000:] = values[20_000:][::-1]
    # keys that are equal are told apart by their text: 0.0 and -0.0
    one = {repr(v): element(torch.types.to_number(v), row.dtype) for v in kinds}
    want = np.array([one[repr(v)] for v in values], row.dtype)
    found = array_of(values, row.dtype)
    assert found is not None and found.dtype == row.dtype
    assert found.tobytes() == want.tobytes()


@pytest.mark.parametrize("junk", [None, True, False, "x", {}, [], (1,), b"1", 1j, new_table([1])])
@pytest.mark.parametrize("number", [1, 1.5])
def test_what_is_no_number_is_refused(junk: Any, number: float) -> None:
    for n in (3, 30, 20_000):
        for place in (0, n // 2, n - 2):  # nil at the end would end the table
            values = [number] * n
            values[place] = junk
            assert array_of(values, np.dtype(np.float64)) is None
            with pytest.raises(LuaError, match=r"invalid (element|tensor)"):
                torch.DoubleTensor(new_table(values))
            with pytest.raises(LuaError, match=r"element at index \d+ is not a number"):
                torch.DoubleStorage(values)


def test_the_error_of_a_storage_names_the_place() -> None:
    with pytest.raises(LuaError, match="element at index 41 is not a number"):
        torch.IntStorage(new_table([*range(40), "one", *range(40)]))


@pytest.mark.parametrize("shape", [(0,), (5,), (1000,), (3, 4), (2, 0), (4, 5, 6), (200, 100)])
@pytest.mark.parametrize("name", ["Byte", "Long", "Float", "Double"])
def test_there_and_back(shape: tuple[int, ...], name: str) -> None:
    nd = np.arange(np.prod(shape)).reshape(shape).astype(ELEMENT_TYPES[name].dtype)
    table = table_of(nd)

    def check(part: Any, at: Any) -> None:
        assert part.__class__ is Table and len(part) == len(at)
        for i, below in enumerate(at, 1):
            check(part[i], below) if at.ndim > 1 else np.testing.assert_equal(part[i], below)

    check(table, nd)
    if nd.size:
        np.testing.assert_array_equal(getattr(torch, f"{name}Tensor")(table).nd, nd)


@pytest.mark.parametrize(
    "rows, message",
    [
        ([[1, 2], [3]], "invalid tensor sizes"),
        ([[1, 2], 3], "invalid tensor definition"),
        ([[1, 2], [3, "a"]], r"invalid element \(not a number\)"),
        ([[1, 2], [None, 3]], r"invalid element \(not a number\)"),
        ([[[1], [2]], [[3], [4, 5]]], "invalid tensor sizes"),
    ],
)
def test_uneven_tables(rows: Any, message: str) -> None:
    def table(v: Any) -> Any:
        return new_table([table(x) for x in v]) if isinstance(v, list) else v

    with pytest.raises(LuaError, match=message):
        torch.Tensor(table(rows))
