"""Time: `sys.clock`, `sys.tic`, `sys.toc`, `sys.sleep`."""

from __future__ import annotations

import time
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import BadArgument, TorchError, lua_type
from th7shell.torch.namespace import export

_started: list[float] = []  # when tic was last called


@export(package="sys")
def clock(*_: Any) -> float:
    """The time in seconds."""
    return time.time()


@export(package="sys")
def tic(*_: Any) -> tuple[()]:
    """Start the clock that `sys.toc` reads."""
    _started[:] = [clock()]
    return ()


@export(package="sys")
def toc(verbose: Any = None, *_: Any) -> float:
    """The seconds since `sys.tic`, printed too if `verbose` is true."""
    if not _started:
        raise TorchError("sys.toc() was called before sys.tic()")
    elapsed = clock() - _started[0]
    if verbose:
        console.show(elapsed)
    return elapsed


def _seconds(value: Any, scale: float) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        kind = "no value" if value is None else lua_type(value)
        raise BadArgument(1, f"number expected, got {kind}")
    return max(0.0, value * scale)


@export(package="sys")
def sleep(seconds: Any = None, *_: Any) -> tuple[()]:
    """Wait some seconds."""
    time.sleep(_seconds(seconds, 1))
    return ()


@export(package="sys")
def usleep(microseconds: Any = None, *_: Any) -> int:
    """Wait some millionths of a second."""
    time.sleep(_seconds(microseconds, 1e-6))
    return 1
