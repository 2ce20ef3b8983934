"""The bit library: operations on 32-bit integers. Results are signed; shifts take the lower 5 bits
of the count. With a 64-bit integer of C among the arguments they work on 64 bits."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from .arguments import NONE, check_number

_MASK = 0xFFFFFFFF
_SIGN = 0x80000000


class _Wide(Exception):
    """An argument is a number of C's."""


def _signed(x: int) -> int:
    return ((x + _SIGN) & _MASK) - _SIGN


def _is_data(value: Any) -> bool:
    return getattr(value.__class__, "ħtype", None) == "cdata"


def _number(n: int, value: Any) -> Any:
    return value if _is_data(value) else check_number(n, value)


def _bits(n: int, value: Any) -> int:
    """Turn an argument into 32 bits: rounded to an integer, then taken modulo 2^32, as a signed
    int."""
    if value.__class__ is int and -(2**51) < value < 2**51:
        return ((value + _SIGN) & _MASK) - _SIGN
    if _is_data(value) and value.__lua_number__() is not None:
        raise _Wide
    number = (
        float(check_number(n, value)) + 6755399441055744.0
    )  # its low word is then the integer's
    return _signed(struct.unpack("<Q", struct.pack("<d", number))[0])


def _wide(operation: Callable[..., int], *values: Any) -> Any:
    """Compute with 64 bits, without sign where an argument has none."""
    from .ffi_data import integer, wide_operands

    operands, unsigned = wide_operands(tuple(_number(n, v) for n, v in enumerate(values, 1)))
    return integer(operation(*operands), unsigned)


def _wide_bits(n: int, value: Any) -> int:
    from .ffi_data import wide_operands

    return wide_operands((_number(n, value),))[0][0] & 2**64 - 1


def tobit(x: Any = NONE, *_: Any) -> int:
    """Bring a number into the range of a signed 32-bit integer."""
    try:
        return _bits(1, x)
    except _Wide:
        return _signed(_wide_bits(1, x))


def bnot(x: Any = NONE, *_: Any) -> Any:
    """Invert all bits."""
    try:
        return ~_bits(1, x)
    except _Wide:
        return _wide(lambda v: ~v, x)


def bswap(x: Any = NONE, *_: Any) -> Any:
    """Reverse the order of the four bytes."""
    try:
        return int.from_bytes((_bits(1, x) & _MASK).to_bytes(4, "little"), "big", signed=True)
    except _Wide:
        return _wide(lambda v: int.from_bytes((v & 2**64 - 1).to_bytes(8, "little"), "big"), x)


def tohex(x: Any = NONE, digits: Any = NONE, *_: Any) -> str:
    """Write the lowest hex digits of a number: 8, or |digits|; capitals if that is negative."""
    size = 8
    try:
        bits = _bits(1, x) & _MASK
    except _Wide:
        bits, size = _wide_bits(1, x), 16
    n = size if digits is NONE else _bits(2, digits)
    width = min(abs(n), 254)
    text = f"{bits:0{max(width, 1)}x}"[-width:] if width else ""
    return text.upper() if n < 0 else text


def _many(name: str, operation: Callable[[int, int], int], page: str) -> Callable[..., Any]:
    def combine(*values: Any) -> Any:
        try:
            return reduce(operation, [_bits(n, v) for n, v in enumerate(values or (NONE,), 1)])
        except _Wide:
            return _wide(lambda *operands: reduce(operation, operands), *values)

    combine.__name__ = combine.__qualname__ = name
    combine.__doc__ = page
    return combine


def _shift(name: str, operation: Callable[[int, int, int], int], page: str) -> Callable[..., Any]:
    def shift(x: Any = NONE, count: Any = NONE, *_: Any) -> Any:
        try:
            return _signed(operation(_bits(1, x), _bits(2, count) & 31, 32))
        except _Wide:
            places = _wide_bits(2, count)
            if not _is_data(x):
                return _signed(operation(_bits(1, x), places & 31, 32))
            return _wide(lambda v: operation(v, places & 63, 64), x)

    shift.__name__ = shift.__qualname__ = name
    shift.__doc__ = page
    return shift


def _rotated(x: int, n: int, width: int) -> int:
    x &= (1 << width) - 1
    return x << n | x >> (width - n)


def _shifted_right(x: int, n: int, width: int) -> int:
    return (x & (1 << width) - 1) >> n


def _arithmetic_right(x: int, n: int, width: int) -> int:
    sign = 1 << width - 1
    return (((x + sign) & (2 * sign - 1)) - sign) >> n


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arshift": _shift("arshift", _arithmetic_right, "Shift right, filling with the sign bit."),
    "band": _many("band", and_, "Give the bits that are set in all arguments."),
    "bnot": bnot,
    "bor": _many("bor", or_, "Give the bits that are set in any argument."),
    "bswap": bswap,
    "bxor": _many("bxor", xor, "Give the bits that are set in an odd number of arguments."),
    "lshift": _shift("lshift", lambda x, n, _: x << n, "Shift left, filling with zeros."),
    "rol": _shift("rol", _rotated, "Rotate left."),
    "ror": _shift("ror", lambda x, n, w: _rotated(x, (w - n) & (w - 1), w), "Rotate right."),
    "rshift": _shift("rshift", _shifted_right, "Shift right, filling with zeros."),
    "tobit": tobit,
    "tohex": tohex,
}
