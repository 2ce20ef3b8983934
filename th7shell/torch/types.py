"""The element types, and how Lua values become elements and arguments.

One row for each type, eight of the CPU's and, once `cuda_types` is enabled, their CUDA twins;
conversions follow C: a float is truncated towards zero, an integer that does
not fit wraps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from th7shell.lua import BadArgument, LuaError, lua_type


class ElementType(NamedTuple):
    """A row of the table of element types."""

    name: str  # as in torch.<name>Tensor
    dtype: np.dtype
    real: bool  # floating point
    c_name: str  # as in error texts
    prefix: str = ""  # of the names of a device's types: 'Cuda'

    @property
    def host(self) -> str:
        """The name of the CPU's type of the same elements, whose layout in files this one has."""
        return self.name.removeprefix(self.prefix) or "Float"

    @property
    def operations(self) -> str:
        """The name of the CPU's type whose operations this one has."""
        return "Float" if self.prefix and self.host == "Half" else self.host


ELEMENT_TYPES = {
    row.name: row
    for row in (
        ElementType("Byte", np.dtype(np.uint8), False, "unsigned char"),
        ElementType("Char", np.dtype(np.int8), False, "char"),
        ElementType("Short", np.dtype(np.int16), False, "short"),
        ElementType("Int", np.dtype(np.int32), False, "int"),
        ElementType("Long", np.dtype(np.int64), False, "long"),
        ElementType("Float", np.dtype(np.float32), True, "float"),
        ElementType("Double", np.dtype(np.float64), True, "double"),
        ElementType("Half", np.dtype(np.float16), True, "half"),
    )
}

EXACT = 2**53  # larger integers reach Lua as floats, as its numbers are doubles


class _NoValue:
    """The value of an argument that was not given, where Lua tells that from nil."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "no value"


NONE = _NoValue()


def type_text(value: Any) -> str:
    """Name of a value's Lua type as argument errors spell it ('no value' for an absent one)."""
    return "no value" if value is NONE else lua_type(value)


def torch_type_text(value: Any) -> str:
    """Like type_text, but with the Torch class of an object."""
    return getattr(type(value), "__typename", None) or type_text(value)


def to_number(value: Any) -> int | float | None:
    """A number, or the number a string spells (Lua's coercion), else None."""
    kind = value.__class__
    if kind is int or kind is float:
        return value
    if kind is str:
        from th7shell.lua.numerals import parse_number

        return parse_number(value)
    return None


def integer(value: Any, position: int) -> int:
    """Argument `position` as a C long: numbers are truncated towards zero."""
    if value.__class__ is int:
        return value
    number = to_number(value)
    if number is None:
        raise BadArgument(position, f"number expected, got {type_text(value)}")
    if -(2.0**63) <= number < 2.0**63:
        return int(number)
    return -(2**63)  # inf, nan and what does not fit become the most negative long, as on x86


def number(value: Any, position: int) -> int | float:
    """Argument `position` as a number."""
    if value.__class__ is float or value.__class__ is int:
        return value
    result = to_number(value)
    if result is None:
        raise BadArgument(position, f"number expected, got {type_text(value)}")
    return result


def element(value: int | float, dtype: np.dtype) -> Any:
    """`value` converted to an element of `dtype` with C's rules, for values NumPy refuses to
    assign."""
    if dtype.kind == "f":
        return dtype.type(value)
    if isinstance(value, int):
        bits = 8 * dtype.itemsize
        value &= (1 << bits) - 1
        if dtype.kind == "i" and value >> (bits - 1):
            value -= 1 << bits
        return dtype.type(value)
    if value != value or value in (float("inf"), float("-inf")) or abs(value) >= 2.0**63:
        return np.int64(-(2**63)).astype(dtype)
    return np.int64(int(value)).astype(dtype)


def lua_number(value: Any) -> int | float:
    """A NumPy scalar as a Lua number: an int up to 2^53, else a float."""
    value = value.item()
    if value.__class__ is int and not -EXACT <= value <= EXACT:
        return float(value)
    return value


def placeless(error: LuaError) -> LuaError:
    """The error as raised two C functions deep in Torch7: Lua finds neither a name nor a line."""
    error.level = 0
    return error


def index_error(position: int, message: str) -> LuaError:
    """An argument error of reading or setting an element."""
    return placeless(BadArgument(position, message))


def size_text(shape: tuple[int, ...]) -> str:
    """`[2 x 3]`, as sizes appear in error texts."""
    return "[" + " x ".join(map(str, shape)) + "]"


def expected(value: Any, position: int, what: str) -> BadArgument:
    """The error for an argument that should have been a Torch object of class `what`.

    What is no Torch object is named by its position, as luaT does: it asks for the name of the
    type whose number is the position.
    """
    getattr(value, "nd", None)  # the error of a tensor without memory goes first
    name = getattr(type(value), "__typename", None)
    if name is None:
        name = _KINDS_BY_NUMBER[position] if position < len(_KINDS_BY_NUMBER) else "no value"
    return BadArgument(position, f"{what} expected, got {name}")


def bad_self(cls: type, value: Any = NONE) -> BadArgument:
    """The error for a first argument that is no object of `cls`, one of storages or tensors if it
    has no name."""
    what = getattr(cls, "__typename", None)
    if what is None:
        what = "torch.*Storage" if cls.__name__.endswith("Storage") else "torch.*Tensor"
    return BadArgument(1, f"{what} expected, got {torch_type_text(value)}")


_KINDS_BY_NUMBER = (
    "nil",
    "boolean",
    "userdata",
    "number",
    "string",
    "table",
    "function",
    "userdata",
    "thread",
)


def expected_kind(value: Any, position: int, what: str) -> BadArgument:
    """The error for an argument of another Lua type than `what`."""
    return BadArgument(position, f"{what} expected, got {type_text(value)}")
