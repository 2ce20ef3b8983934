"""threads: jobs on threads with Lua states of their own. Upstream: torch/threads.

`pool` has `Threads`, `queue` the queues it is built on, `worker` the threads, `primitives` mutexes
and conditions, `serialize` how values travel, `safe` functions for one thread at a time.
"""

from __future__ import annotations

import atexit
from typing import Any

from th7shell.lua import new_table, rawget, state
from th7shell.lua.metatables import getmetatable, setmetatable

from . import pool, serialize
from .primitives import Condition, Mutex, constructor, new_condition, new_mutex
from .queue import Queue, new_queue
from .safe import safe
from .worker import Thread, new_thread

__all__ = ["luaopen"]

_HANDLES = {
    "Condition": (Condition, new_condition),
    "Mutex": (Mutex, new_mutex),
    "Thread": (Thread, new_thread),
}

#: what the original consists of
FILES: dict[str, Any] = {
    "queue": lambda globals: constructor(Queue, new_queue),
    "safe": lambda globals: safe,
    "serialize": serialize.package(serialize.save, serialize.load),
    "sharedserialize": serialize.package(serialize.shared_save, serialize.shared_load),
    "threads": lambda globals: rawget(globals.require("threads"), "Threads"),
}


def luaopen(globals: Any) -> Any:
    """What `require 'threads'` returns; no global is set."""
    if pool.finish_all not in state.closing:
        state.closing.append(pool.finish_all)
        atexit.register(pool.leave)
    threads = new_table((), {name: constructor(*pair) for name, pair in _HANDLES.items()})
    threads.Threads = pool.threads_class()
    threads.safe = safe
    return setmetatable(threads, getmetatable(threads.Threads))
