"""Mutexes and conditions, which threads pass to each other by number: `m:id()` here,
`threads.Mutex(id)` there.

A wait wakes up now and then, so that an interrupt reaches a thread that would wait for ever. In a
worker process they all live in the program that it works for, their `home`.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, ClassVar

from th7shell.lua import LuaError, LuaObject, Table, new_table, rawset
from th7shell.lua.metatables import attach, setmetatable
from th7shell.lua.stdlib.arguments import NONE, BadArgument, check_number, type_name

PATIENCE = 0.05  # seconds between two looks of a thread that waits


def acquire(lock: Any) -> None:
    """Take a lock, be it after a long wait."""
    while not lock.acquire(timeout=PATIENCE):
        pass


class Handle(LuaObject):
    """What a thread holds of something that threads share, its `core`, by the core's number."""

    __slots__ = ("__weakref__", "core")
    kind = ""
    methods: ClassVar[tuple[str, ...]] = ()
    _known: ClassVar[dict[int, list[Any]]] = {}  # number → core, count of its users

    def __init__(self, core: Any) -> None:
        self.core = core
        self._known.setdefault(core.number, [core, 0])[1] += 1

    def __str__(self) -> str:
        return f"threads.{self.kind} <{self.core.number:x}>"

    def id(self, *_: Any) -> int:
        """The number by which other threads get at the same."""
        return self.core.number

    def free(self, *_: Any) -> tuple[()]:
        """Give it up; when all its users have, its number is no more."""
        entry = self._known.get(self.core.number)
        if entry is not None:
            entry[1] -= 1
            if entry[1] <= 0:
                del self._known[self.core.number]
                self.core.forgotten()
        return ()


class Core:
    """What threads share, by its number."""

    kind = ""

    @property
    def number(self) -> int:
        return id(self)

    def forgotten(self) -> None:
        """Its number is no more."""


def numbered(kind: str, number: Any) -> Any:
    """The core of a number. Errors: it is none of that kind's."""
    number = int(check_number(1, number))
    entry = Handle._known.get(number)
    if entry is None and home:
        return home[0].find(kind, number)
    if entry is None or entry[0].kind != kind:
        raise LuaError(f"threads: {kind.lower()} new failed (no {kind.lower()} has this id)", 1)
    return entry[0]


home: list[Any] = []  # in a worker process, what `make`s and `find`s mutexes and conditions


def checked(value: Any, position: int, cls: type[Handle]) -> Any:
    """The core of an argument. Errors: it is of another kind."""
    if not isinstance(value, cls):
        raise BadArgument(position, f"threads.{cls.kind} expected, got {type_name(value)}")
    return value.core


class MutexCore(Core):
    """A lock that any thread may open."""

    kind = "Mutex"

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def take(self) -> None:
        """Lock it, after waiting for whoever has locked it."""
        acquire(self.lock)

    def give(self) -> bool:
        """Unlock it; whether it was locked."""
        try:
            self.lock.release()
        except RuntimeError:
            return False
        return True

    def taken(self) -> bool:
        """Whether it is locked."""
        return self.lock.locked()


class Mutex(Handle):
    """A mutex: `threads.Mutex()`, or `threads.Mutex(id)` for one that another thread has made."""

    __slots__ = ()
    kind = "Mutex"
    methods = ("free", "id", "lock", "unlock")

    def lock(self: Any = NONE, *_: Any) -> tuple[()]:
        """Lock it, after waiting for whoever has locked it."""
        checked(self, 1, Mutex).take()
        return ()

    def unlock(self: Any = NONE, *_: Any) -> tuple[()]:
        """Unlock it. Errors: it is not locked."""
        if not checked(self, 1, Mutex).give():
            raise LuaError("threads: mutex unlock failed", 1)
        return ()


class ConditionCore(Core):
    """The locks of those who wait, each opened by a signal."""

    kind = "Condition"

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()

    def wait(self, mutex: MutexCore) -> None:
        """Unlock a mutex, wait for a signal and lock the mutex again."""
        mine = threading.Lock()
        mine.acquire()
        self.waiting.append(mine)
        try:
            mutex.lock.release()
            acquire(mine)
        finally:
            if mine in self.waiting:
                self.waiting.remove(mine)
            acquire(mutex.lock)

    def signal(self) -> None:
        """Let the one that has waited longest go on; a signal that nobody waits for is lost."""
        try:
            self.waiting.popleft().release()
        except IndexError:
            return


class Condition(Handle):
    """A condition that threads wait for: `threads.Condition()`, or `threads.Condition(id)`."""

    __slots__ = ()
    kind = "Condition"
    methods = ("free", "id", "signal", "wait")

    def wait(self: Any = NONE, mutex: Any = NONE, *_: Any) -> tuple[()]:
        """Unlock the mutex, wait for `signal` and lock the mutex again."""
        core, lock = checked(self, 1, Condition), checked(mutex, 2, Mutex)
        if not lock.taken():
            raise LuaError("threads: condition wait failed (the mutex is not locked)", 1)
        core.wait(lock)
        return ()

    def signal(self: Any = NONE, *_: Any) -> tuple[()]:
        """Let one of those who wait go on."""
        checked(self, 1, Condition).signal()
        return ()


def constructor(cls: type[Handle], new: Any) -> Table:
    """The table `threads.Mutex` of a class: called, it makes one; it shows the methods."""
    metatable = new_table((), {"__new": new, "__call": lambda _table=None, *given: new(*given)})
    for name in ("__index", "__newindex"):
        rawset(metatable, name, METATABLES[cls])
    return setmetatable(Table(), metatable)


def new_mutex(number: Any = NONE, *_: Any) -> Mutex:
    """A new mutex, or the one of a number."""
    return Mutex(new_core("Mutex") if number is NONE else numbered("Mutex", number))


def new_condition(number: Any = NONE, *_: Any) -> Condition:
    """A new condition, or the one of a number."""
    return Condition(new_core("Condition") if number is NONE else numbered("Condition", number))


def new_core(kind: str) -> Any:
    """A mutex's or condition's core, at home."""
    return home[0].make(kind) if home else CORES[kind]()


CORES: dict[str, Any] = {core.kind: core for core in (MutexCore, ConditionCore)}


METATABLES: dict[type[Handle], Table] = {}


def declare(cls: type[Handle], new: Any) -> None:
    """Give a class of handles its metatable, in which Lua finds its methods."""
    fields = {name: getattr(cls, name) for name in cls.methods}
    metatable = new_table((), {**fields, "new": new, "__tostring": lambda v=NONE, *_: str(v)})
    rawset(metatable, "__index", metatable)
    attach(cls, metatable)
    METATABLES[cls] = metatable


declare(Mutex, new_mutex)
declare(Condition, new_condition)
