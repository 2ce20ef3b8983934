"""What some exceptions of Python and NumPy amount to in Torch's terms: methods called without self,
or with something else in its place, and sizes beyond all memory.

Methods do not check self, because every call of an object's own method would pay for that: what
Python says when such a call fails becomes the argument error of the original here.
"""

from __future__ import annotations

import os
from types import FrameType
from typing import Any

from th7shell.lua import LuaError, Table, TorchError
from th7shell.lua.failures import explanations
from th7shell.lua.regular import pattern

from .classes import REGISTRY
from .memory import Memory
from .types import NONE, bad_self

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MISSING = pattern(r"(\w+)\.(\w+)\(\) missing \d+ required positional arguments?: 'self'")

_TOO_BIG = pattern(r"Maximum allowed (dimension|size) exceeded|array is too big")


def wrong_self(error: BaseException) -> LuaError | None:
    """The argument error that a failed call of a method amounts to, None if self was right."""
    found = _MISSING.match(str(error)) if isinstance(error, TypeError) else None
    if found is not None:
        owner = _owner(found[1])
        return None if owner is None else _bad_self(owner, NONE, found[2])
    frame = _entered(error)
    if frame is None or frame.f_code.co_varnames[:1] != ("self",):
        return None
    owner = _owner(frame.f_code.co_qualname.partition(".")[0]) or Memory
    given = frame.f_locals.get("self")
    return None if isinstance(given, owner) else _bad_self(owner, given, None)


def _bad_self(owner: Any, value: Any, name: str | None) -> LuaError:
    error = bad_self(owner, value)
    error.name = "__init" if name == "__init__" else name
    return error


def _owner(name: str) -> Any:
    """The class of that name among those that Lua's userdata are made of."""
    for cls in REGISTRY.values():
        if not issubclass(cls, Table):
            for base in cls.__mro__:
                if base.__name__ == name:
                    return base
    return None


def _entered(error: BaseException) -> FrameType | None:
    """The frame in which the failed call came into this room."""
    entered = None
    inside = False
    tb = error.__traceback__
    while tb is not None:
        was, inside = inside, tb.tb_frame.f_code.co_filename.startswith(_HERE)
        if inside and not was:
            entered = tb.tb_frame
        tb = tb.tb_next
    return entered if inside else None


def impossible_size(error: BaseException) -> LuaError | None:
    """The error for an array that NumPy refuses to think of."""
    found = isinstance(error, (ValueError, OverflowError)) and _TOO_BIG.match(str(error))
    return TorchError("$ Torch: not enough memory: Buy new RAM!") if found else None


explanations.extend((wrong_self, impossible_size))
