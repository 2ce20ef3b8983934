"""The running interpreter's globals: `globals` is Lua's `_G`, `autoload` those made on mention.

They belong to a `World`, and each thread of the system is in one: the main world, unless it is a
worker of the threads package. So a worker's code runs beside the main program's without its names.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from .values import Table

globals: Table  # both are properties of this module, see `_State`
autoload: dict[str, Callable[[], Any]]  # global → what makes it


class World:
    """What one Lua state does not share with others. Other rooms keep theirs in attributes, whose
    first values are the class's."""

    default_type: Any = None  # the class that torch.Tensor stands for
    generator: Any = None  # torch's default one
    torch: Any = None  # the table of torch's names
    weak_tables: Any = None  # those that a collection looks into
    strings: Any = None  # the string library, in which methods of strings are found

    def __init__(self) -> None:
        self.globals = Table()
        self.autoload: dict[str, Callable[[], Any]] = {}
        self.classes: dict[str, Any] = {}  # those that Lua code has made, by name
        self.packages: dict[Any, Table] = {}  # a package's table → the one that this world sees


class _Current(threading.local):
    """The world of a thread."""

    world: World


MAIN = World()
_Current.world = MAIN
current = _Current()
many: list[World] = []  # empty while all threads are in the main one: `current` need not be asked


class _State(ModuleType):
    """This module: its names that are of the thread's world."""

    @property
    def globals(self) -> Table:
        return current.world.globals

    @globals.setter
    def globals(self, table: Table) -> None:
        current.world.globals = table

    @property
    def autoload(self) -> dict[str, Callable[[], Any]]:
        return current.world.autoload


sys.modules[__name__].__class__ = _State


def provide(names: Iterable[str]) -> None:
    """Make the globals among these names that wait for their first mention."""
    autoload = current.world.autoload
    for name in autoload.keys() & set(names):
        make = autoload.pop(name, None)
        if make is not None:
            make()


def plain_call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a function."""
    return function(*arguments, **named)


long_call: Callable[..., Any] = plain_call  # calls what may hold Python's lock for minutes
equip: Callable[[Table], Any] | None = None  # gives globals the packages that require finds
closing: list[Callable[[], Any]] = []  # called when a program has come to its end

memory_users: list[Callable[[], int]] = []  # each tells the bytes a library holds in arrays
