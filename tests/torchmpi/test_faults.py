"""A rank that fails, a rank or a launcher that is killed, Ctrl-C: all ends soon, and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .ranks import command, needs_mpi, run

pytest.importorskip("mpi4py")
pytestmark = needs_mpi
PATIENCE = 10
WAITING = """
local mpi = require 'torchmpi'
mpi.start(false)
local ready = assert(io.open(arg[1] .. '/ready.' .. mpi.rank(), 'w'))
ready:write(require 'python'.import('os').getpid()) ready:close()
if mpi.rank() == 1 and arg[2] == 'error' then error('the data of rank 1 are gone') end
if mpi.rank() == 1 and arg[2] == 'exit' then os.exit(7) end
if mpi.rank() == 1 and arg[2] == 'busy' then while true do end end
if mpi.rank() == 1 then require 'sys' sys.sleep(100) end
mpi.barrier()
"""


@pytest.mark.parametrize(
    ("how", "code"), [("error", 1), pytest.param("exit", 7, marks=pytest.mark.long)]
)
def test_an_error_on_one_rank_ends_all(tmp_path, how, code):
    program = tmp_path / "fails.lua"
    program.write_text(WAITING)
    done = run(2, "--prefix", program, tmp_path, how, timeout=60)
    assert done.returncode == code
    if how == "error":
        line = next(x for x in done.stderr.splitlines() if "are gone" in x)
        assert "1" in line.partition("th7shell:")[0] and "fails.lua:6: the data of rank 1" in line


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("state", ["waiting", "busy"])
@pytest.mark.parametrize("victim", ["rank", "launcher", "ctrl-c"])
def test_what_is_killed_leaves_nothing(tmp_path, victim, state):
    program = tmp_path / "waits.lua"
    program.write_text(WAITING)
    files = {"/dev/shm": set(os.listdir("/dev/shm"))}
    session = tmp_path / "session"
    session.mkdir()
    job = subprocess.Popen(
        command(2, program, tmp_path, state),
        env=os.environ | {"TMPDIR": str(session)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        ready = [tmp_path / f"ready.{r}" for r in range(2)]
        until = time.monotonic() + 60
        while not all(path.exists() and path.read_text() for path in ready):
            assert time.monotonic() < until and job.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        ranks = [int(path.read_text()) for path in ready]
        start = time.monotonic()
        if victim == "rank":
            os.kill(ranks[1], signal.SIGKILL)
        elif victim == "launcher":
            os.kill(job.pid, signal.SIGKILL)
        else:
            os.killpg(job.pid, signal.SIGINT)
        assert job.wait(PATIENCE) != 0
        while any(map(alive, ranks)) and time.monotonic() - start < PATIENCE:
            time.sleep(0.05)
        assert not any(map(alive, ranks))
        mine = [n for n in set(os.listdir("/dev/shm")) - files["/dev/shm"] if "sm_segment" in n]
        assert (mine, os.listdir(session)) == ([], [])
    finally:
        job.kill()
        job.wait()
