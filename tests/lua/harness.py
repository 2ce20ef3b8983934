"""Run Lua text here and on the real implementations, and return what it prints."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from unittest.mock import patch

from th7shell.lua import tostring
from th7shell.lua.interpreter import Interpreter

_PRELUDE = """
local write = ...
local function put(...)
  for i = 1, select('#', ...) do write(tostring((select(i, ...)))) end
end
io.write = put
print = function(...)
  local n = select('#', ...)
  for i = 1, n do put(i > 1 and '\\t' or '', (select(i, ...))) end
  put('\\n')
end
"""


def ours(source: str, chunk: str = "@test.lua") -> str:
    """Run a chunk here; return what it printed."""
    interpreter = Interpreter()
    out: list[str] = []
    interpreter.load(_PRELUDE, "=prelude")(lambda text=None, *_: out.append(text))
    with patch("th7shell.lua.rounding.is_tie", lambda *_: False):  # as newer LuaJITs print
        interpreter.load(source, chunk)()
    return "".join(out)


def run(source: str, *arguments: Any) -> Any:
    """Run a chunk here and return its results."""
    return Interpreter().load(source, "@test.lua")(*arguments)


def value(source: str) -> str:
    """Return the results of an expression list as text, `error: message` if it fails."""
    text = run(
        "local function show(ok, ...) local t = {} for i = 1, select('#', ...) do"
        " t[i] = tostring((select(i, ...))) end"
        f" return (ok and '' or 'error: ') .. table.concat(t, ' ') end return show(pcall(function() return {source} end))"
    )
    return tostring(text)


@cache
def _oracle(name: str) -> Callable[[str, str], str]:
    module = __import__(f"lupa.{name}", fromlist=["LuaRuntime"])

    def run_there(source: str, chunk: str) -> str:
        lua = module.LuaRuntime(encoding="latin-1")
        out: list[str] = []
        load = lua.eval("function(s, n) return assert(loadstring(s, n)) end")
        load(_PRELUDE, "=prelude")(out.append)
        load(source, chunk)()
        return "".join(out)

    return run_there


def luajit(source: str, chunk: str = "@test.lua") -> str:
    """Run a chunk on LuaJIT; return what it printed."""
    return _oracle("luajit21")(source, chunk)
