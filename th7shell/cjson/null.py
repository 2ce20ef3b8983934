"""`cjson.null`, which stands for JSON's null in tables: a light userdata of address 0."""

from __future__ import annotations

from th7shell.lua import LuaObject


class Null(LuaObject):
    """The type of `NULL`."""

    __slots__ = ()

    def __str__(self) -> str:
        return "userdata: NULL"


NULL = Null()
