"""Lua's `bit32`: operations on unsigned 32-bit integers, as in Lua 5.2."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from th7shell.lua import BadArgument, LuaError, Table, new_table, rawset
from th7shell.lua.stdlib.arguments import NONE, check_integer, check_number

_MASK = 0xFFFFFFFF


def _bits(n: int, value: Any) -> int:
    """An argument modulo 2^32."""
    if value.__class__ is int:
        return value & _MASK
    number = check_number(n, value)
    return round(number) & _MASK if number - number == 0 else 0


def _all(name: str, operation: Callable[[int, int], int], start: int, doc: str) -> Any:
    def function(*values: Any) -> int:
        return reduce(operation, (_bits(n, v) for n, v in enumerate(values, 1)), start)

    function.__name__, function.__doc__ = name, doc
    return function


def btest(*values: Any) -> bool:
    """Whether the values have a common bit."""
    return BAND(*values) != 0


def bnot(x: Any = NONE, *_: Any) -> int:
    """All bits inverted."""
    return ~_bits(1, x) & _MASK


def lshift(x: Any = NONE, by: Any = NONE, *_: Any) -> int:
    """Shifted to the left, filled by zeros; a negative distance shifts to the right."""
    return _shifted(_bits(1, x), check_integer(2, by))


def rshift(x: Any = NONE, by: Any = NONE, *_: Any) -> int:
    """Shifted to the right, filled by zeros; a negative distance shifts to the left."""
    return _shifted(_bits(1, x), -check_integer(2, by))


def _shifted(x: int, left: int) -> int:
    if abs(left) > 31:
        return 0
    return (x << left if left >= 0 else x >> -left) & _MASK


def arshift(x: Any = NONE, by: Any = NONE, *_: Any) -> int:
    """Shifted to the right, filled by the highest bit; a negative distance shifts to the left."""
    bits, distance = _bits(1, x), check_integer(2, by)
    if distance < 0 or not bits & 0x80000000:
        return _shifted(bits, -distance)
    return (bits - 2**32 >> min(distance, 32)) & _MASK


def lrotate(x: Any = NONE, by: Any = NONE, *_: Any) -> int:
    """Rotated to the left."""
    return _rotated(_bits(1, x), check_integer(2, by))


def rrotate(x: Any = NONE, by: Any = NONE, *_: Any) -> int:
    """Rotated to the right."""
    return _rotated(_bits(1, x), -check_integer(2, by))


def _rotated(x: int, left: int) -> int:
    left %= 32
    return (x << left | x >> 32 - left) & _MASK


def extract(x: Any = NONE, field: Any = NONE, width: Any = None, *_: Any) -> int:
    """The number in `width` (1) bits from bit `field`."""
    bits = _bits(1, x)
    start, mask = _field(field, width, 2)
    return bits >> start & mask


def replace(x: Any = NONE, value: Any = NONE, field: Any = NONE, width: Any = None, *_: Any) -> int:
    """A number in place of `width` (1) bits from bit `field`."""
    bits, inserted = _bits(1, x), _bits(2, value)
    start, mask = _field(field, width, 3)
    return bits & ~(mask << start) & _MASK | (inserted & mask) << start


def _field(field: Any, width: Any, n: int) -> tuple[int, int]:
    start = check_integer(n, field)
    count = 1 if width is None else check_integer(n + 1, width)
    if start < 0:
        raise BadArgument(n, "field cannot be negative")
    if count < 1:
        raise BadArgument(n + 1, "width must be positive")
    if start + count > 32:
        raise LuaError("trying to access non-existent bits", 1)
    return start, (1 << count) - 1


BAND = _all("band", and_, _MASK, "The bits that all values have.")
FUNCTIONS = (
    BAND,
    _all("bor", or_, 0, "The bits that any value has."),
    _all("bxor", xor, 0, "The bits that an odd number of the values have."),
    *(btest, bnot, lshift, rshift, arshift, lrotate, rrotate, extract, replace),
)
FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return `bit32`; a global of that name is set too, as the original does."""
    table = new_table(fields={f.__name__: f for f in FUNCTIONS})
    rawset(globals, "bit32", table)
    return table
