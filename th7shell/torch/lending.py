"""Methods of Torch classes whose objects are tables, as values: what `nn.Linear.updateOutput` is.

A method written in Lua runs on any table that has the fields it uses. One written in Python also
uses helpers of its class, and `super()`. So what a class gives to read is a stand-in (`lent`): on
an object of the class it calls the method; any other table is, while the method runs, of a class
made for the pair (`_mixed`): helpers and fields of the lender, public methods of the borrower.
Objects call their own methods directly and never meet a stand-in.

What has been made for a class is kept in the class, so that it goes when the class does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any

from th7shell.lua import LuaObject, Table, TorchError, lua_type
from th7shell.lua.marks import MARK
from th7shell.lua.tracebacks import no_calls

from .operators import TorchObject
from .registry import MADE_IN_LUA, REGISTRY

_members = type.__dict__["__dict__"].__get__  # of a class, whatever its metaclass does
_changes = 0  # of members of classes
_ROOTS = ("nn.Module", "nn.Criterion", "nn.Container")  # whose methods others replace


class _Lending:
    """What a class keeps: what was read from it, stand-ins of its methods, what it has been as a
    borrower."""

    __slots__ = ("mixes", "read", "stand_ins")

    def __init__(self) -> None:
        self.read: dict[str, tuple[Any, Any]] = {}  # by name: the method, what it gave
        self.stand_ins: dict[Any, Any] = {}  # by method
        self.mixes: dict[Any, tuple[int, Any]] = {}  # by lender: made after so many changes


def _of(cls: Any) -> _Lending:
    known = _members(cls).get("__lua_lending__")
    if known is None:
        known = _Lending()
        type.__setattr__(cls, "__lua_lending__", known)
    return known


def lent(cls: Any, name: str, method: FunctionType) -> Any:
    """The stand-in of a method that was read from a class; other functions are their own."""
    if method.__module__ is None:  # Lua's own need none
        return method
    read = _of(cls).read
    seen = read.get(name)
    if seen is not None and seen[0] is method:
        return seen[1]
    found = _find(cls, name, method) if _is_public(name) else method
    read[name] = method, found
    return found


def _find(cls: Any, name: str, method: FunctionType) -> Any:
    if "owner" in method.__dict__:  # borrowed before
        return method
    named: list[Any] = []
    for base in cls.__mro__:
        if "__typename" in base.__dict__:
            named.append(base)
        found = base.__dict__.get(name)
        if found is not None:
            break
    if not named or found is not method:  # a static function, or one without an object
        return method
    owner = named[-1]
    if owner not in _roots():
        owner = next((c for c in named[:-1] if _steers(c, owner)), owner)
    stand_ins = _of(owner).stand_ins
    known = stand_ins.get(method)
    if known is None:
        known = stand_ins[method] = _stand_in(owner, method)
    return known


def _steers(cls: Any, parent: Any) -> bool:
    """Whether a class replaces helpers of a parent: then methods that it inherits are its own."""
    if cls.__module__ == MADE_IN_LUA:
        return False
    common = _common()
    return any(
        name[:2] != "__"
        and name[:1] != MARK
        and name not in common
        and getattr(parent, name, None) is not None
        for base in own_bases(cls)
        for name in base.__dict__
    )


def own_bases(cls: Any) -> list[type]:
    """The class and the abstract Python bases whose members count as its own."""
    found = []
    for base in cls.__mro__:
        if base is not cls and "__typename" in base.__dict__:
            break
        if base in (TorchObject, Table, LuaObject, object):
            continue
        found.append(base)
    return found


def _is_public(name: str) -> bool:
    return name[:1] != "_" or (name[:2] == "__" and name[-2:] != "__")


def _stand_in(owner: Any, method: FunctionType) -> Callable[..., Any]:
    def stand_in(self: Any = None, *args: Any, **keywords: Any) -> Any:
        if isinstance(self, owner):
            return method(self, *args, **keywords)
        if not isinstance(self, Table):
            raise TorchError(f"attempt to index local 'self' (a {lua_type(self)} value)")
        kind = self.__class__
        own = kind.__dict__.get("ħown", kind)  # what it is while it borrows nothing
        self.__class__ = borrowing = own if issubclass(own, owner) else _mixed(owner, own)
        try:
            return method(self, *args, **keywords)
        finally:
            if self.__class__ is borrowing:
                self.__class__ = kind

    no_calls.add(stand_in.__code__)
    update_wrapper(stand_in, method).__dict__["owner"] = owner
    return stand_in


def kept(cls: Any, function: Any) -> Any:
    """What a class keeps of a function that is stored there: of its own stand-in, the method."""
    owner = function.__dict__.get("owner")
    return function.__wrapped__ if owner is not None and issubclass(cls, owner) else function


def stands_for(value: Any, method: Any) -> bool:
    """Whether what was read from a class is a method itself or its stand-in."""
    return value is method or getattr(value, "__wrapped__", None) is method


def class_changed() -> None:
    """Make the classes of borrowers anew when they are next needed."""
    global _changes
    _changes += 1


def _mixed(lender: Any, borrower: Any) -> Any:
    """The class of a borrower while it runs a method of a lender."""
    mixes = _of(borrower).mixes
    made, mixed = mixes.get(lender, (-1, None))
    if made != _changes:
        members: dict[str, Any] = {}
        for base in borrower.__mro__:
            if base in (Table, LuaObject, object):
                break
            for name, value in base.__dict__.items():
                if name not in members and _is_borrowers(lender, base, name, value):
                    members[name] = value
        members |= {"__slots__": (), "ħown": borrower}
        for name in ("__typename", "__lua_metatable_type__", "__module__"):
            members[name] = getattr(borrower, name, None)
        mixed = type.__new__(type(lender), "Mixed", (lender,), members)
        mixes[lender] = _changes, mixed
    return mixed


def _is_borrowers(lender: Any, base: Any, name: str, value: Any) -> bool:
    """Whether a member of one of a borrower's classes counts, where the lender may have its own."""
    if name[:2] == "__" and name[-2:] == "__":  # what a metatable of Lua makes of a plain table
        return "__typename" not in base.__dict__ and name not in _EVERY_CLASS_HAS
    if getattr(lender, name, None) is None:
        return True
    return _is_public(name) and (_is_lua(value) or name in _common())


_EVERY_CLASS_HAS = frozenset(type("", (), {}).__dict__)
_EVERY_CLASS_HAS |= {"__slots__", "__init__", "__new__", "__lua_lending__"}


def _is_lua(value: Any) -> bool:
    return value.__class__ is FunctionType and value.__module__ is None


def _roots() -> list[Any]:
    return [REGISTRY[name] for name in _ROOTS if name in REGISTRY]


def _common() -> set[str]:
    """The names of methods that every object has."""
    return {name for root in _roots() for name in vars(root) if "_" not in name}
