"""`torchmpi.C`: the functions of the original's C library that programs call by name.

What TorchMPI tuned by numbers, MPI chooses itself: the settings are kept and can be read back, and
change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, new_table
from th7shell.torch.types import integer

from . import parameter_server
from .collectives import scalar_functions, sync_handle
from .communicators import LEVELS

NUMBERS = {  # setting: the original's default
    **{f"small_{kind}_broadcast_size": 1 << 13 for kind in ("cpu", "gpu")},
    **{f"small_{kind}_allreduce_size": 1 << 16 for kind in ("cpu", "gpu")},
    **{f"min_buffer_size_per_{kind}_collective": 1 << 17 for kind in ("cpu", "gpu")},
    **{f"max_buffer_size_per_{kind}_collective": 1 << 22 for kind in ("cpu", "gpu")},
    **{f"broadcast_size_{kind}_tree_based": 1 << 22 for kind in ("cpu", "gpu")},
    **{f"num_buffers_per_{kind}_collective": 1 for kind in ("cpu", "gpu")},
    "collective_num_threads": 4,
    "collective_thread_pool_size": 1 << 20,
    "parameterserver_num_threads": 4,
    "parameterserver_thread_pool_size": 1 << 20,
}
_CHOICES = ("hierarchical", "flat", "staged", "direct")
NOTHING = (
    *("set_collective_span", "free_ipc_descriptors"),
    *(f"set_{choice}_collectives" for choice in _CHOICES),
)


def push_communicator(key: Any = None, *_: Any) -> int:
    """Divide the current communicator by a string that each rank gives; the new level's number."""
    return LEVELS.push(str(key))


def set_communicator(level: Any = None, *_: Any) -> None:
    """Make a level the current one."""
    LEVELS.set(integer(level, 1))


def rank(*_: Any) -> int:
    """This rank's number in the current communicator, from 0."""
    return LEVELS.comm.rank


def size(*_: Any) -> int:
    """How many ranks the current communicator has."""
    return LEVELS.comm.size


def barrier(*_: Any) -> None:
    """Wait for all ranks of the current communicator."""
    LEVELS.comm.Barrier()


def is_cartesian_communicator(*_: Any) -> bool:
    """Whether the groups of the current level are equally large, and were pushed as cartesian."""
    return LEVELS.here.cartesian


def num_nodes_in_communicator(*_: Any) -> int:
    """How many hosts the current communicator's ranks run on."""
    return LEVELS.hosts()


def communicator_names(*_: Any) -> str:
    """The levels of communicators, a line each."""
    return LEVELS.names()


def set_cartesian_communicator(*_: Any) -> None:
    """Levels pushed from now on are cartesian where their groups are equally large."""
    LEVELS.cartesian = True


def set_tree_communicator(*_: Any) -> None:
    """Levels pushed from now on link the first ranks of their groups only."""
    LEVELS.cartesian = False


def nothing(*_: Any) -> None:
    """Change nothing: MPI chooses this itself."""


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(push_communicator, set_communicator, rank, size, barrier, is_cartesian_communicator),
    *(num_nodes_in_communicator, communicator_names),
    *(set_cartesian_communicator, set_tree_communicator),
)


def library() -> Table:
    """The table `torchmpi.C`."""
    kept = dict(NUMBERS)
    table = new_table(fields={f"torchmpi_{f.__name__}": f for f in FUNCTIONS})
    for name, function in scalar_functions().items():
        table[f"torchmpi_{name}"] = function
    for name in NUMBERS:
        table[f"torchmpi_set_{name}"], table[f"torchmpi_get_{name}"] = _setting(kept, name)
    for name in NOTHING:
        table[f"torchmpi_{name}"] = nothing
    table["torchmpi_synchronize_handle"] = sync_handle
    table["torchmpi_parameterserver_free_all"] = parameter_server.free_all
    table["customBarrier"] = barrier
    for kind in ("nccl", "gloo", "gloo_cuda"):
        table[f"torchmpi_has_{kind}"] = _absent
    return table


def _absent(*_: Any) -> int:
    """0: collectives are MPI's own."""
    return 0


def _setting(kept: dict[str, int], name: str) -> tuple[Callable[..., None], Callable[..., int]]:
    """The functions that set and tell a number."""

    def put(value: Any = None, *_: Any) -> None:
        """Keep a number, which changes nothing: MPI chooses this itself."""
        kept[name] = integer(value, 1)

    def get(*_: Any) -> int:
        """The number that was kept."""
        return kept[name]

    return put, get
