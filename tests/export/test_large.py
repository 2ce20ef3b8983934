"""A file of two gigabytes: how long it takes, and in how much memory."""

from __future__ import annotations

import os
import resource
import shutil
import struct
import subprocess
import sys
import time

import pytest

from th7shell import export

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="no sparse files, no resource usage"),
]
SIZE = 1 << 27  # elements of each of four tensors


def text(s):
    return struct.pack("<i", len(s)) + s


@pytest.fixture
def large(tmp_path):
    """A table of four FloatTensors, 2 GB in all, most of it a hole in the file."""
    path = tmp_path / "large.t7"
    with open(path, "wb") as file:
        file.write(struct.pack("<iii", 3, 1, 4))
        for i in range(4):
            file.write(struct.pack("<i", 2) + text(b"w%d" % i))
            file.write(struct.pack("<ii", 4, 2 * i + 2) + text(b"V 1") + text(b"torch.FloatTensor"))
            file.write(struct.pack("<iqqqqq", 2, SIZE // 1024, 1024, 1024, 1, 1))
            file.write(
                struct.pack("<ii", 4, 2 * i + 3) + text(b"V 1") + text(b"torch.FloatStorage")
            )
            file.write(struct.pack("<q", SIZE))
            file.seek(4 * SIZE, 1)
        file.truncate()
    return path


def usage(*words):
    """Seconds and the largest memory in MB of a run of the program."""
    before = time.perf_counter()
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, sys.executable, "-m", "th7shell", *map(str, words)],
        check=True,
        capture_output=True,
        text=True,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - before, int(run.stdout.split()[-1]) * unit / 1e6


def reading(path):
    """Seconds that it takes to read a file."""
    part = bytearray(1 << 21)
    started = time.perf_counter()
    with open(path, "rb", buffering=0) as file:
        while file.readinto(part):
            pass
    return time.perf_counter() - started


@pytest.mark.parametrize("option", ["--tree", "--tensors"])
def test_inspect_takes_five_seconds_and_little_memory(large, option):
    """Of statistics, a few seconds more than reading takes."""
    runs = [(reading(large), *usage("inspect", large, option)) for _ in range(3)]
    read = 2 * min(row[0] for row in runs) if option == "--tensors" else 0
    assert min(row[1] for row in runs) < 5 + read and max(row[2] for row in runs) < 300, runs


def test_convert_takes_no_more_than_two_copies(large, tmp_path):
    def copy():
        started = time.perf_counter()
        shutil.copyfile(large, tmp_path / "copy")
        os.remove(tmp_path / "copy")
        return time.perf_counter() - started

    def convert():
        started = time.perf_counter()
        export.convert(large, tmp_path / "out.safetensors")
        os.remove(tmp_path / "out.safetensors")
        return time.perf_counter() - started

    copy()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = [(copy(), convert()) for _ in range(3)]
    assert max(a / b for a, b in pairs) > 0.5, pairs
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 300e6
