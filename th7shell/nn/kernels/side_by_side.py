"""Kernels on the parts of a batch, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from th7shell.torch.side_by_side import cuts, parts, side_by_side

Array = np.ndarray
BLOCK_BYTES = 256 << 10  # of an array, that the passes of a kernel go over while it is in the cache
Plan = TypeVar("Plan")


class Shares(Generic[Plan]):
    """The parts of a batch of n, one for each thread, with a plan for each that `make(its size)`
    gives; none where a part would have less than `least` of the `work`."""

    def __init__(self, n: int, work: float, least: float, make: Callable[[int], Plan]) -> None:
        self.n, self.work, self.least, self.make = n, work, least, make
        self.large = n > 1 and work >= 2 * least
        self.plans: list[Plan] = []
        self._cut: dict[str, tuple[Array, list[Array]]] = {}

    def wanted(self) -> bool:
        """Whether the batch is to be cut now; makes the plans for that many threads."""
        if not self.large:
            return False
        count = parts(self.n, self.work, self.least)
        if count != (len(self.plans) or 1):
            self._cut.clear()
            sizes = [cut.stop - cut.start for cut in cuts(self.n, count)]
            self.plans = [self.make(size) for size in sizes] if count > 1 else []
        return count > 1

    def run(self, kernel: Callable[..., object], *more: Sequence[Any], **arrays: Array) -> None:
        """kernel(plan, part of each array …, one of each list of `more` …) of all parts."""
        split = [self._parts(name, array) for name, array in arrays.items()]
        side_by_side([partial(kernel, *row) for row in zip(self.plans, *split, *more)])

    def _parts(self, name: str, array: Array) -> list[Array]:
        """The parts of an array; the same views as long as it is the same array, since plans keep
        what they know of an array."""
        kept = self._cut.get(name)
        if kept is None or kept[0] is not array:
            views = [array[cut] for cut in cuts(self.n, len(self.plans))]
            kept = self._cut[name] = array, views
        return kept[1]


def in_blocks(
    kernel: Callable[..., object], least: int, arrays: Sequence[Array], *constants: Any
) -> None:
    """kernel(rows of each array …, constants …), of which rows do not depend on each other, for
    blocks of rows that stay in the cache; those are shared out where `least` elements are left to
    each thread."""
    first = arrays[0]
    step = max(BLOCK_BYTES * len(first) // first.nbytes, 1)

    def some(cut: slice) -> None:
        for at in range(cut.start, cut.stop, step):
            block = slice(at, min(at + step, cut.stop))
            kernel(*(a[block] for a in arrays), *constants)

    count = parts(len(first), first.size, least)
    side_by_side([partial(some, cut) for cut in cuts(len(first), count)])
