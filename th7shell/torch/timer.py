"""`torch.Timer`: real, user and system time; `torch.tic` and `torch.toc`. Upstream: timer.md."""

from __future__ import annotations

import os
import time
from typing import Any

from th7shell.lua import Table, new_table

from .classes import TorchClass, TorchObject
from .namespace import export
from .types import NONE, number

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def _now() -> tuple[float, float, float]:
    """Real, user and system seconds since some moment."""
    if resource is None:
        times = os.times()
        return time.perf_counter(), times.user, times.system
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime, usage.ru_stime


class Timer(TorchObject, metaclass=TorchClass, name="torch.Timer"):
    """A stop watch that runs from the moment it is made.

    `t = torch.Timer(); …; print(t:time().real)`. `stop`, `resume` and `reset` return the timer.
    """

    __slots__ = ("__weakref__", "_running", "_start", "_total")

    def __init__(self, *_: Any) -> None:
        self.reset()
        self._running = True

    def reset(self, *_: Any) -> Timer:
        """Count from zero again; a stopped timer stays stopped."""
        self._total = (0.0, 0.0, 0.0)
        self._start = _now()
        return self

    def stop(self, *_: Any) -> Timer:
        """Stop counting."""
        self._total = self._elapsed()
        self._running = False
        return self

    def resume(self, *_: Any) -> Timer:
        """Go on counting."""
        if not self._running:
            self._running = True
            self._start = _now()
        return self

    def time(self, *_: Any) -> Table:
        """The seconds counted, a table with the fields `real`, `user` and `sys`.

        user and sys are what the processor spent on the program and on the system for it, all
        threads together.
        """
        real, user, system = self._elapsed()
        return new_table((), {"real": real, "user": user, "sys": system})

    def _elapsed(self, *_: Any) -> tuple[float, float, float]:
        if not self._running:
            return self._total
        real, user, system = _now()
        start, total = self._start, self._total
        return (
            total[0] + real - start[0],
            total[1] + user - start[1],
            total[2] + system - start[2],
        )

    def __str__(self) -> str:
        return f"torch.Timer [status: {'running' if self._running else 'stopped'}]"


@export
def tic(*_: Any) -> float:
    """Return the time in seconds, for `torch.toc`."""
    return time.time()


@export
def toc(start: Any = NONE, *_: Any) -> float:
    """Return the seconds since `start = torch.tic()`."""
    return time.time() - number(start, 1)
