"""Elementwise updates of long vectors, a part at a time.

A method's step is a dozen passes over five vectors. Taken over parts that stay in a core's cache
together, every pass after the first reads from there, and what lies in between needs no more room
than a part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.torch.fused import ALONE, add_multiple

PART = 16_384  # elements: five vectors of doubles are 640 kB


def in_parts(
    update: Callable[..., None],
    *arrays: np.ndarray | None,
    room: int = 0,
    decay: float = 0,
    part: int = PART,
) -> None:
    """Call `update(*parts, *rooms)` for each part of the arrays, all of one shape (or None), with
    `room` arrays of the first one's type for what lies in between.

    With `decay`, the second array, a gradient, gets that multiple of the first before. Arrays with
    gaps, or that are elsewhere than in NumPy, are one part."""
    first: Any = arrays[0]
    n = first.size
    if n > part and all(map(_in_a_row, arrays)):
        flat = [None if a is None else a.reshape(-1) for a in arrays]
        rooms = [np.empty(part, first.dtype, like=first) for _ in range(room)]
        for start in range(0, n, part):
            end = start + part
            parts: list[Any] = [None if a is None else a[start:end] for a in flat]
            if decay:
                add_multiple(parts[1], decay, parts[0])
            if end > n:
                rooms = [r[: n - start] for r in rooms]
            update(*parts, *rooms)
        return
    whole: list[Any] = list(arrays)
    if decay:
        add_multiple(whole[1], decay, first)
    for _ in range(room):
        whole.append(np.empty(first.shape, first.dtype, like=first))
    update(*whole)


def sums(update: Callable[..., tuple], *arrays: np.ndarray, room: int = 0) -> list[float]:
    """`update` in parts, each so small that BLAS takes it alone; the sums over the parts of the
    numbers that it gives: products of vectors that it has in the cache."""
    found: list[tuple] = []

    def note(*parts: Any) -> None:
        found.append(update(*parts))

    in_parts(note, *arrays, room=room, part=ALONE)
    return [float(sum(numbers)) for numbers in zip(*found, strict=True)]


def product(a: np.ndarray, b: np.ndarray) -> float:
    """aᵀ·b."""
    return sums(lambda a, b: (np.vdot(a, b),), a, b)[0]


def _in_a_row(array: np.ndarray | None) -> bool:
    return array is None or (isinstance(array, np.ndarray) and array.flags.c_contiguous)
