"""Interpreters in one process do not see each other."""

from __future__ import annotations

import gc
import threading

import pytest

from th7shell.lua import LuaError, state
from th7shell.lua.interpreter import Interpreter


@pytest.fixture
def two() -> tuple[Interpreter, Interpreter]:
    return Interpreter(), Interpreter()


HISTORIES = {
    "a global of a chunk": ("x = MINE", "return x"),
    "loadstring": ("loadstring('x = MINE')()", "return loadstring('return x')()"),
    "load, setfenv(0) left alone": ("load(function() end)(); x = MINE", "return getfenv(0).x"),
    "_G": ("_G.x = MINE", "return rawget(_G, 'x')"),
    "the string library": (
        "function string.mine() return MINE end",
        "return ('a'):mine(), loadstring('return (\"a\"):mine()')()",
    ),
    "strings' metatable": (
        "debug.getmetatable('').__index.x = MINE",
        "return ('a').x",
    ),
    "another string metatable": (
        "debug.setmetatable('', {__index = {f = function() return MINE end}})",
        "return ('a'):f()",
    ),
    "numbers' metatable": (
        "debug.setmetatable(1, {__index = {x = MINE}, __call = function() return MINE end})",
        "return (5).x, (5)()",
    ),
    "package.loaded": ("package.loaded.x = MINE", "return require 'x'"),
    "a coroutine": (
        "c = coroutine.wrap(function() while true do coroutine.yield(loadstring('return x')()) end end)"
        " x = MINE",
        "return c()",
    ),
    "a function of the library": ("tostring = function() return MINE end", "return tostring(1)"),
    "io's default output": (
        "io.output(io.tmpfile()); io.write(MINE); io.output():seek('set')",
        "io.output():seek('set') return tonumber(io.output():read('*a'))",
    ),
    "randomness of math": ("math.mine = MINE", "return math.mine"),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_alternately(two, name) -> None:
    before, after = HISTORIES[name]
    for number, lua in enumerate(two, 1):
        lua.load(before.replace("MINE", str(number)))()
    for number, lua in enumerate((*two, *two), 1):
        found = lua.load(after)()
        want = (number - 1) % 2 + 1
        assert found in (want, (want, want)), name
    for lua in two:
        lua.load("debug.setmetatable(1, nil)")()


def test_what_one_types_metatable_allows_the_other_refuses(two) -> None:
    first, second = two
    first.load("debug.setmetatable(1, {__index = {x = 7}})")()
    assert first.load("return (5).x")() == 7
    with pytest.raises(LuaError, match=r"attempt to index .*number value"):
        second.load("local n = 5 return n.x")()
    second.load("debug.setmetatable(1, {__index = {x = 8}})")()
    first.load("debug.setmetatable(1, nil)")()
    assert second.load("return (5).x")() == 8
    with pytest.raises(LuaError, match=r"attempt to index .*number value"):
        first.load("local n = 5 return n.x")()
    second.load("debug.setmetatable(1, nil)")()


def test_a_world_that_is_gone_leaves_types_as_they_were() -> None:
    lua = Interpreter()
    lua.load("debug.setmetatable(1, {__call = function() return 5 end})")()
    assert callable(1.5)
    del lua
    gc.collect()
    assert not callable(1.5)


def test_in_two_threads() -> None:
    count, found = 200, {}

    def work(number: int) -> None:
        lua = Interpreter()
        lua.load(f"x = {number}; function string.mine() return x end")()
        add = lua.load(
            "x = loadstring('return x + 2')() return (''):mine(), loadstring('return x')()"
        )
        found[number] = [add() for _ in range(count)]

    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in (0, 1):
        assert found[number] == [(number + 2 * i,) * 2 for i in range(1, count + 1)]


def test_a_call_from_python_is_in_the_world_that_was_entered(two) -> None:
    for number, lua in enumerate(two):
        lua.load(f"x = {number}; function f() return loadstring('return x')() end")()
    for number, lua in enumerate(two):
        with lua:
            assert lua.globals.f() == number
    assert state.current.world is state.MAIN


def test_the_world_is_left_after_an_error(two) -> None:
    with pytest.raises(LuaError):
        two[0].load("error('x')")()
    assert state.current.world is state.MAIN
