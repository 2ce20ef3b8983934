"""Lua values as Python objects: the root of everything Lua may index, and the table.

nil None · booleans bool · numbers int/float · strings str, one latin-1 character a byte · functions
Python functions · tables `Table` · userdata any other `LuaObject`. String keys of a table are its
instance attributes, so `t.x` in Lua is a plain attribute read; slots have names outside latin-1,
which no Lua key can spell.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from . import order
from .keys import BOOLEANS, attr, key_of, key_value
from .marks import TABLE_ATTRIBUTES
from .rounding import to_print

# The array part of every table that has none; a store finds a tuple and makes a list.
NO_ITEMS = (None,)
_SLACK = 8  # so many free places at the end of an array part are kept


class LuaObject:
    """Root of every object that Lua can index: tables, tensors, files, modules. Always true, as in
    Lua."""

    __slots__ = ()

    ħarray: Any = ()
    ħstore: Any = ()
    ħread_parts: Any = None  # what takes the members of a key `{i, {a, b}, {}}` without tables
    ħwrite_parts: Any = None
    ħtype: str = "userdata"  # what `type` says of what is no table
    ħmeta: Any = None  # the metatable
    ħweak: Any = False  # whether the metatable has __mode
    ħlength: Any = None  # what `#` calls, where Python's `len` is another thing
    ħchanged: Any = None  # called after a raw store into a table that others depend on, a metatable

    if TYPE_CHECKING:  # keys that are no strings are the object's own matter

        def __getitem__(self, key: Any) -> Any: ...

        def __setitem__(self, key: Any, value: Any) -> None: ...

    def __bool__(self) -> bool:
        return True


class Table(LuaObject):
    """A Lua table: string keys are its instance dict (see `attr`), marks.TABLE_ATTRIBUTES says what
    the slots hold. Lua, pairs and files see none of their names."""

    __slots__ = ("__dict__", "__weakref__", *TABLE_ATTRIBUTES)

    if TYPE_CHECKING:  # any name may be a field

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __new__(cls, *_: Any, **__: Any) -> Any:
        self = object.__new__(cls)
        self.ħarray = NO_ITEMS
        self.ħhash = self.ħorder = None  # of a Torch class, what is unset is looked for in Python
        return self

    def __getitem__(self, key: Any) -> Any:
        return rawget(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        rawset(self, key, value)

    def __len__(self) -> int:
        return length(self)

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in items(self))

    def __contains__(self, key: Any) -> bool:
        return self[key] is not None


#: set_array(table, values): let a list, whose [0] is unused, be the array part of a table
set_array: Any = vars(Table)["ħarray"].__set__
Table.ħstore = Table.__dict__["ħarray"]  # compiled code stores where it reads


class SparseList(list):
    """The array part of a table that also holds integer keys beyond its end: an append must look
    there next."""

    __slots__ = ()


class Count(list):
    """In place of the array part of an object that has none yet: how often its elements were asked
    for one by one. It is empty, so that compiled code goes on to ask the object."""

    __slots__ = ("following", "make")
    following: Any  # the count after the next access; None: then views are made
    make: Any  # of the object: gives its ħarray and ħstore

    def asked(self, owner: Any) -> None:
        """Note that an element was read or written by a call."""
        if self.following is not None:
            owner.ħarray = self.following
        else:
            owner.ħarray, owner.ħstore = self.make(owner)


class Grid(list):
    """In place of the array part of an object that has elements by several places: an empty list
    beside a memoryview whose places, in each of its dimensions, count from 1."""

    __slots__ = ("dimensions", "view", "whole")

    def __init__(self, view: Any, dimensions: int, whole: bool) -> None:
        self.view = view
        self.dimensions = dimensions
        self.whole = whole  # it takes no fractions


def new_table(seq: Iterable[Any] = (), fields: Mapping[str, Any] | None = None) -> Table:
    """Make a table of the values of `seq` at 1, 2, … and of `fields` by name."""
    t = Table()
    array = [None, *seq]
    if len(array) > 1:
        t.ħarray = array
    for name, value in (fields or {}).items():
        rawset(t, name, value)
    return t


def new_record(names: Iterable[str], values: Iterable[Any]) -> Table:
    """Make a table as the constructor `{x = a, y = b}` does, in whose order of keys those count
    whose value is nil."""
    names = tuple(names)
    t = new_table(fields={n: v for n, v in zip(names, values, strict=True) if v is not None})
    if len(t.__dict__) < len(names):
        order_of(t).layout = (0, 1, names, names, 0)
    return t


def length(t: Table) -> int:
    """Return a border of `t`, Lua's `#t` without metamethods: where there are holes, the one that
    Lua finds."""
    a = t.ħarray
    j = len(a) - 1
    if j <= 0:
        return 0
    if a[j] is not None:
        return j
    i = 0
    while j - i > 1:
        m = (i + j) // 2
        if a[m] is None:
            j = m
        else:
            i = m
    if i + _SLACK < len(a) and not hasattr(t, "ħcursor"):  # `next` may stand on what is cut
        if not any(value is not None for value in a[j:]):
            del a[j:]
    return i


def array(t: Table) -> list[Any]:
    """Return t[1..#t] as a new Python list."""
    values = t.ħarray[1 : length(t) + 1]
    return values if values.__class__ is list else list(values)


def others(t: Table) -> dict[Any, Any]:
    """Return the dict of the keys that are neither strings nor in the array part (a new one if
    there is none)."""
    rest = getattr(t, "ħhash", None)
    return {} if rest is None else rest


def ordered_keys(t: Table) -> list[Any]:
    """Return the keys behind the array part in the order of `next`: attribute names and keys of
    ħhash, those whose value is nil included."""
    fields = t.__dict__
    rest = getattr(t, "ħhash", None)
    if order.by_insertion():
        return [*fields, *(rest or ())]
    known = getattr(t, "ħorder", None)
    if known is None:
        if not rest:
            if len(fields) < 2:
                return list(fields)
            if len(fields) <= order.SMALL:
                return order.ordered_names(fields)
        known = t.ħorder = order.Order()
    return known.ordered(fields, rest or {}, len(t.ħarray))


def starts_at_zero(t: Table) -> bool:
    """Whether t[0] is traversed before the array part, whose first place it has."""
    return len(t.ħarray) > 1 and others(t).get(0) is not None


def items(t: Table) -> Iterator[tuple[Any, Any]]:
    """Yield the (key, value) pairs of `t` in the order of `next`, without metamethods and without
    nil."""
    zero = starts_at_zero(t)
    if zero:
        yield 0, t.ħhash[0]
    i = 1
    while i < len(t.ħarray):
        if (value := t.ħarray[i]) is not None:
            yield i, value
        i += 1
    fields, rest = t.__dict__, others(t)
    for key in ordered_keys(t):
        if key.__class__ is str:
            if (value := fields.get(key)) is not None:
                yield key_of(key), value
        elif (value := rest.get(key)) is not None and not (zero and key == 0):
            yield key_value(key), value


def contents(t: Table) -> dict[Any, Any]:
    """Return the pairs of `t` as a dict, without metamethods, in no particular order: the
    order of `next` is what `items` takes longest over."""
    found: dict[Any, Any] = {i: v for i, v in enumerate(t.ħarray) if v is not None}
    for name, value in t.__dict__.items():
        if value is not None:
            found[key_of(name)] = value
    for key, value in others(t).items():
        if value is not None:
            found[key_value(key)] = value
    return found


def rawget(t: Table, key: Any) -> Any:
    """Return t[key] without metamethods; nil for a key that is absent."""
    kind = key.__class__
    if kind is str:
        return t.__dict__.get(attr(key))
    if kind is int and 0 < key < len(t.ħarray):
        return t.ħarray[key]
    if kind is float and key.is_integer():
        return rawget(t, int(key))
    if kind is bool:
        key = BOOLEANS[key]
    return others(t).get(key)


def rawset(t: Table, key: Any, value: Any) -> None:
    """Set t[key] = value without metamethods; None removes the key. Errors: key nil or NaN."""
    kind = key.__class__
    if kind is str:
        _set_field(t, attr(key), value)
    elif kind is int:
        _set_integer(t, key, value)
    elif kind is float and key.is_integer():
        _set_integer(t, int(key), value)
    elif key is None or key != key:
        from .errors import LuaError

        raise LuaError("table index is nil" if key is None else "table index is NaN", 1)
    else:
        _set_other(t, BOOLEANS[key] if kind is bool else key, value)


def _set_field(t: Table, name: str, value: Any) -> None:
    fields = t.__dict__
    kind = t.__class__
    if value is not None:
        fields[name] = value
    else:
        order_of(t).remove(fields, others(t), key_of(name))
        fields.pop(name, None)
    if kind.ħchanged is not None:
        kind.ħchanged(t, name)


def remember_order(t: Table) -> tuple[list[Any], dict[Any, int]]:
    """Return the keys behind the array part as a running traversal sees them, and room for their
    places."""
    cursor = getattr(t, "ħcursor", None)
    if cursor is None:
        keys = ordered_keys(t)
        t.ħcursor = cursor = ([key_of(k) if k.__class__ is str else key_value(k) for k in keys], {})
    return cursor


def order_of(t: Table) -> order.Order:
    """Return what is noted of the order of a table's keys."""
    known = getattr(t, "ħorder", None)
    if known is None:
        known = t.ħorder = order.Order()
    return known


def forget_order(t: Table) -> None:
    """Let the order of a table's keys be worked out anew."""
    if getattr(t, "ħorder", None) is not None:
        t.ħorder = None


def _set_integer(t: Table, i: int, value: Any) -> None:
    a = t.ħarray
    if 0 < i < len(a):
        a[i] = value
    elif i == len(a) and value is not None:
        if a.__class__ is tuple:
            a = t.ħarray = [None]
        a.append(value)
        if a.__class__ is SparseList:
            _take_following(t)
    else:
        _set_other(t, i, value)
        if value is not None:
            count = len(t.ħhash) - 1
            if count & (count - 1) == 0:
                _rehash(t)
            if a.__class__ is not SparseList and t.ħarray is a:
                _replace_array(t, SparseList(a))


def _replace_array(t: Table, values: list[Any]) -> None:
    """Give a table another list as its array part; loops over the old one end and look for it."""
    old, t.ħarray = t.ħarray, values
    if old.__class__ is not tuple:
        old.clear()


def _take_following(t: Table) -> None:
    """Move the integer keys that now follow the array part into it."""
    a, rest = t.ħarray, others(t)
    forget_order(t)
    while (value := rest.pop(len(a), None)) is not None:
        a.append(value)


def _rehash(t: Table) -> None:
    """Move integer keys into the array part where, as in Lua, over half of 1..2^k are used."""
    a, rest = t.ħarray, t.ħhash
    counts = [0] * 54  # by the bits of key - 1
    for key, value in rest.items():
        if key.__class__ is int and key > 0 and value is not None:
            counts[min((key - 1).bit_length(), 53)] += 1
    for i in range(1, len(a)):
        if a[i] is not None:
            counts[(i - 1).bit_length()] += 1
    total, best = 0, 0
    for bits in range(40):
        total += counts[bits]
        size = 1 << bits
        if total > size // 2:
            best = size
    if best >= len(a):
        keys = sorted(k for k in rest if k.__class__ is int and 0 < k <= best)
        keys = [k for k in keys if rest[k] is not None]
        if not keys:
            return
        forget_order(t)
        values = SparseList(a)
        values.extend([None] * (keys[-1] + 1 - len(a)))
        for key in keys:
            values[key] = rest.pop(key)
        _replace_array(t, values)
        _take_following(t)
        if not any(key.__class__ is int for key in rest):
            _replace_array(t, list(values))


def _set_other(t: Table, key: Any, value: Any) -> None:
    rest = getattr(t, "ħhash", None)
    if rest is None:
        rest = t.ħhash = {}
    fields = t.__dict__
    if value is None:
        order_of(t).remove(fields, rest, key)
        rest.pop(key, None)
    else:
        if fields and key not in rest:
            order_of(t).flush(fields, rest)
        rest[key] = value


class _Running(threading.local):
    """What the world that a thread is in says of all values of a type (see `state.enter`)."""

    type_metatables: dict[str, Any]  # Lua type → metatable, for values that are not tables


running = _Running()
typed: dict[str, int] = {}  # type other than string → the worlds in which it has a metatable
_KINDS: dict[type, str] = {
    type(None): "nil",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    Table: "table",
    FunctionType: "function",
    BuiltinFunctionType: "function",
    MethodType: "function",
}


def lua_type(value: Any) -> str:
    """Return the Lua type name of a value: nil boolean number string table function thread
    userdata."""
    kind = value.__class__
    name = _KINDS.get(kind)
    if name is not None:
        return name
    if issubclass(kind, Table) or (issubclass(kind, type) and issubclass(value, LuaObject)):
        return "table"
    if issubclass(kind, LuaObject):
        return kind.ħtype
    return "function" if callable(value) else "userdata"


def number_text(value: float) -> str:
    """Return a number as Lua prints it, by %.14g."""
    if value.__class__ is int and -100000000000000 < value < 100000000000000:
        return str(value)
    if value != value:
        return "nan"
    text = format(value, ".14g")
    if value * 9.0 - value * 8.0 == value and float(text) != value:  # low bits 0: maybe a tie
        return format(to_print(value, "g", 14), ".14g")
    return text


def tostring(value: Any) -> str:
    """Return a value as Lua's `tostring` does, `__tostring` included."""
    kind = value.__class__
    if kind is str:
        return value
    if typed and (metatable := running.type_metatables.get(lua_type(value))):
        if (handler := rawget(metatable, "__tostring")) is not None:
            return first(handler(value))
    if kind is int or kind is float:
        return number_text(value)
    if value is None:
        return "nil"
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, LuaObject):
        metatable = kind.ħmeta
        handler = None if metatable is None else metatable.__dict__.get("__tostring")
        if handler is not None:
            return first(handler(value))
        if kind.__str__ is not object.__str__:
            from .errors import lua_text

            return lua_text(str(value))
    if (number := builtin_number(value)) is not None:
        return f"function: builtin#{number}"
    return f"{lua_type(value)}: 0x{address(value):08x}"


def builtin_number(value: Any) -> int | None:
    """Return the number by which LuaJIT shows a function of the library; None for all else."""
    if value.__class__ is not FunctionType:
        return None
    number, owner = value.__dict__.get("ħbuiltin", (None, 0))
    return number if owner == id(value) else None


def set_builtin_number(function: Any, number: int) -> None:
    """Let a function of the library have a number, unless it has one. (It stands with the function:
    a dictionary of weak keys has callbacks, in which an interrupt is lost.)"""
    if builtin_number(function) is None:
        function.ħbuiltin = number, id(function)  # a wrapper may copy what a function has


def address(value: Any) -> int:
    """The number that stands for an object's address: equal for what is one object to Lua,
    different for all else alive.

    Equal strings are one object; what stands for memory elsewhere says where that is, by
    `__lua_address__`.
    """
    if value.__class__ is str:
        return id(sys.intern(value))
    told = getattr(type(value), "__lua_address__", None)
    return id(value) if told is None else told(value)


def first(result: Any) -> Any:
    """Return the first of a call's results, nil if there is none."""
    if result.__class__ is tuple:
        return result[0] if result else None
    return result


def send(obj: Any, name: str, *args: Any) -> Any:
    """Call method `name` of `obj` as Lua's `obj:name(args)` does, so that a function patched on the
    instance counts."""
    method: Callable[..., Any] = getattr(obj, attr(name) if name[:1] in "_NTF" else name)
    if method.__class__ is MethodType:
        return method.__func__(obj, *args)
    return method(obj, *args)


def call(obj: Any, name: str, *args: Any) -> Any:
    """The first result of `send`, without its frame: what layers call each other through."""
    method: Any = getattr(obj, attr(name) if name[:1] in "_NTF" else name)
    result = method(*args) if method.__class__ is MethodType else method(obj, *args)
    if result.__class__ is tuple:
        return result[0] if result else None
    return result
