"""One BLAS thread for products too small to share.

Waking another thread costs more than it saves there, and on a busy computer waiting for it costs a
hundred times more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from th7shell.torch.side_by_side import threads, use

SMALL = 8_000_000  # multiplications below which a product stays on one thread
TINY = 9_000  # and below which BLAS does not think of another itself

Result = TypeVar("Result")


def alone(work: Callable[..., int]) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Let a kernel use one BLAS thread where `work(*its arguments)` is SMALL multiplications."""

    def decorate(kernel: Callable[..., Result]) -> Callable[..., Result]:
        @wraps(kernel)
        def guarded(*args: Any) -> Result:
            count = threads()
            if count < 2 or not TINY < work(*args) <= SMALL:
                return kernel(*args)
            use(1)
            try:
                return kernel(*args)
            finally:
                use(count)

        return guarded

    return decorate
