"""The operations on tensors. Each family is a table of declarations and its kernels; importing
this package installs them as functions of `torch` and methods of the tensor classes.

`help_page(name)` and `signatures(name)` answer for the shell's `?`.
"""

from __future__ import annotations

from . import (
    arithmetic,
    bits,
    blas,
    compare,
    convolution,
    creation,
    lapack,
    matrices,
    operators,
    pointwise,
    powers_and_bounds,
    random,
    reductions,
    selecting,
    sorting,
    statistics,
)
from .declare import OPERATIONS, operation
from .install import help_page, install, operation_of, signatures

__all__ = ["OPERATIONS", "help_page", "install", "operation", "operation_of", "signatures"]

FAMILIES = (
    arithmetic, bits, blas, compare, convolution, creation, lapack, matrices, pointwise,
    powers_and_bounds, random, reductions, selecting, sorting, statistics,
)  # fmt: skip

install(OPERATIONS)
operators.install()
