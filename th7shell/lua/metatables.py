"""Metatables: each is the Python class of its tables, which answers field reads, field stores and
calls natively.

A class is made when a table becomes a metatable, and is brought up to date when one of the
metatable's own fields changes: a metatable is itself given a class that watches stores. Fields
found through `__index` are `prototypes`'s.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from . import prototypes, weak
from .errors import LuaError, OperandError
from .values import (
    LuaObject,
    Table,
    first,
    key_of,
    length,
    lua_type,
    rawget,
    rawset,
    running,
)

_LOOPS = prototypes.LONGEST  # of __index or __newindex


_SLOTS = frozenset(Table.__slots__)
_EVENTS = frozenset(
    {"__index", "__newindex", "__call", "__mode", "__gc"}
)  # what the class of the tables depends on


def _set_with_newindex(self: Any, name: str, value: Any) -> None:
    if name in _SLOTS or (name.startswith("__") and name.endswith("__")):
        object.__setattr__(self, name, value)
    elif self.__dict__.get(name) is not None:
        rawset(self, key_of(name), value)
    else:
        set_missing(self, key_of(name), value)


def _set_watched(self: Any, name: str, value: Any) -> None:
    object.__setattr__(self, name, value)
    _changed(self, name)


def _changed(t: Any, name: str) -> None:
    """Bring the classes that depend on a watched table up to date after a field was set."""
    if name in _EVENTS:
        cls = getattr(t, "ħclass", None)
        if cls is not None:
            _update(cls, t)
    prototypes.field_changed(t, name)


def class_of(metatable: Table) -> Any:
    """Return the Python class of the tables whose metatable this is."""
    try:
        return metatable.ħclass
    except AttributeError:
        members = {
            "__slots__": (),
            "__module__": __name__,
            "ħmeta": metatable,
            "__getitem__": index,  # so that Python code reads and stores as Lua does
            "__setitem__": set_index,
            "__len__": _length,
        }
        cls = type("Table", (Table,), members)
        attach(cls, metatable)
        return cls


def _length(t: Any) -> int:
    """#t as Python's `len` wants it."""
    handler = t.__class__.ħmeta.__dict__.get("__len")
    if handler is None:
        return length(t)
    count = first(handler(t, t))
    if count.__class__ is not int and count.__class__ is not float:
        raise LuaError("'for' limit must be a number", 1)
    return max(int(count), 0)


def attach(cls: Any, metatable: Table) -> None:
    """Let a Python class answer as a metatable says, from now on."""
    cls.ħmeta = metatable
    metatable.ħclass = cls
    _update(cls, metatable)
    watch(metatable)


def watch(t: Table) -> None:
    """Let stores into a table on which a class depends be seen."""
    kind: Any = t.__class__
    if kind.ħchanged is None:
        watched: Any = kind.__dict__.get("ħwatched")
        if watched is None:
            watched = type(
                "Table", (kind,), {"__slots__": (), "__module__": __name__, "ħchanged": _changed}
            )
            if kind.__setattr__ is not _set_with_newindex:
                watched.__setattr__ = _set_watched
            kind.ħwatched = watched
        t.__class__ = watched


def _update(cls: Any, metatable: Table) -> None:
    """Let the class do what the metatable says now."""
    fields = metatable.__dict__
    if issubclass(cls, Table):
        prototypes.inherit(cls, fields.get("__index"))
        for follower in list(cls.__dict__.get("ħfollowers", ())):
            prototypes.chain_changed(follower)
    call = fields.get("__call")
    if call is not None:
        cls.__call__ = call if call.__class__ is FunctionType else _caller(call)
    elif "__call__" in cls.__dict__:
        del cls.__call__
    if not issubclass(cls, Table):
        weak.set_finalizer(cls, fields.get("__gc"))
        return  # a userdata asks its metatable itself
    if fields.get("__mode") is not None and not cls.ħweak:
        cls.ħweak = True
        weak.register_all(cls)
    if fields.get("__newindex") is not None:
        cls.__setattr__ = _set_with_newindex
    elif "__setattr__" in cls.__dict__:
        del cls.__setattr__
    watched = cls.__dict__.get("ħwatched")
    if watched is not None:
        if "__setattr__" in cls.__dict__:
            if "__setattr__" in watched.__dict__:
                del watched.__setattr__
        else:
            watched.__setattr__ = _set_watched


def _caller(handler: Any) -> Any:
    is_function = lua_type(handler) == "function"

    def __call__(self: Any, *arguments: Any) -> Any:
        if not is_function:  # a callable table is none, as in LuaJIT
            raise OperandError("call", self)
        return handler(self, *arguments)

    return __call__


def getmetatable(value: Any) -> Any:
    """Return the metatable of a value, None if it has none; `__metatable` is not looked at."""
    kind = value.__class__
    if isinstance(value, LuaObject):
        metatable = kind.ħmeta
        if metatable is None:
            get = getattr(type(kind), "__lua_metatable__", None)
            if get is not None:
                return get(kind)
        return metatable
    if isinstance(value, type):
        get = getattr(kind, "__lua_metatable__", None)
        return get(value) if get is not None else None
    return running.type_metatables.get(lua_type(value))


def setmetatable(t: Table, metatable: Any) -> Table:
    """Give a table a metatable, or none."""
    if metatable is None:
        cls: Any = Table
    elif isinstance(metatable, Table):
        cls = getattr(metatable, "ħclass", None) or class_of(metatable)
    else:
        cls = metatable.__lua_class__
    fields = t.__dict__
    if fields and None in fields.values():
        for name in [name for name, value in fields.items() if value is None]:
            del fields[name]
    watched = t.__class__.ħchanged is not None
    t.__class__ = cls
    if cls.ħweak:
        weak.register(t)
    if watched:
        watch(t)
        prototypes.chain_changed(t)
    return t


def metamethod(value: Any, event: str) -> Any:
    """Return the handler of an event in the value's metatable, None if there is none."""
    kind = value.__class__
    if kind is Table:
        return None
    if isinstance(value, LuaObject):
        metatable = kind.ħmeta
        if metatable is None:
            return None
        return metatable.__dict__.get(event)
    metatable = running.type_metatables.get(lua_type(value))
    return None if metatable is None else rawget(metatable, event)


def iterator_of(value: Any, event: str) -> Any:
    """Return the handler of `__pairs` or `__ipairs` for a value, its Torch class's own included."""
    kind = value.__class__
    if kind is Table:
        return None
    if isinstance(value, LuaObject) and kind.ħmeta is None:
        for base in kind.__mro__:
            if event in base.__dict__:
                found = base.__dict__[event]
                return found if callable(found) else None  # a name that a chunk mentions
            if "__typename" in base.__dict__:
                break
        return None
    return metamethod(value, event)


def of_type(value: Any, event: str) -> Any:
    """Return the handler of an event for a value that is no table."""
    metatable = running.type_metatables.get(lua_type(value))
    return None if metatable is None else rawget(metatable, event)


def index(o: Any, key: Any) -> Any:
    """o[key] for a table with a metatable."""
    value = rawget(o, key)
    return value if value is not None else index_missing(o, key)


def index_missing(o: Any, key: Any) -> Any:
    """Return what `__index` gives for a key that the table does not have."""
    for tables in range(1, _LOOPS + 1):
        handler = o.__class__.ħmeta.__dict__.get("__index")
        if handler is None:
            return None
        if not isinstance(handler, Table):
            return by_handler(handler, o, key)
        if tables == _LOOPS:
            break
        value = rawget(handler, key)
        if value is not None or handler.__class__.ħmeta is None:
            return value
        o = handler
    raise LuaError("loop in gettable", 1)


def by_handler(handler: Any, o: Any, key: Any) -> Any:
    """Apply an `__index` handler: a function is called, anything else is indexed."""
    if callable(handler) and not isinstance(handler, LuaObject):
        return first(handler(o, key))
    from . import runtime

    return runtime.index(handler, key)


def set_index(o: Any, key: Any, value: Any) -> None:
    """o[key] = value for a table with a metatable."""
    if "__newindex" not in o.__class__.ħmeta.__dict__ or rawget(o, key) is not None:
        rawset(o, key, value)
    else:
        set_missing(o, key, value)


def set_missing(o: Any, key: Any, value: Any) -> None:
    """Store a key that the table does not have, by `__newindex`."""
    for _ in range(_LOOPS):
        metatable = o.__class__.ħmeta
        handler = None if metatable is None else metatable.__dict__.get("__newindex")
        if handler is None:
            if o.__class__ is not Table and not isinstance(o, Table):
                break
            rawset(o, key, value)
            return
        if not isinstance(handler, Table):
            store_by_handler(handler, o, key, value)
            return
        if rawget(handler, key) is not None:
            rawset(handler, key, value)
            return
        o = handler
    raise LuaError("loop in settable", 1)


def store_by_handler(handler: Any, o: Any, key: Any, value: Any) -> None:
    """Apply a `__newindex` handler: a function is called, in anything else the value is stored."""
    if callable(handler) and not isinstance(handler, LuaObject):
        handler(o, key, value)
        return
    from . import runtime

    runtime.set_index(handler, key, value)


def index_string(o: str, key: Any) -> Any:
    """s[key]"""
    metatable = running.type_metatables.get("string")
    handler = None if metatable is None else rawget(metatable, "__index")
    if handler is None:
        raise OperandError("index", o, key=key)
    return by_handler(handler, o, key)


def raw_store(t: Table, key: Any, value: Any) -> None:
    """Set t[key] = value without metamethods."""
    rawset(t, key, value)


prototypes.connect(index_missing, watch)
