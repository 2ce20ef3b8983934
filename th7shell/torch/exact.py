"""Logarithm, exponential and tangent of arrays, equal to the C library's to the last bit.

NumPy's own vector loops may differ from it by one unit in the last place on some processors
(AVX-512); Torch's random streams are defined by it. Sine, cosine and square root agree already.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BY_ELEMENT = 1 << 16  # up to here a Python loop costs less than importing SciPy
_xlogy = None


def log(x: NDArray[Any]) -> NDArray[Any]:
    """Natural logarithm of every element of x (1-D, x > 0)."""
    if x.size > _BY_ELEMENT:
        prepare(x.size)
    return _by_element(math.log, x) if _xlogy is None else _xlogy(1.0, x)


def prepare(n: int) -> None:
    """Load the faster logarithm if n elements pay for it."""
    global _xlogy
    if _xlogy is None and n > _BY_ELEMENT:
        from scipy.special import (
            xlogy,  # calls the C library for each element, without a Python loop
        )

        _xlogy = xlogy


def exp(x: NDArray[Any]) -> NDArray[Any]:
    """Exponential of every element of x (1-D); the complex loop calls the C library."""
    with np.errstate(over="ignore"):
        return np.exp(x.astype(np.complex128)).real.copy()


def tan(x: NDArray[Any]) -> NDArray[Any]:
    """Tangent of every element of x (1-D); of more than 65,536 within one last-place unit."""
    return _by_element(math.tan, x) if x.size <= _BY_ELEMENT else np.tan(x)


def _by_element(function, x: NDArray[Any]) -> NDArray[Any]:
    return np.fromiter(map(function, x.tolist()), np.float64, x.size)
