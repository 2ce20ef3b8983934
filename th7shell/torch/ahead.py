"""Normal numbers worked out ahead, for the rest of a block of words, when few are drawn at a time.

One array operation for hundreds costs as much as a Python loop over a few. They are worked out when
nothing but few normal numbers has been drawn for some calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exact
from .mersenne import SCALE, MersenneTwister

Floats = NDArray[Any]
_CALLS = 3  # after so many calls they are worked out
_WORTHWHILE = 64  # words left in the block for which that pays


def box_muller(u: Floats) -> tuple[tuple[Floats, Floats, Floats], Floats]:
    """The halves x and y of uniform numbers with the radius ρ, and their normal numbers."""
    x, y = u[0::2], u[1::2]
    rho = np.sqrt(-2 * exact.log(1 - y))
    angle = 2 * math.pi * x
    out = np.empty(u.size)
    np.multiply(rho, np.cos(angle), out=out[0::2])
    np.multiply(rho, np.sin(angle), out=out[1::2])
    return (x, y, rho), out


class Ahead:
    """What is known of a stream's normal numbers.

    `values` are those of `block` from where `start` words were left in it, two of two words; the
    first of all is the half that was pending then. `asked` counts the calls, `then` is how many
    words were left after the last."""

    __slots__ = ("asked", "block", "pairs", "pending", "start", "then", "values")

    def __init__(self) -> None:
        self.asked = self.then = self.start = 0
        self.block = -1
        self.pairs: Any = None
        self.pending: Any = None
        self.values: Any = None

    def work_out(self, stream: MersenneTwister, left: int) -> None:
        u = stream.coming()[: left // 2 * 2] * SCALE
        self.pairs, values = box_muller(u)
        x, _, rho, _ = self.pending = stream.known_half()
        self.values = np.concatenate([[rho * math.sin(2 * math.pi * x)], values])
        self.start, self.block = left, stream.block

    def ready(self, stream: MersenneTwister, n: int) -> bool:
        """Work them out if it is time to; else take note of a call for n numbers."""
        left = stream.left()
        if n > left:  # the next block begins within them
            self.then = -1
            return False
        self.asked = self.asked + 1 if self.then in (left, -1) else 0
        if self.asked < _CALLS or left < _WORTHWHILE:
            words = n - stream.half[3]
            self.then = left - words - words % 2
            return False
        self.work_out(stream, left)
        return True


def next_normals(stream: MersenneTwister, n: int) -> Floats | None:
    """The next n standard normal numbers if they are known already, as part of an array that must
    not be changed; else None, and nothing is drawn."""
    ahead = stream.ahead
    if ahead is None:
        ahead = stream.ahead = Ahead()
    gone, first = _next(ahead, stream)
    if first < 0:
        if not ahead.ready(stream, n):
            return None
        gone, first = _next(ahead, stream)
    end = first + n
    if end > ahead.values.size:
        ahead.then = -1
        return None
    rest, half = stream.rest, stream.half
    taken = end - 1 + (end - 1) % 2 - gone
    if taken:
        del rest[-taken:]
        gone += taken
    ahead.then = len(rest)
    if gone:
        stream.half = (ahead.pairs, gone - 2, 0.0, not end % 2)
    else:
        stream.half = (*half[:3], False)
    known: Floats = ahead.values[first:end]
    return known


def _next(ahead: Ahead, stream: MersenneTwister) -> tuple[int, int]:
    """How many words are gone since the numbers were worked out, and the place of the next number;
    -1 if it is not among them."""
    gone = ahead.start - len(stream.rest)
    if ahead.block != stream.block or gone < 0 or gone % 2:
        return 0, -1
    half = stream.half
    if not half[3]:
        return gone, gone + 1
    if not gone:
        return 0, 0 if half is ahead.pending else -1
    return gone, gone if half[0] is ahead.pairs and half[1] == gone - 2 else -1
