"""Recursion at a prompt has the room that it has in scripts."""

from __future__ import annotations

import os
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info >= (3, 14), reason="no other stack can grow"
)
LINE = "local function f(n) if n == 0 then return 7 end return 1 + f(n - 1) end print(f(150000))\n"


def test_deep_recursion_at_a_prompt() -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "TERM": "dumb"}
        os.execve(sys.executable, [sys.executable, "-m", "th7shell", "--no-init"], environment)
    os.write(terminal, LINE.encode() + b"os.exit()\n")
    shown = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other side is gone
            break
        shown += part
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"150007" in shown, shown[-500:]
