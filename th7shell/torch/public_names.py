"""The names that a Torch class and its objects show to Python: what Torch knows and what Python
adds, without the engine's own. `dir`, `help`, completion and the stubs go by it."""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaObject, Table
from th7shell.lua.absent_fields import Absent
from th7shell.lua.keys import key_of

_BASES = (object, LuaObject, Table)
#: of the engine, though they look like Torch's, which writes no name with an underscore inside …
_ENGINE = frozenset({"nd", "kin", "read", "write", "free", "retain"})
#: … but these
_TORCHS = frozenset({"updateGradInput_efficient", "stochastic_inference", "T"})
#: Python's specials that say what one can do with an object
_SPECIALS = frozenset({"__call__", "__class__", "__doc__", "__iter__", "__len__", "__module__"})


def is_public(name: str, owner: type) -> bool:
    """Whether a member of a class is for those who use the class."""
    if not name.isascii() or name.startswith("_"):
        return False
    if not owner.__module__.startswith("th7shell."):
        return True  # a class of the user's, in Lua or Python
    plain = "_" not in name.strip("_") and not name.isupper()
    return (plain and name not in _ENGINE) or name in _TORCHS


def members(cls: Any) -> dict[str, Any]:
    """Name → member, as it stands in the class, of all public ones; those of the nearest base come
    first."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base in _BASES:
            continue
        for name, member in list(vars(base).items()):
            if member is not None and not isinstance(member, Absent) and is_public(name, base):
                found.setdefault(name, member)
    return found


def names(value: Any) -> list[str]:
    """What `dir` tells of a class or an object: its own fields too, and Python's specials."""
    cls = value if isinstance(value, type) else type(value)
    found = set(members(cls))
    if isinstance(value, Table):
        fields = vars(value).items()
        found |= {key_of(name) for name, field in fields if field is not None and name[:1] != "_"}
    for base in cls.__mro__:
        found |= _SPECIALS & vars(base).keys()
    return sorted(name for name in found if name.isidentifier() and name.isascii())
