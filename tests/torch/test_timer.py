"""Timers, tic and toc, thread numbers and the other utilities."""

from __future__ import annotations

import os
import sys

import pytest

from th7shell import torch
from th7shell.lua import LuaError, items, state
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def clock(monkeypatch):
    """clock(real, user, sys) sets the time."""
    from th7shell.torch import timer

    now = [(0.0, 0.0, 0.0)]
    monkeypatch.setattr(timer, "_now", lambda: now[0])
    return lambda *times: now.__setitem__(0, times)


def seconds(timer) -> tuple[float, ...]:
    times = dict(items(timer.time()))
    return times["real"], times["user"], times["sys"]


def test_timers_stop_and_go_on(clock) -> None:
    clock(10, 1, 0.5)
    t = torch.Timer()
    clock(12, 2, 0.75)
    assert seconds(t) == (2, 1, 0.25)
    assert t.stop() is t and str(t) == "torch.Timer [status: stopped]"
    clock(20, 5, 1)
    assert seconds(t) == (2, 1, 0.25)
    assert t.stop().resume() is t and str(t) == "torch.Timer [status: running]"
    clock(21, 5.5, 1)
    assert seconds(t) == (3, 1.5, 0.25)
    t.resume()
    assert seconds(t) == (3, 1.5, 0.25)
    assert t.reset() is t and seconds(t) == (0, 0, 0)
    assert seconds(t.stop().reset()) == (0, 0, 0)


def test_real_time_passes() -> None:
    t, start = torch.Timer(), torch.tic()
    sum(range(100_000))
    assert 0 < seconds(t)[0] < 60 and 0 <= torch.toc(start) < 60
    with pytest.raises(LuaError, match="number expected"):
        torch.toc()


def test_numbers_of_threads() -> None:
    before = torch.getnumthreads()
    try:
        torch.setnumthreads(1)
        assert torch.getnumthreads() == 1
        assert torch.getnumcores() == os.cpu_count()
        with pytest.raises(LuaError, match="number expected"):
            torch.setnumthreads("many")
    finally:
        torch.setnumthreads(before)


def test_terminals_and_heap_tracking() -> None:
    lua = Interpreter(MAIN)
    assert torch.isatty(lua.globals.io.stdout) == sys.stdout.isatty()
    with pytest.raises(LuaError, match="FILE"):
        torch.isatty(3)
    assert torch.setheaptracking(True) is None and torch.updatethreadlocals() is None
    with pytest.raises(LuaError, match="boolean expected"):
        torch.setheaptracking(1)


def test_package_paths(tmp_path, monkeypatch) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "init.lua").write_text("return 1")
    (tmp_path / "pack" / "part.lua").write_text("seen = 42")
    lua = Interpreter(MAIN)
    lua.globals.package.path = f"{tmp_path}/?.lua;{tmp_path}/?/init.lua"
    assert torch.packageLuaPath("pack") == str(tmp_path / "pack")
    assert torch.packageLuaPath("nosuch") is None
    assert os.path.isdir(torch.packageLuaPath()) and torch.packageLuaPath("torch").endswith("torch")
    torch.include("pack", "part.lua")
    assert lua.globals.seen == 42 and state.globals is lua.globals
