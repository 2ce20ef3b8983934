"""A Python as browsers have it: no greenlets, no threads, no users."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

AS_IN_A_BROWSER = """
import os, sys, threading
import numpy, PIL.Image
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
sys.modules["greenlet"] = sys.modules["scipy"] = sys.modules["scipy.linalg"] = None
sys.platform = "emscripten"
if os.name != "nt":
    del os.geteuid
from th7shell.cli import main
sys.exit(main(sys.argv[1:]))
"""


PROGRAM = """
require 'nn'
local net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
print(net:forward(torch.ones(3)):size(1))
net:backward(torch.ones(3), torch.ones(2))
net:updateParameters(0.1)
print(pcall(coroutine.wrap, print))
print(coroutine.running())
"""


def test_all_but_coroutines_works(tmp_path: Path):
    program = tmp_path / "program.lua"
    program.write_text(PROGRAM + "-- long enough for the cache\n" * 20)
    words = [sys.executable, "-c", AS_IN_A_BROWSER, str(program)]
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=env)
    assert done.stderr == "" and done.returncode == 0
    size, refused, running = done.stdout.splitlines()
    assert size == "2"
    assert refused == ("false\tcoroutines need the Python package greenlet, which is not installed")
    assert running.startswith("thread: ") and running.endswith("\ttrue")
