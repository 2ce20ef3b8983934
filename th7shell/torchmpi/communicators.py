"""TorchMPI's communicators: a stack of levels, each a division of the ranks of the level that was
current when it was pushed, by a string that each rank gives.

A level has two communicators of MPI: `intra`, the ranks that gave the same string, in which ranks
are counted and collectives run, and `inter`, across the groups: the first ranks of all groups, or,
where the groups are equally large and cartesian levels are wanted, the ranks of one place in their
groups.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from th7shell.lua import TorchError

from .library import running


@dataclass
class Level:
    """One level of the stack, as this rank sees it."""

    key: str
    intra: Any
    inter: Any
    cartesian: bool

    def text(self) -> str:
        """What `communicatorNames` says of it."""
        places = ", ".join(
            f"rank {comm.rank} of {comm.size} in {name}"
            for name, comm in (("inter", self.inter), ("intra", self.intra))
        )
        return f"key({self.key}) {places}, cartesian: {str(self.cartesian).lower()}"


class Levels:
    """The levels of this process and which one is current."""

    def __init__(self) -> None:
        self.all: list[Level] = []
        self.current = 0
        self.cartesian = True  # whether equal groups make a cartesian level

    def start(self) -> None:
        """Level 0: all ranks."""
        MPI = running()
        if not self.all:
            world = MPI.COMM_WORLD.Dup()
            self.all.append(Level("global", world, MPI.COMM_SELF.Dup(), True))

    @property
    def here(self) -> Level:
        """The current level. Errors: MPI was not started."""
        if not self.all:
            raise TorchError("torchmpi: call mpi.start first")
        return self.all[self.current]

    @property
    def comm(self) -> Any:
        """MPI's communicator of the current level."""
        return self.here.intra

    def push(self, key: str) -> int:
        """Divide the ranks of the current level; the new level's number. The current one stays."""
        parent = self.comm
        keys = parent.allgather(key)
        members = [i for i, k in enumerate(keys) if k == key]
        sizes = {keys.count(k) for k in keys}
        place = members.index(parent.rank)
        cartesian = self.cartesian and len(sizes) == 1
        intra = parent.Split(members[0], place)
        if cartesian:
            inter = parent.Split(place, members[0])
        else:  # who is no first rank is alone
            inter = parent.Split(parent.size if place == 0 else parent.rank, members[0])
        self.all.append(Level(key, intra, inter, cartesian))
        return len(self.all) - 1

    def set(self, number: int) -> None:
        """Make a level current. Errors: there is none of that number."""
        if not 0 <= number < len(self.all):
            raise TorchError(f"communicators are 0 to {len(self.all) - 1}, got {number}")
        self.current = number

    def hosts(self) -> int:
        """How many hosts the ranks of the current level run on."""
        return len(set(self.comm.allgather(socket.gethostname())))

    def names(self) -> str:
        """All levels, a line each; the current one is marked."""
        lines = [
            f"level {i}: {level.text()}{' *' if i == self.current else ''}\n"
            for i, level in enumerate(self.all)
        ]
        return "".join(lines)

    def stop(self) -> None:
        """Free all levels."""
        for level in reversed(self.all):
            level.intra.Free()
            level.inter.Free()
        self.all.clear()
        self.current = 0


LEVELS = Levels()
