"""Random calls of everything in torch (`wild_calls.py`), in a process of limited memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="memory limits are POSIX's")


def report(seed: int, count: int, folder: Path) -> str:
    """What the program prints, run in a folder that may fill with files of odd names."""
    program = Path(__file__).with_name("wild_calls.py")
    command = [sys.executable, "-X", "faulthandler", str(program), str(seed), str(count)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, cwd=folder, check=False
    )
    return done.stdout + done.stderr


def test_failures_are_errors_of_the_user(tmp_path):
    assert report(1, 12_000, tmp_path) == "12000 calls, 0 faults\n"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 15))
def test_many(seed, tmp_path):
    assert report(seed, 40_000, tmp_path) == "40000 calls, 0 faults\n"
