"""The parts of the class system that are Lua in Torch7: `torch.class`, `torch.type`,
`torch.isTypeOf`.

What they rest on, luaT, is in `luat`. A class made here is a Python class below its parent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from th7shell.lua import BadArgument, LuaObject, TorchError, first, lua_type
from th7shell.lua.state import current

from . import classes
from .classes import REGISTRY, Metatable, TorchClass, metatable, parent_class
from .luat import declare, package_of
from .namespace import export
from .tensor import TYPES, set_default_type
from .types import NONE

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original


@export(name="class")
def torch_class(*args: Any) -> Any:
    """Make a class: `torch.class(name [, parent name] [, module table])`; returns its metatable and
    the parent's.

    The constructor is placed at the dotted global `name`, or in the module table. Methods are then
    added to the returned metatable; `__init` is the constructor's body.

    Errors: a class of that name exists (a prompt replaces it, as iTorch did: an entry can be run
    again); the parent does not; the package part of the name is no table.
    """
    kinds = tuple(lua_type(a) for a in args)
    if kinds not in (
        ("string",),
        ("string", "string"),
        ("string", "table"),
        ("string", "string", "table"),
    ):
        raise TorchError("<class name> [<parent class name>] [<module table>] expected")
    name = args[0]
    parent_name = args[1] if kinds[1:2] == ("string",) else None
    module = args[-1] if kinds[-1] == "table" else None
    if module is None:
        module = package_of(name)
    again = current.world.redefines
    cls = declare(name, parent_name, module, None, given_factory=True, again=again)
    if parent_name is None:
        return metatable(cls)
    return metatable(cls), metatable(REGISTRY[parent_name])


@export(name="type")
def torch_type(value: Any = NONE, *_: Any) -> str:
    """The Torch class name of an object, else its Lua type."""
    if value is NONE:
        raise BadArgument(1, "value expected")
    return classes.torch_type(value)


@export
def isTypeOf(value: Any = None, spec: Any = None, *_: Any) -> bool:
    """True if the object's class, or one above it, has the name `spec`, a Lua pattern, or is the
    constructor `spec`.

    A text without pattern characters must be the whole name.
    """
    if not isinstance(spec, str):
        spec = getattr(spec, "__typename", None)
        if not isinstance(spec, str):
            raise TorchError("type must be provided as [regexp] string, or factory")
    cls: Any = type(value) if isinstance(value, LuaObject) else None
    if isinstance(value, TorchClass):
        cls = parent_class(value.__lua_class__) if isinstance(value, Metatable) else value
    if not isinstance(cls, TorchClass):
        return False
    while cls is not None:
        name = getattr(cls, "__typename", None)
        if name is not None and _matches(name, spec):
            return True
        cls = parent_class(cls)
    return False


@lru_cache(maxsize=4096)
def _matches(name: str, pattern: str) -> bool:
    """A class name fits a Lua pattern; a plain text that is found must be the whole name."""
    if pattern.replace(".", "").replace("_", "").isalnum():
        hit = re.search(
            pattern, name
        )  # all that such a name has in common with a pattern is the dot
        found = hit and hit.group()
    else:
        from th7shell.lua.stdlib.string import match

        found = first(match(name, pattern))
    return found is not None and (found != pattern or found == name)


@export
def setdefaulttensortype(name: Any = None, *_: Any) -> None:
    """Make `torch.Tensor` and `torch.Storage` stand for the named tensor class: 'torch.FloatTensor'
    …"""
    if not isinstance(name, str):
        raise TorchError("string expected")
    if name not in TYPES:
        raise TorchError(f"<{name}> is not a string describing a torch object")
    set_default_type(name)
