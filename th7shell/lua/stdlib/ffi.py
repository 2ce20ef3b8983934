"""`require 'ffi'`: C data in Lua, as far as programs use it on tensors' memory: scalars, arrays, pointers, structs.

Memory is a NumPy-compatible buffer that each pointer keeps alive, and accesses are checked against its ends. C
functions cannot be called.
"""

from __future__ import annotations

import ctypes
import struct
import sys
import weakref
from collections.abc import Callable
from typing import Any

from ..values import ESCAPE, LuaObject, Table, items, lua_type, new_table, rawget
from .arguments import NONE, LibraryError, check_integer, check_string, expected
from .ffi_types import SCALARS, CType, Declarations
from .jit import constants as machine
from .texts import is_field

_CODES = {
    ("int", 1, True): "b", ("int", 1, False): "B", ("int", 2, True): "h", ("int", 2, False): "H", ("int", 4, True): "i",
    ("int", 4, False): "I", ("int", 8, True): "q", ("int", 8, False): "Q", ("float", 4, True): "f", ("float", 8, True): "d",
    ("bool", 1, True): "?",
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

declared = Declarations()


class Memory:
    """A piece of memory: its address and size, and the object that owns it."""

    __slots__ = ("address", "owner", "size")

    def __init__(self, address: int, size: int | None, owner: Any) -> None:
        self.address = address
        self.size = size  # None where it is not known: an address from a number
        self.owner = owner

    def check(self, address: int, size: int) -> None:
        """Refuse an access outside."""
        if address == 0:
            raise LibraryError("attempt to access memory through a NULL pointer")
        if self.size is not None and not self.address <= address <= self.address + self.size - size:
            raise LibraryError("access outside the memory that the pointer belongs to")


NOWHERE = Memory(0, None, None)


def _allocated(size: int) -> Memory:
    buffer = (ctypes.c_char * max(size, 1))()
    return Memory(ctypes.addressof(buffer), size, buffer)


class CTypeObject(LuaObject):
    """A C type as a value: calling it makes data of the type."""

    __slots__ = ("ctype",)
    ŧ = "cdata"

    def __init__(self, ctype: CType) -> None:
        self.ctype = ctype

    def __call__(self, *arguments: Any) -> Any:
        return new(self, *arguments)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, CTypeObject) and self.ctype == other.ctype

    def __hash__(self) -> int:
        return hash(self.ctype)

    def __str__(self) -> str:
        return f"ctype<{self.ctype.name}>"


class CData(LuaObject):
    """Data of a C type at an address. A pointer's address is where it points; everything else lies at its address."""

    __slots__ = ("__weakref__", "address", "ctype", "memory")
    ŧ = "cdata"

    def __init__(self, ctype: CType, address: int, memory: Memory) -> None:
        put = object.__setattr__
        put(self, "ctype", ctype)
        put(self, "address", address)
        put(self, "memory", memory)

    def _element(self, key: Any) -> tuple[CType, int]:
        """Give type and address of element or field `key`."""
        ctype, address = self.ctype, self.address
        if ctype.kind in ("pointer", "array") and ctype.target is not None:
            target = ctype.target
            if target.kind == "struct" and key.__class__ is str:
                return CData(target, address, self.memory)._element(key)
            if isinstance(key, CData):
                key = key.__lua_number__()
            if key.__class__ in (int, float) and target.size > 0:
                address += int(key) * target.size
                if ctype.kind == "array" and ctype.count is not None and not 0 <= key < ctype.count:
                    raise LibraryError(f"index {int(key)} out of range for '{ctype.name}'")
                return target, address
        if ctype.kind == "struct" and key in ctype.fields:
            found, offset = ctype.fields[key]
            return found, address + offset
        if ctype.kind == "struct":
            raise LibraryError(f"'{ctype.name}' has no member named '{key}'")
        raise LibraryError(f"'{ctype.name}' cannot be indexed with '{lua_type(key)}'")

    def __getitem__(self, key: Any) -> Any:
        return load(*self._element(key), self.memory)

    def __setitem__(self, key: Any, value: Any) -> None:
        store(*self._element(key), self.memory, value)

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN or not is_field(name):
            return object.__getattribute__(self, name)
        return self[name[1:] if name.startswith(ESCAPE) else name]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __lua_number__(self) -> Any:
        """Give the value of a scalar as a Lua number, None for other data."""
        if self.ctype.kind not in ("int", "float", "bool"):
            return None
        value = _raw(self.ctype, self.address, self.memory)
        return value if abs(value) <= 2**53 else float(value)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, CData):
            return False
        if self.ctype.kind in ("pointer", "array", "struct"):
            return self.address == other.address
        return bool(self.__lua_number__() == other.__lua_number__())

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
        return _moved(self, other, 1)

    def __sub__(self, other: Any) -> Any:
        target = self.ctype.target
        if isinstance(other, CData) and target is not None and other.ctype.target is not None:
            return (self.address - other.address) // target.size
        return _moved(self, other, -1)

    def __rsub__(self, other: Any) -> Any:
        return _scalar(_integer_of(other) - _integer_of(self), self.ctype)

    def __mul__(self, other: Any) -> Any:
        return _scalar(_integer_of(self) * _integer_of(other), self.ctype)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _divided(self, other, self.ctype)

    def __rtruediv__(self, other: Any) -> Any:
        return _divided(other, self, self.ctype)

    def __mod__(self, other: Any) -> Any:
        a, b = _integer_of(self), _integer_of(other)
        return _scalar(a - b * int(_divided(a, b, self.ctype).__lua_number__()), self.ctype)

    def __neg__(self) -> Any:
        return _scalar(-_integer_of(self), self.ctype)

    def __lt__(self, other: Any) -> bool:
        return _comparable(self) < _comparable(other)

    def __le__(self, other: Any) -> bool:
        return _comparable(self) <= _comparable(other)


_OWN = frozenset({"address", "ctype", "memory", "_element"})


def _comparable(value: Any) -> Any:
    if isinstance(value, CData) and value.ctype.kind in ("pointer", "array"):
        return value.address
    return _integer_of(value)


def _integer_of(value: Any) -> int:
    number = _raw(value.ctype, value.address, value.memory) if _is_number(value) else value
    if number.__class__ not in (int, float, bool):
        name = f"'{value.ctype.name}'" if isinstance(value, CData) else f"a {lua_type(value)} value"
        raise LibraryError(f"attempt to perform arithmetic on {name}")
    return int(number)


def _is_number(value: Any) -> bool:
    return isinstance(value, CData) and value.ctype.kind in ("int", "float", "bool")


def _scalar(value: int, like: CType) -> CData:
    """Make a 64-bit integer."""
    kind = SCALARS["int64_t" if like.signed else "uint64_t"]
    memory = _allocated(8)
    store(kind, memory.address, memory, value)
    return CData(kind, memory.address, memory)


def _divided(a: Any, b: Any, like: CType) -> CData:
    x, y = _integer_of(a), _integer_of(b)
    if y == 0:
        return _scalar(-(2**63), like)
    quotient = abs(x) // abs(y)
    return _scalar(quotient if (x < 0) == (y < 0) else -quotient, like)


def _moved(data: CData, by: Any, sign: int) -> CData:
    """Add to a pointer or to an integer."""
    target = data.ctype.target
    if target is None:
        return _scalar(_integer_of(data) + sign * _integer_of(by), data.ctype)
    step = _integer_of(by) * target.size * sign
    return CData(target.pointer(), data.address + step, data.memory)


# ---- memory and values


def _raw(ctype: CType, address: int, memory: Memory) -> Any:
    memory.check(address, ctype.size)
    code = _CODES[ctype.kind, ctype.size, ctype.signed]
    return struct.unpack(code, ctypes.string_at(address, ctype.size))[0]


def load(ctype: CType, address: int, memory: Memory) -> Any:
    """Read the value of a type at an address: a number, a boolean, or data that refers to that place."""
    if ctype.kind == "pointer":
        memory.check(address, ctype.size)
        target = ctypes.c_void_p.from_address(address).value or 0
        return CData(ctype, target, _pointees.get((address, target), Memory(target, None, memory)))
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


_pointees: dict[
    tuple[int, int], Memory
] = {}  # where a stored pointer lies and points to → that memory


def store(ctype: CType, address: int, memory: Memory, value: Any) -> None:
    """Write a Lua value at an address, converted to the type."""
    if ctype.kind in ("array", "struct"):
        fill_from(ctype, address, memory, (value,))
        return
    memory.check(address, ctype.size)
    if ctype.kind == "pointer":
        pointer = _as_pointer(ctype, value)
        ctypes.c_void_p.from_address(address).value = pointer.address
        _pointees[address, pointer.address] = pointer.memory
        return
    data = struct.pack(_CODES[ctype.kind, ctype.size, ctype.signed], _converted(ctype, value))
    ctypes.memmove(address, data, len(data))


def _converted(ctype: CType, value: Any) -> Any:
    """Convert a Lua value to a C number."""
    if isinstance(value, CData):
        value = _raw(value.ctype, value.address, value.memory) if _is_number(value) else None
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


def _as_pointer(ctype: CType, value: Any) -> CData:
    """Convert a value to a pointer type: data, nil, a string's bytes or an address."""
    if value is None:
        return CData(ctype, 0, NOWHERE)
    if isinstance(value, CData):
        if value.ctype.kind in ("pointer", "array", "struct"):
            return CData(ctype, value.address, value.memory)
        value = value.__lua_number__()
    if value.__class__ is str:
        memory = _allocated(len(value) + 1)
        ctypes.memmove(memory.address, value.encode("latin-1"), len(value))
        return CData(ctype, memory.address, memory)
    if value.__class__ in (int, float):
        return CData(ctype, int(value), Memory(int(value), None, None))
    raise LibraryError(f"cannot convert '{lua_type(value)}' to '{ctype.name}'")


def fill_from(ctype: CType, address: int, memory: Memory, values: tuple[Any, ...]) -> None:
    """Initialise data of a type from values, or from one table of them."""
    if len(values) == 1 and isinstance(values[0], CData) and values[0].ctype == ctype:
        ctypes.memmove(address, values[0].address, ctype.size)
        return
    if ctype.kind == "array" and ctype.target is not None:
        if len(values) == 1 and values[0].__class__ is str:
            text = (values[0].encode("latin-1") + b"\0")[: ctype.size]
            ctypes.memmove(address, text, len(text))
            return
        listed = _listed(values)
        if len(listed) > (ctype.count or 0):
            raise LibraryError(f"too many initializers for '{ctype.name}'")
        if len(listed) == 1 and values and not isinstance(values[0], Table):
            listed = listed * (ctype.count or 0)  # one value initialises all elements
        for i, value in enumerate(listed):
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


def data_pointer(array: Any) -> CData:
    """Give a pointer to a NumPy array's first element; it keeps the array alive."""
    ctype = SCALARS[_ARRAY_TYPES[array.dtype.char]]
    address = array.__array_interface__["data"][0]
    span = sum((n - 1) * abs(s) for n, s in zip(array.shape, array.strides)) + array.itemsize
    return CData(ctype.pointer(), address, Memory(address, span if array.size else 0, array))


# ---- the functions of the library


def _ctype(n: int, value: Any) -> CType:
    """Take a type from an argument: a declaration, a type or data."""
    if isinstance(value, (CTypeObject, CData)):
        return value.ctype
    if value.__class__ is str:
        return declared.type_of(value)
    raise expected(n, "C type", value)


def cdef(text: Any = NONE, *_: Any) -> tuple[()]:
    """Declare C types and functions; functions can be declared but not called."""
    declared.declare(check_string(1, text))
    return ()


def typeof(value: Any = NONE, *_: Any) -> CTypeObject:
    """Give a type as a value: `local double_array = ffi.typeof('double[?]')`."""
    return CTypeObject(_ctype(1, value))


def new(ctype: Any = NONE, *values: Any) -> CData:
    """Make data of a type, zeroed and then initialised: `ffi.new('int[3]', {1, 2, 3})`, `ffi.new('float[?]', n)`."""
    kind = _ctype(1, ctype)
    if kind.kind == "array" and kind.count is None and kind.target is not None:
        if not values:
            raise LibraryError("size of C type is unknown or too large")
        kind, values = kind.target.array(check_integer(2, values[0])), values[1:]
    if kind.size < 0:
        raise LibraryError("size of C type is unknown or too large")
    memory = _allocated(kind.size)
    if kind.kind == "pointer":
        return _as_pointer(kind, values[0] if values else None)
    if values:
        fill_from(kind, memory.address, memory, values)
    return CData(kind, memory.address, memory)


def cast(ctype: Any = NONE, value: Any = NONE, *_: Any) -> CData:
    """Convert a value to a scalar or pointer type: `ffi.cast('float *', t:data())`."""
    kind = _ctype(1, ctype)
    if kind.kind == "pointer":
        return _as_pointer(kind, value)
    if kind.kind not in ("int", "float", "bool"):
        raise LibraryError("invalid C type")
    if isinstance(value, CData) and value.ctype.kind in ("pointer", "array"):
        value = value.address
    return new(CTypeObject(kind), value)


def sizeof(ctype: Any = NONE, count: Any = None, *_: Any) -> int | None:
    """Give the size of a type or of data in bytes."""
    kind = _ctype(1, ctype)
    if kind.kind == "array" and kind.count is None and kind.target is not None:
        return None if count is None else kind.target.size * check_integer(2, count)
    return kind.size if kind.size >= 0 else None


def alignof(ctype: Any = NONE, *_: Any) -> int:
    """Give the alignment of a type in bytes."""
    return _ctype(1, ctype).align


def offsetof(ctype: Any = NONE, name: Any = NONE, *_: Any) -> int | None:
    """Give the offset of a struct's field in bytes; nil if there is none."""
    found = _ctype(1, ctype).fields.get(check_string(2, name))
    return None if found is None else found[1]


def istype(ctype: Any = NONE, value: Any = NONE, *_: Any) -> bool:
    """Tell whether data is of a type."""
    return isinstance(value, CData) and _ctype(1, ctype) == value.ctype


def string(pointer: Any = NONE, length: Any = None, *_: Any) -> str:
    """Make a Lua string of the bytes at a pointer: up to the first zero byte, or of a length."""
    if pointer.__class__ is str:
        return pointer if length is None else pointer[: check_integer(2, length)]
    if not isinstance(pointer, CData) or pointer.ctype.kind not in ("pointer", "array", "struct"):
        raise expected(1, "pointer", pointer)
    memory, address = pointer.memory, pointer.address
    if length is not None:
        size = check_integer(2, length)
        memory.check(address, size)
        return ctypes.string_at(address, size).decode("latin-1")
    memory.check(address, 0)
    if memory.size is None:
        return ctypes.string_at(address).decode("latin-1")
    rest = ctypes.string_at(address, memory.address + memory.size - address)
    return rest.split(b"\0", 1)[0].decode("latin-1")


def copy(target: Any = NONE, source: Any = NONE, length: Any = None, *_: Any) -> tuple[()]:
    """Copy bytes: `ffi.copy(dst, src, n)`; a string goes whole, with a zero byte behind it."""
    if not isinstance(target, CData):
        raise expected(1, "pointer", target)
    if source.__class__ is str:
        data = source.encode("latin-1") + b"\0"
        data = data if length is None else data[: check_integer(3, length)]
        memory = target.memory
        if (
            length is None
            and memory.size is not None
            and target.address + len(data) - 1 == memory.address + memory.size
        ):
            data = data[:-1]  # the zero byte would stand just behind the memory
        memory.check(target.address, len(data))
        ctypes.memmove(target.address, data, len(data))
        return ()
    if not isinstance(source, CData):
        raise expected(2, "pointer or string", source)
    size = check_integer(3, NONE if length is None else length)
    target.memory.check(target.address, size)
    source.memory.check(source.address, size)
    ctypes.memmove(target.address, source.address, size)
    return ()


def fill(target: Any = NONE, length: Any = NONE, value: Any = None, *_: Any) -> tuple[()]:
    """Set `length` bytes to a value, by default 0."""
    if not isinstance(target, CData):
        raise expected(1, "pointer", target)
    size = check_integer(2, length)
    target.memory.check(target.address, size)
    ctypes.memset(target.address, 0 if value is None else check_integer(3, value) & 255, size)
    return ()


def gc(data: Any = NONE, finalizer: Any = None, *_: Any) -> Any:
    """Call a function when data is collected; gives the data."""
    if not isinstance(data, CData):
        raise expected(1, "cdata", data)
    if finalizer is not None:
        weakref.finalize(data, finalizer, CData(data.ctype, data.address, data.memory))
    return data


def abi(what: Any = NONE, *_: Any) -> bool:
    """Tell whether the machine is "64bit", "32bit", "le", "be", "fpu", "hardfp" or "win"."""
    wide = sys.maxsize > 2**32
    facts = {
        "64bit": wide,
        "32bit": not wide,
        "le": sys.byteorder == "little",
        "be": sys.byteorder == "big",
    }
    facts |= {"fpu": True, "hardfp": True, "win": sys.platform == "win32"}
    return facts.get(check_string(1, what), False)


def errno(*_: Any) -> int:
    """Give the error number of the last C call: none is made here."""
    return 0


def _unsupported(name: str, advice: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise LibraryError(f"ffi.{name} is not supported: {advice}")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Refuse: {advice}."
    return refuse


class CNamespace(LuaObject):
    """ffi.C: the constants of enums; C functions cannot be called."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if not is_field(name):
            return object.__getattribute__(self, name)
        if name in declared.constants:
            return declared.constants[name]
        raise LibraryError(f"ffi.C.{name}: C functions cannot be called from th7shell")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abi": abi,
    "alignof": alignof,
    "callback": _unsupported("callback", "C cannot call Lua functions here"),
    "cast": cast,
    "cdef": cdef,
    "copy": copy,
    "errno": errno,
    "fill": fill,
    "gc": gc,
    "istype": istype,
    "load": _unsupported(
        "load", "C libraries cannot be loaded; `require 'python'` reaches Python's"
    ),
    "metatype": _unsupported("metatype", "keep the methods in a table of functions"),
    "new": new,
    "offsetof": offsetof,
    "sizeof": sizeof,
    "string": string,
    "typeof": typeof,
}


def luaopen(globals: Table) -> Table:
    """Make the table that `require 'ffi'` gives."""
    facts = machine()
    return new_table((), {**FUNCTIONS, "C": CNamespace(), "os": facts["os"], "arch": facts["arch"]})
