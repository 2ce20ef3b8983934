"""Coroutines on greenlets: each runs on a stack of its own, so `yield` works across pcall,
metamethods and sort.

A greenlet that has finished its function waits in a pool for the next coroutine, since starting one
is slow. Where Python has no greenlets, as in a browser, all but coroutines works.
"""

from __future__ import annotations

import gc
from _thread import _local
from collections.abc import Callable
from typing import Any
from weakref import ref

from ..errors import LuaError
from ..failures import caught
from ..marks import WORLD
from ..tracebacks import no_calls
from ..values import LuaObject
from .arguments import NONE, BadArgument, LibraryError, check_function

MAX_POOLED = 64
greenlet: Any = None  # the module, once there is a coroutine
copy_context: Any = None
_Worker: Any = None  # the class of the greenlets in which coroutines run


def _here() -> Any:
    """The greenlet that runs; None before the first coroutine."""
    return None


class Coroutine(LuaObject):
    """A Lua thread: a function that may stop in the middle, and what it needs to go on."""

    __slots__ = ("__weakref__", "body", "greenlet", "switch")
    ħtype = "thread"

    def __init__(self, body: Callable[..., Any] | None) -> None:
        self.body = body
        self.greenlet: Any = None  # from its first step to its last
        self.switch: Any = None  # the greenlet's method

    @property
    def status(self) -> str:
        """What `coroutine.status` says."""
        worker = self.greenlet
        if worker is None:
            return "suspended" if self.body is not None else "dead"
        if worker.waits:
            return "suspended"
        return "running" if worker is _here() else "normal"

    def __str__(self) -> str:
        return f"thread: 0x{id(self):08x}"


class _Main(Coroutine):
    """What is no coroutine, as Lua sees it: the rest of the program."""

    __slots__ = ()

    @property
    def status(self) -> str:
        return "normal" if _here().__class__ is _Worker else "running"


class _Record:
    """What a thread of the operating system runs: greenlets cannot cross from one to another."""

    def __init__(self) -> None:
        self.main = _Main(None)
        self.idle: list[Any] = []
        # All greenlets in which coroutines run; no WeakSet, in whose callbacks interrupts are lost.
        self.workers: list[ref[Any]] = []
        self.room = MAX_POOLED  # of them, dead ones included

    def note(self, worker: Any) -> None:
        """Enter a new greenlet."""
        if len(self.workers) >= self.room:
            self.workers = [w for w in self.workers if w() is not None]
            self.room = 2 * len(self.workers) + MAX_POOLED
        self.workers.append(ref(worker))


class _Thread(_local):
    """The record of each thread; to read it once is cheaper than to read what is in it."""

    def __init__(self) -> None:
        self.record = _Record()


_thread = _Thread()


def current() -> Coroutine:
    """Give the coroutine that runs, the main one included."""
    here = _here()
    return here.owner() if here.__class__ is _Worker else _thread.record.main


def _worker(body: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Run coroutines one after another in one greenlet: each switch back carries a coroutine's last
    results.

    No frame here holds the Coroutine or the greenlet: one that is dropped half-way is freed.
    """
    while True:
        failure: BaseException | None = None
        try:
            result = body(*arguments)
        except greenlet.GreenletExit:
            raise
        except BaseException as error:  # it goes on in the resumer, which decides
            result, failure = None, error
        del body, arguments
        co = _here().owner()
        co.greenlet = co.switch = co.body = None
        del co
        idle = _thread.record.idle
        if isinstance(failure, RecursionError):
            idle.clear()  # a worker goes on counting from the depth where it was started
            raise failure
        if len(idle) >= MAX_POOLED:
            if failure is not None:
                raise failure
            return result
        idle.append(_here())
        del idle
        if failure is None:
            box = [result]
            del result
            body, arguments = _here().parent.switch(box.pop())
        else:
            told = [failure.__traceback__, failure, failure.__class__]
            del failure, result
            body, arguments = _here().parent.throw(told.pop(), told.pop(), told.pop())


no_calls.add(_worker.__code__)


def _put_below(worker: Any) -> None:
    """Let a greenlet return to the one that runs. (Setting `parent` walks all the way up.)"""
    here = _here()
    if worker.parent is not here:
        worker.parent = here
    worker.back = here.switch


def transfer(co: Coroutine, arguments: tuple[Any, ...]) -> Any:
    """Let a coroutine run until it yields, returns or fails; its exception is raised here."""
    worker = co.greenlet
    if worker is None:
        if co.body is None:
            state = "dead" if co.__class__ is Coroutine else "running"  # the main one is below all
            raise LuaError(f"cannot resume {state} coroutine")
        worker = _begin(co)
        arguments = co.body, arguments
    elif not worker.waits:
        raise LuaError("cannot resume running coroutine")
    elif worker.parent is not _here():
        _put_below(worker)
    worker.waits = False
    try:
        return co.switch(*arguments)
    except BaseException:
        if co.greenlet is not None:  # it was never reached
            worker.waits = True
        raise


def _begin(co: Coroutine) -> Any:
    """Give a coroutine a greenlet to run in."""
    thread = _thread.record
    if thread.idle:
        worker = thread.idle.pop()
    else:
        worker = _Worker(_worker)
        worker.gr_context = copy_context()  # settings such as NumPy's stay in force
        thread.note(worker)
    worker.owner = ref(co)  # whoever resumes a coroutine holds it
    co.greenlet, co.switch = worker, worker.switch
    _put_below(worker)
    return worker


def end_waiting(world: Any) -> None:
    """End this thread's coroutines that wait inside functions of a world.

    A collection does not look into the stack of a greenlet: what holds a coroutine from there, as a
    loop's own variables may, would keep it for ever, and the world with it.
    """
    alive = [w for w in (known() for known in _thread.record.workers) if w is not None]
    workers = [w for w in alive if _plays_in(w.gr_frame, world)]
    del alive
    for co in gc.get_referrers(*workers) if workers else ():
        if co.__class__ is Coroutine and co.status == "suspended":
            worker = co.greenlet
            co.greenlet = co.switch = co.body = None
            _put_below(worker)
            worker.throw()


def _plays_in(frame: Any, world: Any) -> bool:
    """Whether the stack below a frame has a Lua function of a world."""
    while frame is not None:
        if frame.f_globals.get(WORLD) is world:
            return True
        frame = frame.f_back
    return False


def _spread(result: Any) -> tuple[Any, ...]:
    return result if result.__class__ is tuple else (result,)


def create(f: Any = NONE, *_: Any) -> Coroutine:
    """Make a coroutine that will run f when it is resumed first."""
    if greenlet is None:
        _switch_stacks()
    return Coroutine(check_function(1, f))


def _switch_stacks() -> None:
    """Import what coroutines need. Errors: WebAssembly cannot switch stacks."""
    global _Worker, _here, copy_context, greenlet
    import contextvars

    try:
        import greenlet as found
    except ImportError:
        message = "coroutines need the Python package greenlet, which is not installed"
        raise LibraryError(message) from None
    greenlet, copy_context = found, contextvars.copy_context
    # owner: a reference to the coroutine; waits: whether that is suspended; back: its resumer's
    # `switch`. It must not hold the coroutine, since no collection looks into a waiting greenlet.
    slots = {"__slots__": ("back", "owner", "waits")}
    _Worker, _here = type("Worker", (found.greenlet,), slots), found.getcurrent


def resume(co: Any = NONE, *arguments: Any) -> tuple[Any, ...]:
    """Start or continue a coroutine: true and what it yields or returns, or false and its error.

    The arguments go to its function at first, later they are what its `yield` returns.
    """
    if not isinstance(co, Coroutine):
        raise BadArgument(1, "coroutine expected")
    try:
        return (True, *_spread(transfer(co, arguments)))
    except Exception as error:
        return (False, caught(error))


def yield_(*values: Any) -> Any:
    """Stop the running coroutine; its `resume` returns the values. Gives what it is resumed
    with."""
    here = _here()
    if here.__class__ is not _Worker:
        raise LibraryError("attempt to yield across C-call boundary")
    here.waits = True
    back = here.back
    del here  # while it sleeps here nothing but its users may hold it
    return back(*values)  # as Lua's results: one as it is, else a tuple


def wrap(f: Any = NONE, *_: Any) -> Callable[..., Any]:
    """Make a coroutine and give a function that resumes it, passes results on and raises its
    errors."""
    co = create(f)

    def resume_wrapped(*arguments: Any) -> Any:
        try:
            return transfer(co, arguments)
        except RecursionError:  # from as many coroutines, perhaps
            raise
        except Exception as error:
            value = caught(error)
            if (
                value.__class__ is str
            ):  # a message gets the position of this call in front, as in the original
                raise LibraryError(value) from error
            raise

    resume_wrapped.__name__ = resume_wrapped.__qualname__ = "wrap"
    return resume_wrapped


def status(co: Any = NONE, *_: Any) -> str:
    """Tell a coroutine's state: suspended, running, normal (it resumed another one) or dead."""
    if not isinstance(co, Coroutine):
        raise BadArgument(1, "coroutine expected")
    return co.status


def running(*_: Any) -> tuple[Coroutine, bool]:
    """Give the running coroutine, and whether it is the main one."""
    return current(), _here().__class__ is not _Worker


def isyieldable(*_: Any) -> bool:
    """Tell whether the running coroutine may yield: every one but the main."""
    return _here().__class__ is _Worker


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "create": create,
    "isyieldable": isyieldable,
    "resume": resume,
    "running": running,
    "status": status,
    "wrap": wrap,
    "yield": yield_,
}
