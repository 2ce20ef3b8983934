"""`threads.Threads`: a pool of threads, each with a Lua state of its own, that do jobs.

Jobs wait in a queue, or in a thread's own; results in another one, from which the main thread takes
them to call the jobs' end callbacks. All three are as long as the pool is large. Where the threads
run, `engines` says.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from weakref import WeakSet

from th7shell.lua import LuaError, Table, TorchError, new_table, rawset, state
from th7shell.lua.marks import scratch
from th7shell.lua.metatables import setmetatable
from th7shell.lua.stdlib.arguments import check_number
from th7shell.lua.stdlib.debug import traceback
from th7shell.lua.stdlib.protected import xpcall
from th7shell.lua.values import lua_type, tostring

from .engines import chosen
from .jobs import JOB, SPECIFIC, STOP, text_of
from .primitives import PATIENCE
from .queue import SERIALIZE, Queue, QueueCore, unpacked
from .worker import Thread, ThreadCore, finalizing

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_LEAVING = 1.0  # seconds that interrupted workers have to end

_abandoned: list[Pool] = []  # whose tables are gone, but whose jobs may not have ended
_alive: WeakSet[Pool] = WeakSet()


class Pool:
    """What is behind the Lua table of a pool."""

    def __init__(self, count: int, serialize: str) -> None:
        self.count = count
        self.world = state.current.world
        self.results = QueueCore(count, serialize)
        self.common = QueueCore(count, serialize)
        self.own = [QueueCore(count, serialize) for _ in range(count)]
        self.callbacks: dict[int, Any] = {}  # of jobs under way, by number
        self.jobs = 0
        self.specific = self.running = True
        self.errors = False
        self.stopping: list[bool] = []  # not empty: an interrupt ends the workers
        self.broken: list[bool] = []  # not empty: a worker process has ended by itself
        self.engine = chosen(serialize)
        self.threads: list[ThreadCore] = []
        for i, queue in enumerate(self.own, 1):
            try:
                queues = queue, self.common, self.results
                self.threads.append(self.engine.start(i, queues, self.stopping, self.broken))
            except LuaError as error:
                self.abort()
                raise TorchError(f"{i}-th thread creation failed: {text_of(error)}") from None
        _alive.add(self)

    # jobs

    def queue_for(self, index: Any) -> QueueCore:
        """The queue of a job for a thread, or for any of them."""
        if not self.specific:
            return self.common
        if index.__class__ not in (int, float) or not 1 <= index <= self.count:
            raise LuaError("thread index expected", 0)
        return self.own[int(index) - 1]

    def add(self, index: Any, callback: Any, endcallback: Any, arguments: Any) -> None:
        """Put a job into its queue, doing end callbacks while there is no room."""
        queue = self.queue_for(index)
        if lua_type(callback) != "function":
            raise LuaError("function callback expected", 0)
        if endcallback is not None and lua_type(endcallback) != "function":
            raise LuaError("function (or nil) endcallback expected", 0)
        while queue.full:
            self.finish_one()
        try:
            saved = [queue.save(callback), queue.save(new_table(arguments))]
            content = self.engine.pack(saved), len(arguments)
        except Exception as error:
            raise TorchError(f"FATAL THREAD PANIC: (addjob) {text_of(error)}") from error
        self._enter(queue, JOB, content, endcallback)

    def _enter(self, queue: QueueCore, kind: int, content: Any, endcallback: Any = None) -> None:
        self.errors = False
        self.jobs += 1
        self.callbacks[self.jobs] = endcallback
        self.wait_for(partial(queue.put, (kind, content, self.jobs)))

    def finish_one(self) -> None:
        """Wait for a job to end and call its end callback. Errors: those of the job or of the
        callback."""
        self.errors = False
        number, thread, succeeded, saved, count = self.wait_for(self.results.take)
        endcallback = self.callbacks.pop(number)
        if saved.__class__ is str:
            values = [saved]
        else:
            values = unpacked(self.results.load(self.engine.unpack(saved)[0]), count)
        what = "callback"
        if succeeded and endcallback is not None:
            what = "endcallback"
            succeeded, *values = xpcall(endcallback, traceback, *values)
        if not succeeded:
            self.errors = True
            if self.broken:
                self.abort(0)
            message = tostring(values[0] if values else None)
            raise TorchError(f"[thread {thread} {what}] {message}")

    def wait_for(self, step: Callable[[], Any]) -> Any:
        """Do what may have to wait for the workers; an interrupt ends them."""
        try:
            return step()
        except KeyboardInterrupt:
            self.abort()
            raise

    def synchronize(self) -> None:
        """Call the end callbacks of all jobs."""
        self.errors = False
        while self.callbacks:
            self.finish_one()

    def be_specific(self, flag: bool) -> None:
        """Let each thread look at its own queue, or all at the common one, once all jobs are
        done."""
        self.synchronize()
        if self.specific != flag:
            for queue in self.own if self.specific else [self.common] * self.count:
                self._enter(queue, SPECIFIC, flag)
            self.specific = flag
            self.synchronize()

    # the end

    def terminate(self) -> None:
        """Do all jobs and end the threads. After an error that nobody has taken note of, nothing is
        done, as in the original."""
        if not self.running or self.errors:
            return
        try:
            for queue in self.own if self.specific else [self.common] * self.count:
                while queue.full:
                    self.finish_one()
                self._enter(queue, STOP, None)
            self.synchronize()
            for thread in self.threads:
                self.wait_for(thread.join)
        except LuaError:
            self.abort(0)
            raise
        finally:
            self.running = False

    def abort(self, patience: float = _LEAVING) -> None:
        """End the threads whatever they do; wait a moment for them."""
        self.running = False
        self.stopping.append(True)
        for thread in self.threads:
            thread.interrupt()
        end = time.monotonic() + patience
        for thread in self.threads:
            if time.monotonic() < end:
                thread.join_until(end)

    def __del__(self) -> None:
        if self.running and not finalizing():
            _abandoned.append(self)


# what Lua sees of it


def new(serialize: str, metatable: Table, count: Any, functions: tuple[Any, ...]) -> Any:
    """A pool whose threads have called the functions with their numbers, and the last one's
    results in a table."""
    count = check_number(1, count)
    if count < 1 or count != int(count):
        raise LuaError("threads: a whole number of threads expected, 1 or more", 1)
    finish_abandoned()
    pool = Pool(int(count), serialize)
    table = setmetatable(new_table((), {"N": pool.count}), metatable)
    scratch(table)[Pool] = pool
    for name, queue in (("mainqueue", pool.results), ("threadqueue", pool.common)):
        rawset(table, name, Queue(queue))
    rawset(table, "threadspecificqueues", new_table(map(Queue, pool.own)))
    rawset(table, "threads", new_table(map(Thread, pool.threads)))
    results = Table()

    def keep(*values: Any) -> tuple[()]:
        results[len(results) + 1] = new_table(values)
        return ()

    functions = functions or (None,)
    try:
        for function in functions[:-1]:
            for i in range(1, pool.count + 1):
                pool.add(i, function, None, (i,))
        for i in range(1, pool.count + 1):
            if functions[-1] is None and len(functions) == 1:
                keep()
            else:
                pool.add(i, functions[-1], keep, (i,))
        pool.be_specific(False)
    except LuaError:
        pool.abort(0)
        raise
    _show(table, pool)
    return table, results


def _show(table: Table, pool: Pool) -> None:
    """Keep the fields of the table that tell of the pool."""
    rawset(table, "errors", pool.errors)
    rawset(table, "__specific", pool.specific)
    rawset(table, "__running", pool.running)
    rawset(table, "endcallbacks", new_table((), {"n": len(pool.callbacks)}))


def _pool(table: Any) -> Pool | None:
    return scratch(table).get(Pool) if isinstance(table, Table) else None


def _method(step: Callable[..., Any], idle: bool = False) -> Callable[..., Any]:
    """A method of the Lua table. idle: with a pool that has ended it does nothing."""

    @wraps(step)
    def method(self: Any = None, *arguments: Any) -> Any:
        pool = _pool(self)
        if pool is None or not pool.running:
            if idle:
                return ()
            raise LuaError("thread system is not running", 0)
        try:
            return step(pool, *arguments)
        finally:
            _show(self, pool)

    return method


def specific(pool: Pool, flag: Any = None, *_: Any) -> Any:
    """Whether jobs are for certain threads; with a boolean, change that when all jobs are done."""
    if flag is None:
        return pool.specific
    if not isinstance(flag, bool):
        raise LuaError("boolean expected", 0)
    pool.be_specific(flag)
    return ()


def addjob(pool: Pool, *arguments: Any) -> tuple[()]:
    """`addjob([thread,] callback [, endcallback [, arguments…]])`: have a thread call the callback,
    and the endcallback be called here with its results."""
    given = list(arguments)
    index = given.pop(0) if pool.specific and given else None
    given += [None] * (2 - len(given))
    pool.add(index, given[0], given[1], given[2:])
    return ()


def acceptsjob(pool: Pool, index: Any = None, *_: Any) -> bool:
    """Whether `addjob` would not have to wait."""
    return not pool.queue_for(index).full


def dojob(pool: Pool, *_: Any) -> tuple[()]:
    """Wait for a job to end and call its end callback."""
    if not pool.callbacks:
        raise LuaError("threads: no job is under way", 1)
    pool.finish_one()
    return ()


def synchronize(pool: Pool, *_: Any) -> tuple[()]:
    """Wait for all jobs, calling their end callbacks."""
    pool.synchronize()
    return ()


def terminate(pool: Pool, *_: Any) -> tuple[()]:
    """Wait for all jobs and end the threads."""
    pool.terminate()
    return ()


def hasjob(pool: Pool, *_: Any) -> bool:
    """Whether a job is under way, or its end callback waits."""
    return bool(pool.callbacks)


def haserror(*_: Any) -> bool:
    """False: errors of jobs arrive at `dojob`, `addjob` and `synchronize`."""
    return False


def isrunning(self: Any = None, *_: Any) -> bool:
    """Whether the pool has not been terminated."""
    pool = _pool(self)
    return pool is not None and pool.running


METHODS: dict[str, Callable[..., Any]] = {
    "acceptsjob": _method(acceptsjob),
    "addjob": _method(addjob),
    "dojob": _method(dojob),
    "hasjob": _method(hasjob),
    "haserror": haserror,
    "isrunning": isrunning,
    "specific": _method(specific),
    "synchronize": _method(synchronize, idle=True),
    "terminate": _method(terminate, idle=True),
}


def threads_class() -> Table:
    """The table `threads.Threads`: called, it makes a pool; what is stored there is a method."""
    methods = new_table((), {**METHODS, "__serialize": SERIALIZE})
    rawset(methods, "__index", methods)

    def make(count: Any = None, *functions: Any) -> Any:
        """`threads.Threads(count, f…)`: a pool of `count` threads, each of which calls the
        functions f with its number before its first job."""
        return new(methods["__serialize"], methods, count, functions)

    def serialization(name: Any = None, *_: Any) -> Any:
        """The name of the module by which values travel to the threads made from now on; with a
        name, choose it: 'threads.serialize' copies, 'threads.sharedserialize' shares tensors."""
        if name is None:
            return methods["__serialize"]
        if not isinstance(name, str):
            raise LuaError("assertion failed!", 0)
        methods["__serialize"] = name
        return ()

    rawset(methods, "new", make)
    rawset(methods, "serialization", serialization)
    call = {"__call": lambda _table=None, *given: make(*given)}
    return setmetatable(Table(), new_table((), {"__index": methods, "__newindex": methods, **call}))


def finish_abandoned() -> None:
    """Do the jobs of pools that nobody holds any more, and end their threads; errors are dropped,
    as those of `__gc` are."""
    for pool in [p for p in _abandoned if p.world is state.current.world]:
        _abandoned.remove(pool)
        with contextlib.suppress(LuaError):
            pool.terminate()


def finish_all() -> None:
    """The same of all pools of the main program: it has come to its end."""
    finish_abandoned()
    for pool in list(_alive):
        if pool.world is state.current.world:
            with contextlib.suppress(LuaError):
                pool.terminate()


def leave() -> None:
    """End all threads: the program ends at once."""
    for pool in list(_alive):
        if pool.running:
            pool.abort(PATIENCE)
