"""What is written where no more fits is an error, and what was there before stays.

The size of files is limited in a process of its own: the system then refuses to write more, as a
full disk does.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("resource")

PROGRAM = """
import os, resource, sys
from th7shell.session.environment import Environment

world = Environment()
run = lambda text, *values: world.load(text, "=case")(*values)
run("require 'torch' require 'image'")
run(sys.argv[1])
before = {name: os.stat(name).st_size for name in os.listdir()}
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
print(run(f"return tostring(select(2, pcall(function() {sys.argv[2]} end)))"))
after = {name: os.stat(name).st_size for name in os.listdir()}
print("kept" if after == before else f"{before} {after}")
"""
LARGE = "torch.ones(1e5)"
SAVES = {  # what is written at first, and what does not fit: the first stays
    "save": ("torch.save('a', 1)", f"torch.save('a', {LARGE})", "write error"),
    "save ascii": (
        "torch.save('a', 1, 'ascii')",
        f"torch.save('a', {LARGE}, 'ascii')",
        "write error",
    ),
    "save a string": ("torch.save('a', 1)", "torch.save('a', ('x'):rep(1e6))", "write error"),
    "png": (
        "image.save('a.png', torch.ones(3, 2, 2))",
        "image.save('a.png', torch.rand(3, 300, 300))",
        "a.png: File too large",
    ),
    "ppm": (
        "image.save('a.ppm', torch.ones(3, 2, 2))",
        "image.save('a.ppm', torch.rand(3, 300, 300))",
        "a.ppm: File too large",
    ),
    "jpg": (
        "image.save('a.jpg', torch.ones(3, 2, 2))",
        "image.save('a.jpg', torch.rand(3, 600, 600))",
        "a.jpg: File too large",
    ),
    "mapping": (
        "torch.DoubleStorage('a', true, 3):fill(1)",
        "torch.DoubleStorage('a', true, 1e5)",
        "unable to resize file <a> to the right size: File too large",
    ),
}
STREAMS = {  # what is written bit by bit
    "DiskFile": (f"torch.DiskFile('b', 'w'):writeDouble({LARGE}:storage())", "write error"),
    "io": (
        "local f = io.open('b', 'w') assert(f:write(('x'):rep(1e6))) assert(f:flush())",
        "File too large",
    ),
    "closing": (
        "local f = io.open('b', 'w') f:write(('x'):rep(65000)) f:write(('y'):rep(999)) assert(f:close())",
        "File too large",
    ),
}


def run(folder, first: str, then: str) -> list[str]:
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), first, then]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("case", SAVES)
def test_a_save_that_does_not_fit_leaves_what_was_there(case, tmp_path):
    first, then, message = SAVES[case]
    told, state = run(tmp_path, first, then)
    assert message in told and "Errno" not in told
    assert state == "kept"


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_that_does_not_fit_says_so(case, tmp_path):
    text, message = STREAMS[case]
    told, _ = run(tmp_path, "", text)
    assert message in told and "Errno" not in told
