"""Where a pool's jobs run.

In worker processes; but on threads of the program's own process if the pool's serialization shares
(it is not `threads.serialize`) and the program holds a tds object, which lives in one process. The
variable TH7SHELL_THREADS, `processes` or `threads`, chooses instead.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from th7shell.lua import TorchError
from th7shell.tds import elements

from .queue import SERIALIZE

VARIABLE = "TH7SHELL_THREADS"
ENGINES = {"processes": "processes", "threads": "inside"}  # value → module


def chosen(serialize: str) -> Any:
    """The module that runs the jobs of a pool that is made now with a serialization."""
    wanted = os.environ.get(VARIABLE) or ("threads" if one_process(serialize) else "processes")
    if wanted not in ENGINES:
        raise TorchError(f"{VARIABLE} is '{wanted}': expected {' or '.join(ENGINES)}")
    return import_module(f".{ENGINES[wanted]}", __package__)


def one_process(serialize: str) -> bool:
    """Whether jobs may share what lives in one process."""
    return serialize != SERIALIZE and len(elements.living) > 0
