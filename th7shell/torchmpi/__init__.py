"""torchmpi: training on many processes and machines, by MPI. Upstream: facebookarchive/TorchMPI.

`library` finds MPI, `communicators` has the levels, `collectives` what runs over them, `networks`
is `torchmpi.nn`, `parameter_server` and `updates` train over shards, `engine` is torchnet's, and
`start` below begins it all. Ranks count from 0.
"""

from __future__ import annotations

import socket
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, new_table
from th7shell.torch.namespace import namespace, need

from . import checks, settings
from .collectives import ASYNC, ON_THE_WAY, SYNC, scalar_functions, sync_handle
from .communicators import LEVELS
from .library import check, running
from .parameter_server import free_all
from .rules import checked, rule
from .selector import availability, selected, selector

__all__ = ["FILES", "luaopen"]

_STREAMS = ("default", "copyToGPU", "copyToCPU", "localCollective", "globalCollective")


def table() -> Any:
    """The table `torchmpi`, filled on first use."""
    mpi = namespace("torchmpi")
    if mpi["start"] is None:
        _fill(mpi)
    return mpi


def _fill(mpi: Any) -> None:
    mpi.C = settings.library()
    fields = SYNC | scalar_functions()
    fields |= {name: getattr(settings, name) for name in ("rank", "size", "barrier")}
    fields |= {
        "start": checked(
            start,
            rule("withCuda", "boolean", default=False),
            rule("withIPCGroups", "boolean", default=True),
            rule("customCommunicatorInit", "function", opt=True),
            rule("withCartesianCommunicator", "boolean", default=False),
            rule("collectiveCommunicator", "function", opt=True),
        ),
        "stop": stop,
        "communicatorNames": settings.communicator_names,
        "syncHandle": sync_handle,
        "checkWithAllreduce": checks.same_on_all_ranks,
        "collectiveAvailability": availability,
        "collectiveSelectorToString": _selected,
        "p2p": new_table(fields=_point_to_point(SYNC)),
        "async": new_table(fields=ASYNC | {"initStreams": init_streams}),
    }
    for name, value in fields.items():
        mpi[name] = value
    mpi["async"]["p2p"] = new_table(fields=_point_to_point(ASYNC))


def _point_to_point(functions: dict[str, Any]) -> dict[str, Any]:
    """What the original has as its own rings and trees."""
    return {n: f for n, f in functions.items() if n in ASYNC}


def _selected(*asked: Any) -> str:
    """`mpi.collectiveSelectorToString([cpu|gpu[, node[, sync[, name]]]])`: what is selected."""
    return selected(table().collectiveSelector, *asked)


def init_streams(*_: Any) -> None:
    """Name the streams of the original; collectives do not run on a graphics card's streams."""
    names = {f"{name}Stream": i for i, name in enumerate(_STREAMS)}
    table()["async"]["streams"] = new_table(fields=names)


def start(
    withCuda: Any,
    withIPCGroups: Any,
    customCommunicatorInit: Any,
    withCartesianCommunicator: Any,
    collectiveCommunicator: Any,
) -> None:
    """Start MPI, on all ranks: `mpi.start([withCuda[, withIPCGroups[, customCommunicatorInit[,
    withCartesianCommunicator[, collectiveCommunicator]]]]])`, or by name.

    customCommunicatorInit pushes communicators and returns the number of the last, which becomes
    current. Then a level of the ranks on one host is pushed, unless collectiveCommunicator does it.
    """
    mpi = table()
    if LEVELS.all:
        raise TorchError("torchmpi: MPI was started already")
    mpi.withCuda, mpi.ipcGroups, mpi.hostName = withCuda, withIPCGroups, socket.gethostname()
    mpi.hasNCCL = mpi.hasGloo = mpi.hasGlooCuda = False
    LEVELS.cartesian = withCartesianCommunicator
    LEVELS.start()
    base = 0
    if customCommunicatorInit is not None:
        base = customCommunicatorInit()
        if base is None:
            depth = "customCommunicatorInit should return the communicator hierarchy's depth"
            raise TorchError(depth)
        LEVELS.set(base)
    if collectiveCommunicator is not None:
        collectiveCommunicator()
    else:
        mpi.numCommunicators = LEVELS.push(mpi.hostName)
    mpi.needInterNodeCollectives = LEVELS.hosts() > 1
    mpi.collectiveSelector = selector()
    if LEVELS.all[0].intra.rank == 0:
        names = LEVELS.names().rstrip()
        console.show(f"[MPI] Using the following hierarchical communicators:\n{names}")


def stop(*_: Any) -> None:
    """End MPI, on all ranks; it cannot be started again."""
    MPI = running()
    if LEVELS.all:
        for handle in list(ON_THE_WAY):
            handle.wait()
        LEVELS.current = 0
        LEVELS.comm.Barrier()
        free_all()
        LEVELS.stop()
    MPI.Finalize()


def luaopen(globals: Any) -> Any:
    """What `require 'torchmpi'` returns; no global is set. Errors: mpi4py is not installed."""
    check()
    need(globals, "torch")
    return table()


def _after(name: str) -> Any:
    """What makes the value of a file that needs the package: `package()` of a module."""

    def make(globals: Any) -> Any:
        globals.require("torchmpi")
        need(globals, "nn")
        from importlib import import_module

        return import_module(f"{__name__}.{name}").package()

    return make


def _parameter_server(globals: Any) -> Table:
    value = _after("parameter_server")(globals)
    from . import updates

    for name, cls in updates.CLASSES.items():
        table()[name] = cls
    return value


def _block_sequential(globals: Any) -> Any:
    need(globals, "nn")
    from . import block_sequential

    return block_sequential.BlockSequential


def _cache(globals: Any) -> Any:
    from . import cache

    return cache.CACHE


def _engine(globals: Any) -> Any:
    _nn(globals)
    from .engine import open_engine

    return open_engine(globals)


_nn = _after("networks")

APART = True  # BlockSequential needs no MPI
FILES: dict[str, Any] = {
    "env": lambda globals: table(),
    "cache": _cache,
    "nn": _nn,
    "BlockSequential": _block_sequential,
    "parameterserver": _parameter_server,
    "parameterserver.init": _parameter_server,
    "engine": _engine,
    "engine.sgdengine": _engine,
}
