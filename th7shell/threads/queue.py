"""`threads.queue`: a queue of jobs of limited length between threads, `Queue(size, serialization)`
or `Queue(id)`."""

from __future__ import annotations

from collections import deque
from typing import Any

from th7shell.lua import LuaError, Table, array, new_table, state
from th7shell.lua.stdlib.arguments import NONE, check_function, check_number, check_string

from .primitives import (
    Condition,
    ConditionCore,
    Core,
    Handle,
    Mutex,
    MutexCore,
    acquire,
    checked,
    declare,
    numbered,
)

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

SERIALIZE = "threads.serialize"


class QueueCore(Core):
    """Up to `size` entries, each of any Python value; a thread that must wait lets others run."""

    kind = "Queue"

    def __init__(self, size: int, serialize: str = SERIALIZE) -> None:
        self.size, self.serialize = size, serialize
        self.entries: deque[Any] = deque()
        self.mutex, self.notfull, self.notempty = MutexCore(), ConditionCore(), ConditionCore()
        self.head = 0

    @property
    def full(self) -> bool:
        return len(self.entries) >= self.size

    def put(self, entry: Any) -> None:
        """Append an entry as soon as there is room."""
        acquire(self.mutex.lock)
        try:
            while self.full:
                self.notfull.wait(self.mutex)
            self.entries.append(entry)
        finally:
            self.mutex.lock.release()
        self.notempty.signal()

    def take(self) -> Any:
        """Remove the first entry as soon as there is one."""
        acquire(self.mutex.lock)
        try:
            while not self.entries:
                self.notempty.wait(self.mutex)
            entry = self.entries.popleft()
            self.head = (self.head + 1) % self.size
        finally:
            self.mutex.lock.release()
        self.notfull.signal()
        return entry

    def save(self, value: Any) -> Any:
        """A value as the queue's serialization gives it."""
        return state.globals.require(self.serialize).save(value)

    def load(self, saved: Any) -> Any:
        """A value back from what `save` gave."""
        return state.globals.require(self.serialize).load(saved)


class Queue(Handle):
    """A queue of jobs: functions and arguments, serialized on their way."""

    __slots__ = ()
    kind = "Queue"
    methods = ("addjob", "dojob", "free", "id", "retain")

    size = property(lambda self: self.core.size)
    serialize = property(lambda self: self.core.serialize)
    head = property(lambda self: self.core.head)
    tail = property(lambda self: (self.core.head + len(self.core.entries)) % self.core.size)
    isfull = property(lambda self: int(self.core.full))
    isempty = property(lambda self: int(not self.core.entries))
    mutex = property(lambda self: Mutex(self.core.mutex))
    notfull = property(lambda self: Condition(self.core.notfull))
    notempty = property(lambda self: Condition(self.core.notempty))

    def addjob(self: Any = NONE, callback: Any = NONE, *arguments: Any) -> tuple[()]:
        """Put a function and its arguments into the queue, after waiting for room."""
        core = checked(self, 1, Queue)
        check_function(2, callback)
        core.put((core.save(callback), core.save(new_table(arguments)), len(arguments)))
        return ()

    def dojob(self: Any = NONE, *_: Any) -> Any:
        """Take a job, after waiting for one, and call it: its results."""
        core = checked(self, 1, Queue)
        callback, arguments, count = core.take()
        return core.load(callback)(*unpacked(core.load(arguments), count))

    def retain(self: Any = NONE, *_: Any) -> tuple[()]:
        """Count one more user, who will call `free`."""
        Handle(checked(self, 1, Queue))
        return ()


def unpacked(values: Table, count: int) -> list[Any]:
    """The first `count` values of a table, nil where there is none."""
    found = array(values)
    if len(found) != count:
        found = [values[i] for i in range(1, count + 1)]
    return found


def new_queue(size: Any = NONE, serialize: Any = NONE, *_: Any) -> Queue:
    """A new queue for so many jobs, or the one of a number."""
    number = int(check_number(1, size))
    if serialize is NONE and number in Handle._known:
        return Queue(numbered("Queue", number))
    if number < 1:
        raise LuaError("threads: queue new invalid arguments (a size of 1 or more expected)", 1)
    name = SERIALIZE if serialize is NONE else check_string(2, serialize)
    return Queue(QueueCore(number, name))


declare(Queue, new_queue)
