"""Which collective is used where: `mpi.collectiveSelector`, and the texts that list them.

The original chose between MPI, its own point-to-point rings, NCCL and Gloo. All are MPI's own
collectives here: `mpi.p2p` and `mpi.async.p2p` are other names of the same functions.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, new_table

from .collectives import ASYNC, SYNC

NAMES: tuple[str, ...] = (
    *("allreduceTensor", "broadcastTensor", "reduceTensor", "sendreceiveTensor"),
    "allgatherTensor",
)
_LEVELS = (("cpu", "gpu"), ("singlenode", "multinode"), ("sync", "async"), NAMES)
_KINDS = ("cpuSelector", "nodeSelector", "asyncSelector", "collectiveSelector")
_ABSENT = ("nccl", "gloo")


def selector() -> Table:
    """The table `mpi.collectiveSelector`: [cpu|gpu][singlenode|multinode][sync|async][name]; where
    nothing is asynchronous, the synchronous function stands in."""

    def functions(way: str) -> Table:
        return new_table(fields=SYNC | (ASYNC if way == "async" else {}))

    def nodes() -> Table:
        ways = {way: functions(way) for way in _LEVELS[2]}
        return new_table(fields=ways)

    return new_table(
        fields={
            device: new_table(fields={node: nodes() for node in _LEVELS[1]})
            for device in _LEVELS[0]
        }
    )


def selected(table: Any, *asked: Any) -> str:
    """`mpi.collectiveSelectorToString([cpu|gpu[, node[, sync[, name]]]])`: what is selected."""
    named = {function: f"MPI.{name}" for name, function in SYNC.items()}
    named |= {function: f"MPI.async.{name}" for name, function in ASYNC.items()}
    choices = []
    for kind, allowed, value in zip(_KINDS, _LEVELS, (*asked, *(None,) * 4)):
        if value is not None and value not in allowed:
            raise TorchError(f"Invalid {kind} string {value}")
        choices.append(allowed if value is None else (value,))
    devices, nodes, ways, names = choices
    return "".join(
        f"MPI.collectiveSelector.{'.'.join((d, n, w, name)):40} \t->\t"
        f" {named.get(table[d][n][w][name], 'a function of the program')}\n"
        for d in devices
        for n in nodes
        for w in ways
        for name in names
    )


def availability(cpu: Any = None, gpu: Any = None, *_: Any) -> str:
    """`mpi.collectiveAvailability([cpu[, gpu]])`: a line for each collective, `available`,
    `unimplemented` or `unavailable`."""
    text = ""
    for device, wanted in (("cpu", cpu), ("gpu", gpu)):
        if wanted in (None, True):
            ways = ("", "p2p.", *(f"{absent}." for absent in _ABSENT))
            rows = [
                f"\t{f'MPI.{when}{way}{name}':35} \t->\t {_status(when, way, name)}\n"
                for when in ("", "async.")
                for way in ways
                for name in ("broadcastTensor", "reduceTensor", *NAMES[:1], *NAMES[3:])
            ]
            text += f"{device} = {{\n{''.join(rows)}}}\n"
    return text


def _status(when: str, way: str, name: str) -> str:
    if way.rstrip(".") in _ABSENT:
        return "unavailable"
    known = ASYNC if when or way == "p2p." else SYNC
    return "available" if name in known else "unimplemented"
