"""In-place sums of gradients, target += factor·u·vᵀ (and `add_multiple`, target += factor·source).

Each element is rounded once, as by the BLAS that the original calls, and no product is made in
between.
"""

from __future__ import annotations

import numpy as np
from numpy import add, multiply

from th7shell.torch.fused import add_multiple, routine

__all__ = ["add_multiple", "add_outer"]
Array = np.ndarray


def add_outer(target: Array, factor: float, u: Array, v: Array, work: Array) -> None:
    """target += factor · u·vᵀ, with `work` as large as target for the product where it has gaps."""
    ger = routine("ger", target.dtype.char)
    reached = isinstance(target, Array) and target.size and target.flags.carray
    if ger and reached and u.dtype == v.dtype == target.dtype:
        ger(factor, v, u, a=target.T, overwrite_a=1)
        return
    u[:, None].dot(v[None], work)
    if factor != 1:
        multiply(work, factor, work)
    add(target, work, target)
