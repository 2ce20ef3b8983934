"""What a live value holds, read without running user code: no call, no `__index` function, no
property."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from typing import Any, TypeGuard

from th7shell import lua
from th7shell.lua import LuaObject, Table
from th7shell.lua.absent_fields import Absent
from th7shell.lua.callers import ForPython
from th7shell.lua.marks import CHUNK
from th7shell.lua.on_demand import Field
from th7shell.lua.values import key_of

from .context import Step
from .offered import peek

RETURN_SELF = frozenset(  # methods of modules that return the module
    "add insert remove noBias float double cuda type training evaluate clearState reset "
    "zeroGradParameters share apply".split()
)


NEEDED = frozenset(  # arguments that a call makes no sense without, though Lua may leave any out
    "input gradOutput module target learningRate prediction predictions targets".split()
)


class Instance:
    """Stands for an instance that is not made: `nn.Linear(2,3):` completes from the class alone."""

    def __init__(self, cls: type) -> None:
        self.cls = cls


def is_class(value: Any) -> bool:
    """Whether a value is a Torch class (a constructor table)."""
    return isinstance(value, type) and issubclass(value, LuaObject)


def lookup(value: Any, key: Any) -> Any:
    """value[key] as far as it can be read without running user code; None otherwise."""
    if isinstance(value, str):
        return lookup(lua.state.globals.string, key)
    if isinstance(value, Table):
        found = lua.rawget(value, key)
        if found is not None or not isinstance(key, str):
            return found
    elif isinstance(key, int) and is_tensor(value):
        return value[key] if 0 < key <= len(value.nd) else None
    if not isinstance(key, str):
        return None
    return class_members(value).get(key)


def resolve(globals: Table, chain: Sequence[Step] | None) -> Any:
    """The value of a chain such as `m.modules[1]`, starting at a global; None when it cannot be
    known."""
    if not chain:
        return None
    value: Any = globals
    owner: Any = None
    for i, step in enumerate(chain):
        if step.key is None:
            value = result_of(value, owner, chain[i - 1].key, step.argument)
        else:
            owner, value = value, lookup(value, step.key)
            if value is None and owner is globals:
                value = peek(step.key)
        if value is None:
            return None
    return value


def result_of(function: Any, owner: Any, name: Any, argument: Any) -> Any:
    """What a call gives, where that can be known without making it: an instance of a class, the
    child that `net:get(1)` takes, or the module itself, which many of its methods return."""
    if is_class(function):
        return Instance(function)
    if not is_module(owner) or is_lua(function):
        return None
    if name == "get" and isinstance(owner, Table):
        return lookup(lua.rawget(owner, "modules"), argument)
    return owner if name in RETURN_SELF else None


def is_module(value: Any) -> bool:
    """Whether a value is a network or layer, or stands for one."""
    cls = value.cls if isinstance(value, Instance) else type(value)
    return any(getattr(base, "__qualname__", "") == "Module" for base in cls.__mro__)


def class_members(value: Any) -> dict[str, Any]:
    """Names that a value has through its class or metatable."""
    if isinstance(value, Instance):
        cls: Any = value.cls
    else:
        cls = value if is_class(value) else type(value)
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base in (object, Table, LuaObject):
            continue
        for name, member in list(vars(base).items()):
            hidden = not name.isascii() or (name.startswith("__") and name.endswith("__"))
            if member is None or hidden or inspect.isdatadescriptor(member):
                continue
            if isinstance(member, (Absent, Field, ForPython)):  # to read a field would make it
                continue
            if isinstance(member, (staticmethod, classmethod)):
                member = member.__func__
            found.setdefault(key_of(name), member)
    return found


def members(value: Any) -> dict[str, Any]:
    """Every string key that a value answers to: its own fields first, then its class's."""
    if isinstance(value, str):
        value = lua.state.globals.string
    found: dict[str, Any] = {}
    if isinstance(value, Table):
        for key, member in lua.items(value):
            if isinstance(key, str):
                found[key] = member
    if isinstance(value, (LuaObject, Instance)) or is_class(value):
        for key, member in class_members(value).items():
            found.setdefault(key, member)
    return found


def kind(value: Any) -> str:
    """One word for the completion menu: function, class, tensor, module, package, table, number
    …"""
    if is_class(value):
        return "class"
    if isinstance(value, Table):
        name = type_name(value)
        return name if name and name != "table" else "table"
    if is_tensor(value):
        return "x".join(map(str, value.nd.shape)) or "empty"
    if callable(value):
        return "function"
    return lua.lua_type(value)


def type_name(value: Any) -> str | None:
    """The Torch class name of an object, before torch is loaded None."""
    classes = sys.modules.get("th7shell.torch.classes")
    return classes.typename(value) if classes else None


def is_tensor(value: Any) -> TypeGuard[Any]:
    """Whether a value is a tensor. (To ask a table for a field could run its `__index`.)"""
    return not is_class(value) and (type_name(value) or "").endswith("Tensor")


def signature(value: Any, method: bool = False) -> list[str] | None:
    """Arguments of a function or constructor, optional ones in brackets; None when they are not
    known. method: the first argument is the object before the colon."""
    if is_class(value):
        return None if value.__init__ is object.__init__ else _arguments(value, skip=False)
    if not callable(value) or isinstance(value, LuaObject):
        return None  # a table with `__call` must not even be asked
    return _arguments(value, skip=method)


def _arguments(function: Any, skip: bool) -> list[str] | None:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if parameters and (skip or parameters[0].name == "self"):
        parameters = parameters[1:]
    out = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            if p.name not in ("_", "__", "ħextra"):
                out.append("...")
        elif p.kind is p.VAR_KEYWORD or not p.name.isascii():
            continue
        elif p.default is p.empty or p.kind is p.KEYWORD_ONLY or p.name in NEEDED:
            out.append(p.name)
        elif is_lua(function):
            out.append(p.name)
        elif p.default is None or not isinstance(p.default, (int, float, str, bool)):
            out.append(f"[{p.name}]")
        else:
            out.append(f"[{p.name}={lua.tostring(p.default)}]")
    return out


def is_lua(function: Any) -> bool:
    """Whether a function was compiled from Lua source."""
    return CHUNK in getattr(function, "__globals__", ())
