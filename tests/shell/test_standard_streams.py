"""Closed, full and odd standard streams × ways of running: what is done, or one clear line; never
Python's words."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FULL = "/dev/full"
pytestmark = pytest.mark.skipif(not os.path.exists(FULL), reason="needs /dev/full")

NO_ROOM = "No space left on device"
TH = f"{sys.executable} -m th7shell"
CASES = [  # command, exit code, what it writes where it can
    ("TH -e 'print(1)' >&-", 0, ""),
    ("TH a.lua >&-", 0, ""),
    ("TH a.lua >/dev/full", 1, NO_ROOM),
    ("echo 'print(1)' | TH >/dev/full", 1, NO_ROOM),
    (
        "TH -e 'print(io.write(1))' -e 'print((select(2, io.stdout:flush())))' >/dev/full",
        1,
        NO_ROOM,
    ),
    ("TH -e 'print(pcall(print, io.read()))' <&-", 0, "nil\ntrue\n"),
    ("TH <&-", 0, ""),
    ("TH - <&-", 0, ""),
    ("TH -i -q --no-init -e 'print(1)' <&-", 0, "1\n"),
    ("TH -e 'error(1)' 2>&-", 1, ""),
    ("TH -e 'error(1)' 2>/dev/full", 1, ""),
    ("TH -e 'io.stderr:write(1) print(2)' 2>&-", 0, "2\n"),
    ("TH -h >/dev/full", 1, NO_ROOM),
    ("TH --wrong 2>/dev/full", 2, ""),
    ("TH a.lua <&- >&- 2>&-", 0, ""),
    (
        'TH -e \'f = io.open("new", "w") print(1) f:close() print(#io.open("new"):read("*a"))\' >&-',
        0,
        "",
    ),
    ("TH folder", 1, "Is a directory"),
]
WORDS = ("Traceback", "Error:", "NoneType", "Errno", "Exception ignored")


@pytest.mark.parametrize(("command", "code", "written"), CASES, ids=[c for c, *_ in CASES])
def test_streams(command, code, written, tmp_path):
    (tmp_path / "a.lua").write_text("print(1)")
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        command.replace("TH", TH),
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "HOME": str(tmp_path)},
    )
    text = done.stdout + done.stderr
    if "|" not in command:
        assert done.returncode == code, text
    assert not any(word in text for word in WORDS), text
    if written == NO_ROOM or "directory" in written:
        assert written in text
        assert text.count("\n") <= 4  # the line, and where it was
    else:
        assert text == written
    if "new" in command:
        assert (tmp_path / "new").read_text() == ""


def test_without_docstrings(tmp_path):
    """PYTHONOPTIMIZE=2 takes them away."""
    code = "require 'nn' require 'image' print(nn.Linear(2, 2)) print(#torch.svd(torch.eye(2)))"
    done = subprocess.run(
        [sys.executable, "-m", "th7shell", "-e", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stderr == ""
    assert done.stdout.startswith("nn.Linear(2 -> 2)\n")
