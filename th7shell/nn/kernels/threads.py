"""One BLAS thread for products too small to share.

Waking another thread costs more than it saves there, and on a busy computer waiting for it costs a
hundred times more.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from th7shell.torch.utilities import blas_function, chosen_threads, getnumthreads

_started: list[int] = []  # the threads that BLAS began with, once asked for
shared: list[bool] = []  # not empty while the threads have parts of a batch (side_by_side)
SMALL = 8_000_000  # multiplications below which a product stays on one thread
TINY = 9_000  # and below which BLAS does not think of another itself


def alone(work: Callable[..., int]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a kernel use one BLAS thread where `work(*its arguments)` is SMALL multiplications."""

    def decorate(kernel: Callable[..., None]) -> Callable[..., None]:
        @wraps(kernel)
        def guarded(*args: Any) -> None:
            count = threads()
            if count < 2 or not TINY < work(*args) <= SMALL:
                kernel(*args)
                return
            use(1)
            try:
                kernel(*args)
            finally:
                use(count)

        return guarded

    return decorate


def threads() -> int:
    """How many threads a kernel may use: what was set last, or what BLAS began with; one while
    the parts of a batch have them."""
    if shared:
        return 1
    if chosen_threads:
        return chosen_threads[0]
    if not _started:
        _started.append(getnumthreads())
    return _started[0]


def use(count: int) -> None:
    """Let every BLAS that is loaded use so many threads."""
    number = ctypes.c_int(count)
    for put in _setters(SCIPY in sys.modules):
        put(number)


SCIPY = "scipy.linalg._fblas"


@lru_cache
def _setters(scipy: bool) -> list[Callable[[Any], Any]]:
    """The functions that set the threads of NumPy's BLAS, and of SciPy's once that is loaded."""
    found: list[Any] = [blas_function("set")]
    if scipy:
        library = ctypes.CDLL(sys.modules[SCIPY].__file__ or None)
        found.append(getattr(library, "scipy_openblas_set_num_threads", None))
    return [put for put in found if put is not None]
