"""Lua values as Python objects: the root of everything Lua may index, and the table.

nil None · booleans bool · numbers int/float · strings str, one latin-1 character a byte · functions Python
functions · tables `Table` · userdata any other `LuaObject`. String keys of a table are its instance attributes, so
`t.x` in Lua is a plain attribute read; slots have names outside latin-1, which no Lua key can spell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class LuaObject:
    """Root of every object that Lua can index: tables, tensors, files, modules. Always true, as in Lua."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


class Table(LuaObject):
    """A Lua table. ā: list whose [0] is unused and [1..n] is the array part; ħ: dict of other keys or None;
    __dict__: string keys (see `attr`); ƥ: scratch of the engine (plans), never seen by Lua, pairs or files."""

    __slots__ = ("__dict__", "__weakref__", "ā", "ħ", "ƥ")
