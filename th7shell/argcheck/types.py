"""How argcheck tells types: `env.istype` and `env.type`, which programs may replace."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from th7shell.lua import lua_type
from th7shell.lua.stdlib.string import match
from th7shell.torch.classes import parent_class, torch_type, typename

#: of a class: its name when it was asked, and the answers so far
_known: WeakKeyDictionary[Any, tuple[str, dict[str, bool]]] = WeakKeyDictionary()


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
    named, answers = _known.get(cls, ("", {}))
    if named != own:
        answers = {}
        _known[cls] = own, answers
    if name not in answers:
        answers[name] = _is_of(cls, own, name)
    return answers[name]


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
