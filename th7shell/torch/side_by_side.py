"""Calls made side by side: one a thread, and BLAS on one thread in each.

NumPy releases Python's lock in its loops and in BLAS, so that threads of one process do parts of
one piece of work at a time. They are started when there is first enough of it, and wait for more.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from functools import lru_cache, partial
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numpy as np

from .utilities import at_work, blas_function, chosen_threads, getnumthreads

Call = Callable[[], object]

_started: list[int] = []  # the threads that BLAS began with, once asked for
shared: list[bool] = []  # not empty while the threads are at a job


def threads() -> int:
    """How many threads a kernel may use: what was set last, or what BLAS began with, if there are
    so many cores; one while the parts of a batch have them."""
    if shared:
        return 1
    if chosen_threads:
        return at_work(chosen_threads[0])
    if not _started:
        _started.append(getnumthreads())
    return _started[0]


def use(count: int) -> None:
    """Let every BLAS that is loaded use so many threads."""
    module = sys.modules.get("_fblas") or sys.modules.get(SCIPY)  # alone, as `fused` loads it
    number = ctypes.c_int(count)
    for put in _setters(getattr(module, "__file__", None)):
        put(number)


SCIPY = "scipy.linalg._fblas"


@lru_cache
def _setters(scipy: str | None) -> list[Callable[[Any], Any]]:
    """The functions that set the threads of NumPy's BLAS, and of SciPy's in the file `scipy`."""
    found: list[Any] = [blas_function("set")]
    if scipy is not None:
        found.append(getattr(ctypes.CDLL(scipy), "scipy_openblas_set_num_threads", None))
    return [put for put in found if put is not None]


class Job:
    """Calls to be made once each, by whoever comes first; after an error no more of them."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = deque(calls)
        self.errors: list[BaseException] = []
        self.closed = False

    def work(self) -> None:
        """Make calls until none is left."""
        try:
            while self.calls and not self.closed:
                try:
                    call = self.calls.popleft()
                except IndexError:  # another thread took the last one
                    return
                call()
        except BaseException as error:  # it arrives in the thread that asked for the calls
            self.calls.clear()
            self.errors.append(error)


class Worker:
    """A thread that works on what it is given; `seat` is held as long as it is at a job."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[tuple[Job, Context]] = SimpleQueue()
        self.seat = threading.Lock()
        threading.Thread(target=self.run, name="th7shell-kernels", daemon=True).start()

    def run(self) -> None:
        while True:
            job, context = self.inbox.get()
            with self.seat:
                context.run(job.work)
            del job, context

    def leave(self, job: Job) -> None:
        """Return when the worker is not at this (closed) job, and raise an interrupt only then."""
        interrupt = None
        while True:
            try:
                with self.seat:
                    break
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            job.errors.append(interrupt)


_workers: list[Worker] = []
_process = [os.getpid()]


def workers(count: int) -> list[Worker]:
    """So many workers, or fewer where no thread can be started; a forked process has its own."""
    if _process[0] != os.getpid():
        _process[0] = os.getpid()
        _workers.clear()
    try:
        while len(_workers) < count:
            _workers.append(Worker())
    except RuntimeError:  # a system without threads
        pass
    return _workers[:count]


def parts(n: int, work: float, least: float) -> int:
    """How many parts a batch of n with so much work is worth, each with `least` work or more."""
    if work < 2 * least or n < 2:
        return 1
    return min(threads(), n, int(work // least))


def cuts(n: int, count: int) -> list[slice]:
    """`count` slices of a batch of n, equal up to one."""
    edges = [n * i // count for i in range(count + 1)]
    return [slice(a, b) for a, b in pairwise(edges)]


def side_by_side(calls: Sequence[Call]) -> None:
    """Make the calls, in this thread and others; return when all have ended, or raise an error.

    BLAS has one thread meanwhile, and so has what the calls themselves would share out.
    """
    if len(calls) == 1:
        calls[0]()
        return
    count = threads()
    helpers = workers(len(calls) - 1) if count > 1 else []
    if not helpers:
        for call in calls:
            call()
        return
    job = Job(calls)
    try:
        shared[:] = [True]
        use(1)
        for worker in helpers:
            worker.inbox.put((job, copy_context()))
        job.work()
    finally:
        job.closed = True
        try:
            for worker in helpers:
                worker.leave(job)
        finally:
            shared.clear()
            use(count)
    if job.errors:  # an interrupt before others
        raise next((e for e in job.errors if not isinstance(e, Exception)), job.errors[0])


def elementwise(kernel: Callable[..., object], least: int, *arguments: Any) -> None:
    """kernel(arrays of one shape …, constants …), cut along the first axis where `least` elements
    are left to each thread."""
    first = arguments[0]
    here = isinstance(first, np.ndarray) and first.ndim > 0
    count = parts(len(first), first.size, least) if here else 1
    if count < 2:
        kernel(*arguments)
        return
    calls = [
        partial(kernel, *(a[cut] if isinstance(a, np.ndarray) else a for a in arguments))
        for cut in cuts(len(first), count)
    ]
    side_by_side(calls)


def spread(f: Callable[..., object], out: np.ndarray, operands: Sequence[Any], least: int) -> None:
    """`f(*operands, out)`, element by element: in as many parts as there are threads, of `least`
    elements or more, where all arrays have their elements in one order and `out` shares no memory
    with an operand that it is not."""
    count = parts(out.size, out.size, least)
    arrays = [a for a in operands if isinstance(a, np.ndarray) and a.ndim]
    for a in arrays:
        here = a.flags.c_contiguous and a.shape == out.shape
        count = count if here and (_same(a, out) or not np.may_share_memory(a, out)) else 1
    if count < 2 or not out.flags.c_contiguous:
        f(*operands, out)
        return
    flat = [a.reshape(-1) if isinstance(a, np.ndarray) and a.ndim else a for a in (*operands, out)]
    side_by_side(
        [
            partial(f, *(a[cut] if isinstance(a, np.ndarray) and a.ndim else a for a in flat))
            for cut in cuts(out.size, count)
        ]
    )


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two contiguous arrays of one shape are the same memory."""
    return a is b or (a.dtype == b.dtype and a.ctypes.data == b.ctypes.data)
