"""Nothing is fetched at run time: a session and a prompt open no socket and look no name up. (Imports:
`test_systems.py`.)"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBID = "import sys\nfrom tests import offline, windows\noffline.forbid()\n"
RUN = "from th7shell.cli import main\nsys.exit(main({words!r}))"
SESSION = """require 'nn' require 'optim' require 'image' require 'gnuplot'
local net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
local p, g = net:getParameters()
optim.sgd(function() g:fill(1) return 0, g end, p, {learningRate = 0.1})
torch.save('n.t7', net) image.save('n.png', torch.rand(3, 4, 4)) print(image.load('n.png'):size(1), torch.load('n.t7'):size())
gnuplot.svgfigure('p.svg') gnuplot.plot(torch.range(1, 3)) gnuplot.plotflush() print 'done'"""
PROGRAMS = {
    "a session": (RUN.format(words=["-e", SESSION]), "done"),
    "a prompt": (f"windows.prompt({json.dumps(['1 + 1', '? nn.Linear', chr(4)])})", "nn.Linear"),
    "what it would catch": ("import socket\ntry: socket.getaddrinfo('a.example', 80)\nexcept OSError as e: print(e)", "no network"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_socket_is_opened(name, tmp_path):
    text, shown = PROGRAMS[name]
    done = subprocess.run(
        [sys.executable, "-c", FORBID + text],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TH7SHELL_CUDA": "quiet"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and shown in done.stdout, done.stderr
    assert ("socket." in done.stderr) == (name == "what it would catch")
