"""Which modules a process has imported, so that another one knows the same classes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from importlib import import_module

from th7shell.lua import state

PROJECT = __package__.partition(".")[0] + "."
LEFT_OUT = ("shell", "kernel", "cli", "display", "rocks", "__main__", "options", "subcommands")


def loaded() -> list[str]:
    """What this process has imported and a worker may need."""
    names = [name for name in list(sys.modules) if name.startswith((PROJECT, "PIL."))]
    needed = [] if state.equip is None else [state.equip.__module__]
    return needed + [name for name in names if name.split(".")[1] not in LEFT_OUT]


def prepare(names: Iterable[str]) -> bool:
    """Import modules; whether one was new. What cannot be imported is left to those who need it,
    who will get the error."""
    new = [name for name in names if name not in sys.modules]
    for name in new:
        with contextlib.suppress(Exception):
            import_module(name)
    return bool(new)


class News:
    """The project's packages that this process has imported since the other end was last told; it
    knows those of now."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._count = 0
        self.take()

    def take(self) -> list[str]:
        """Their names."""
        if self._count == len(sys.modules):
            return []
        self._count = len(sys.modules)
        names = [name for name in list(sys.modules) if name.startswith(PROJECT)]
        new = [n for n in names if n.count(".") == 1 and n not in self._told]
        self._told.update(new)
        return [name for name in new if name.removeprefix(PROJECT) not in LEFT_OUT]
