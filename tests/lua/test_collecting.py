"""`collectgarbage()`: what it frees, and what repeated calls cost."""

from __future__ import annotations

import gc
import time

import pytest

from th7shell.lua import weak
from th7shell.lua.interpreter import Interpreter


@pytest.fixture
def lua(monkeypatch):
    monkeypatch.setattr(weak, "_due", [-weak.EVERY, -weak.EVERY])
    monkeypatch.setattr(weak, "_finalizers", False)
    return lambda source: Interpreter().load(source)()


def searched(monkeypatch):
    """The generations that are looked through from now on."""
    seen, collect = [], gc.collect
    monkeypatch.setattr(gc, "collect", lambda n=2: seen.append(n) or collect(n))
    return seen


def clock(monkeypatch, costs):
    """A clock that stands still, but for searches: of seconds by generation. What it shows, in a
    list."""
    now, collect = [1000.0], gc.collect

    def take(n=2):
        now[0] += costs[n]
        return collect(n)

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(gc, "collect", take)
    return now


def test_everything_is_searched_once_a_second(lua, monkeypatch):
    now = clock(monkeypatch, {1: 0, 2: 0})
    seen = searched(monkeypatch)
    lua("for i = 1, 3 do collectgarbage() end")
    assert seen == [2, 1, 1]
    now[0] += 1
    lua("collectgarbage()")
    assert seen == [2, 1, 1, 2]


def test_searches_take_a_small_part_of_the_time(lua, monkeypatch):
    now = clock(monkeypatch, {1: 0.01, 2: 0.1})
    seen = searched(monkeypatch)
    for _ in range(1000):
        lua("collectgarbage()")
        now[0] += 0.01
    assert 0.03 < seen.count(1) * 0.01 / (now[0] - 1000) < 0.06
    assert 0.03 < seen.count(2) * 0.1 / (now[0] - 1000) < 0.06


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
