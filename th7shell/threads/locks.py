"""Mutexes and conditions across processes: they live in the program, and a worker's calls of them
go there over its channel.

A call that has to wait does so on a thread of its own, so that all others are answered meanwhile.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from th7shell.lua import LuaError

from .channel import Channel, Gone
from .primitives import Core, Handle, MutexCore, new_core, numbered


class Away(Core):
    """A mutex or condition of the program, in a worker."""

    def __init__(self, home: Home, number: int) -> None:
        self._home, self._number = home, number

    @property
    def number(self) -> int:
        return self._number

    def forgotten(self) -> None:
        self._home.call("forget", self._number)


class AwayMutex(Away):
    """A mutex of the program."""

    kind = "Mutex"

    def take(self) -> None:
        """Lock it, after waiting for whoever has locked it."""
        self._home.call("take", self._number)

    def give(self) -> bool:
        """Unlock it; whether it was locked."""
        return self._home.call("give", self._number)

    def taken(self) -> bool:
        """Whether it is locked."""
        return self._home.call("taken", self._number)


class AwayCondition(Away):
    """A condition of the program."""

    kind = "Condition"

    def wait(self, mutex: Any) -> None:
        """Unlock a mutex, wait for a signal and lock the mutex again."""
        self._home.call("wait", self._number, mutex.number)

    def signal(self) -> None:
        """Let one of those who wait go on."""
        self._home.call("signal", self._number)


AWAY: dict[str, Any] = {cls.kind: cls for cls in (AwayMutex, AwayCondition)}


class Home:
    """The program, as a worker that wants a mutex or condition sees it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._tickets = itertools.count()
        self._waiting: dict[int, SimpleQueue[Any]] = {}

    def call(self, name: str, *arguments: Any) -> Any:
        """Have the program do something, and wait for its answer."""
        ticket = next(self._tickets)
        answer = self._waiting[ticket] = SimpleQueue()
        self._channel.send(("call", ticket, name, arguments))
        return answer.get()

    def answered(self, ticket: int, value: Any) -> None:
        """The answer to a call has come."""
        self._waiting.pop(ticket).put(value)

    def make(self, kind: str) -> Any:
        """A new mutex or condition."""
        return AWAY[kind](self, self.call("make", kind))

    def find(self, kind: str, number: int) -> Any:
        """The mutex or condition of a number. Errors: there is none, or it is of another kind."""
        if kind not in AWAY or not self.call("find", kind, number):
            raise LuaError(f"threads: {kind.lower()} new failed (no {kind.lower()} has this id)", 1)
        return AWAY[kind](self, number)


class Guest:
    """What a worker has to do with mutexes and conditions, in the program."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._handles: dict[int, Handle] = {}
        self._cores: dict[int, Any] = {}  # those that were freed too
        self._locked: list[Any] = []

    def call(self, ticket: int, name: str, arguments: Any) -> None:
        """Do what the worker has asked for, and answer."""
        if name == "wait" or (name == "take" and not self._taken_at_once(arguments[0])):
            waiting = threading.Thread(
                target=self._answer, args=(ticket, name, arguments), daemon=True
            )
            waiting.start()
        elif name == "take":
            self._send(ticket, True)
        else:
            self._answer(ticket, name, arguments)

    def _taken_at_once(self, number: int) -> bool:
        core = self._core(number)
        if not isinstance(core, MutexCore) or not core.lock.acquire(blocking=False):
            return False
        self._locked.append(core)
        return True

    def _answer(self, ticket: int, name: str, arguments: Any) -> None:
        try:
            value = CALLS[name](self, *arguments)
        except Exception:  # the worker must not wait for ever
            value = False
        self._send(ticket, value)

    def _send(self, ticket: int, value: Any) -> None:
        try:
            self._channel.send(("answer", ticket, value))
        except Gone:
            self.leave()

    def _core(self, number: int) -> Any:
        return self._cores[number]

    def _keep(self, core: Any) -> None:
        self._cores[core.number] = core
        self._handles[core.number] = Handle(core)

    def make(self, kind: str) -> int:
        core = new_core(kind)
        self._keep(core)
        return core.number

    def find(self, kind: str, number: int) -> bool:
        if number not in self._handles:
            try:
                self._keep(numbered(kind, number))
            except LuaError:
                return False
        return self._core(number).kind == kind

    def take(self, number: int) -> bool:
        self._core(number).take()
        self._locked.append(self._core(number))
        return True

    def give(self, number: int) -> bool:
        core = self._core(number)
        if core in self._locked:
            self._locked.remove(core)
        return core.give()

    def taken(self, number: int) -> bool:
        return self._core(number).taken()

    def wait(self, number: int, mutex: int) -> bool:
        self._core(number).wait(self._core(mutex))
        return True

    def signal(self, number: int) -> None:
        self._core(number).signal()

    def forget(self, number: int) -> None:
        self._handles.pop(number).free()

    def leave(self) -> None:
        """The worker is no more: what it had locked is unlocked."""
        while self._locked:
            self._locked.pop().give()
        while self._handles:
            self._handles.popitem()[1].free()
        self._cores.clear()


CALLS: dict[str, Callable[..., Any]] = {
    name: getattr(Guest, name)
    for name in ("find", "forget", "give", "make", "signal", "take", "taken", "wait")
}
