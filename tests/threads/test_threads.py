"""Pools, queues, mutexes and conditions, driven from Lua; each thread has globals of its own.

All of it with worker processes, and with threads of this process.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from th7shell.lua import LuaError
from th7shell.lua.failures import caught as error_text
from th7shell.session.environment import Environment


@pytest.fixture(params=["processes", "threads"])
def lua(request, monkeypatch):
    monkeypatch.setenv("TH7SHELL_THREADS", request.param)
    environment = Environment()

    def run(text):
        return environment.load("local threads = require 'threads'\n" + text, "=test")()

    yield run
    from th7shell.threads.pool import finish_abandoned

    with environment.interpreter:
        finish_abandoned()


HOLD = {
    "results and upvalues": """
        local up, sum = 10, 0
        local pool = threads.Threads(2, function(id) seen = up + id end)
        for i = 1, 20 do
           pool:addjob(function(a, b) return seen - __threadid, a, nil, b end,
              function(s, a, n, b) assert(s == 10 and n == nil and b == 'b'); sum = sum + a end, i, 'b')
        end
        pool:synchronize()
        assert(sum == 210 and not pool:hasjob() and seen == nil)
        pool:terminate()
        assert(not pool:isrunning())
        pool:synchronize(); pool:terminate()""",
    "what the constructor returns": """
        local pool, res = threads.Threads(3, function() a = 1 end, function(id) return id * a, nil end)
        local sum = 0
        for _, r in ipairs(res) do sum = sum + r[1] end
        assert(#res == 3 and sum == 6 and pool.N == 3 and pool:specific() == false)
        pool:terminate()
        local other = threads(1)
        other:terminate()""",
    "specific jobs": """
        local pool = threads.Threads(3)
        pool:specific(true)
        assert(pool:specific())
        for i = 1, 3 do pool:addjob(i, function() mine = __threadid end) end
        for i = 3, 1, -1 do
           pool:addjob(i, function() return mine, __threadid end,
              function(a, b) assert(a == i and b == i) end)
        end
        local ok, err = pcall(pool.addjob, pool, 4, function() end)
        assert(not ok and err == 'thread index expected', err)
        pool:specific(false)
        pool:terminate()""",
    "a full queue": """
        local pool = threads.Threads(1, function() sys = require 'sys' end)
        local done = 0
        assert(pool:acceptsjob())
        for i = 1, 6 do
           pool:addjob(function() sys.sleep(0.01) end, function() done = done + 1 end)
        end
        assert(done >= 3, done)
        while pool:hasjob() do pool:dojob() end
        assert(done == 6)
        pool:terminate()""",
    "a job waits for another's effect": """
        threads.serialization('threads.sharedserialize')
        local flag, pool = torch.zeros(1), threads.Threads(2)
        pool:addjob(function() while flag[1] == 0 do end return 'seen' end,
           function(r) assert(r == 'seen') end)
        pool:addjob(function() flag[1] = 1 end)
        pool:terminate()""",
    "shared tensors, storages and views": """
        threads.Threads.serialization('threads.sharedserialize')
        assert(threads.Threads.serialization() == 'threads.sharedserialize')
        local t, s = torch.zeros(2, 3), torch.IntStorage(2):fill(1)
        local pool, row = threads.Threads(2), nil
        row = t[2]
        for i = 1, 4 do
           pool:addjob(function() row:add(1); s[1] = s[1] + 1; return t, row end,
              function(a, b) assert(rawequal(a, t) and rawequal(b, row)) end)
           pool:synchronize()
        end
        pool:terminate()
        assert(t[2]:sum() == 12 and t[1]:sum() == 0 and s[1] == 5)""",
    "tensors are copied otherwise": """
        local t, pool = torch.ones(2), threads.Threads(1)
        pool:addjob(function() t:add(1) return t end, function(r) assert(r:sum() == 4) end)
        pool:terminate()
        assert(t:sum() == 2)""",
    "a state of its own": """
        torch.setdefaulttensortype('torch.FloatTensor')
        torch.manualSeed(1)
        local before = torch.random()
        torch.manualSeed(1)
        torch.mine, string.mine = function() end, function() end
        local Point = torch.class('ThreadsPoint')
        function Point:x() return 'main' end
        local pool = threads.Threads(1, function()
           local Point = torch.class('ThreadsPoint')
           function Point:x() return 'worker' end
        end)
        pool:addjob(function()
              torch.manualSeed(5)
              torch.yours = 1
              local one = torch.random()
              torch.manualSeed(5)
              assert(one == torch.random() and torch.mine == nil and string.mine == nil)
              assert(('x').mine == nil)
              local p = ThreadsPoint()
              return torch.type(torch.Tensor(1)), p:x(), p, math == nil, sys, xlua
           end,
           function(kind, x, p, ...)
              assert(kind == 'torch.DoubleTensor' and x == 'worker' and p:x() == 'main')
              assert(select('#', ...) == 3 and not ...)
           end)
        pool:synchronize()
        assert(torch.random() == before and torch.yours == nil)
        assert(torch.type(torch.Tensor(1)) == 'torch.FloatTensor')
        torch.setdefaulttensortype('torch.DoubleTensor')
        pool:terminate()""",
    "packages": """
        local pool = threads.Threads(1, function() require 'nn'; image = require 'image' end)
        local net
        pool:addjob(function()
              nn.Mine = 1
              assert(package.loaded.nn == nn and require 'nn' == nn and nn.Mine == 1)
              return nn.Sequential():add(nn.Linear(2, 1))
           end, function(n) net = n end)
        pool:terminate()
        require 'nn'
        assert(nn.Mine == nil and torch.type(net) == 'nn.Sequential')
        assert(net:forward(torch.ones(2)):size(1) == 1)""",
    "mutex and condition": """
        local m, c = threads.Mutex(), threads.Condition()
        assert(tostring(m):find('^threads.Mutex <%x+>$') and type(m) == 'userdata')
        assert(threads.Mutex(m:id()):id() == m:id())
        local mid, cid = m:id(), c:id()
        local pool = threads.Threads(1)
        m:lock()
        pool:addjob(function()
           local threads = require 'threads'
           local m = threads.Mutex(mid)
           m:lock(); threads.Condition(cid):signal(); m:unlock()
        end)
        c:wait(m)
        m:unlock()
        pool:terminate(); m:free(); c:free()""",
    "a thread alone": """
        local q = require('threads.queue')(2, 'threads.serialize')
        local t = threads.Thread(string.format([[
           local q = require('threads.queue')(%d)
           while true do
              local word = q:dojob()
              if word == 'end' then return end
           end]], q:id()))
        for i = 1, 5 do q:addjob(function(i) return i end, i) end
        q:addjob(function() return 'end' end)
        t:free()
        assert(q.isempty == 1 and q.isfull == 0 and q.size == 2 and q.serialize == 'threads.serialize')""",
    "safe": """
        threads.serialization('threads.sharedserialize')
        local t, pool = torch.zeros(1), threads.Threads(4)
        local add = threads.safe(function(n) local v = t[1]; for i = 1, 200 do end; t[1] = v + n return n end)
        for i = 1, 40 do pool:addjob(add, function(n) assert(n == 2) end, 2) end
        pool:terminate()
        assert(t[1] == 80)
        local bad = threads.safe(function() error('no') end)
        assert(not pcall(bad) and not pcall(bad))""",
    "end callbacks yield": """
        local pool, sum = threads.Threads(1), 0
        local function loop()
           for i = 1, 3 do pool:addjob(function() return i end, coroutine.yield) end
           pool:synchronize()
        end
        for r in coroutine.wrap(loop) do sum = sum + r end
        assert(sum == 6)
        pool:terminate()""",
    "functions share their upvalues": """
        local pool, count = threads.Threads(1), 0
        local function inc() count = count + 1 end
        pool:addjob(function() inc(); inc(); return count end, function(n) assert(n == 2) end)
        pool:terminate()
        assert(count == 0)""",
}


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


FAIL = {
    "in a callback": (
        "pool:addjob(function() local function evil() error('here') end evil() end)"
        "pool:synchronize()",
        r"^[^\n]*: \[thread 1 callback\] test:\d+: here\nstack traceback:\n(.|\n)*in function 'evil'",
    ),
    "in an end callback": (
        "pool:addjob(function() end, function() error('there') end) pool:dojob()",
        r"\[thread 1 endcallback\] test:3: there\nstack traceback",
    ),
    "what cannot be written": (
        "local f = math.floor pool:addjob(function() return f(1) end)",
        r"FATAL THREAD PANIC: \(addjob\)",
    ),
    "results that cannot be written": (
        "pool:addjob(function() return coroutine.create(print) end) pool:synchronize()",
        r"\[thread 1 callback\] FATAL THREAD PANIC: \(addjob\) .*Unwritable object <thread>",
    ),
    "no function": ("pool:addjob(1)", "^function callback expected$"),
    "no end callback": (
        "pool:addjob(function() end, 1)",
        r"^function \(or nil\) endcallback expected$",
    ),
    "ended": ("pool:terminate() pool:addjob(print)", "^thread system is not running$"),
    "specific": ("pool:specific(1)", "^boolean expected$"),
    "nothing to do": ("pool:dojob()", "no job is under way"),
    "no number": ("threads.Threads()", "number expected, got nil"),
    "no threads": ("threads.Threads(0)", "1 or more"),
    "a mutex of nobody": ("threads.Mutex(12345)", "mutex new failed"),
    "unlock": ("threads.Mutex():unlock()", "mutex unlock failed"),
    "wait": ("threads.Condition():wait(threads.Mutex())", "condition wait failed"),
    "safe": ("threads.safe(1)", r"^function, \[mutex\] expected$"),
}


@pytest.mark.parametrize(("text", "message"), FAIL.values(), ids=FAIL)
def test_errors(lua, text, message):
    import re

    with pytest.raises(LuaError) as caught:
        lua(f"local pool = threads.Threads(1)\n{text}")
    assert re.search(message, error_text(caught.value)), error_text(caught.value)


def test_an_error_leaves_the_pool_usable(lua):
    lua("""
    local pool = threads.Threads(1)
    pool:addjob(function() error{1} end)
    assert(not pcall(pool.synchronize, pool))
    local n
    pool:addjob(function() return 7 end, function(r) n = r end)
    pool:terminate()
    assert(n == 7)""")


def program(text, *more):
    return subprocess.run(
        [sys.executable, "-m", "th7shell", "-e", text, *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_program_ends_after_its_jobs():
    done = program("""
    local pool = require 'threads'.Threads(2)
    pool:addjob(function() require 'sys'.sleep(0.2) print('late') end,
                function() print('last') error('not shown') end)""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "late\nlast\n", "")


ENDS = {
    "os.exit in a job": ("pool:addjob(function() print('x') os.exit(3) end) pool:synchronize()", 3),
    "an error": ("pool:addjob(function() while true do end end) error('stop')", 1),
    "os.exit": ("pool:addjob(function() while true do end end) os.exit(4)", 4),
}


@pytest.mark.parametrize(("text", "code"), ENDS.values(), ids=ENDS)
def test_exit_codes(text, code):
    assert program("local pool = require 'threads'.Threads(1) " + text).returncode == code


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_an_interrupt_ends_the_pool():
    import os
    import signal
    import time

    text = """
    local pool = require 'threads'.Threads(2)
    for i = 1, 2 do pool:addjob(function() while true do end end) end
    io.stderr:write('go\\n')
    pool:synchronize()"""
    command = [sys.executable, "-m", "th7shell", "-e", text]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert running.stderr.readline() == "go\n"
    time.sleep(0.2)
    os.kill(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130 and "interrupted" in said and "Traceback" not in said
