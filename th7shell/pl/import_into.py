"""`pl.import_into`: a table in which modules of Penlight appear when their names are first read."""

from __future__ import annotations

from typing import Any

from . import GLOBAL_NAMES
from .values import (
    Table,
    getmetatable,
    index,
    module,
    new_table,
    rawget,
    rawset,
    results,
    setmetatable,
    true,
)


def import_into(env: Any = None, *_: Any) -> Any:
    """Let a table (a new one by default) give the modules by name; what is no module is looked for
    as before. For `true`: a new table, and one that gets a copy of what is stored in it."""
    shadow = new_table() if env is True else None
    env = new_table() if not isinstance(env, Table) else env
    rawset(env, "utils", module("utils"))
    before = getmetatable(env)
    metatable = new_table()
    hooks: list[Any] = []

    def hook(handler: Any = None, *_: Any) -> Any:
        hooks[:] = [handler] if handler is not None else []
        return ()

    def look(held: Any = None, name: Any = None, *_: Any) -> Any:
        if isinstance(name, str) and name in GLOBAL_NAMES:
            rawset(env, name, module(name))
            return rawget(env, name)
        for handler in hooks:
            if true(value := handler(held, name)):
                return value
        return inherited(before, held, name)

    rawset(metatable, "hook", hook)
    rawset(metatable, "__index", look)
    if shadow is not None:

        def store(held: Any = None, name: Any = None, value: Any = None, *_: Any) -> Any:
            rawset(shadow, name, value)
            rawset(held, name, value)
            return ()

        rawset(metatable, "__newindex", store)
    elif isinstance(before, Table) and (handler := rawget(before, "__newindex")) is not None:
        rawset(metatable, "__newindex", handler)
    setmetatable(env, metatable)
    return results((env, env if shadow is None else shadow))


def inherited(metatable: Any, held: Any, name: Any) -> Any:
    """What a metatable's `__index` gives."""
    handler = rawget(metatable, "__index") if isinstance(metatable, Table) else None
    if handler is None:
        return None
    return index(handler, name) if isinstance(handler, Table) else handler(held, name)


def luaopen(globals: Table) -> Any:
    """The function of `require 'pl.import_into'`."""
    return import_into
