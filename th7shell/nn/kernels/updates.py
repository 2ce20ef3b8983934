"""In-place sums, target += factor·source and target += factor·u·vᵀ.

NumPy needs a temporary array for these; the BLAS that SciPy brings does not, and is up to twice as
fast. Loading it takes a while, so that is done once a program has used it often enough to gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import add, multiply

from .threads import alone

Array = np.ndarray
PATIENCE = 400  # large updates that NumPy does before SciPy's BLAS is loaded
LARGE = 2048  # elements from which a call of it pays
_routines: dict[np.dtype, tuple[Any, Any]] = {}
_waiting = PATIENCE


def _load() -> None:
    """Load axpy and ger of both precisions."""
    from scipy.linalg import blas

    for dtype, letter in ((np.float32, "s"), (np.float64, "d")):
        pair = getattr(blas, letter + "axpy"), getattr(blas, letter + "ger")
        _routines[np.dtype(dtype)] = pair


def _fast(target: Array) -> tuple[Any, Any] | None:
    """BLAS routines for this array, once they are loaded; until then the calls are counted."""
    global _waiting
    if _waiting:
        _waiting -= 1
        return None
    if not _routines:
        _load()
    return _routines.get(target.dtype)


@alone(lambda target, *_: 0)
def add_multiple(target: Array, factor: float, source: Array) -> None:
    """target += factor · source; both of one shape and type."""
    if target.size >= LARGE and target.flags.c_contiguous and source.flags.c_contiguous:
        fast = _fast(target)
        if fast is not None and source.dtype == target.dtype:
            fast[0](source.reshape(-1), target.reshape(-1), a=factor)
            return
    add(target, multiply(source, factor), target)


def add_outer(target: Array, factor: float, u: Array, v: Array, work: Array) -> None:
    """target += factor · u·vᵀ, with `work` as large as target for the product."""
    if target.size >= LARGE and target.flags.c_contiguous:
        fast = _fast(target)
        if fast is not None:
            fast[1](factor, v, u, a=target.T, overwrite_a=1)
            return
    u[:, None].dot(v[None], work)
    if factor != 1:
        multiply(work, factor, work)
    add(target, work, target)
