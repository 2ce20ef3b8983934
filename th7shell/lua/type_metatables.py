"""Metatables of Lua types that are Python's own: numbers, booleans, nil, functions and strings.

Compiled code reads fields and calls natively, which Python's types refuse. While a type has a
metatable (`debug.setmetatable(1, …)`), its Python types get what code that runs already needs: the
slot of calls, the names that chunks mention, and an array part, of which compiled code then asks
`runtime`. Strings always have that array part: `s[1]` is nil.
"""

from __future__ import annotations

import gc
import sys
import weakref
from functools import cache
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType
from typing import Any

from .errors import OperandError
from .keys import ESCAPED
from .values import NO_ITEMS, LuaObject, key_of, lua_type, rawget, running, typed

_TYPES: dict[str, tuple[type, ...]] = {
    "nil": (type(None),),
    "boolean": (bool,),
    "number": (int, float),
    "function": (FunctionType, BuiltinFunctionType, MethodType),
}
_PYTHONS = {python for kinds in _TYPES.values() for python in kinds}
_CALL = 16 * tuple.__itemsize__  # where a type keeps its slot of calls
_given: dict[str, set[str]] = {}  # the names that a Lua type's Python types have by now


class _Callable:
    def __call__(self) -> None: ...


class _Plain:
    pass


def _slot(kind: type) -> Any:
    import ctypes  # here and below: no program needs it at its start

    return ctypes.c_void_p.from_address(id(kind) + _CALL)


@cache
def _knows_slot() -> bool:
    """Whether the slot is where it is taken to be."""
    return bool(_slot(_Callable).value) and not _slot(_Plain).value and not _slot(int).value


def handler(value: Any, event: str) -> Any:
    """Return what a value's type says of an event, None if nothing."""
    metatable = running.type_metatables.get(lua_type(value))
    return None if metatable is None else rawget(metatable, event)


class _Field:
    """A name that compiled code reads from a value, or stores in it.

    Python's own code finds what it would have found without: so do classes built on one of these
    types (an enum on int), and questions such as NumPy's `hasattr(seed, "squeeze")`.
    """

    __slots__ = ("key", "name")

    def __init__(self, name: str) -> None:
        self.name, self.key = name, key_of(name)

    def __get__(self, value: Any, owner: Any) -> Any:
        from . import runtime

        if owner not in _PYTHONS or not _asked_by_lua(sys._getframe(1)):
            return self._beyond(value, owner)
        if value is None and owner is not type(None):
            return self
        return runtime.index(value, self.key)

    def __set__(self, value: Any, new: Any) -> None:
        from . import runtime

        if type(value) in _PYTHONS:
            runtime.set_index(value, self.key, new)
        else:
            vars(value)[self.name] = new

    def _beyond(self, value: Any, owner: type) -> Any:
        name = self.name
        if value is not None and name in getattr(value, "__dict__", ()):
            return vars(value)[name]
        for base in owner.__mro__:
            found = vars(base).get(name, self)
            if not isinstance(found, _Field):
                get = getattr(type(found), "__get__", None)
                return found if get is None else get(found, value, owner)
        raise AttributeError(
            f"{owner.__name__!r} object has no attribute {name!r}", name=name, obj=value
        )


def _asked_by_lua(frame: FrameType) -> bool:
    """Whether a frame runs Lua, or works for it in this room."""
    from .marks import CHUNK

    space = frame.f_globals
    return CHUNK in space or space["__name__"].startswith(__package__)


def _called(value: Any, *arguments: Any) -> Any:
    call = handler(value, "__call")
    if call is None:
        raise OperandError("call", value)
    return call(value, *arguments)


def set_type_metatable(kind: str, metatable: Any) -> None:
    """Give all values of a Lua type other than table and userdata a metatable, or none
    (`debug.setmetatable`)."""
    running.type_metatables.pop(kind, None)
    if metatable is not None:
        running.type_metatables[kind] = metatable
    if kind == "string":
        _set_string_fields(None if metatable is None else rawget(metatable, "__index"))
        return
    _count(kind, metatable is not None)
    if metatable is not None:
        _given.setdefault(kind, set())
        declare_fields(LuaObject.__dict__)
        if kind != "function" and _knows_slot():
            for python in _TYPES[kind]:
                _members(python)["__call__"] = _called
                _slot(python).value = _slot(_Callable).value
                _modified(python)


def _count(kind: str, has: bool) -> None:
    """Note whether a type has a metatable in the running world. When it has one in no world, its
    Python types are again what they were."""
    from .state import current

    kinds = current.world.typed
    if has and not kinds:
        weakref.finalize(current.world, _let_go, kinds).atexit = False
    if has != (kind in kinds):
        kinds ^= {kind}
        _change(kind, 1 if has else -1)


def _change(kind: str, more: int) -> None:
    typed[kind] = typed.get(kind, 0) + more
    if not typed[kind]:
        del typed[kind]
        _take(kind)


def _let_go(kinds: set[str]) -> None:
    """Undo what a world that is gone did to Python's types."""
    while kinds:
        _change(kinds.pop(), -1)


def declare_fields(names: Any) -> None:
    """Let values of the types that have a metatable be asked for these fields."""
    for kind, given in _given.items():
        for python in _TYPES[kind]:
            members = _members(python)
            for name in names:
                if not hasattr(python, name) and (name.isascii() or name.startswith(ESCAPED)):
                    members[name] = _Field(name)
                    given.add(name)
            members["ħarray"] = members["ħstore"] = NO_ITEMS
            _modified(python)


def _take(kind: str) -> None:
    names = _given.pop(kind, set())
    for python in _TYPES[kind]:
        members = _members(python)
        for name in (*names, "ħarray", "ħstore"):
            members.pop(name, None)
        if members.get("__call__") is _called:
            del members["__call__"]
            _slot(python).value = None
        _modified(python)


def _members(python: type) -> dict[str, Any]:
    """Return the dict behind the read-only view of a type's members."""
    members = gc.get_referents(python.__dict__)[0]
    return members if isinstance(members, dict) else {}


def _modified(python: type) -> None:
    import ctypes

    ctypes.pythonapi.PyType_Modified(ctypes.py_object(python))


class _NoFields:
    """Stands for the fields of strings while they have none."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        raise OperandError("index", "", key=key_of(name))


def _set_string_fields(fields: Any) -> None:
    """Let methods of strings be found in another table from now on, in the running world."""
    from .marks import STRING_FIELDS, WORLD
    from .state import current
    from .values import Table

    if not isinstance(fields, Table):
        fields = _NoFields() if fields is None else Table()
    world = current.world
    world.strings = fields
    for space in gc.get_objects():
        if space.__class__ is dict and space.get(WORLD) is world:
            space[STRING_FIELDS] = fields


# Nobody has asked a string for these names yet, so no cache of Python's has to be told.
_members(str)["ħarray"] = _members(str)["ħstore"] = NO_ITEMS
