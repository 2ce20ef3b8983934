"""What saving leaves when its process is killed, and that the next save to that name removes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from th7shell import torch
from th7shell.torch.serialization import temporaries

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are asked for by signals")

SAVING = (
    "import sys; from th7shell import torch; x = torch.ones(1 << 22)\n"
    "sys.stdout.write('on\\n'); sys.stdout.flush()\n"
    "while True: torch.save(sys.argv[1], x)"
)


def kill_while_saving(name: str, wait: float = 0) -> list[str]:
    """Kill a process in the middle of a save, or `wait` seconds later; what it left."""
    folder = os.path.dirname(name)
    with subprocess.Popen([sys.executable, "-c", SAVING, name], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if any(entry.endswith(".tmp") for entry in os.listdir(folder)):
                break
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
    return [entry for entry in os.listdir(folder) if entry.endswith(".tmp")]


def killed_until_something_is_left(name: str) -> None:
    for _ in range(20):
        if kill_while_saving(name):
            return
    pytest.fail("no save was killed on its way")


def test_a_killed_save_leaves_nothing_after_the_next(tmp_path):
    name = str(tmp_path / "net.t7")
    killed_until_something_is_left(name)
    torch.save(name, "second")
    assert os.listdir(tmp_path) == ["net.t7"]
    assert torch.load(name) == "second"


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_many_killed_saves(tmp_path):
    name, rng = str(tmp_path / "net.t7"), random.Random(1)
    torch.save(name, torch.ones(3))
    left = 0
    for _ in range(200):
        left += len(kill_while_saving(name, rng.choice([0, rng.random() / 10])))
        assert torch.load(name).min() == 1
        assert len(os.listdir(tmp_path)) <= 2
    assert left > 50
    torch.save(name, 1)
    assert os.listdir(tmp_path) == ["net.t7"]


def test_others_are_left_alone(tmp_path):
    """Files of a living process, of another machine, of another target, of no save at all."""
    stem = temporaries.stem_of("net.t7")
    keep = {
        temporaries.name_for(stem),
        f"{stem}{os.getppid()}-01234567.tmp",
        ".net.t7.00000000-999999-01234567.tmp",
        f"{temporaries.stem_of('other.t7')}999999999-01234567.tmp",
        f"{stem}999999999-mine.tmp",
        f"{stem}999999999-01234567.tmp.txt",
    }
    for entry in keep:
        (tmp_path / entry).write_text("")
    (tmp_path / f"{stem}999999999-01234567.tmp").write_text("")
    torch.save(str(tmp_path / "net.t7"), 1)
    assert set(os.listdir(tmp_path)) == {*keep, "net.t7"}
