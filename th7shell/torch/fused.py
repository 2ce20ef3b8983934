"""target += factor · source, each element rounded once: BLAS's axpy, with fused multiply-adds.

The original adds so in place. A path that depends on the last digit, as Adam's near a minimum,
goes where the original's goes only with the same rounding. The routine is SciPy's: no temporary
array, and less of a call than NumPy's two.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from typing import Any

import numpy as np
from numpy import add, multiply

ALONE = 8192  # elements of a call: from 10,000 OpenBLAS would wake other threads


def add_multiple(target: np.ndarray, factor: float, source: np.ndarray) -> None:
    """target += factor · source; arrays of one shape and type.

    What has gaps or no floating-point type is multiplied and added, as in the original."""
    if factor == 1:
        add(target, source, target)
        return
    axpy = routine("axpy", target.dtype.char)
    if (
        axpy is None
        or source.dtype != target.dtype
        or not (target.flags.carray and source.flags.c_contiguous)  # it would write into a copy
    ):
        add(target, multiply(source, factor), target)
        return
    x, y = source.reshape(-1), target.reshape(-1)
    n = x.size
    if 0 < n <= ALONE or (n and blas_threads()() == 1):
        axpy(x, y, a=factor)
        return
    for start in range(0, n, ALONE):
        axpy(x[start : start + ALONE], y[start : start + ALONE], a=factor)


@cache
def blas_threads() -> Any:
    """What tells how many threads SciPy's BLAS uses; 0 where it cannot be asked."""
    import ctypes

    try:
        return ctypes.CDLL(routines().__file__).scipy_openblas_get_num_threads
    except (ImportError, AttributeError, OSError, TypeError):
        return int


@cache
def routine(name: str, dtype: str) -> Any:
    """A routine of BLAS, or of LAPACK if it is none of BLAS's, for arrays of a type's letter; None
    for whole numbers, and in a browser that has not loaded SciPy."""
    if dtype not in "fd":
        return None
    name = {"f": "s", "d": "d"}[dtype] + name
    try:
        found = getattr(routines("blas"), name, None)
        return getattr(routines("lapack"), name) if found is None else found
    except ImportError:
        return None


@cache
def routines(library: str = "blas") -> Any:
    """SciPy's BLAS or LAPACK. Its file is loaded by itself where that can be done: the package
    around it takes fifty times as long."""
    package = importlib.util.find_spec("scipy")
    if package is not None and package.submodule_search_locations:
        folder = os.path.join(package.submodule_search_locations[0], "linalg")
        finder = FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES))
        spec = finder.find_spec(f"_f{library}")
        try:
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
        except ImportError:
            pass  # its libraries are found only by the package
    return importlib.import_module(f"scipy.linalg.{library}")
