"""Time: `sys.clock`, `sys.tic`, `sys.toc`, `sys.sleep`."""

from __future__ import annotations

import time
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import TorchError
from th7shell.lua.stdlib.arguments import NONE, check_number
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


@export(package="sys")
def sleep(seconds: Any = NONE, *_: Any) -> tuple[()]:
    """Wait some seconds."""
    time.sleep(max(0, check_number(1, seconds)))
    return ()


@export(package="sys")
def usleep(microseconds: Any = NONE, *_: Any) -> int:
    """Wait some millionths of a second."""
    time.sleep(max(0, check_number(1, microseconds)) * 1e-6)
    return 1
