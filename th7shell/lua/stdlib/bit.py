"""The bit library: operations on 32-bit integers. Results are signed; shifts take the lower 5 bits
of the count."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from .arguments import NONE, check_number

_MASK = 0xFFFFFFFF
_SIGN = 0x80000000


def _signed(x: int) -> int:
    return ((x + _SIGN) & _MASK) - _SIGN


def _bits(n: int, value: Any) -> int:
    """Turn an argument into 32 bits: rounded to an integer, then taken modulo 2^32, as a signed
    int."""
    if value.__class__ is int and -(2**51) < value < 2**51:
        return ((value + _SIGN) & _MASK) - _SIGN
    number = (
        float(check_number(n, value)) + 6755399441055744.0
    )  # its low word is then the integer's
    return _signed(struct.unpack("<Q", struct.pack("<d", number))[0])


def tobit(x: Any = NONE, *_: Any) -> int:
    """Bring a number into the range of a signed 32-bit integer."""
    return _bits(1, x)


def bnot(x: Any = NONE, *_: Any) -> int:
    """Invert all bits."""
    return ~_bits(1, x)


def bswap(x: Any = NONE, *_: Any) -> int:
    """Reverse the order of the four bytes."""
    return int.from_bytes((_bits(1, x) & _MASK).to_bytes(4, "little"), "big", signed=True)


def tohex(x: Any = NONE, digits: Any = NONE, *_: Any) -> str:
    """Write the lowest hex digits of a number: 8, or |digits|; capitals if that is negative."""
    bits = _bits(1, x) & _MASK
    n = 8 if digits is NONE else _bits(2, digits)
    width = min(abs(n), 254)
    text = f"{bits:0{max(width, 1)}x}"[-width:] if width else ""
    return text.upper() if n < 0 else text


def _many(name: str, operation: Callable[[int, int], int], page: str) -> Callable[..., int]:
    def combine(*values: Any) -> int:
        return reduce(operation, [_bits(n, v) for n, v in enumerate(values or (NONE,), 1)])

    combine.__name__ = combine.__qualname__ = name
    combine.__doc__ = page
    return combine


def _shift(name: str, operation: Callable[[int, int], int], page: str) -> Callable[..., int]:
    def shift(x: Any = NONE, count: Any = NONE, *_: Any) -> int:
        return _signed(operation(_bits(1, x), _bits(2, count) & 31))

    shift.__name__ = shift.__qualname__ = name
    shift.__doc__ = page
    return shift


def _rotated(x: int, n: int) -> int:
    x &= _MASK
    return x << n | x >> (32 - n)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arshift": _shift("arshift", lambda x, n: x >> n, "Shift right, filling with the sign bit."),
    "band": _many("band", and_, "Give the bits that are set in all arguments."),
    "bnot": bnot,
    "bor": _many("bor", or_, "Give the bits that are set in any argument."),
    "bswap": bswap,
    "bxor": _many("bxor", xor, "Give the bits that are set in an odd number of arguments."),
    "lshift": _shift("lshift", lambda x, n: x << n, "Shift left, filling with zeros."),
    "rol": _shift("rol", _rotated, "Rotate left."),
    "ror": _shift("ror", lambda x, n: _rotated(x, (32 - n) & 31), "Rotate right."),
    "rshift": _shift("rshift", lambda x, n: (x & _MASK) >> n, "Shift right, filling with zeros."),
    "tobit": tobit,
    "tohex": tohex,
}
