"""What goes wrong around worker processes: nothing hangs, and nothing is left behind."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from th7shell.lua import LuaError
from th7shell.lua.failures import caught as error_text
from th7shell.session.environment import Environment
from th7shell.tds import elements
from th7shell.threads import launch
from th7shell.threads.pool import finish_abandoned
from th7shell.torch import segments

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
LIMIT = 10.0  # seconds within which everything has ended
SHARED = "threads.Threads.serialization('threads.sharedserialize')\n"
PID = "function pid() return io.popen('echo $PPID'):read('*n') end\n"


@pytest.fixture
def lua(monkeypatch):
    monkeypatch.delenv("TH7SHELL_THREADS", raising=False)
    elements.living.clear()
    environment = Environment()

    def run(text):
        return environment.load(f"local threads = require 'threads'\n{PID}{text}", "=test")()

    with environment.interpreter:
        yield run
        finish_abandoned()


class Program:
    """A program whose processes, workers included, are known by a variable."""

    def __init__(self, text, **options):
        self.mark = f"TH7SHELL_TEST={uuid.uuid4()}"
        name, value = self.mark.split("=")
        environment = {**os.environ, name: value}
        environment.pop("TH7SHELL_THREADS", None)
        self.running = subprocess.Popen(
            [sys.executable, "-m", "th7shell", "-e", "local threads = require 'threads'\n" + text],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            **options,
        )

    def processes(self):
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def said(self):
        return self.running.stdout.readline().strip()

    def ends(self, timeout=60):
        """Exit code, output, errors; no process is left."""
        out, errors = self.running.communicate(timeout=timeout)
        assert within(lambda: not self.processes()), self.processes()
        return self.running.returncode, out, errors


def within(holds):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def message_of(call):
    start = time.monotonic()
    with pytest.raises(LuaError) as caught:
        call()
    assert time.monotonic() - start < LIMIT
    return error_text(caught.value)


DEATHS = {
    "in a job": "pool:addjob(function() local p = pid() os.execute('kill -9 ' .. p) while true do end end)",
    "between jobs": """
        local p
        pool:addjob(function() return pid() end, function(n) p = n end)
        pool:synchronize()
        os.execute('kill -9 ' .. p)
        pool:addjob(function() end)""",
    "with a mutex locked": """
        local m = threads.Mutex()
        local id = m:id()
        pool:addjob(function()
           require('threads').Mutex(id):lock()
           os.execute('kill -9 ' .. pid())
           while true do end
        end)
        pcall(pool.dojob, pool)
        m:lock()
        pool = threads.Threads(1, function() function pid() return io.popen('echo $PPID'):read('*n') end end)
        pool:addjob(function() os.execute('kill -9 ' .. pid()) while true do end end)""",
}


@pytest.mark.parametrize("text", DEATHS.values(), ids=DEATHS)
def test_a_killed_worker_is_an_error(lua, text):
    table = lua(
        f"""
    local pool = threads.Threads(1, function() {PID} end)
    {text}
    return {{wait = function() pool:synchronize() end, pool = pool}}"""
    )
    message = message_of(table.wait)
    wanted = (
        r"\[thread 1 callback\] worker process \d+ was killed by signal 9 \(SIGKILL\); the pool has"
    )
    assert re.search(wanted, message), message
    assert not table.pool.isrunning(table.pool)
    assert message_of(lambda: table.pool.addjob(table.pool, table.wait)).endswith("not running")


def test_a_pool_that_is_left_over_can_be_ended(lua):
    """The other workers of a pool that has lost one end with it."""
    table = lua("""
    local pool = threads.Threads(2, function()
       function pid() return io.popen('echo $PPID'):read('*n') end
    end)
    local pids = {}
    pool:specific(true)
    for i = 1, 2 do pool:addjob(i, function() return pid() end, function(p) pids[i] = p end) end
    pool:synchronize()
    pool:addjob(2, function() while true do end end)
    os.execute('kill -9 ' .. pids[1])
    pool:addjob(1, function() end)
    return {wait = function() pool:synchronize() end, other = pids[2]}""")
    assert "killed by signal 9" in message_of(table.wait)
    assert within(lambda: not os.path.exists(f"/proc/{table.other}"))


def test_the_fork_server_is_killed(lua):
    lua("local pool = threads.Threads(1) pool:terminate()")
    server = launch.supply._server
    launch.supply._spare.pop().channel.close()
    server._process.kill()
    server._process.wait(LIMIT)
    lua("""
    local pool, n = threads.Threads(1)
    pool:addjob(function() return 5 end, function(r) n = r end)
    pool:terminate()
    assert(n == 5)""")
    assert launch.supply._server is not server


def test_no_shared_memory_is_left(lua, monkeypatch):
    """An allocation that the system refuses is an error of the job's sender; the pool goes on."""

    def full(handle, offset, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    table = lua(
        SHARED
        + """
    local t, pool = torch.ones(4), threads.Threads(1)
    return {add = function() pool:addjob(function() t:add(1) end) end,
            check = function() pool:synchronize() assert(t:sum() == 8) end}"""
    )
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", full)
        message = message_of(table.add)
    wanted = (
        r"FATAL THREAD PANIC: \(addjob\) .*not enough shared memory for \d+ bytes: No space left"
    )
    assert re.search(wanted, message), message
    table.add()
    table.check()


def test_no_process_can_be_started(lua, monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("th7shell.threads.processes.supply", launch.Supply())
    monkeypatch.setattr(subprocess, "Popen", refused)
    message = message_of(lambda: lua("threads.Threads(2)"))
    wanted = "1-th thread creation failed: .*temporarily unavailable.*TH7SHELL_THREADS=threads"
    assert re.search(wanted, message), message


def limited():
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def test_a_limit_on_memory():
    """Files of at most a megabyte: for the program's tensors and for a worker's."""
    code, out, errors = Program(
        SHARED
        + """
    local pool, big = threads.Threads(1), torch.zeros(1000000)
    print(pcall(pool.addjob, pool, function() return big end))
    pool:addjob(function() return torch.zeros(1000000) end)
    print(pcall(pool.synchronize, pool))
    pool:addjob(function() return torch.ones(1000) end, function(t) print(t:sum()) end)
    pool:terminate()""",
        preexec_fn=limited,
    ).ends()
    lines = out.splitlines()
    assert code == 0 and lines[-1] == "1000", (out, errors)
    assert len([line for line in lines if "not enough shared memory" in line]) == 2, out
    assert "File too large" in out


BUSY = """
local pool = threads.Threads(2)
for i = 1, 2 do pool:addjob(function() print('busy') while true do end end) end
while not pool:acceptsjob() do end
"""


def test_the_program_is_killed():
    program = Program(BUSY + "io.stdout:write('go\\n'):flush() pool:synchronize()")
    assert [program.said() for _ in range(3)].count("busy") in (0, 2)
    assert len(program.processes()) == 4  # with the fork server
    program.running.kill()
    assert program.ends()[0] == -signal.SIGKILL


def test_an_interrupt_leaves_nothing():
    program = Program(BUSY + "io.stdout:write('go\\n'):flush() pool:synchronize()")
    while program.said() != "go":
        pass
    program.running.send_signal(signal.SIGINT)
    code, _, errors = program.ends()
    assert code == 130 and "interrupted" in errors and "Traceback" not in errors, errors


POOLS = """
local function files()
   local n = 0
   for _ in require('lfs').dir('/proc/self/fd') do n = n + 1 end
   return n
end
local first
for i = 1, N do
   local t, pool = torch.ones(2), threads.Threads(2, function() require 'torch' end)
   pool:addjob(function() t:add(1) end)
   pool:terminate()
   assert(t:sum() == 4)
   if i == 10 then collectgarbage() first = files() end
end
collectgarbage()
print(files() - first)
"""


@pytest.mark.parametrize("count", [30, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.timeout(700)
def test_many_pools(count):
    before = {name for name in os.listdir("/dev/shm") if "th7shell" in name}
    code, out, errors = Program(SHARED + POOLS.replace("N", str(count), 1)).ends(600)
    assert (code, errors) == (0, ""), errors
    assert int(out) <= 8, out
    assert {name for name in os.listdir("/dev/shm") if "th7shell" in name} <= before


def test_descriptors_run_out():
    """Where the system grants no more, an error; the program goes on."""
    code, out, errors = Program(
        SHARED
        + """
    local pool, list = threads.Threads(1), {}
    for i = 1, 150 do list[i] = torch.ByteTensor(1048576) end
    print(pcall(pool.addjob, pool, function() return #list end))
    list = nil
    collectgarbage()
    print(io.open('/dev/null') ~= nil)""",
        preexec_fn=few_files,
    ).ends()
    assert code == 0 and "not enough shared memory" in out and out.endswith("true\n"), (out, errors)


def few_files():
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))


def test_segments_are_private_to_those_who_have_them():
    piece = segments.create(8)
    assert os.readlink(f"/proc/self/fd/{piece.handle}").startswith("/memfd:")
