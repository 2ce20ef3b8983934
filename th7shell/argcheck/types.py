"""How argcheck tells types: `env.istype` and `env.type`, which programs may replace."""

from __future__ import annotations

from typing import Any

from th7shell.lua import lua_type
from th7shell.lua.stdlib.string import match
from th7shell.torch.classes import parent_class, torch_type, typename

_known: dict[tuple[Any, str], tuple[str, bool]] = {}  # of a class and a type: answers so far
_MOST = 4096


def type_of(value: Any = None, *_: Any) -> str:
    """The name of a value's Torch class, or its Lua type: `env.type(value)`."""
    return torch_type(value)


def istype(value: Any = None, name: Any = None, *_: Any) -> bool:
    """Whether a value is of a Lua type, or of a Torch class or one below it: `env.istype(value,
    name)`. Of classes the name may be a pattern: 'torch.*Tensor'."""
    if typename(value) is None:
        return lua_type(value) == name
    cls = type(value)
    own = typename(value) or ""
    known = _known.get((cls, name))
    if known is None or known[0] != own:
        if len(_known) > _MOST:
            _known.clear()
        known = _known[cls, name] = own, _is_of(cls, own, name)
    return known[1]


def _is_of(cls: Any, own: str, wanted: str) -> bool:
    if _fits(own, wanted):
        return True
    parent = parent_class(cls)
    while parent is not None:
        if _fits(getattr(parent, "__typename", ""), wanted):
            return True
        parent = parent_class(parent)
    return False


def _fits(name: str, wanted: str) -> bool:
    """Whether a class's name is the one wanted, or is matched by it as a pattern."""
    found = match(name, wanted)
    if found.__class__ is tuple:
        found = found[0] if found else None
    return found is not None and (found != wanted or found == name)
