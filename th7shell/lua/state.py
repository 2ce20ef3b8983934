"""The running interpreter's globals: `globals` is Lua's `_G`, `autoload` those made on mention.

They belong to a `World`, one for each interpreter. A thread is in one world at a time, that of the
interpreter whose code it runs (`inside`); outside of any it is in the main world, the one that
Python sees.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .values import Table, running

globals: Table  # both are properties of this module, see `_State`
autoload: dict[str, Callable[[], Any]]  # global → what makes it


class World:
    """What one Lua state does not share with others. Other rooms keep theirs in attributes, whose
    first values are the class's."""

    default_type: Any = None  # the class that torch.Tensor stands for
    generator: Any = None  # torch's default one
    torch: Any = None  # the table of torch's names
    weak_tables: Any = None  # those that a collection looks into
    shower: Any = None  # where a library shows something (see `frontend`)
    digits: int = 0  # that printed tensors have beyond Torch's
    redefines: bool = False  # whether torch.class may declare a class again
    makes_nodes: bool = False  # whether calls of modules make nodes, as nngraph lets them

    def __init__(self) -> None:
        self.globals = Table()
        self.files: dict[str, Any] = {}  # "input" and "output" as io has redirected them
        self.registry: dict[Any, Any] = {}  # what debug.getregistry() holds besides classes
        self.strings: Any = Table()  # the string library, in which methods of strings are found
        self.type_metatables: dict[str, Any] = {}  # Lua type → metatable
        self.typed: set[str] = set()  # types whose Python types were changed for it
        self.autoload: dict[str, Callable[[], Any]] = {}
        self.classes: dict[str, Any] = {}  # those that Lua code has made, by name
        self.packages: dict[Any, Table] = {}  # a package's table → the one that this world sees


class _Current(threading.local):
    """The world of a thread."""

    world: World


MAIN = World()
_Current.world = MAIN
type(running).type_metatables = MAIN.type_metatables
current = _Current()
many: list[bool] = []  # empty while all threads are in the main one: `current` need not be asked


def enter(world: World) -> World:
    """Put this thread into a world; gives the one it was in."""
    before = current.world
    if world is not MAIN and not many:
        many.append(True)
    current.world = world
    running.type_metatables = world.type_metatables
    return before


@contextmanager
def inside(world: World) -> Iterator[None]:
    """This thread is in a world meanwhile."""
    before = enter(world)
    try:
        yield
    finally:
        enter(before)


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
failing: list[Callable[[int], Any]] = []  # called with the exit code of a program that fails

memory_users: list[Callable[[], int]] = []  # each tells the bytes a library holds in arrays
