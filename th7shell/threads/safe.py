"""`threads.safe`: a function that one thread at a time may run."""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaError, Table, first, state
from th7shell.lua.values import lua_type

from .primitives import Mutex, new_core

#: it goes into other threads as any Lua function does, so it is one
SOURCE = """
local func, mutexid = ...
return function(...)
   local threads = require 'threads'
   local lock = threads.Mutex(mutexid)
   local function done(ok, ...)
      lock:unlock()
      lock:free()
      if not ok then error(..., 0) end
      return ...
   end
   lock:lock()
   return done(pcall(func, ...))
end
"""
_kept: list[Mutex] = []


def safe(func: Any = None, mutex: Any = None, *_: Any) -> Any:
    """`threads.safe(func [, mutex])`: a function that does what `func` does, under a mutex, which
    is its own unless one is given."""
    if lua_type(func) != "function" or (mutex is not None and not isinstance(mutex, Mutex)):
        raise LuaError("function, [mutex] expected", 0)
    if mutex is None:
        mutex = Mutex(new_core("Mutex"))
        _kept.append(mutex)  # copies of the function in other threads know its number only
    globals: Table = state.globals
    return first(first(globals.loadstring(SOURCE, "=threads.safe"))(func, mutex.id()))
