"""Threads, terminals and packages: the rest of torch's utility functions. Upstream: utility.md."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from th7shell.lua import BadArgument, lua_type, state
from th7shell.lua.stdlib.texts import from_system, to_system

from .namespace import TORCH, export
from .types import NONE, integer

_THREAD_FUNCTIONS = (  # of the BLAS libraries that NumPy comes with
    "scipy_openblas_%s_num_threads64_",
    "openblas_%s_num_threads64_",
    "scipy_openblas_%s_num_threads",
    "openblas_%s_num_threads",
    "MKL_%s_Num_Threads",
)


@lru_cache
def blas_library() -> ctypes.CDLL | None:
    """What NumPy's BLAS can be found in; it may lack the functions, where a system's libraries do
    not show those that they need themselves."""
    from numpy.linalg import _umath_linalg

    try:
        return ctypes.CDLL(_umath_linalg.__file__)
    except OSError:
        return None


@lru_cache
def blas_function(verb: str) -> Callable[..., int] | None:
    """The function by which NumPy's BLAS gets or sets its number of threads, if it can be found."""
    library = blas_library()
    if library is None:
        return None
    for pattern in _THREAD_FUNCTIONS:
        word = verb.capitalize() if pattern.startswith("MKL") else verb
        function = getattr(library, pattern % word, None)
        if function is not None:
            return function
    return None


chosen_threads: list[int] = []  # what was set last


@export
def getnumcores(*_: Any) -> int:
    """Number of processor cores of this computer."""
    return os.cpu_count() or 1


@lru_cache
def usable_cores() -> int:
    """Number of cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else getnumcores()


def at_work(count: int) -> int:
    """How many threads work where `count` may: no more than there are cores. More would only wait
    for each other, and OpenBLAS's wait by using up the time of a core."""
    return min(count, usable_cores())


@export
def getnumthreads(*_: Any) -> int:
    """Number of threads that linear algebra may use."""
    get = blas_function("get")
    if get is None:
        return chosen_threads[0] if chosen_threads else getnumcores()
    count = int(get())
    if chosen_threads and count == at_work(chosen_threads[0]):
        return chosen_threads[0]
    return count


@export
def setnumthreads(n: Any = NONE, *_: Any) -> tuple[()]:
    """Set the number of threads that linear algebra may use: `torch.setnumthreads(n)`. No more than
    there are cores work at a time."""
    count = max(1, integer(n, 1))
    chosen_threads[:] = [count]
    put = blas_function("set")
    if put is not None:
        put(ctypes.c_int(at_work(count)))
    return ()


@export
def isatty(file: Any = None, *_: Any) -> bool:
    """Whether a file of Lua's io library is a terminal: `torch.isatty(io.stdout)`."""
    handle = getattr(file, "ħheld", None)
    for name in ("stdin", "stdout", "stderr"):
        if file is not None and file is getattr(getattr(state.globals, "io", None), name, None):
            handle = getattr(sys, name)
    if handle is None:
        raise BadArgument(
            1, f"FILE* expected, got {'no value' if file is None else lua_type(file)}"
        )
    return bool(handle.isatty())


@export
def setheaptracking(enabled: Any = None, *_: Any) -> tuple[()]:
    """Note whether memory is to be tracked; Python frees memory as soon as nothing refers to it."""
    if not isinstance(enabled, bool):
        raise BadArgument(1, "boolean expected")
    TORCH._heaptracking = enabled
    return ()


@export
def updateerrorhandlers(*_: Any) -> tuple[()]:
    """Nothing: errors need no handlers here. The original calls it in each new thread."""
    return ()


export(updateerrorhandlers, name="updatethreadlocals")


def _package_file(name: str) -> str | None:
    """The first file of `package.path` in which a package of that name is."""
    path = getattr(getattr(state.globals, "package", None), "path", None) or ""
    for pattern in path.split(";"):
        file = pattern.replace("?", name)
        if pattern and os.path.isfile(to_system(file)):
            return file
    return None


@export
def packageLuaPath(name: Any = None, *_: Any) -> str | None:
    """The directory of a Lua package that `package.path` has, nil if it has not; without a name, of
    packages.

    Packages that are part of th7shell are in Python, in the directory that is returned for 'torch'.
    """
    own = from_system(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if name is None:
        return own
    file = _package_file(str(name))
    if file is not None:
        return (file.replace("\\", "/") if os.name == "nt" else file).rpartition("/")[0]
    folder = f"{own}{os.sep}{name}"
    return folder if os.path.isdir(to_system(folder)) else None


@export
def include(package: Any = None, file: Any = None, *_: Any) -> Any:
    """Run a Lua file of a package: `torch.include(package, file)`."""
    return state.globals.dofile(f"{packageLuaPath(package)}/{file}")
