"""`pl.strict`: a global name must be assigned to in a main chunk before it is used.

Loading the file makes the globals strict, unless `PENLIGHT_NO_GLOBAL_STRICT` is set.

Metamethods that a table has go on working.
"""

from __future__ import annotations

import sys
from typing import Any

from th7shell.lua.on_demand import fields_of
from th7shell.lua.runtime import index
from th7shell.lua.tracebacks import LUA, stack

from .values import (
    LuaError,
    call,
    getmetatable,
    is_table,
    items,
    new_table,
    rawget,
    rawset,
    set_index,
    setmetatable,
    tostring,
    true,
)


def asked_by() -> str:
    """What reads or sets a field by the metamethod that calls this: 'main', 'Lua' or 'C'."""
    frames = stack(sys._getframe(1))
    if len(frames) < 2 or frames[1].kind is not LUA:
        return "C"
    return "main" if frames[1].is_main else "Lua"


def module(name: Any = None, mod: Any = None, predeclared: Any = None, *_: Any) -> Any:
    """Make a table strict, or a new one: reading a field that was never set is an error.

    predeclared: a set of names that may be read; `__global` in it says that functions may not set
    new fields, main chunks may.
    """
    mod = mod if is_table(mod) else new_table()
    metatable = getmetatable(mod)
    if metatable is not None and rawget(metatable, "__declared") is not None:
        return ()
    return guarded(mod, metatable, name, new_table() if predeclared is None else predeclared)


def guarded(mod: Any, metatable: Any, name: Any, declared: Any, old_index: Any = None) -> Any:
    """Give a table the metamethods that watch it, before those that it has."""
    if metatable is None:
        metatable = new_table()
    old_newindex = rawget(metatable, "__newindex")
    old_index = rawget(metatable, "__index") if old_index is None else old_index
    only_main = true(declared["__global"])
    metatable["__declared"] = declared

    def newindex(t: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
        asker = asked_by() if only_main else "C"
        if old_newindex is not None:
            call(old_newindex, t, key, value)
            if rawget(t, key) is not None:
                return ()
        if not true(metatable["__declared"][key]):
            if asker == "Lua":
                raise LuaError(f"assign to undeclared global '{tostring(key)}'", 2)
            metatable["__declared"][key] = True
        rawset(t, key, value)
        return ()

    def read(t: Any = None, key: Any = None, *_: Any) -> Any:
        if true(metatable["__declared"][key]) or asked_by() == "C":
            return rawget(t, key)
        if old_index is not None:
            found = index(old_index, key) if is_table(old_index) else call(old_index, t, key)
            if found is not None:
                return found
        place = "" if name is None else f" in '{tostring(name)}'"
        raise LuaError(f"variable '{tostring(key)}' is not declared{place}", 2)

    metatable["__newindex"] = newindex
    metatable["__index"] = read
    return setmetatable(mod, metatable)


def make_all_strict(T: Any = None, *_: Any) -> Any:
    """Make every table in a table strict, itself excepted."""
    for key, value in list(items(T)):
        if is_table(value) and value is not T:
            module(key, value)
    return ()


def closed_module(mod: Any = None, name: Any = None, *_: Any) -> Any:
    """A strict table for what is set in `mod` from now on."""
    mod = new_table() if mod is None else mod
    apart = new_table()
    metatable = getmetatable(mod)
    if metatable is None:
        metatable = new_table()
        setmetatable(mod, metatable)

    def newindex(_t: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
        set_index(apart, key, value)
        return ()

    metatable["__newindex"] = newindex
    return module(name, apart)


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.strict'`; the globals are strict from now on."""
    if rawget(globals, "PENLIGHT_NO_GLOBAL_STRICT") in (None, False):
        declared = new_table(fields={"_PROMPT": True, "_PROMPT2": True, "__global": True})
        metatable = getmetatable(globals)
        if metatable is None or rawget(metatable, "__declared") is None:
            guarded(globals, metatable, None, declared, on_demand(globals))
    names = (module, make_all_strict, closed_module)
    return new_table(fields={f.__name__: f for f in names})


def on_demand(globals: Any) -> Any:
    """What finds the globals of `pl` that were not read yet, None without `pl`."""
    fields = fields_of(globals)

    def read(t: Any = None, key: Any = None, *_: Any) -> Any:
        field = fields.get(key)
        return None if field is None else field.__get__(t)

    return read if fields else None
