"""Torch's random distributions on a stream of words: numbers, and flat arrays in draw order.

u = w·2⁻³² with a 32-bit word w. Formulas and their order of operations are the original's, so that
equal seeds give equal numbers; the single and the array form of a formula take the same words.
"""

from __future__ import annotations

import math
from math import cos, log, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

import th7shell.torch.exact as exact

from .ahead import box_muller, next_normals
from .fused import routine
from .mersenne import SCALE, MersenneTwister

Floats = NDArray[Any]
_TURN = 2 * math.pi
_CHUNK = 1 << 15  # words at a time: stays in the cache
FEW = 24  # up to here a Python loop is faster than array calls


def fill(nd: NDArray, draw, stream: MersenneTwister, *parameters: float) -> None:
    """Fill an array of any shape and type, in row-major order, from an array distribution.

    Large arrays are drawn in chunks whose temporaries stay in the processor's cache.
    """
    n = nd.size
    if n <= _CHUNK:
        nd[...] = draw(stream, n, *parameters).reshape(nd.shape)
        return
    exact.prepare(n)
    flat = nd.reshape(-1) if nd.flags.c_contiguous else np.empty(n, nd.dtype)
    for start in range(0, n, _CHUNK):
        part = flat[start : start + _CHUNK]
        part[:] = draw(stream, part.shape[0], *parameters)
    if not nd.flags.c_contiguous:
        nd[...] = flat.reshape(nd.shape)


def uniform(stream: MersenneTwister, a: float = 0, b: float = 1) -> float:
    try:
        return stream.pop() * SCALE * (b - a) + a
    except IndexError:
        return stream.refill() * SCALE * (b - a) + a


def uniforms(stream: MersenneTwister, n: int, a: float = 0, b: float = 1) -> Floats:
    u = stream.portion(n)
    if u is not None:
        u = u * (b - a) if b - a != 1 else u.copy()
    elif n < FEW:
        return np.array([w * SCALE * (b - a) + a for w in stream.few(n)])
    else:
        u = stream.words(n) * SCALE
        if b - a != 1:
            u *= b - a
    if a:
        u += a
    return u


def normal(stream: MersenneTwister, mean: float = 0, stdv: float = 1) -> float:
    """Box-Muller: ρ cos 2πx first, ρ sin 2πx at the next call, whatever was drawn between."""
    x, y, rho, valid = stream.half
    if valid:
        if x.__class__ is tuple:
            x, y, rho, valid = stream.known_half()
        stream.half = (x, y, rho, False)
        return rho * sin(_TURN * x) * stdv + mean
    try:
        x = stream.pop() * SCALE
    except IndexError:
        x = stream.refill() * SCALE
    try:
        y = stream.pop() * SCALE
    except IndexError:
        y = stream.refill() * SCALE
    rho = sqrt(-2 * log(1 - y))
    stream.half = (x, y, rho, True)
    return rho * cos(_TURN * x) * stdv + mean


def _few_normals(stream: MersenneTwister, n: int, mean: float, stdv: float) -> list[float]:
    out = [normal(stream, mean, stdv)] if n and stream.half[3] else []
    pairs = (n - len(out)) // 2
    words = iter(stream.few(2 * pairs))
    for word in words:
        x, y = word * SCALE, next(words) * SCALE
        rho = sqrt(-2 * log(1 - y))
        angle = _TURN * x
        out.append(rho * cos(angle) * stdv + mean)
        out.append(rho * sin(angle) * stdv + mean)
    if pairs:
        stream.half = (x, y, rho, False)
    if len(out) < n:
        out.append(normal(stream, mean, stdv))
    return out


def normals(stream: MersenneTwister, n: int, mean: float = 0, stdv: float = 1) -> Floats:
    if n < FEW:
        known = next_normals(stream, n) if n else None
        if known is None:
            return np.array(_few_normals(stream, n, mean, stdv))
        if mean or stdv != 1:
            known = known * stdv
            known += mean
            return known
        return known.copy()
    out = np.empty(n)
    start = 0
    if stream.half[3]:
        out[0] = normal(stream)
        start = 1
    pairs = (n - start) // 2
    end = start + 2 * pairs
    (x, y, rho), out[start:end] = box_muller(stream.words(2 * pairs) * SCALE)
    if pairs:
        stream.half = (float(x[-1]), float(y[-1]), float(rho[-1]), False)
    if end < n:
        out[end] = normal(stream)
    if stdv != 1:
        out *= stdv
    if mean:
        out += mean
    return out


def log_normal(stream: MersenneTwister, mean: float = 1, stdv: float = 2) -> float:
    try:
        return math.exp(normal(stream, mean, stdv))
    except OverflowError:
        return math.inf


def log_normals(stream: MersenneTwister, n: int, mean: float = 1, stdv: float = 2) -> Floats:
    return exact.exp(normals(stream, n, mean, stdv))


def exponential(stream: MersenneTwister, rate: float) -> float:
    return _quotient(-1.0, rate) * math.log(1 - stream.word() * SCALE)


def exponentials(stream: MersenneTwister, n: int, rate: float) -> Floats:
    with np.errstate(invalid="ignore"):
        return _quotient(-1.0, rate) * exact.log(1 - stream.words(n) * SCALE)


def cauchy(stream: MersenneTwister, median: float = 0, sigma: float = 1) -> float:
    return median + sigma * math.tan(math.pi * (stream.word() * SCALE - 0.5))


def cauchies(stream: MersenneTwister, n: int, median: float = 0, sigma: float = 1) -> Floats:
    return median + sigma * exact.tan(math.pi * (stream.words(n) * SCALE - 0.5))


def geometric(stream: MersenneTwister, p: float) -> int:
    return int(math.log(1 - stream.word() * SCALE) / math.log(p)) + 1


def geometrics(stream: MersenneTwister, n: int, p: float) -> Floats:
    return np.trunc(exact.log(1 - stream.words(n) * SCALE) / math.log(p)) + 1


def bernoulli(stream: MersenneTwister, p: float = 0.5) -> int:
    return int(stream.word() * SCALE <= p)


def bernoullis(stream: MersenneTwister, n: int, p: float | Floats = 0.5) -> Floats:
    return (stream.words(n) * SCALE <= p).astype(np.float64)


def integers(stream: MersenneTwister, n: int, modulus: int, low: int = 0) -> NDArray[np.int64]:
    """w mod modulus + low; modulus 0 stands for the words themselves."""
    words = stream.words(n)
    if modulus:
        words %= np.uint64(modulus)
    values = words.view(np.int64)
    if low:
        values += low
    return values


def permutation(stream: MersenneTwister, n: int) -> NDArray[np.int64]:
    """0 … n-1 shuffled with n-1 words: element i changes places with i + (w mod (n - i))."""
    whole: Any = np.uint32 if n <= 1 << 31 else np.uint64
    z: NDArray[Any] = stream.words(n - 1).astype(whole)
    z %= np.arange(n, 1, -1, dtype=whole)
    z += np.arange(n - 1, dtype=whole)
    if n < 500:
        return _swap_one_by_one(n, z)
    swap = routine("laswp", "f" if n <= 1 << 24 else "d") if n <= 1 << 31 else None
    if swap is None:
        return _swap_in_blocks(n, z.astype(np.int64))
    numbers = np.arange(n, dtype=np.float32 if n <= 1 << 24 else np.float64)  # all are exact
    return swap(numbers[:, None], z.view(np.int32), 0, n - 2, 0, 1, 1)[:, 0].astype(np.int64)


def _swap_one_by_one(n: int, targets: NDArray) -> NDArray[np.int64]:
    r = list(range(n))
    for i, j in enumerate(targets.tolist()):
        r[i], r[j] = r[j], r[i]
    return np.array(r, np.int64)


def _swap_in_blocks(n: int, targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same swaps without LAPACK, which has them in C as exchanges of rows: as many at a time as
    touch different places (about √n of them)."""
    r = np.arange(n)
    first_use = np.empty(n, np.int64)  # of a place within the block under way
    start, last = 0, n - 1
    while start < last:
        block = targets[start : start + max(64, int(1.5 * math.sqrt(n - start)))]
        count = len(block)
        order = np.arange(count)
        first_use[block[::-1]] = order[::-1]  # the earliest writer wins
        reused = first_use[block] != order  # a target that an earlier swap of the block has used
        stop = int(reused.argmax()) if reused.any() else count
        place = block - start
        ahead = place[(place > order) & (place < stop)]  # or a place that the block comes to later
        stop = int(ahead.min()) if ahead.size else stop
        here, there = slice(start, start + stop), block[:stop]
        moved = r[there]
        r[there] = r[here].copy()
        r[here] = moved
        start += stop
    return r


def multinomial(
    stream: MersenneTwister, weights: Floats, samples: int, replace: bool
) -> NDArray[np.int64]:
    """Rows of category indices (from 0), drawn in proportion to each row of weights (n, k)."""
    rows: list[Any] = []
    for row in weights:
        cumulative = np.cumsum(row)
        cumulative /= cumulative[-1]
        if replace:
            cumulative[-1] = 1
            rows.append(searched(cumulative, uniforms(stream, samples)))
        else:
            rows.append(_without_replacement(stream, cumulative, samples))
    return np.array(rows, np.int64).reshape(len(weights), samples)


def searched(steps: Floats, values: Floats) -> NDArray[np.int64]:
    """`searchsorted`; in order of the values where the steps do not fit a cache, which costs a
    sort and is four times as fast for a million of both."""
    if steps.size < 50_000 or values.size < 1000:
        return np.searchsorted(steps, values)
    order = np.argsort(values)
    found = np.empty(values.size, np.int64)
    found[order] = np.searchsorted(steps, values[order])
    return found


def _without_replacement(stream: MersenneTwister, cumulative: Floats, samples: int) -> list[int]:
    drawn = []
    for _ in range(samples):
        cumulative[-1] = 1
        index = int(np.searchsorted(cumulative, uniform(stream)))
        drawn.append(index)
        mass = cumulative[index] - (cumulative[index - 1] if index else 0.0)
        cumulative[index:] -= mass  # the sampled category gets no width any more
        with np.errstate(divide="ignore", invalid="ignore"):
            cumulative /= 1 - mass
    return drawn


def _quotient(a: float, b: float) -> float:
    return a / b if b else math.copysign(math.inf, a * math.copysign(1, b))
