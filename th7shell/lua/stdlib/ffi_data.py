"""C data of the ffi library: memory, values at an address, pointers, arrays and structs.

Memory is a NumPy array's or a buffer of its own, kept alive by each pointer; accesses are checked
against its ends.
"""

from __future__ import annotations

import ctypes
import math
import operator
import struct
from collections.abc import Callable
from itertools import repeat
from typing import Any

from ..keys import key_of
from ..values import LuaObject, Table, items, lua_type, rawget
from .arguments import LibraryError
from .ffi_types import POINTER_SIZE, SCALARS, CType
from .texts import is_field

_CODES = {
    ("int", 1, True): "b", ("int", 1, False): "B", ("int", 2, True): "h", ("int", 2, False): "H",
    ("int", 4, True): "i", ("int", 4, False): "I", ("int", 8, True): "q", ("int", 8, False): "Q",
    ("float", 4, True): "f", ("float", 8, True): "d", ("bool", 1, True): "?",
}  # fmt: skip
_VALUES = {
    key: getattr(ctypes, name)
    for key, name in {
        ("int", 1, True): "c_int8", ("int", 1, False): "c_uint8", ("int", 2, True): "c_int16",
        ("int", 2, False): "c_uint16", ("int", 4, True): "c_int32", ("int", 4, False): "c_uint32",
        ("int", 8, True): "c_int64", ("int", 8, False): "c_uint64", ("float", 4, True): "c_float",
        ("float", 8, True): "c_double", ("bool", 1, True): "c_bool",
    }.items()
}  # fmt: skip
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


class Memory:
    """A piece of memory: its address and size, the object that owns it, and where the pointers that
    were stored in it lie and lead to."""

    __slots__ = ("address", "owner", "pointees", "size")

    def __init__(self, address: int, size: int | None, owner: Any) -> None:
        self.address = address
        self.size = size  # None where it is not known: an address from a number
        self.owner = owner
        self.pointees: dict[int, tuple[int, Memory]] = {}

    def check(self, address: int, size: int) -> None:
        """Refuse an access outside."""
        if address == 0 or self.address == 0:
            raise LibraryError("attempt to access memory through a NULL pointer")
        if size < 0:
            raise LibraryError("the size of what is accessed is unknown or negative")
        if self is UNKNOWN:
            raise LibraryError(
                "a pointer that was not stored as a pointer: the memory it belongs to is not known"
            )
        if self.size is None:
            if not 0 < address <= _ADDRESSES - size:
                raise LibraryError("access outside the memory that there can be")
        elif not self.address <= address <= self.address + self.size - size:
            raise LibraryError("access outside the memory that the pointer belongs to")


NOWHERE = Memory(0, None, None)
UNKNOWN = Memory(1, 0, None)
_ADDRESSES = 1 << 8 * ctypes.sizeof(ctypes.c_void_p)


def _allocated(size: int) -> Memory:
    try:
        buffer = (ctypes.c_char * max(size, 1))()
    except (MemoryError, OverflowError):
        raise LibraryError("not enough memory") from None
    return Memory(ctypes.addressof(buffer), size, buffer)


def move(target: int, memory: Memory, source: int, origin: Memory, size: int) -> None:
    """Copy bytes between places that may overlap, with the pointers that are whole in them."""
    memory.check(target, size)
    origin.check(source, size)
    ctypes.memmove(target, source, size)
    if origin.pointees:
        last = source + size - POINTER_SIZE
        moved = {
            target + (at - source): pointee
            for at, pointee in origin.pointees.items()
            if source <= at <= last
        }
        memory.pointees.update(moved)


class CTypeObject(LuaObject):
    """A C type as a value: calling it makes data of the type."""

    __slots__ = ("ctype",)
    ħtype = "cdata"

    def __init__(self, ctype: CType) -> None:
        self.ctype = ctype

    def __call__(self, *arguments: Any) -> Any:
        return make(self.ctype, arguments)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, CTypeObject) and self.ctype == other.ctype

    def __hash__(self) -> int:
        return hash(self.ctype)

    def __str__(self) -> str:
        return f"ctype<{self.ctype.name}>"


class CData(LuaObject):
    """Data of a C type at an address. A pointer's address is where it points; everything else lies
    at its address."""

    __slots__ = ("__weakref__", "address", "ctype", "memory")
    ħtype = "cdata"

    def __init__(self, ctype: CType, address: int, memory: Memory) -> None:
        put = object.__setattr__
        put(self, "ctype", ctype)
        put(self, "address", address)
        put(self, "memory", memory)

    def __getitem__(self, key: Any) -> Any:
        memory = _memory(self)
        return load(*_element(_ctype(self), _address(self), memory, key), memory)

    def __setitem__(self, key: Any, value: Any) -> None:
        memory = _memory(self)
        store(*_element(_ctype(self), _address(self), memory, key), memory, value)

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN or not is_field(name):
            return object.__getattribute__(self, name)
        return self[key_of(name)]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __lua_number__(self) -> Any:
        """Give the value of a scalar as a Lua number, None for other data."""
        if self.ctype.kind not in ("int", "float", "bool"):
            return None
        value = _raw(self.ctype, self.address, self.memory)
        return value if abs(value) <= 2**53 else float(value)

    def __lua_address__(self) -> int:
        """Give where a pointer points or data lies; of a number its value."""
        return _integer_of(self) if _is_number(self) else self.address

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
        return isinstance(other, CData) and self.address == other.address

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        kind = self.ctype
        if kind.kind == "int" and kind.size == 8:
            return f"{_raw(kind, self.address, self.memory)}{'LL' if kind.signed else 'ULL'}"
        return f"cdata<{kind.name}>: 0x{self.address:08x}"

    def __add__(self, other: Any) -> Any:
        return _moved(self, other, 1)

    def __radd__(self, other: Any) -> Any:
        if self.ctype.target is None:
            return _computed(operator.add, other, self)
        return _moved(self, other, 1)

    def __sub__(self, other: Any) -> Any:
        target = self.ctype.target
        if isinstance(other, CData) and target is not None and other.ctype.target is not None:
            return (self.address - other.address) // _step(target)
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


_OWN = frozenset({"address", "ctype", "memory"})
# what the slots hold, without the question whether a name is a field of the data
_ctype, _address, _memory = (vars(CData)[name].__get__ for name in ("ctype", "address", "memory"))


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
    if ctype.kind == "struct":
        if key in ctype.fields:
            found, offset = ctype.fields[key]
            return found, address + offset
        raise LibraryError(f"'{ctype.name}' has no member named '{key}'")
    raise LibraryError(f"'{ctype.name}' cannot be indexed with '{lua_type(key)}'")


def _is_number(value: Any) -> bool:
    return isinstance(value, CData) and _ctype(value).kind in ("int", "float", "bool")


def _unsigned(a: Any, b: Any) -> bool:
    """Whether two operands compute without sign: one of them is a uint64_t."""
    return any(
        isinstance(v, CData) and (c := _ctype(v)).kind == "int" and c.size == 8 and not c.signed
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
    if isinstance(a, CData) and isinstance(b, CData) and not _is_number(a) and not _is_number(b):
        return a.address, b.address
    unsigned = _unsigned(a, b)
    try:
        return _operand(a, unsigned), _operand(b, unsigned)
    except _NoOperand:
        raise _refused("compare", a, b) from None


def _integer_of(value: Any) -> int:
    number = value
    if _is_number(value):
        number = _raw(_ctype(value), _address(value), _memory(value))
    if number.__class__ not in (int, float, bool):
        raise _NoOperand
    return int(number) if math.isfinite(number) else -_LOWEST


class _NoOperand(Exception):
    """A value that does not compute with C data."""


def _refused(action: str, a: Any, b: Any) -> LibraryError:
    names = [f"'{v.ctype.name if isinstance(v, CData) else lua_type(v)}'" for v in (a, b)]
    joined = " with ".join(names) if action == "compare" else " and ".join(names)
    return LibraryError(f"attempt to {action} {joined}")


def integer(value: int, unsigned: bool = False) -> CData:
    """Make a 64-bit integer; what does not fit wraps."""
    memory = _allocated(8)
    ctypes.c_uint64.from_address(memory.address).value = value & _MASK
    return CData(SCALARS["uint64_t" if unsigned else "int64_t"], memory.address, memory)


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
    target = _ctype(data).target
    if target is None:
        return _computed(operator.add if sign > 0 else operator.sub, data, by)
    try:
        step = _integer_of(by) * _step(target) * sign
    except _NoOperand:
        raise _refused("perform arithmetic on", data, by) from None
    return CData(target.pointer(), data.address + step, data.memory)


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
    return _VALUES[ctype.kind, ctype.size, ctype.signed].from_address(address).value


def load(ctype: CType, address: int, memory: Memory) -> Any:
    """Read the value of a type at an address: a number, a boolean, or data that refers to that
    place."""
    if ctype.kind == "pointer":
        memory.check(address, ctype.size)
        target = ctypes.c_void_p.from_address(address).value or 0
        stored, owner = memory.pointees.get(address, (0, NOWHERE))
        return CData(ctype, target, owner if stored == target else UNKNOWN)
    if ctype.kind in ("array", "struct"):
        return CData(ctype, address, memory)
    if ctype.kind == "int" and ctype.size == 8:
        memory.check(address, 8)
        return _copied(ctype, address, memory)
    return _raw(ctype, address, memory)


def _copied(ctype: CType, address: int, memory: Memory) -> CData:
    copy = _allocated(ctype.size)
    ctypes.memmove(copy.address, address, ctype.size)
    return CData(ctype, copy.address, copy)


def store(ctype: CType, address: int, memory: Memory, value: Any) -> None:
    """Write a Lua value at an address, converted to the type."""
    if ctype.kind in ("array", "struct"):
        fill_from(ctype, address, memory, (value,))
        return
    memory.check(address, ctype.size)
    kind, given = ctype.kind, value.__class__
    if kind == "float" and ctype.size == 8 and (given is int or given is float):
        ctypes.c_double.from_address(address).value = value
        return
    if kind == "pointer":
        pointer = as_pointer(ctype, value)
        ctypes.c_void_p.from_address(address).value = pointer.address
        memory.pointees[address] = pointer.address, pointer.memory
        return
    data = struct.pack(_CODES[ctype.kind, ctype.size, ctype.signed], _converted(ctype, value))
    ctypes.memmove(address, data, len(data))


def _converted(ctype: CType, value: Any) -> Any:
    """Convert a Lua value to a C number."""
    if isinstance(value, CData):
        number = _is_number(value)
        value = _raw(_ctype(value), _address(value), _memory(value)) if number else None
    if value.__class__ is bool and ctype.kind != "bool":
        value = int(value)
    if ctype.kind == "bool":
        return bool(value)
    if value.__class__ not in (int, float):
        raise LibraryError(f"cannot convert '{lua_type(value)}' to '{ctype.name}'")
    if ctype.kind == "float":
        try:
            return ctypes.c_float(value).value if ctype.size == 4 else float(value)
        except OverflowError:
            return float(value)
    bits = 8 * ctype.size
    whole = int(value) if value == value and abs(value) != float("inf") else -(2**63)
    whole &= (1 << bits) - 1
    return whole - (1 << bits) if ctype.signed and whole >> (bits - 1) else whole


def as_pointer(ctype: CType, value: Any) -> CData:
    """Convert a value to a pointer type: data, nil, a string's bytes or an address."""
    if value is None:
        return CData(ctype, 0, NOWHERE)
    if isinstance(value, CData):
        if value.ctype.kind in ("pointer", "array", "struct"):
            return CData(ctype, value.address, value.memory)
        value = _integer_of(value)
    if value.__class__ is str:
        memory = _allocated(len(value) + 1)
        ctypes.memmove(memory.address, value.encode("latin-1"), len(value))
        return CData(ctype, memory.address, memory)
    if value.__class__ in (int, float):
        place = (value if isinstance(value, int) else _whole(value)) % _ADDRESSES
        return CData(ctype, place, Memory(place, None, None))
    if isinstance(value, LuaObject) and (told := getattr(type(value), "__lua_address__", None)):
        return CData(ctype, told(value), Memory(told(value), 0, value))  # it has no fields here
    raise LibraryError(f"cannot convert '{lua_type(value)}' to '{ctype.name}'")


def fill_from(ctype: CType, address: int, memory: Memory, values: tuple[Any, ...]) -> None:
    """Initialise data of a type from values, or from one table of them."""
    if len(values) == 1 and isinstance(values[0], CData) and values[0].ctype == ctype:
        if ctype.kind == "pointer":
            store(ctype, address, memory, values[0])
        else:
            move(address, memory, values[0].address, values[0].memory, ctype.size)
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
    memory = _allocated(kind.size)
    if kind.kind == "pointer":
        return as_pointer(kind, values[0] if values else None)
    if values:
        fill_from(kind, memory.address, memory, values)
    return CData(kind, memory.address, memory)


def data_pointer(array: Any) -> CData:
    """Give a pointer to a NumPy array's first element; it keeps the array alive."""
    ctype = SCALARS[_ARRAY_TYPES[array.dtype.char]]
    address = array.__array_interface__["data"][0]
    span = sum((n - 1) * abs(s) for n, s in zip(array.shape, array.strides)) + array.itemsize
    return CData(ctype.pointer(), address, Memory(address, span if array.size else 0, array))
