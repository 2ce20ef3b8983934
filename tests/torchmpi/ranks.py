"""Run Lua programs on several ranks. Needs mpi4py and an MPI; what uses it is skipped without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from th7shell.launch import launcher

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
needs_mpi = pytest.mark.skipif(launcher() is None, reason="no mpirun is found")


def command(ranks, *words):
    return [sys.executable, "-m", "th7shell", "launch", "-n", str(ranks), *map(str, words)]


def run(ranks, *words, cwd=ROOT, timeout=120):
    """The finished process of a program on several ranks; without a launcher for one rank."""
    line = command(ranks, *words) if ranks > 1 else [sys.executable, "-m", "th7shell", *words]
    return subprocess.run(
        list(map(str, line)), cwd=cwd, capture_output=True, text=True, timeout=timeout
    )


def environment(**more):
    return os.environ | more
