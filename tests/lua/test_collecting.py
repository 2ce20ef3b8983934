"""`collectgarbage()`: what it frees, and what repeated calls cost."""

from __future__ import annotations

import gc
import time

import pytest

from th7shell.lua import weak
from th7shell.lua.interpreter import Interpreter


@pytest.fixture
def lua(monkeypatch):
    monkeypatch.setattr(weak, "_searched", -weak.EVERY)
    monkeypatch.setattr(weak, "_finalizers", False)
    return lambda source: Interpreter().load(source)()


def searched(monkeypatch):
    """The generations that are looked through from now on."""
    seen, collect = [], gc.collect
    monkeypatch.setattr(gc, "collect", lambda n=2: seen.append(n) or collect(n))
    return seen


def test_everything_is_searched_once_a_second(lua, monkeypatch):
    seen = searched(monkeypatch)
    lua("for i = 1, 3 do collectgarbage() end")
    assert seen == [2, 1, 1]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 2)
    lua("collectgarbage()")
    assert seen == [2, 1, 1, 2]


@pytest.mark.parametrize(
    "watcher",
    [
        "local watcher = setmetatable({}, {__mode = 'v'})",
        "local watcher = newproxy(true) getmetatable(watcher).__gc = function() end",
        "local watcher = require('ffi').gc(require('ffi').new('int[1]'), function() end)",
    ],
)
def test_all_calls_search_everything_where_it_shows(lua, monkeypatch, watcher):
    seen = searched(monkeypatch)
    assert lua(watcher + " for i = 1, 3 do collectgarbage() end return watcher") is not None
    assert seen == [2, 2, 2]


def test_cycles_are_freed_by_the_next_call(lua):
    freed = lua("""
    local weak = setmetatable({}, {__mode = 'v'})
    local function cycle(i)
      local a, b = {}, {}
      a.b, b.a, weak[i] = b, a, a
      collectgarbage()
    end
    for i = 1, 3 do cycle(i) end
    collectgarbage()
    return next(weak) == nil
    """)
    assert freed is True
