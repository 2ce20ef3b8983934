"""The base library: types, conversions, iteration, metatables, loading of code, memory."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

from .. import metatables, state, weak
from ..errors import LuaError, OperandError
from ..iteration import Standard, next_key
from ..numerals import parse_number
from ..runtime import index
from ..tracebacks import no_calls
from ..values import (
    LuaObject,
    Table,
    first,
    key_of,
    length,
    lua_type,
    number_text,
    rawget,
    tostring,
)
from . import streams
from .arguments import (
    NONE,
    BadArgument,
    LibraryError,
    check_any,
    check_integer,
    check_option,
    check_string,
    check_table,
    opt_integer,
)
from .environments import thread_globals
from .table import unpack
from .texts import is_field

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BYTES_PER_BLOCK = 64  # of Python's allocator, on average
_GC_OPTIONS = (
    "collect count isrunning restart setpause setstepmul step stop".split()
)  # what collectgarbage takes
_pace = {"setpause": 200, "setstepmul": 200}


def type_of(value: Any = NONE, *_: Any) -> str:
    """Name a value's type: nil boolean number string table function thread userdata cdata."""
    return lua_type(check_any(1, value))


def tostring_(value: Any = NONE, *_: Any) -> Any:
    """Turn a value into a string, through its metatable's `__tostring`."""
    kind = value.__class__
    if kind is str:
        return value
    return tostring(check_any(1, value))


def tonumber(value: Any = NONE, base: Any = None, *_: Any) -> int | float | None:
    """Turn a string into a number, in base 10 (with 0x) or any from 2 to 36; nil if it is none."""
    if base is None or (base := check_integer(2, base)) == 10:
        kind = value.__class__
        if kind is int or kind is float:
            return value
        if kind is str:
            return parse_number(value)
        convert = getattr(
            check_any(1, value), "__lua_number__", None
        )  # a C number of the ffi library
        return convert() if convert is not None else None
    text = check_string(1, value)
    if not 2 <= base <= 36:
        raise BadArgument(2, "base out of range")
    text = text.strip(" \t\n\v\f\r").lower()
    negative = text.startswith("-")
    digits = text[1:] if text[:1] in ("-", "+") and text else text
    if base == 16 and digits.startswith("0x"):
        digits = digits[2:]
    if not digits or any(c not in _DIGITS[:base] for c in digits):
        return None
    whole = min(int(digits, base), 2**64 - 1)
    number = whole if whole <= 2**53 else float(whole)
    return -number if negative else number


def print_(*values: Any) -> tuple[()]:
    """Write the values to standard output, separated by tabs."""
    tostring_now = index(thread_globals(), "tostring")
    own = tostring_now is tostring_
    texts = []
    for value in values:
        kind = value.__class__
        text = (
            number_text(value)
            if own and (kind is int or kind is float)
            else first(tostring_now(value))
        )
        if text.__class__ is not str:
            if text.__class__ is not int and text.__class__ is not float:
                raise LibraryError("'tostring' must return a string to 'print'")
            text = number_text(text)
        texts.append(text)
    streams.write("\t".join(texts) + "\n")
    return ()


def assert_(*values: Any) -> Any:
    """Give all arguments if the first is true; else raise the second as an error."""
    condition = check_any(1, values[0] if values else NONE)
    if condition is not None and condition is not False:
        return values if len(values) > 1 else condition
    if len(values) < 2:
        raise LibraryError("assertion failed!")
    message = values[1]
    if message.__class__ is str or message.__class__ is int or message.__class__ is float:
        raise LibraryError(check_string(2, message))
    raise LuaError(message)


def select(n: Any = NONE, *values: Any) -> Any:
    """Give the arguments from number n on (from the end if negative), or their count for "#"."""
    if n.__class__ is str and n.startswith("#"):
        return len(values)
    i = check_integer(1, n)
    if i < 0:
        i += len(values) + 1
    if i < 1:
        raise BadArgument(1, "index out of range")
    rest = values[i - 1 :]
    return rest[0] if len(rest) == 1 else rest


def next_(t: Any = NONE, key: Any = None, *_: Any) -> Any:
    """Give the key and value that follow a key in a table, or the first ones; nil at the end."""
    return next_key(check_table(1, t), key)


def pairs(t: Any = NONE, *_: Any) -> tuple[Any, Any, Any]:
    """Give what a for loop needs to go over all keys: next, t, nil; or what `__pairs` gives."""
    handler = metatables.iterator_of(check_any(1, t), "__pairs")
    if handler is not None:
        results = handler(t)
        results = results if results.__class__ is tuple else (results,)
        return (*results, None, None, None)[:3]
    return next_, check_table(1, t), None


def ipairs_step(t: Any = NONE, i: Any = NONE, *_: Any) -> Any:
    """Give the next index and its value, nothing at the end of the list."""
    i = check_integer(2, i) + 1
    value = rawget(check_table(1, t), i)
    return () if value is None else (i, value)


def ipairs(t: Any = NONE, *_: Any) -> tuple[Any, Any, Any]:
    """Give what a for loop needs to go over t[1], t[2], …; or what `__ipairs` gives."""
    handler = metatables.iterator_of(check_any(1, t), "__ipairs")
    if handler is not None:
        results = handler(t)
        results = results if results.__class__ is tuple else (results,)
        return (*results, None, None, None)[:3]
    return ipairs_step, check_table(1, t), 0


def rawget_(t: Any = NONE, key: Any = NONE, *_: Any) -> Any:
    """Read a field of a table without metamethods."""
    t = check_table(1, t)
    if isinstance(t, Table):
        return rawget(t, check_any(2, key))
    return type(t).__lua_rawget__(t, check_any(2, key))  # a class or its metatable


def rawset_(t: Any = NONE, key: Any = NONE, value: Any = NONE, *_: Any) -> Table:
    """Set a field of a table without metamethods; gives the table."""
    t = check_table(1, t)
    if isinstance(t, Table):
        metatables.raw_store(t, check_any(2, key), check_any(3, value))
    else:
        type(t).__lua_rawset__(t, check_any(2, key), check_any(3, value))
    return t


def rawequal(a: Any = NONE, b: Any = NONE, *_: Any) -> bool:
    """Compare two values without metamethods."""
    check_any(1, a)
    check_any(2, b)
    numbers = (int, float)
    if (a.__class__ in numbers and b.__class__ in numbers) or a.__class__ is b.__class__ is str:
        return a == b
    return a is b


def rawlen(value: Any = NONE, *_: Any) -> int:
    """Give the length of a table or string without metamethods."""
    return len(value) if value.__class__ is str else length(check_table(1, value))


def getmetatable(value: Any = NONE, *_: Any) -> Any:
    """Give a value's metatable, or the metatable's field `__metatable` if it has one."""
    metatable = metatables.getmetatable(check_any(1, value))
    if metatable is None:
        return None
    shown = rawget(metatable, "__metatable") if isinstance(metatable, Table) else None
    return metatable if shown is None else shown


def setmetatable(t: Any = NONE, metatable: Any = NONE, *_: Any) -> Table:
    """Give a table a metatable, or with nil none; gives the table."""
    if t.__class__ is Table and isinstance(metatable, Table):
        cls: Any = getattr(metatable, "ħclass", None)
        if cls is not None and not cls.ħweak and None not in t.__dict__.values():
            t.__class__ = cls  # as `metatables` does it
            return t
        return metatables.setmetatable(t, metatable)
    t = check_table(1, t)
    if metatable is NONE or (metatable is not None and lua_type(metatable) != "table"):
        raise BadArgument(2, "nil or table expected")
    old = metatables.getmetatable(t)
    if isinstance(old, Table) and rawget(old, "__metatable") is not None:
        raise LibraryError("cannot change a protected metatable")
    return metatables.setmetatable(t, metatable)


class Proxy(LuaObject):
    """An empty userdata, made by newproxy. What its metatable does not answer is an error."""

    __slots__ = ("__weakref__",)

    def __getitem__(self, key: Any) -> Any:
        handler = metatables.metamethod(self, "__index")
        if handler is None:
            raise OperandError("index", self, key=key)
        return metatables.by_handler(handler, self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        handler = metatables.metamethod(self, "__newindex")
        if handler is None:
            raise OperandError("index", self, key=key)
        metatables.store_by_handler(handler, self, key, value)

    def __getattribute__(self, name: str) -> Any:
        """Read a field: names of Python's own and of slots are not Lua's."""
        return self[key_of(name)] if is_field(name) else object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if is_field(name):
            self[key_of(name)] = value
        else:
            object.__setattr__(self, name, value)


no_calls.update(  # reading a field is no call of its own
    method.__code__
    for method in (
        Proxy.__getitem__,
        Proxy.__setitem__,
        Proxy.__getattribute__,
        Proxy.__setattr__,
    )
)


def newproxy(like: Any = None, *_: Any) -> Proxy:
    """Make an empty userdata: with an own metatable for true, with another proxy's for that
    proxy."""
    if like is None or like is False:
        return Proxy()
    if like is True:
        kind = type("Proxy", (Proxy,), {"__slots__": (), "__module__": __name__})
        metatables.attach(kind, Table())
        return kind()
    if isinstance(like, Proxy) and type(like) is not Proxy:
        return type(like)()
    raise BadArgument(1, "boolean or proxy expected")


def gcinfo(*_: Any) -> int:
    """Give the memory in use, in KB."""
    return int(_kilobytes())


def _kilobytes() -> float:
    elsewhere = sum(user() for user in state.memory_users)
    return (sys.getallocatedblocks() * _BYTES_PER_BLOCK + elsewhere) / 1024


def collectgarbage(option: Any = None, value: Any = None, *_: Any) -> Any:
    """Control the collector: "collect" (default) frees what is unreachable, "count" gives the
    memory in use in KB.

    Also "stop", "restart", "step", "isrunning", and "setpause" and "setstepmul", which are only
    remembered.
    """
    what = check_option(1, option, _GC_OPTIONS, "collect")
    number = opt_integer(2, value, 0)
    if what == "count":
        return _kilobytes()
    if what == "isrunning":
        return gc.isenabled()
    if what in _pace:
        old, _pace[what] = _pace[what], number
        return old
    if what == "step":
        gc.collect(1)
        return True
    if what == "collect":
        weak.collect()
    elif what == "stop":
        gc.disable()
    else:
        gc.enable()
    return 0


Standard.next, Standard.pairs, Standard.ipairs = next_, pairs, ipairs
Standard.ipairs_step, Standard.select = ipairs_step, select

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "assert": assert_,
    "collectgarbage": collectgarbage,
    "gcinfo": gcinfo,
    "getmetatable": getmetatable,
    "ipairs": ipairs,
    "newproxy": newproxy,
    "next": next_,
    "pairs": pairs,
    "print": print_,
    "rawequal": rawequal,
    "rawget": rawget_,
    "rawlen": rawlen,
    "rawset": rawset_,
    "select": select,
    "setmetatable": setmetatable,
    "tonumber": tonumber,
    "tostring": tostring_,
    "type": type_of,
    "unpack": unpack,
}
