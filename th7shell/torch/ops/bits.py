"""Bits of integer tensors: and, or, xor, shifts. On floating point tensors a shift scales by a
power of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import TorchError

from .arithmetic import with_number, with_tensor
from .arrays import Array
from .declare import into, operation

UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def shift_left(nd: Array, count: Any, out: Array) -> None:
    np.left_shift(nd, count, out)


def shift_right(nd: Array, count: Any, out: Array) -> None:
    """The bits move as those of an unsigned number."""
    unsigned = UNSIGNED[nd.itemsize]
    np.right_shift(nd.view(unsigned), count.view(unsigned), out.view(unsigned))


def scale_up(nd: Array, count: Any, out: Array) -> None:
    np.multiply(nd, np.exp2(count), out)


def scale_down(nd: Array, count: Any, out: Array) -> None:
    np.divide(nd, np.exp2(count), out)


def integers_only(name: str) -> Callable[..., None]:
    def kernel(*_: Any) -> None:
        raise TorchError(f"{name} is only supported for integer type tensors")

    return kernel


for _name, _whole, _real, _word in (
    ("lshift", shift_left, scale_up, "left, which multiplies by a power of 2"),
    ("rshift", shift_right, scale_down, "right, which divides by a power of 2"),
):
    operation(
        _name,
        f"Shift the bits of each element to the {_word}.",
        into("count:constant", {"i": with_number(_whole), "f": with_number(_real)}),
    )
    operation(
        f"c{_name}",
        f"Shift the bits of each element by the element of another tensor to the {_word}.",
        into("counts:T", {"i": with_tensor(_whole), "f": with_tensor(_real)}),
    )

for _name, _ufunc in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor)):
    operation(
        f"bit{_name}",
        f"Combine the bits of each element with those of a number by {_name}; integers only.",
        into("value:constant", {"i": with_number(_ufunc), "f": integers_only(f"bit{_name}")}),
    )
    operation(
        f"cbit{_name}",
        f"Combine the bits of two tensors element by element by {_name}. Integer tensors only.",
        into("src:T", {"i": with_tensor(_ufunc), "f": integers_only(f"cbit{_name}")}),
    )
