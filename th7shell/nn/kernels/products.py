"""Matrix products that add to what is there: c += a·b, by the BLAS that NumPy has.

NumPy itself only writes products; BLAS first clears the place for that, and the sum takes another
pass over both. Asked through ctypes it adds at once, and leaves Python's lock to other threads
meanwhile. Where it cannot be found there, products are made and added.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache, partial
from operator import is_
from typing import Any

import numpy as np

from th7shell.torch.utilities import blas_library

Array = np.ndarray
ROWS, PLAIN, TRANSPOSED = 101, 111, 112  # what CBLAS calls the orders
NAMES = (  # of the routine in the libraries that NumPy comes with
    "scipy_cblas_%sgemm64_",
    "cblas_%sgemm64_",
    "scipy_cblas_%sgemm",
    "cblas_%sgemm",
)
REAL = {"f": ("s", ctypes.c_float), "d": ("d", ctypes.c_double)}


@lru_cache
def gemm(letter: str) -> Any:
    """CBLAS's product of matrices for arrays of a type's letter; None where there is none."""
    library = blas_library()
    if library is None or letter not in REAL:
        return None
    prefix, real = REAL[letter]
    for name in NAMES:
        routine = getattr(library, name % prefix, None)
        if routine is not None:
            size: Any = ctypes.c_int64 if "64" in name else ctypes.c_int
            place, word = ctypes.c_void_p, ctypes.c_int
            matrix = [place, size]
            routine.argtypes = [*[word] * 3, *[size] * 3, real, *matrix * 2, real, *matrix]
            routine.restype = None
            return routine
    return None


def can_add(dtype: Any) -> bool:
    """Whether BLAS adds products of that type."""
    return gemm(np.dtype(dtype).char) is not None


def _layout(a: Array) -> tuple[int, int] | None:
    """How CBLAS is told of a matrix: its order and the step from row to row; None: it cannot be."""
    item, (rows, columns), (down, right) = a.itemsize, a.shape, a.strides
    if right == item and down >= columns * item:
        return PLAIN, down // item
    if down == item and right >= rows * item:
        return TRANSPOSED, right // item
    return None


def prepared(a: Array, b: Array, c: Array, alpha: float = 1, *, add: bool = True) -> Any:
    """A call that makes c += alpha·a·b (without `add`: c = alpha·a·b) of these arrays' values then;
    a: (m, k), b: (k, n), c: (m, n), none of them empty."""
    routine = gemm(c.dtype.char) if type(c) is type(a) is type(b) is np.ndarray else None
    if routine is not None and a.dtype == b.dtype == c.dtype and c.flags.writeable:
        first, second, third = _layout(a), _layout(b), _layout(c)
        if first and second and third and third[0] == PLAIN:
            (m, k), n = a.shape, b.shape[1]
            places = [array.ctypes.data for array in (a, b, c)]
            factors = [places[0], first[1], places[1], second[1]]
            sizes = ROWS, first[0], second[0], m, n, k
            call: Any = partial(routine, *sizes, alpha, *factors, float(add), places[2], third[1])
            call.arrays = a, b, c  # live as long as the call
            return call
    return partial(_without, a, b, c, alpha, add)


def _without(a: Array, b: Array, c: Array, alpha: float, add: bool) -> None:
    """The same by NumPy."""
    product = a.dot(b)
    if alpha != 1:
        np.multiply(product, alpha, product)
    if add:
        np.add(c, product, c)
    else:
        np.copyto(c, product)


class Kept:
    """Prepared calls, made anew when something that they were made from is another thing."""

    def __init__(self) -> None:
        self.given: tuple[Any, ...] = ()
        self.calls: Any = None

    def get(self, make: Callable[..., Any], *given: Any) -> Any:
        """make(*given), or what it returned last if it was given the very same."""
        if len(given) != len(self.given) or not all(map(is_, given, self.given)):
            self.calls = make(*given)
            self.given = given
        return self.calls


def accumulate(a: Array, b: Array, c: Array, alpha: float = 1) -> None:
    """c += alpha·a·b."""
    call: Callable[[], None] = prepared(a, b, c, alpha)
    call()


def buffer(plans: dict, name: str, shape: tuple[int, ...], like: Array) -> Array:
    """The array of this name in a layer's plans, made again when the shape changes."""
    array = plans.get(name)
    if array is None or array.shape != shape or array.dtype != like.dtype:
        array = plans[name] = np.empty(shape, like.dtype, like=like)
    return array
