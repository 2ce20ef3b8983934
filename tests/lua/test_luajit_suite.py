"""LuaJIT's own tests, where they are checked out: a folder LuaJIT-test-cleanup beside the project, or
the one that TH7SHELL_LUAJIT_TESTS names.

What fails there lists what th has besides LuaJIT (docs/lua.md), and nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[3] / "LuaJIT-test-cleanup"
SUITE = Path(os.environ.get("TH7SHELL_LUAJIT_TESTS", BESIDE)) / "test"
OPTIONS = (
    "--quiet -ffi -trace -opt +jit +abc +cse +dce +dse +fold +fuse +fwd +loop +narrow +sink +sse2"
    " +sse3 +sse4.1 +bmi2"
).split()
THS_OWN = {
    "base",  # names in _G
    "string",  # split and tosymbol
    "pre-5.2 table",  # splice, prune, and LuaJIT's move
    "pre-5.2 package",  # package.searchers, as in LuaJIT with the 5.2 switch
    "print calls overridden tostring",  # th has a print of its own
}


@pytest.mark.skipif(not SUITE.is_dir(), reason="the tests are not beside the project")
def test_what_fails_is_ths_own():
    command = [sys.executable, "-m", "th7shell", "test.lua", *OPTIONS]
    done = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, timeout=250)
    said = done.stdout + done.stderr
    failed = {line.partition(" --- ")[2] for line in re.findall(r"^\[\d+/\d+\].*", said, re.M)}
    assert failed == THS_OWN
    assert re.search(r"^411 passed, 5 failed", said, re.M)
