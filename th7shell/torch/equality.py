"""Deep equality of Lua values as `torch.Tester` judges it, and the sentence that says what differs.

Each comparison returns (whether the test succeeds, message); with `negate` it succeeds if they
differ.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from th7shell.lua import LuaObject, Table, items, lua_type, tostring

from .classes import torch_type
from .storage import Storage
from .tensor import Tensor
from .types import lua_number

Verdict = tuple[bool, str | None]


def same_value(a: Any, b: Any) -> bool:
    """Lua's `==`."""
    if a is b:
        return True
    if isinstance(a, LuaObject) and isinstance(b, LuaObject):
        return bool(a == b)
    return lua_type(a) == lua_type(b) and bool(a == b)


def equal(got: Any, expected: Any, tolerance: float, negate: bool) -> Verdict:
    """Numbers, tensors and storages within the tolerance; tables entry by entry; the rest by
    `==`."""
    kind, other = lua_type(got), lua_type(expected)
    if kind != other:
        text = f"EQ failed: values have different types (first: {kind}, second: {other})"
        return negate, None if negate else text
    if kind == "number":
        return _numbers_equal(got, expected, tolerance, negate)
    if isinstance(expected, Table):
        return tables_equal(got, expected, tolerance, negate)
    if isinstance(got, Tensor):
        return tensors_equal(got, expected, tolerance, negate)
    if isinstance(got, Storage):
        return storages_equal(got, expected, tolerance, negate)
    if same_value(got, expected) != negate:
        return True, None
    shown = f"{tostring(got)} ({kind})", f"{tostring(expected)} ({kind})"
    return False, ("NE failed: %s == %s" if negate else "EQ failed: %s ~= %s") % shown


def _numbers_equal(got: Any, expected: Any, tolerance: float, negate: bool) -> Verdict:
    if (abs(got - expected) <= tolerance) != negate:
        return True, None
    shown = tostring(got), tostring(expected)
    text = ("NE failed: %s == %s" if negate else "EQ failed: %s ~= %s") % shown
    if tolerance > 0:
        text += f" with tolerance={tostring(tolerance)}"
    return False, text


def _elements_equal(a: Any, b: Any, tolerance: float, negate: bool, what: str) -> Verdict:
    """By the largest difference of two arrays of one type and as many elements."""
    a, b = a.reshape(-1), b.reshape(-1)
    if a.dtype.itemsize < 4:  # types without abs
        a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(all="ignore"):
        difference = lua_number(np.abs(a - b).max())
    if (difference <= tolerance) != negate:
        return True, None
    violation = "NE(==)" if negate else "EQ(==)"
    return False, (
        f"{what}{violation} violation: max diff={tostring(difference)}, "
        f"tolerance={tostring(tolerance)}"
    )


def tensors_equal(
    a: Any, b: Any, tolerance: float, negate: bool, any_shape: bool = False
) -> Verdict:
    """By sizes, type and largest difference; with `any_shape` the numbers of elements have to
    agree."""
    if not any_shape and a.dim() != b.dim():
        return negate, "The tensors have different dimensions"
    if type(a) is not type(b):
        return negate, "The tensors have different types"
    if a.dim() == 0 and b.dim() == 0:
        return not negate, "Both tensors are empty"
    if a.nd.size != b.nd.size or (not any_shape and a.nd.shape != b.nd.shape):
        return negate, "The tensors have different sizes"
    return _elements_equal(a.nd, b.nd, tolerance, negate, "Tensor")


def storages_equal(a: Any, b: Any, tolerance: float, negate: bool) -> Verdict:
    """By size, type and largest difference."""
    if not isinstance(b, Storage) or len(a) != len(b):
        return negate, "The storages have different sizes"
    if torch_type(a) != torch_type(b):
        return negate, "The storages have different types"
    return _elements_equal(a.nd, b.nd, tolerance, negate, "Storage")


def tables_equal(first: Any, second: Any, tolerance: float, negate: bool) -> Verdict:
    """Entry by entry, level by level, so that the message names the shallowest difference."""
    waiting = deque([(first, second, "")])
    while waiting:
        a, b, path = waiting.popleft()
        for key, value in _pairs(a):
            place = f"{path}.{tostring(key)}" if path else tostring(key)
            other = _entry(b, key)
            if other is None:
                shown = f"Entry {place} missing in second table (is {tostring(value)} in first)"
                return negate, shown
            if lua_type(value) == "table" and lua_type(other) == "table":
                waiting.append((value, other, place))
                continue
            same, message = equal(value, other, tolerance, False)
            if not same:
                return negate, f"At table location {place}: {message}"
        for key, value in _pairs(b):
            if _entry(a, key) is None:
                place = f"{path}.{tostring(key)}" if path else tostring(key)
                shown = f"Entry {place} missing in first table (is {tostring(value)} in second)"
                return negate, shown
    return not negate, "The tables are equal"


def _pairs(table: Any) -> Any:
    return items(table) if isinstance(table, Table) else ()


def _entry(table: Any, key: Any) -> Any:
    return table[key]
