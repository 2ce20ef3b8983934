"""The fuzzer (`fuzz.py`), in a process of limited memory: a share of its calls here, all of them
under `long`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(__file__).with_name("fuzz.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="memory limits are POSIX's")


def report(share: float, folder: Path, limit: int) -> tuple[int, int, str]:
    """(targets, calls, what is wrong): nothing, or the last lines of the program."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(PROGRAM), str(share)],
        capture_output=True,
        text=True,
        timeout=limit,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        check=False,
    )
    lines = done.stdout.splitlines()
    found = re.fullmatch(r"(\d+) targets, (\d+) calls, (\d+) faults", lines[-1] if lines else "")
    if found is None or found[3] != "0":
        faults = [line for line in lines if line.startswith("FAULT")]
        return 0, 0, "\n".join([*faults[:40], *lines[-1:], done.stderr[-2000:]])
    return int(found[1]), int(found[2]), ""


def test_a_share_of_the_calls(tmp_path):
    targets, calls, wrong = report(0.03, tmp_path, 280)
    assert not wrong, wrong
    assert targets > 7000 and calls > 10_000


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_all_calls(tmp_path):
    targets, calls, wrong = report(1, tmp_path, 3500)
    assert not wrong, wrong
    assert targets > 7000 and calls > 400_000
