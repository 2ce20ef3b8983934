"""What pools whose jobs run in worker processes share with the program, and what they say when they
cannot."""

from __future__ import annotations

import os
import re
import sys
import threading

import numpy as np
import pytest

from th7shell.lua import LuaError, TorchError
from th7shell.lua.failures import caught as error_text
from th7shell.session.environment import Environment
from th7shell.tds import elements
from th7shell.threads import channel, engines, launch, moving
from th7shell.threads.pool import _pool, finish_abandoned
from th7shell.torch import segments
from th7shell.torch.storage import DoubleStorage
from th7shell.torch.tensor import DoubleTensor

SHARED = "threads.Threads.serialization('threads.sharedserialize')\n"


@pytest.fixture
def lua(monkeypatch):
    monkeypatch.delenv("TH7SHELL_THREADS", raising=False)
    elements.living.clear()  # other tests'
    environment = Environment()

    def run(text, *given):
        return environment.load(f"local threads = require 'threads'\n{text}", "=test")(*given)

    with environment.interpreter:
        yield run
        finish_abandoned()


HOLD = {
    "another process": """
        local function pid() return io.popen('echo $PPID'):read('*n') end
        local pool, seen = threads.Threads(2), {}
        pool:specific(true)
        for i = 1, 2 do pool:addjob(i, pid, function(p) seen[i] = p end) end
        pool:terminate()
        assert(seen[1] ~= seen[2] and seen[1] ~= pid() and seen[2] ~= pid())""",
    "a size that a job changes": SHARED
    + """
        local t, u, s = torch.Tensor(), torch.zeros(4), torch.LongStorage(2):fill(1)
        local row, v = u:narrow(1, 2, 2), torch.ones(3)
        local pool = threads.Threads(1)
        pool:addjob(function() t:resize(2, 3):fill(7); u:resize(1000):fill(1); s:resize(3)[3] = 5 end)
        pool:synchronize()
        assert(t:size(1) == 2 and t:sum() == 42 and u:size(1) == 1000 and u:sum() == 1000)
        assert(row:size(1) == 2 and row:sum() == 2 and #s == 3 and s[1] == 1 and s[3] == 5)
        row:fill(3)
        pool:addjob(function() assert(u:sum() == 1004 and row:sum() == 6); v:resize(2) end)
        u:resize(5)
        pool:synchronize()
        assert(u:size(1) == 5 and v:size(1) == 2)
        t:resize(500, 500):fill(2)
        pool:addjob(function() return t:sum() end, function(n) assert(n == 500000) end)
        pool:terminate()""",
    "what is returned stays shared with its worker": SHARED
    + """
        local pool, mine = threads.Threads(1)
        pool:addjob(function() kept = torch.zeros(3); return kept, kept:storage() end,
           function(t, s) mine = t; assert(torch.pointer(s) == torch.pointer(t:storage())) end)
        pool:synchronize()
        mine:fill(2)
        pool:addjob(function() assert(kept:sum() == 6); kept:add(1) return kept end,
           function(t) assert(rawequal(t, mine) and t:sum() == 9) end)
        pool:terminate()
        assert(mine:sum() == 9)""",
    "storages that overlap": SHARED
    + """
        local s = torch.DoubleStorage(6):fill(1)
        local part, t = torch.DoubleStorage(s, 3, 2), torch.Tensor(s, 1, torch.LongStorage{6})
        local pool = threads.Threads(1)
        pool:addjob(function() part:fill(5) end)
        pool:terminate()
        assert(s[3] == 5 and s[4] == 5 and s[5] == 1 and t:sum() == 14)""",
    "every type, empty ones, strides": SHARED
    + """
        local given = {torch.Tensor(), torch.zeros(2, 3):t(), torch.zeros(4, 5):narrow(2, 2, 3)}
        for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
           given[#given + 1] = torch[name .. 'Tensor'](2)
           given[#given + 1] = torch[name .. 'Storage'](2)
        end
        local pool = threads.Threads(1)
        pool:addjob(function(...)
              local kinds = {}
              for i, v in ipairs{...} do
                 kinds[i] = torch.type(v)
                 if i > 3 then v:fill(3) else v:add(1) end
              end
              return kinds, given[2]:stride(1), given[3]:stride(1), given[1]:dim()
           end, function(kinds, one, five, none)
              assert(#kinds == 19 and one == 1 and five == 5 and none == 0)
              for i, v in ipairs(given) do assert(kinds[i] == torch.type(v)) end
           end, unpack(given))
        pool:terminate()
        for i, v in ipairs(given) do assert(i <= 3 or v[2] == 3) end
        assert(given[2]:sum() == 6 and given[3]:sum() == 12)""",
    "large values that are copied": """
        local t, pool = torch.range(1, 100000), threads.Threads(1)
        pool:addjob(function() t:mul(2) return t end, function(r) assert(r[100000] == 200000) end)
        pool:terminate()
        assert(t[100000] == 100000)""",
    "a mutex and a condition of a worker": """
        local pool, ids = threads.Threads(2), {}
        pool:specific(true)
        pool:addjob(1, function()
              local t = require 'threads'
              m, c = t.Mutex(), t.Condition()
              return m:id(), c:id()
           end, function(...) ids = {...} end)
        pool:synchronize()
        local mine, mark = threads.Mutex(ids[1]), threads.Condition(ids[2])
        mine:lock()
        pool:addjob(2, function()
           local t = require 'threads'
           local m, c = t.Mutex(ids[1]), t.Condition(ids[2])
           m:lock(); c:signal(); m:unlock(); m:free()
        end)
        mark:wait(mine)
        mine:unlock()
        pool:addjob(1, function() m:lock(); m:unlock(); return pcall(m.unlock, m) end,
           function(ok) assert(not ok) end)
        pool:terminate()""",
    "a pool in a job": SHARED
    + """
        local t, pool = torch.zeros(2), threads.Threads(1)
        local add = threads.safe(function() t:add(1) end)
        pool:addjob(function()
           local threads = require 'threads'
           threads.serialization('threads.sharedserialize')
           local inner = threads.Threads(2)
           for _ = 1, 4 do inner:addjob(add) end
           inner:terminate()
        end)
        pool:terminate()
        assert(t:sum() == 8)""",
    "a worker's random numbers are its own": """
        local pool, seen = threads.Threads(2), {}
        pool:specific(true)
        for i = 1, 2 do
           pool:addjob(i, function() return torch.random(), torch.getnumthreads() end,
              function(r, n) assert(not seen[r] and n == 1); seen[r] = true end)
        end
        pool:terminate()""",
    "the next pool knows nothing of the last": """
        local pool = threads.Threads(1, function() left = 1; torch.setdefaulttensortype('torch.FloatTensor') end)
        pool:terminate()
        pool = threads.Threads(1)
        pool:addjob(function() return left, torch.type(torch.Tensor()), package.loaded.torch ~= nil end,
           function(l, t, loaded) assert(l == nil and t == 'torch.DoubleTensor' and loaded) end)
        pool:terminate()""",
    "tds objects of workers arrive as copies": SHARED
    + """
        local pool, got = threads.Threads(1)
        pool:addjob(function() local tds = require 'tds' return tds.Hash{a = 1}, tds.Vec{5} end,
           function(h, v) got = {h, v} end)
        pool:terminate()
        assert(torch.type(got[1]) == 'tds.Hash' and got[1].a == 1 and got[2][1] == 5)""",
}


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


RULE = {
    "plain": ("local h = require('tds').Hash()", False),
    "sharing": (SHARED, False),
    "sharing, with a hash": (SHARED + "h = require('tds').Hash()", True),
    "sharing, with a counter": (SHARED + "h = require('tds').AtomicCounter()", True),
    "sharing, with a hash that is gone": (
        SHARED + "local h = require('tds').Hash() h = nil collectgarbage()",
        False,
    ),
}


@pytest.mark.parametrize(("text", "inside"), RULE.values(), ids=RULE)
def test_where_jobs_run(lua, text, inside):
    table = lua(text + "\nlocal pool = threads.Threads(1) pool:terminate() return pool")
    name = _pool(table).engine.__name__.rpartition(".")[2]
    assert name == ("inside" if inside else "processes")


def test_the_variable_chooses(monkeypatch):
    for name, module in engines.ENGINES.items():
        monkeypatch.setenv("TH7SHELL_THREADS", name)
        assert engines.chosen("threads.sharedserialize").__name__.endswith(module)
    monkeypatch.setenv("TH7SHELL_THREADS", "fibres")
    with pytest.raises(TorchError, match="'fibres': expected processes or threads"):
        engines.chosen("threads.serialize")


FAIL = {
    "a hash made after the pool": (
        SHARED
        + "local pool = threads.Threads(1) local h = require('tds').Hash()"
        + "pool:addjob(function() return h end)",
        r"a tds.Hash cannot be shared .* TH7SHELL_THREADS=threads",
    ),
    "the place of an error": (
        "local pool = threads.Threads(1)\npool:addjob(function()\nlocal x = nil + 1 end)"
        "pool:synchronize()",
        r"\[thread 1 callback\] test:4: attempt to perform arithmetic on a nil value"
        r"\nstack traceback:\n(.|\n)*test:4: in function",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAIL.values(), ids=FAIL)
def test_errors(lua, text, message):
    with pytest.raises(LuaError) as caught:
        lua(text)
    assert re.search(message, error_text(caught.value)), error_text(caught.value)


def test_what_a_job_prints_is_printed_by_the_program(lua, capsys):
    lua("""
    local pool = threads.Threads(1)
    pool:addjob(function() print('ü'); io.write('a'); io.stderr:write('b') end,
       function() print('c') end)
    pool:terminate()""")
    assert tuple(capsys.readouterr()) == ("ü\nac\n", "b")


def test_memory_is_moved_once_and_tensors_that_are_alone_are_found_without_a_search(monkeypatch):
    monkeypatch.setattr(moving, "_look_everywhere", lambda pieces: pytest.fail("a search"))
    tensor = DoubleTensor(4, 5)
    row = tensor.select(1, 2)
    moving.move_in([tensor.storage()])
    first = segments.segment_of(tensor.nd)
    assert first is segments.segment_of(row.nd) is segments.segment_of(tensor.storage().nd)
    moving.move_in([tensor.storage()])
    assert segments.segment_of(tensor.nd) is first
    tensor.fill(3)
    assert row.nd.tolist() == [3.0] * 5


def test_a_segment_goes_when_nothing_lies_in_it():
    before = set(os.listdir("/proc/self/fd")) if sys.platform == "linux" else None
    storage = DoubleStorage(10)
    moving.move_in([storage])
    key = segments.segment_of(storage.nd).key
    view = storage.nd[2:]
    del storage
    assert segments._known.get(key) is not None
    del view
    assert segments._known.get(key) is None
    assert before is None or set(os.listdir("/proc/self/fd")) == before


def test_many_tensors_in_one_message(lua):
    """More descriptors than one message of the system passes."""
    lua(
        SHARED
        + """
    local list = {}
    for i = 1, 300 do list[i] = torch.FloatTensor(262144):fill(i) end
    local pool = threads.Threads(1)
    pool:addjob(function() local n = 0 for i, t in ipairs(list) do n = n + t[1]; t[1] = 0 end return n end,
       function(n) assert(n == 45150) end)
    pool:terminate()
    for i = 1, 300 do assert(list[i][1] == 0 and list[i][2] == i) end"""
    )


def test_a_worker_that_is_started_anew(lua, monkeypatch):
    """What systems without a fork do."""
    monkeypatch.setattr(launch, "FORKS", False)
    monkeypatch.setattr(launch, "supply", launch.Supply())
    monkeypatch.setattr("th7shell.threads.processes.supply", launch.supply)
    try:
        lua(
            SHARED
            + """
        local t, pool = torch.zeros(3), threads.Threads(1)
        pool:addjob(function() t:add(1) return 'x' end, function(x) assert(x == 'x') end)
        pool:terminate()
        assert(t:sum() == 3)"""
        )
    finally:
        launch.supply.close()


def test_messages():
    ours, theirs = __import__("multiprocessing").Pipe()
    here, there = channel.Channel(ours), channel.Channel(theirs)
    piece = segments.create(16)
    np.frombuffer(piece, np.uint8)[:] = 7
    thread = threading.Thread(target=here.send, args=(("a", [1]), [piece]))
    thread.start()
    message, got = there.receive()
    thread.join()
    assert message == ("a", [1]) and got == [piece]  # known by its key
    assert there.quiet()
    here.close()
    assert not there.quiet()
    with pytest.raises(channel.Gone):
        there.receive()
    there.close()
