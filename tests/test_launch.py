"""`th7shell launch`: which command it becomes. What runs by it is in torchmpi/."""

from __future__ import annotations

import subprocess
import sys

import pytest

from th7shell.launch import FAMILIES, Job, hydra, open_mpi, options_of, programs

VERSION = "mpirun (Open MPI) 5.0.11"


def job(**more):
    fields = {
        "ranks": 4,
        "words": ["th7shell", "train.lua"],
        "hosts": [],
        "threads": 2,
        "prefix": False,
        "bind": False,
        "environment": {"OMP_NUM_THREADS": "2"},
    }
    return Job(**(fields | more))


@pytest.mark.parametrize(
    ("make", "asked", "version", "words"),
    [
        (open_mpi, job(), VERSION, "--map-by slot:OVERSUBSCRIBE --bind-to none -x OMP_NUM_THREADS=2"),
        (open_mpi, job(bind=True), VERSION, "--map-by slot:PE=2:OVERSUBSCRIBE --bind-to core"),
        (open_mpi, job(hosts=["a", "b", "c"]), VERSION, "--host a:2,b:2,c:2"),
        (open_mpi, job(prefix=True), VERSION, "--output tag"),
        (open_mpi, job(prefix=True), "mpirun (Open MPI) 4.1.6", "--tag-output"),
        (hydra, job(bind=True), "", "-bind-to core:2 -genv OMP_NUM_THREADS 2"),
        (hydra, job(hosts=["a", "b"], prefix=True), "", "-hosts a,b -ppn 2 -prepend-rank"),
    ],
)  # fmt: skip
def test_the_launchers_options(make, asked, version, words):
    assert words in " ".join(make(asked, version))


def test_programs_of_ranks_that_differ():
    assert programs(job()) == ["-n", "4", "th7shell", "train.lua"]
    words = ["th7shell", "train.lua", "-node", "{rank1}", "-of", "{size}", "{rank}.log"]
    line = " ".join(programs(job(ranks=2, words=words)))
    assert line == (
        "-n 1 th7shell train.lua -node 1 -of 2 0.log : -n 1 th7shell train.lua -node 2 -of 2 1.log"
    )


def test_which_launcher_it_is(tmp_path):
    for said, known in ((VERSION, True), ("HYDRA build details:", True), ("LAM 7", False)):
        path = tmp_path / "mpirun"
        path.write_text(f"#!/bin/sh\necho '{said}'\n")
        path.chmod(0o755)
        assert (options_of(str(path), job()) is not None) is known
    assert len(FAMILIES) == 3


@pytest.mark.parametrize(
    "words", [["train.lua"], ["-n", "0", "train.lua"], ["-n", "2"], ["-n", "two", "train.lua"]]
)
def test_wrong_usage(words):
    done = subprocess.run(
        [sys.executable, "-m", "th7shell", "launch", *words], capture_output=True, text=True
    )
    assert done.returncode == 2 and "usage: " in done.stderr and "Traceback" not in done.stderr
