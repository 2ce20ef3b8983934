"""Kernels on the parts of a batch, side by side: one part a thread, and BLAS on one thread in each.

NumPy releases Python's lock in its loops and in BLAS, so that threads of one process do. They are
started when a batch is first large enough, and wait for the next one.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from functools import partial
from itertools import pairwise
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import numpy as np

from . import threads

Array = np.ndarray
BLOCK_BYTES = 256 << 10  # of an array, that the passes of a kernel go over while it is in the cache
Call = Callable[[], object]
Plan = TypeVar("Plan")


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
    return min(threads.threads(), n, int(work // least))


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
    count = threads.threads()
    helpers = workers(len(calls) - 1) if count > 1 else []
    if not helpers:
        for call in calls:
            call()
        return
    job = Job(calls)
    try:
        threads.shared[:] = [True]
        threads.use(1)
        for worker in helpers:
            worker.inbox.put((job, copy_context()))
        job.work()
    finally:
        job.closed = True
        try:
            for worker in helpers:
                worker.leave(job)
        finally:
            threads.shared.clear()
            threads.use(count)
    if job.errors:  # an interrupt before others
        raise next((e for e in job.errors if not isinstance(e, Exception)), job.errors[0])


class Shares(Generic[Plan]):
    """The parts of a batch of n, one for each thread, with a plan for each that `make(its size)`
    gives; none where a part would have less than `least` of the `work`."""

    def __init__(self, n: int, work: float, least: float, make: Callable[[int], Plan]) -> None:
        self.n, self.work, self.least, self.make = n, work, least, make
        self.large = n > 1 and work >= 2 * least
        self.plans: list[Plan] = []
        self._cut: dict[str, tuple[Array, list[Array]]] = {}

    def wanted(self) -> bool:
        """Whether the batch is to be cut now; makes the plans for that many threads."""
        if not self.large:
            return False
        count = parts(self.n, self.work, self.least)
        if count != (len(self.plans) or 1):
            self._cut.clear()
            sizes = [cut.stop - cut.start for cut in cuts(self.n, count)]
            self.plans = [self.make(size) for size in sizes] if count > 1 else []
        return count > 1

    def run(self, kernel: Callable[..., object], *more: Sequence[Any], **arrays: Array) -> None:
        """kernel(plan, part of each array …, one of each list of `more` …) of all parts."""
        split = [self._parts(name, array) for name, array in arrays.items()]
        side_by_side([partial(kernel, *row) for row in zip(self.plans, *split, *more)])

    def _parts(self, name: str, array: Array) -> list[Array]:
        """The parts of an array; the same views as long as it is the same array, since plans keep
        what they know of an array."""
        kept = self._cut.get(name)
        if kept is None or kept[0] is not array:
            views = [array[cut] for cut in cuts(self.n, len(self.plans))]
            kept = self._cut[name] = array, views
        return kept[1]


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


def in_blocks(
    kernel: Callable[..., object], least: int, arrays: Sequence[Array], *constants: Any
) -> None:
    """kernel(rows of each array …, constants …), of which rows do not depend on each other, for
    blocks of rows that stay in the cache; those are shared out where `least` elements are left to
    each thread."""
    first = arrays[0]
    step = max(BLOCK_BYTES * len(first) // first.nbytes, 1)

    def some(cut: slice) -> None:
        for at in range(cut.start, cut.stop, step):
            block = slice(at, min(at + step, cut.stop))
            kernel(*(a[block] for a in arrays), *constants)

    count = parts(len(first), first.size, least)
    side_by_side([partial(some, cut) for cut in cuts(len(first), count)])
