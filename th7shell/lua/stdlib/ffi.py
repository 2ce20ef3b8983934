"""`require 'ffi'`: C data in Lua, as far as programs use it on tensors' memory. C functions cannot
be called."""

from __future__ import annotations

import ctypes
import sys
import weakref
from collections.abc import Callable
from typing import Any

from .. import weak
from ..arithmetic import BY_PYTHON
from ..errors import BadArgument
from ..values import LuaObject, Table, address, new_table
from .arguments import NONE, LibraryError, check_integer, check_string, expected
from .ffi_data import CData, CTypeObject, as_pointer, make
from .ffi_memory import move
from .ffi_types import CType, Declarations
from .jit import constants as machine
from .texts import is_field

declared = Declarations()
BY_PYTHON.add(CData)


def _ctype(n: int, value: Any) -> CType:
    """Take a type from an argument: a declaration, a type or data."""
    if isinstance(value, (CTypeObject, CData)):
        return value.ħctype
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
    """Make data of a type, zeroed and then initialised: `ffi.new('int[3]', {1, 2, 3})`,
    `ffi.new('float[?]', n)`."""
    return make(_ctype(1, ctype), values)


def cast(ctype: Any = NONE, value: Any = NONE, *_: Any) -> CData:
    """Convert a value to a scalar or pointer type: `ffi.cast('float *', t:data())`."""
    kind = _ctype(1, ctype)
    if kind.kind == "pointer":
        return as_pointer(kind, value)
    if kind.kind not in ("int", "float", "bool"):
        raise LibraryError("invalid C type")
    if isinstance(value, CData):
        value = value.ħaddress if value.ħctype.kind in ("pointer", "array") else value
    elif isinstance(value, LuaObject) and hasattr(type(value), "__lua_address__"):
        value = address(value)
    return make(kind, (value,))


def sizeof(ctype: Any = NONE, count: Any = None, *_: Any) -> int | None:
    """Give the size of a type or of data in bytes."""
    kind = _ctype(1, ctype)
    if kind.kind == "array" and kind.count is None and kind.target is not None:
        n = None if count is None else check_integer(2, count)
        return None if n is None or n < 0 else kind.target.size * n
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
    return isinstance(value, CData) and _ctype(1, ctype) == value.ħctype


def _size(n: int, value: Any) -> int:
    """Take a number of bytes from an argument."""
    size = check_integer(n, value)
    if size < 0:
        raise BadArgument(n, f"number of bytes expected, got {size}")
    return size


def string(pointer: Any = NONE, length: Any = None, *_: Any) -> str:
    """Make a Lua string of the bytes at a pointer: up to the first zero byte, or of a length."""
    if pointer.__class__ is str:
        return pointer if length is None else pointer[: _size(2, length)]
    if not isinstance(pointer, CData) or pointer.ħctype.kind not in ("pointer", "array", "struct"):
        raise expected(1, "pointer", pointer)
    memory, address = pointer.ħmemory, pointer.ħaddress
    if length is not None:
        size = _size(2, length)
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
        data = data if length is None else data[: _size(3, length)]
        memory = target.ħmemory
        if (
            length is None
            and memory.size is not None
            and target.ħaddress + len(data) - 1 == memory.address + memory.size
        ):
            data = data[:-1]  # the zero byte would stand just behind the memory
        memory.check(target.ħaddress, len(data))
        ctypes.memmove(target.ħaddress, data, len(data))
        return ()
    if not isinstance(source, CData):
        raise expected(2, "pointer or string", source)
    size = _size(3, NONE if length is None else length)
    move(target.ħaddress, target.ħmemory, source.ħaddress, source.ħmemory, size)
    return ()


def fill(target: Any = NONE, length: Any = NONE, value: Any = None, *_: Any) -> tuple[()]:
    """Set `length` bytes to a value, by default 0."""
    if not isinstance(target, CData):
        raise expected(1, "pointer", target)
    size = _size(2, length)
    target.ħmemory.check(target.ħaddress, size)
    ctypes.memset(target.ħaddress, 0 if value is None else check_integer(3, value) & 255, size)
    return ()


def gc(data: Any = NONE, finalizer: Any = None, *_: Any) -> Any:
    """Call a function when data is collected; gives the data."""
    if not isinstance(data, CData):
        raise expected(1, "cdata", data)
    if finalizer is not None:
        weak.expect_finalizers()
        weakref.finalize(data, finalizer, CData(data.ħctype, data.ħaddress, data.ħmemory))
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
