"""Field reads through `__index`, as Python's own attribute look-up.

A table that serves as `__index` gets a Python class, its layer, with the table's fields as class
attributes; the class of the tables below inherits from it, and layers inherit from each other along
the chain. So `object:method()` in Lua costs what it costs in Python. Stores into such a table are
watched and repeated on its layer. A field that changes often, or a chain that ends in a function,
is looked up by a descriptor instead.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from . import absent_fields, type_metatables
from .errors import LuaError
from .on_demand import Providing, plain
from .values import LuaObject, Table, key_of

LONGEST = 100  # tables that are asked for a key, by way of __index
_ROOTS = len(Table.__mro__)
_MANY = 100  # stores to one field of a layer, after which it is looked up anew each time
_SLOTS = frozenset(Table.__slots__)
_hooks: dict[str, Callable[..., Any]] = {}


def connect(index_missing: Callable[..., Any], watch: Callable[..., Any]) -> None:
    """Take the functions of `metatables`, which relies on this module."""
    _hooks["missing"], _hooks["watch"] = index_missing, watch


def _missing(o: Any, key: Any) -> Any:
    try:
        return _hooks["missing"](o, key)
    except AttributeError as error:  # Python would take it for a missing attribute and ask again
        from .failures import caught

        raise LuaError(caught(error)).with_traceback(error.__traceback__) from None


class _Miss:
    """Stands as a class attribute for a field that the instance lacks: asks the metatable."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def __get__(self, o: Any, owner: Any) -> Any:
        return None if o is None else _missing(o, self.key)


class IndexedTable(Table):
    """A table the `__index` chain of which ends in something to ask: a function, or an object that
    is no table."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in _SLOTS or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return _missing(self, key_of(name))


def declare_fields(names: Any) -> None:
    """Make every field of these names nil where it is absent, instead of an AttributeError."""
    known = LuaObject.__dict__
    new = [name for name in names if name not in known]
    for name in new:
        setattr(LuaObject, name, None)
        setattr(IndexedTable, name, _Miss(key_of(name)))
    absent_fields.declare(new)
    type_metatables.declare_fields(names)


def inherit(cls: Any, handler: Any) -> None:
    """Let tables of a class find fields by the `__index` handler."""
    base = _base(handler, set())
    if cls.__bases__ != (base,):
        cls.__bases__ = (base,)


def _base(handler: Any, seen: set[int]) -> Any:
    if handler is None:
        return Table
    if not isinstance(handler, Table) or id(handler) in seen:
        return IndexedTable
    metatable = handler.__class__.ħmeta
    kind: Any = handler.__class__
    if (
        metatable is None
        and kind.ħchanged is None
        and not (kind is Table or issubclass(kind, Providing))
    ):
        return IndexedTable  # an object of a Python class
    if len(seen) >= LONGEST:
        return IndexedTable
    layer = _layer(handler, seen | {id(handler)})
    return layer if _behind(layer) < LONGEST else IndexedTable


def _behind(cls: Any) -> int:
    """How many tables a class and those that it inherits from stand for."""
    return len(cls.__mro__) - _ROOTS


def _shorten(cls: Any) -> None:
    """Let the tables at the end of a chain that has become too long ask for their fields."""
    for below in cls.__subclasses__():
        if "ħchanged" in below.__dict__:
            continue  # the same tables, watched
        if _behind(below) > LONGEST:
            below.__bases__ = (IndexedTable,)
        else:
            _shorten(below)


def _layer(t: Any, seen: set[int]) -> Any:
    """Return the class that has the fields of `t` and, by inheritance, of the tables behind it."""
    try:
        layer = t.ħlayer
    except AttributeError:
        base = _next_base(t, seen)
        members = {"__slots__": (), "__module__": __name__, "ħcounts": {}}
        layer = type("Table", (base,), members)
        for name, value in t.__dict__.items():
            if value is not None:
                setattr(layer, name, _member(value))
        t.ħlayer = layer
        _hooks["watch"](t)
    return layer


def _next_base(t: Any, seen: set[int]) -> Any:
    metatable = t.__class__.ħmeta
    if metatable is None:
        return plain(t.__class__) if isinstance(t, Providing) else Table
    cls = metatable.ħclass
    followers = cls.__dict__.get("ħfollowers")
    if followers is None:
        cls.ħfollowers = followers = weakref.WeakSet()
    followers.add(t)
    return _base(metatable.__dict__.get("__index"), seen)


def _member(value: Any) -> Any:
    """Return a field's value as a class attribute: functions must not bind."""
    return value if not callable(value) or isinstance(value, LuaObject) else staticmethod(value)


def field_changed(t: Any, name: str) -> None:
    """Repeat on a table's layer what happened to one of its fields."""
    try:
        layer = t.ħlayer
    except AttributeError:
        return
    count = layer.ħcounts
    count[name] = times = count.get(name, 0) + 1
    if times > _MANY:
        if times == _MANY + 1:
            setattr(layer, name, _Miss(key_of(name)))
        return
    value = t.__dict__.get(name)
    if value is not None:
        setattr(layer, name, _member(value))
    elif name in layer.__dict__:
        delattr(layer, name)


def chain_changed(t: Any) -> None:
    """Move the layer of a table whose metatable, or whose metatable's `__index`, is another now."""
    try:
        layer = t.ħlayer
    except AttributeError:
        return
    base = _next_base(t, {id(t)})
    if layer.__bases__ != (base,):
        try:
            layer.__bases__ = (base,)
            if _behind(layer) > 1:
                _shorten(layer)
        except TypeError:  # a cycle
            layer.__bases__ = (IndexedTable,)
