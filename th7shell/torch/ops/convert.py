"""Lua values as the arguments of kernels: C's numbers, sizes, numeric strings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument

from ..python_values import native
from ..storage import LongStorage
from ..types import element, to_number
from .arrays import Array

LOWEST = -(2**63)  # what inf and nan become as a C long


def c_long(value: int | float) -> int:
    """A Lua number as a C long: truncated towards zero."""
    return _within(value, LOWEST)


def c_int(value: int | float) -> int:
    """A Lua number as a C int."""
    return _within(value, -(2**31))


def _within(value: int | float, lowest: int) -> int:
    """The number truncated towards zero; `lowest`, as on x86, where it does not fit."""
    try:
        whole = int(value)
    except (OverflowError, ValueError):
        return lowest
    return whole if lowest <= whole < -lowest else lowest


def to_real(dtype: np.dtype) -> Callable[[int | float], Any]:
    """The conversion of a Lua number to a tensor's element: nothing to do for floating point, C's
    cast else."""
    if dtype.kind == "f":
        return lambda value: value
    info = np.iinfo(dtype)
    low, high = int(info.min), int(info.max)

    def real(value: int | float) -> int:
        try:
            whole = int(value)
        except (OverflowError, ValueError):
            whole = LOWEST
        return whole if low <= whole <= high else int(element(value, dtype))

    return real


class Constants(dict[Any, Any]):
    """Numbers as arrays of one type without dimensions: a ufunc takes those in half the time.

    `constants[0.5]` is kept for the next time; the zeros (equal as keys, but with signs) are
    not."""

    LIMIT = 512

    def __init__(self, dtype: np.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.real = to_real(dtype)
        self.zero = self.make(0)

    def make(self, value: int | float) -> Array:
        array = np.array(self.real(value), self.dtype)
        array.flags.writeable = False
        return array

    def __missing__(self, value: int | float) -> Array:
        if value == 0:
            return self.zero if math.copysign(1, value) > 0 else self.make(value)
        array = self.make(value)
        if value == value:
            if len(self) >= self.LIMIT:
                self.clear()
            self[value] = array
        return array


def number_from(value: Any) -> Any:
    """The number that a numeric string or a NumPy scalar stands for; anything else is returned as
    it is."""
    if isinstance(value, str):
        number = to_number(value)
        return value if number is None else number
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value if type(value) in (int, float) else float(value)
    return value


def value_from(value: Any) -> Any:
    """What an argument stands for that no form takes as it is: a number, or a NumPy array's
    tensor."""
    return native(value) if value.__class__ is np.ndarray else number_from(value)


def sizes_from(args: tuple[Any, ...], start: int) -> tuple[int, ...] | None:
    """Sizes given as numbers or as one LongStorage from position `start` on; None if they are
    neither."""
    rest = args[start:]
    for value in rest:
        if value.__class__ is not int or value <= 0:
            break
    else:
        return rest
    if len(rest) == 1 and type(rest[0]) is not int:
        value = rest[0]
        if type(value) is LongStorage:
            return torch_shape(tuple(value.nd.tolist()))
        if isinstance(value, (tuple, list)):  # Python callers
            rest = tuple(value)
    for value in rest:
        if type(value) is not int and type(value) is not float:
            return None
    return torch_shape(tuple(c_long(v) for v in rest))


def torch_shape(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a tensor that is resized to `sizes`: dimensions from the first non-positive one
    on are dropped."""
    for i, size in enumerate(sizes):
        if size <= 0:
            return sizes[:i] or (0,)
    return sizes or (0,)


def dimension(
    dim: int, ndim: int, position: int, message: str = "dimension %d out of range"
) -> int:
    """Check a 0-based dimension; the message gets it 1-based."""
    if not 0 <= dim < ndim:
        raise BadArgument(position, message.replace("%d", str(dim + 1)))
    return dim
