"""C data of the ffi library: values at an address, pointers, arrays and structs.

Memory is a NumPy array's or a buffer of its own, kept alive by each pointer; accesses are checked
against its ends. Pointers to numbers and arrays of them, when asked for an element beyond the
first, get a view that compiled code reads and writes as the array part of a table; place 0, which
tables do not use, and places before a pointer go by a call.
"""

from __future__ import annotations

import ctypes
import math
import operator
from collections.abc import Callable
from itertools import repeat
from typing import Any

from .. import absent_fields
from ..keys import key_of
from ..values import LuaObject, Table, items, lua_type, rawget
from .arguments import LibraryError
from .ffi_memory import ADDRESSES, NOWHERE, UNKNOWN, Memory, allocated, move
from .ffi_types import SCALARS, CType
from .texts import is_field

_ARRAY_TYPES = {
    "b": "char",
    "B": "unsigned char",
    "h": "short",
    "i": "int",
    "q": "int64_t",
    "l": "int64_t",
    "f": "float",
    "d": "double",
}


_MASK = 2**64 - 1
_LOWEST = 2**63  # its bits are those of the lowest signed integer


class CTypeObject(LuaObject):
    """A C type as a value: calling it makes data of the type."""

    __slots__ = ("ħctype",)
    ħtype = "cdata"

    def __init__(self, ctype: CType) -> None:
        self.ħctype = ctype

    def __call__(self, *arguments: Any) -> Any:
        return make(self.ħctype, arguments)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, CTypeObject) and self.ħctype == other.ħctype

    def __hash__(self) -> int:
        return hash(self.ħctype)

    def __str__(self) -> str:
        return f"ctype<{self.ħctype.name}>"


_COLD: Any = ()  # instead of views: none were made yet
_NONE: Any = []  # instead of a view to read by: numbers of 64 bits are read as data
_FRACTIONS = "df"
_REFUSED = TypeError, ValueError, OverflowError


class CData(LuaObject):
    """Data of a C type at an address. A pointer's address is where it points; everything else lies
    at its address. Python knows it by names that fields cannot have."""

    __slots__ = ("__weakref__", "ħaddress", "ħarray", "ħctype", "ħmemory", "ħstore", "ħview")
    ħtype = "cdata"
    ħarray: Any  # the numbers for compiled code to read, and
    ħstore: Any  # to write; a view refuses fractions for whole numbers, and is then left alone
    ħview: Any

    def __init__(self, ctype: CType, address: int, memory: Memory) -> None:
        self.ħctype = ctype
        self.ħaddress = address
        self.ħmemory = memory
        self.ħarray = self.ħstore = self.ħview = _COLD

    def __getitem__(self, key: Any) -> Any:
        array = self.ħarray
        if array and key.__class__ is int and 0 <= key < len(array):
            return array[key]
        ctype, memory = self.ħctype, self.ħmemory
        value = load(*_element(ctype, self.ħaddress, memory, key), memory)
        if array is _COLD and ctype.elements and key.__class__ is int and key > 0:
            _view(self)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        ctype, memory = self.ħctype, self.ħmemory
        kind = value.__class__
        if (code := ctype.elements) and key.__class__ is int and (kind is float or kind is int):
            view = self.ħview
            if view is _COLD and key > 0:
                _view(self)
            elif 0 <= key < len(view):
                try:
                    if kind is int or code in _FRACTIONS:
                        view[key] = value
                        return
                    view[key] = int(value)
                    self.ħstore = _COLD
                    return
                except _REFUSED:
                    self.ħstore = _COLD
        store(*_element(ctype, self.ħaddress, memory, key), memory, value)

    def __lua_number__(self) -> Any:
        """Give the value of a scalar as a Lua number, None for other data."""
        if self.ħctype.kind not in ("int", "float", "bool"):
            return None
        value = _raw(self.ħctype, self.ħaddress, self.ħmemory)
        return value if abs(value) <= 2**53 else float(value)

    def __lua_address__(self) -> int:
        """Give where a pointer points or data lies; of a number its value."""
        return _integer_of(self) if _is_number(self) else self.ħaddress

    def __eq__(self, other: Any) -> bool:
        if _is_number(self):
            if (
                other.__class__ is not int
                and other.__class__ is not float
                and not _is_number(other)
            ):
                return False
            unsigned = _unsigned(self, other)
            return _operand(self, unsigned) == _operand(other, unsigned)
        return isinstance(other, CData) and self.ħaddress == other.ħaddress

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        kind = self.ħctype
        if kind.kind == "int" and kind.size == 8:
            return f"{_raw(kind, self.ħaddress, self.ħmemory)}{'LL' if kind.signed else 'ULL'}"
        if kind.kind == "pointer" and not self.ħaddress:
            return f"cdata<{kind.name}>: NULL"
        return f"cdata<{kind.name}>: 0x{self.ħaddress:08x}"

    def __add__(self, other: Any) -> Any:
        return _moved(self, other, 1)

    def __radd__(self, other: Any) -> Any:
        if self.ħctype.target is None:
            return _computed(operator.add, other, self)
        return _moved(self, other, 1)

    def __sub__(self, other: Any) -> Any:
        target = self.ħctype.target
        if isinstance(other, CData) and target is not None and other.ħctype.target is not None:
            return (self.ħaddress - other.ħaddress) // _step(target)
        return _moved(self, other, -1)

    def __rsub__(self, other: Any) -> Any:
        return _computed(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return _computed(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _computed(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return _computed(_quotient, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _computed(_quotient, other, self)

    def __mod__(self, other: Any) -> Any:
        return _computed(_rest, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _computed(_rest, other, self)

    def __pow__(self, other: Any) -> Any:
        return _computed(_power, self, other)

    def __rpow__(self, other: Any) -> Any:
        return _computed(_power, other, self)

    def __neg__(self) -> Any:
        return _computed(operator.sub, 0, self)

    def __lt__(self, other: Any) -> bool:
        return operator.lt(*_comparable(self, other))

    def __le__(self, other: Any) -> bool:
        return operator.le(*_comparable(self, other))

    def __gt__(self, other: Any) -> bool:
        return operator.lt(*_comparable(other, self))

    def __ge__(self, other: Any) -> bool:
        return operator.le(*_comparable(other, self))


class Member:
    """Stands as an attribute of data for a name that a chunk mentions: the field of a struct, or
    the error of what has no such field."""

    __slots__ = ("key",)

    def __init__(self, name: str) -> None:
        self.key = key_of(name)

    def __get__(self, data: Any, owner: Any = None) -> Any:
        return None if data is None else data[self.key]

    def __set__(self, data: Any, value: Any) -> None:
        data[self.key] = value


absent_fields.enter(CData, Member, is_field)


def _view(data: CData) -> None:
    """Give data that holds numbers, or leads to them, views of these."""
    ctype = data.ħctype
    assert ctype.target is not None
    view = data.ħmemory.view(data.ħaddress, ctype.elements, ctype.target.size, ctype.count)
    if view is None:
        data.ħarray = data.ħview = _NONE
        return
    data.ħview = data.ħstore = view
    data.ħarray = view if ctype.elements not in "qQ" else _NONE


def _element(ctype: CType, address: int, memory: Memory, key: Any) -> tuple[CType, int]:
    """Give type and address of element or field `key` of data."""
    target = ctype.target
    if target is not None and ctype.kind in ("pointer", "array"):
        if key.__class__ is str and target.kind == "struct":
            return _element(target, address, memory, key)
        if isinstance(key, CData):
            key = key.__lua_number__()
        if key.__class__ in (int, float) and target.size > 0:
            place = _whole(key)
            if ctype.kind == "array" and ctype.count is not None and not 0 <= place < ctype.count:
                raise LibraryError(f"index {place} out of range for '{ctype.name}'")
            return target, address + place * target.size
    if key in ctype.fields:
        found, offset = ctype.fields[key]
        return found, address + offset
    if key.__class__ is str:
        raise LibraryError(f"'{ctype.name}' has no member named '{key}'")
    raise LibraryError(f"'{ctype.name}' cannot be indexed with '{lua_type(key)}'")


def _is_number(value: Any) -> bool:
    return isinstance(value, CData) and value.ħctype.kind in ("int", "float", "bool")


def _unsigned(a: Any, b: Any) -> bool:
    """Whether two operands compute without sign: one of them is a uint64_t."""
    return any(
        isinstance(v, CData) and (c := v.ħctype).kind == "int" and c.size == 8 and not c.signed
        for v in (a, b)
    )


def _operand(value: Any, unsigned: bool) -> int:
    """Return an operand as an integer of 64 bits."""
    whole = _integer_of(value)
    return whole & _MASK if unsigned else ((whole + _LOWEST) & _MASK) - _LOWEST


def _computed(operation: Callable[[int, int], int], a: Any, b: Any) -> CData:
    """Compute with 64-bit integers; results wrap."""
    unsigned = _unsigned(a, b)
    try:
        return integer(operation(_operand(a, unsigned), _operand(b, unsigned)), unsigned)
    except _NoOperand:
        raise _refused("perform arithmetic on", a, b) from None


def _comparable(a: Any, b: Any) -> tuple[int, int]:
    if all(isinstance(v, CData) and v.ħctype.target is not None for v in (a, b)):
        return a.ħaddress, b.ħaddress
    unsigned = _unsigned(a, b)
    try:
        return _operand(a, unsigned), _operand(b, unsigned)
    except _NoOperand:
        raise _refused("compare", a, b) from None


def _integer_of(value: Any) -> int:
    if _is_number(value):
        number = _raw(value.ħctype, value.ħaddress, value.ħmemory)
    elif value.__class__ is int or value.__class__ is float:
        number = value
    else:
        raise _NoOperand
    return int(number) if math.isfinite(number) else -_LOWEST


class _NoOperand(Exception):
    """A value that does not compute with C data."""


def _refused(action: str, a: Any, b: Any) -> LibraryError:
    names = [f"'{v.ħctype.name if isinstance(v, CData) else lua_type(v)}'" for v in (a, b)]
    joined = " with ".join(names) if action == "compare" else " and ".join(names)
    return LibraryError(f"attempt to {action} {joined}")


def integer(value: int, unsigned: bool = False) -> CData:
    """Make a 64-bit integer; what does not fit wraps."""
    return _boxed(SCALARS["uint64_t" if unsigned else "int64_t"], value)


def wide_operands(values: tuple[Any, ...]) -> tuple[list[int], bool]:
    """Return the arguments of a bit operation as integers of 64 bits, and whether they have no
    sign."""
    unsigned = any(_unsigned(value, None) for value in values)
    return [_operand(value, unsigned) for value in values], unsigned


def _quotient(x: int, y: int) -> int:
    if y == 0:
        return _LOWEST
    quotient = abs(x) // abs(y)
    return quotient if (x < 0) == (y < 0) else -quotient


def _rest(x: int, y: int) -> int:
    return x - y * _quotient(x, y) if y else _LOWEST


def _power(x: int, y: int) -> int:
    if y >= 0:
        return pow(x, y, 1 << 64)
    if x == 0:
        return _LOWEST - 1
    return 0 if abs(x) != 1 else x if y % 2 else 1


def _moved(data: CData, by: Any, sign: int) -> CData:
    """Add to a pointer or to an integer."""
    target = data.ħctype.target
    if target is None:
        return _computed(operator.add if sign > 0 else operator.sub, data, by)
    if by.__class__ is not int:
        try:
            by = _integer_of(by)
        except _NoOperand:
            raise _refused("perform arithmetic on", data, by) from None
    return CData(target.pointer, data.ħaddress + by * _step(target) * sign, data.ħmemory)


def _step(target: CType) -> int:
    """The bytes from one element to the next."""
    if target.size <= 0:
        raise LibraryError("size of C type is unknown or too large")
    return target.size


def _whole(value: Any) -> int:
    """A Lua number as a C integer of 64 bits."""
    return int(value) if value == value and abs(value) < 2.0**63 else -(2**63)


# ---- memory and values


def _raw(ctype: CType, address: int, memory: Memory) -> Any:
    memory.check(address, ctype.size)
    return ctype.cell.from_address(address).value


def load(ctype: CType, address: int, memory: Memory) -> Any:
    """Read the value of a type at an address: a number, a boolean, or data that refers to that
    place."""
    kind = ctype.kind
    if kind == "pointer":
        memory.check(address, ctype.size)
        target = ctypes.c_void_p.from_address(address).value or 0
        stored, owner = memory.pointees.get(address, (0, NOWHERE))
        return CData(ctype, target, owner if stored == target else UNKNOWN)
    if kind == "array" or kind == "struct":
        return CData(ctype, address, memory)
    value = _raw(ctype, address, memory)
    return _boxed(ctype, value) if kind == "int" and ctype.size == 8 else value


def _boxed(ctype: CType, value: int) -> CData:
    """Make data of one integer."""
    cell = ctype.cell(value)
    address = ctypes.addressof(cell)
    return CData(ctype, address, Memory(address, ctype.size, cell))


def store(ctype: CType, address: int, memory: Memory, value: Any) -> None:
    """Write a Lua value at an address, converted to the type."""
    kind = ctype.kind
    if kind == "array" or kind == "struct":
        fill_from(ctype, address, memory, (value,))
        return
    memory.check(address, ctype.size)
    if kind == "pointer":
        pointer = as_pointer(ctype, value)
        ctypes.c_void_p.from_address(address).value = pointer.ħaddress
        memory.pointees[address] = pointer.ħaddress, pointer.ħmemory
    else:
        ctype.cell.from_address(address).value = _converted(ctype, value)


def _converted(ctype: CType, value: Any) -> Any:
    """Convert a Lua value to a C number; integers lose their upper bits when they are stored."""
    if isinstance(value, CData):
        number = _is_number(value)
        value = _raw(value.ħctype, value.ħaddress, value.ħmemory) if number else None
    given = value.__class__
    if given is not int and given is not float and given is not bool:
        raise LibraryError(f"cannot convert '{lua_type(value)}' to '{ctype.name}'")
    if ctype.kind == "int" and given is float:
        return int(value) if math.isfinite(value) else -_LOWEST
    return value


def as_pointer(ctype: CType, value: Any) -> CData:
    """Convert a value to a pointer type: data, nil, a string's bytes or an address."""
    if value is None:
        return CData(ctype, 0, NOWHERE)
    if isinstance(value, CData):
        if value.ħctype.kind in ("pointer", "array", "struct"):
            return CData(ctype, value.ħaddress, value.ħmemory)
        value = _integer_of(value)
    if value.__class__ is str:
        memory = allocated(len(value) + 1)
        ctypes.memmove(memory.address, value.encode("latin-1"), len(value))
        return CData(ctype, memory.address, memory)
    if value.__class__ in (int, float):
        place = (value if isinstance(value, int) else _whole(value)) % ADDRESSES
        return CData(ctype, place, Memory(place, None, None))
    if isinstance(value, LuaObject) and (told := getattr(type(value), "__lua_address__", None)):
        return CData(ctype, told(value), Memory(told(value), 0, value))  # it has no fields here
    raise LibraryError(f"cannot convert '{lua_type(value)}' to '{ctype.name}'")


def fill_from(ctype: CType, address: int, memory: Memory, values: tuple[Any, ...]) -> None:
    """Initialise data of a type from values, or from one table of them."""
    if len(values) == 1 and isinstance(values[0], CData) and values[0].ħctype == ctype:
        if ctype.kind == "pointer":
            store(ctype, address, memory, values[0])
        else:
            move(address, memory, values[0].ħaddress, values[0].ħmemory, ctype.size)
        return
    memory.check(address, ctype.size)
    if ctype.kind == "array" and ctype.target is not None:
        if len(values) == 1 and values[0].__class__ is str:
            text = (values[0].encode("latin-1") + b"\0")[: ctype.size]
            ctypes.memmove(address, text, len(text))
            return
        listed = _listed(values)
        if len(listed) > (ctype.count or 0):
            raise LibraryError(f"too many initializers for '{ctype.name}'")
        every: Any = listed
        if len(listed) == 1 and values and not isinstance(values[0], Table):
            every = repeat(listed[0], ctype.count or 0)  # one value initialises all elements
        for i, value in enumerate(every):
            store(ctype.target, address + i * ctype.target.size, memory, value)
        return
    if ctype.kind == "struct":
        if len(values) == 1 and isinstance(values[0], Table):
            named = {k: v for k, v in items(values[0]) if k.__class__ is str}
            for name, value in named.items():
                if name in ctype.fields:
                    found, offset = ctype.fields[name]
                    store(found, address + offset, memory, value)
            if named:
                return
        listed = _listed(values)
        if len(listed) > len(ctype.fields):
            raise LibraryError(f"too many initializers for '{ctype.name}'")
        for value, (found, offset) in zip(listed, ctype.fields.values()):
            store(found, address + offset, memory, value)
        return
    store(ctype, address, memory, values[0])


def _listed(values: tuple[Any, ...]) -> list[Any]:
    """Give the initialisers: those of a table, from index 0 or 1, or the values themselves."""
    if len(values) != 1 or not isinstance(values[0], Table):
        return list(values)
    t, listed = values[0], []
    i = 0 if rawget(t, 0) is not None else 1
    while (value := rawget(t, i)) is not None:
        listed.append(value)
        i += 1
    return listed


def make(kind: CType, values: tuple[Any, ...] = ()) -> CData:
    """Make data of a type, zeroed and then initialised; the first value is the length of a `[?]`
    array."""
    if kind.kind == "array" and kind.count is None and kind.target is not None:
        count = values[0] if values else None
        if isinstance(count, CData):
            count = count.__lua_number__()
        if count.__class__ not in (int, float) or not 0 <= count < 2.0**47:
            raise LibraryError("size of C type is unknown or too large")
        kind, values = kind.target.array(int(count)), values[1:]
    if not 0 <= kind.size < 2**47:
        raise LibraryError("size of C type is unknown or too large")
    memory = allocated(kind.size)
    if kind.kind == "pointer":
        return as_pointer(kind, values[0] if values else None)
    if values:
        fill_from(kind, memory.address, memory, values)
    return CData(kind, memory.address, memory)


def data_pointer(array: Any) -> CData:
    """Give a pointer to a NumPy array's first element; it keeps the array alive."""
    ctype = SCALARS[_ARRAY_TYPES[array.dtype.char]]
    address = array.__array_interface__["data"][0]
    span = array.nbytes
    if not array.flags.c_contiguous:
        span = sum((n - 1) * abs(s) for n, s in zip(array.shape, array.strides)) + array.itemsize
    return CData(ctype.pointer, address, Memory(address, span if array.size else 0, array))
