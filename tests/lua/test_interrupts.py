"""Ctrl-C at random moments of pure Lua workloads: each stops at once, and the interpreter stays usable."""

from __future__ import annotations

import _thread
import gc
import random
import sys
import threading
import time
from queue import SimpleQueue

import pytest

from th7shell.lua.interpreter import Interpreter

WORKLOADS = {
    "loop": "while true do end",
    "counting": "local n = 0 while true do n = n + 1 end",
    "numeric for": "for i = 1, math.huge do local x = i * 2 end",
    "pcall loop": "while true do pcall(function() error('x') end) end",
    "pcall around the loop": "while true do pcall(function() while true do end end) end",
    "xpcall with traceback": "while true do xpcall(function() error('x') end, debug.traceback) end",
    "coroutines": "while true do local w = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) for i = 1, 9 do w() end end",
    "loop in a coroutine": "coroutine.wrap(function() while true do end end)()",
    "pcall in a coroutine": "coroutine.resume(coroutine.create(function() while true do pcall(error) end end))",
    "gsub with a callback": "while true do (('ab '):rep(50)):gsub('%w+', function(w) return w:upper() end) end",
    "gmatch": "while true do for w in (('ab '):rep(50)):gmatch('%a+') do local l = #w end end",
    "sort with a comparison": "while true do local t = {} for i = 1, 200 do t[i] = i * 7 % 31 end table.sort(t, function(a, b) return a > b end) end",
    "metamethods": "local t = setmetatable({}, {__index = function(t, k) return k end}) while true do local x = t.a + t[1 + 0] * 0 == t end".replace("t.a + ", "#t.a + "),
    "recursion": "local function f(n) if n > 0 then return f(n - 1) + 1 end return 0 end while true do f(100) end",
    "strings": "while true do local s = '' for i = 1, 100 do s = s .. i end end",
    "tables": "while true do local t = {} for i = 1, 100 do t[i] = {i} end for k, v in pairs(t) do t[k] = nil end end",
}  # fmt: skip
LIMIT = 0.1


class Interrupter:
    """A thread that interrupts the main one some time after it is asked to."""

    def __init__(self) -> None:
        self.delays: SimpleQueue[float] = SimpleQueue()
        self.moment = 0.0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while (delay := self.delays.get()) >= 0:
            time.sleep(delay)
            self.moment = time.perf_counter()
            _thread.interrupt_main()

    def wait_of(self, run, delay: float) -> float:
        """Run a workload and interrupt it; give the seconds until it had stopped."""
        try:
            self.delays.put(delay)
            run()
        except KeyboardInterrupt:
            return time.perf_counter() - self.moment
        raise AssertionError("the workload ended by itself")


@pytest.fixture(scope="module")
def interrupter():
    """One thread for all tests of the module. An interrupt in a callback of the garbage collector,
    as hypothesis leaves one, is lost: there are none meanwhile."""
    thread = Interrupter()
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    yield thread
    gc.callbacks[:] = callbacks
    thread.delays.put(-1.0)


def _delays(count: int) -> list[float]:
    rng = random.Random(count)
    return [rng.uniform(0.002, 0.02) for _ in range(count)]


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_workload_stops(name, interrupter):
    interpreter = Interpreter()
    run = interpreter.load(WORKLOADS[name])
    for delay in _delays(3):
        interrupter.wait_of(run, delay)
    assert interpreter.load("return coroutine.wrap(function() return 6 * 7 end)()")() == 42


@pytest.mark.long
def test_a_thousand_interrupts(interrupter):
    interpreter = Interpreter()
    loaded = [interpreter.load(text) for text in WORKLOADS.values()]
    rng = random.Random(7)
    waits = []
    for delay in _delays(1000):
        waits.append(interrupter.wait_of(rng.choice(loaded), delay))
        assert interpreter.load("return 6 * 7")() == 42
    slow = [w for w in waits if w > LIMIT]
    assert len(slow) <= 5, (
        f"{len(slow)} of 1000 took longer than {LIMIT} s (the worst {max(slow):.2f} s)"
    )


def test_no_interrupt_is_lost_while_an_interpreter_is_collected():
    """What Python runs inside a collection, as a callback of a weak reference, would take it."""
    gc.collect()
    for _ in range(3):
        Interpreter().load("local t = setmetatable({}, {__index = {}}) return ('a'):gmatch('%a')")()
    called = []
    sys.setprofile(lambda frame, event, _: event == "call" and called.append(frame.f_code))
    try:
        gc.collect()
    finally:
        sys.setprofile(None)
    assert not called
