"""luaT's `__index__` and `__newindex__`: a class may answer for the keys an instance lacks.

`__index__(self, key)` returns a value and true, or nothing and false: the class is asked;
`__newindex__(self, key, value)` returns true if it kept the value, else the instance stores it.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaObject, Table, TorchError, attr, first, rawget, rawset
from th7shell.lua.host import leave
from th7shell.lua.keys import ESCAPED, key_of

from .elements import forget_all
from .operators import TorchObject
from .types import NONE, bad_self

INDEX, NEWINDEX = attr("__index__"), attr("__newindex__")


def install_index(cls: Any) -> None:
    """Let attribute and item access of `cls` go through the `__index__` and `__newindex__` it has
    now."""
    pairs = (
        (INDEX, {"__getattribute__": _get_field, "__getitem__": _get_item}),
        (NEWINDEX, {"__setattr__": _set_field, "__setitem__": _set_item}),
    )
    for name, methods in pairs:
        wanted = getattr(cls, name, None) is not None or _raw(cls, name) is not None
        for slot, method in methods.items():
            if wanted and getattr(cls, slot, None) is not method:
                type.__setattr__(cls, slot, method)
                leave(cls)
                forget_all(cls)
            elif not wanted and cls.__dict__.get(slot) is method:
                type.__delattr__(cls, slot)


def _raw(cls: Any, name: str) -> Any:
    """What a class has under Lua's own `__index` or `__newindex` in place of luaT's, or None."""
    own = "__index" if name is INDEX else "__newindex"
    handler = getattr(cls, own, None)
    return None if handler is getattr(TorchObject, own) else handler


def _answer(self: Any, key: Any) -> tuple[Any, bool]:
    """What the class answers for a key that the instance lacks, and whether that is final."""
    cls = type(self)
    raw: Any = _raw(cls, INDEX)
    if raw is None:
        return _results(getattr(cls, INDEX)(self, key))
    if isinstance(raw, (LuaObject, type)):
        return raw[key], True  # type: ignore[index]
    return first(raw(self, key)), True


def _is_lua_key(name: str) -> bool:
    """False for Python's own specials and the slots of tables."""
    if name.startswith("__") and name.endswith("__"):
        return False
    return name.startswith(ESCAPED) or not name or max(name) <= "\xff"


def _results(value: Any) -> tuple[Any, bool]:
    """The value and the flag that a handler returned; a single result counts as both."""
    if value.__class__ is not tuple:
        return value, value is not None and value is not False
    flag = value[-1] if value else None
    return first(value), flag is not None and flag is not False


def _get_field(self: Any, name: str) -> Any:
    if _is_lua_key(name):
        if isinstance(self, Table):
            own = object.__getattribute__(self, "__dict__").get(name)
            if own is not None:
                return own
        value, found = _answer(self, key_of(name))
        if found:
            return value
    return object.__getattribute__(self, name)


def _get_item(self: Any, key: Any) -> Any:
    if key.__class__ is str:
        return getattr(self, attr(key), None)
    if isinstance(self, Table):
        own = rawget(self, key)
        if own is not None:
            return own
    value, found = _answer(self, key)
    return value if found else None


def _keeps(self: Any, key: Any, value: Any) -> bool:
    raw: Any = _raw(type(self), NEWINDEX)
    if raw is None:
        return _results(getattr(type(self), NEWINDEX)(self, key, value))[1]
    if isinstance(raw, (LuaObject, type)):
        raw[key] = value  # type: ignore[index]
    else:
        raw(self, key, value)
    return True


def _set_field(self: Any, name: str, value: Any) -> None:
    if not isinstance(self, Table) or not _is_lua_key(name):
        if _is_lua_key(name) and _keeps(self, key_of(name), value):
            return
        object.__setattr__(self, name, value)
    elif object.__getattribute__(self, "__dict__").get(name) is not None or not _keeps(
        self, key_of(name), value
    ):
        rawset(self, key_of(name), value)


def _set_item(self: Any, key: Any, value: Any) -> None:
    if key.__class__ is str:
        setattr(self, attr(key), value)
    elif isinstance(self, Table):
        if rawget(self, key) is not None or not _keeps(self, key, value):
            rawset(self, key, value)
    elif not _keeps(self, key, value):
        raise TorchError(f"the class {getattr(type(self), '__typename', '?')} cannot be indexed")


def show_index(cls: Any) -> None:
    """Give a class that has items in Python the methods `__index__` and `__newindex__` of luaT."""

    def index(self: Any = NONE, key: Any = None, *_: Any) -> Any:
        if not isinstance(self, cls):
            raise bad_self(cls, self)
        if key.__class__ is str:
            return False
        return self[key], True

    def newindex(self: Any = NONE, key: Any = None, value: Any = None, *_: Any) -> bool:
        if not isinstance(self, cls):
            raise bad_self(cls, self)
        if key.__class__ is str:
            return False
        self[key] = value
        return True

    type.__setattr__(cls, INDEX, index)
    type.__setattr__(cls, NEWINDEX, newindex)
