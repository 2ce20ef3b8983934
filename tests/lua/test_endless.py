"""What would go on for ever, or fill the memory, ends with Lua's error."""

from __future__ import annotations

import sys

import pytest

from th7shell.lua.interpreter import run_deep

from .harness import run

CHAIN = """
local n, key, event, last = ...
local t = last
for i = 1, n do t = setmetatable({}, {[event] = t}) end
return pcall(function() if event == '__index' then return t[key] end t[key] = 1 end)
"""
CASES = {
    "arguments": "local function f(...) local x = f(1, ...) return x end return f()",
    "arguments of a tail call": "local function f(...) return f(1, ...) end return f()",
    "arguments of a method": "local t = {} function t:f(...) local x = self:f(1, ...) end t:f()",
    "results": "local function f(n) if n > 0 then return n, f(n - 1) end end return f(12000)",
}


@pytest.mark.parametrize("case", CASES)
def test_growing_lists_of_values_overflow(case: str) -> None:
    text = f"local ok, message = pcall(function() {CASES[case]} end) return ok, message"
    assert run(text) == (False, "test.lua:1: stack overflow")


@pytest.mark.parametrize("event", ["__index", "__newindex"])
@pytest.mark.parametrize("key", ["x", 1, True])
def test_a_chain_of_metatables_has_at_most_a_hundred_tables(event: str, key: object) -> None:
    assert run(CHAIN, 99, key, event, run("return {}"))[0] is True
    word = "gettable" if event == "__index" else "settable"
    for count in (100, 101, 150):
        found = run(CHAIN, count, key, event, run("return {x = 5, [1] = 5, [true] = 5}"))
        if event == "__index" or count > 100:
            assert found == (False, f"test.lua:5: loop in {word}")


def test_a_chain_that_grows_in_the_middle() -> None:
    text = """
    local function chain(n, t) for i = 1, n do t = setmetatable({}, {__index = t}) end return t end
    local low, middle = {x = 1, [1] = 2}, {}
    local top = chain(60, middle)
    local a = top.x
    setmetatable(middle, {__index = chain(30, low)})
    local b, c = top.x, top[1]
    setmetatable(middle, {__index = chain(60, low)})
    local d, e = pcall(function() return top.x end), pcall(function() return top[1] end)
    setmetatable(middle, {__index = low})
    return a, b, c, d, e, top.x, top[1]
    """
    assert run(text) == (None, 1, 2, False, False, 1, 2)


def test_a_finalizer_that_makes_what_it_finalizes_ends() -> None:
    text = """
    local n = 0
    local function make()
      local p = newproxy(true)
      getmetatable(p).__gc = function() n = n + 1 make() end
    end
    make() collectgarbage() collectgarbage()
    return n
    """
    assert 0 < run(text) < 10


# Python 3.12 and 3.13 count calls of C, three in each coroutine, and allow 1,500 or 10,000.
NESTED = {(3, 12): 400, (3, 13): 3000}.get(sys.version_info[:2], 10_000)
ENDLESS_COROUTINES = """
local many, depth = ..., 0
local function nest() depth = depth + 1 return coroutine.wrap(nest)() end
local ok, message = pcall(nest)
local function down(n) return n == 0 and 'down' or coroutine.wrap(down)(n - 1) end
return ok, message:match('stack overflow$'), depth > many, down(many)
"""


def test_coroutines_within_coroutines_overflow() -> None:
    assert run_deep(run, ENDLESS_COROUTINES, NESTED) == (False, "stack overflow", True, "down")
