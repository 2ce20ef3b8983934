"""Many decimal numerals read at once, each to the nearest double as C's `strtod` reads it.

Numerals without an exponent, of up to 8 digits before and 24 behind the point, are a whole number w
below 10^18 divided by a power of ten. Eight digits are read from the eight bytes in which they lie
by three multiplications. The quotient is computed in twice a double's precision; where that does
not tell to which side it is rounded, and for any other word, Python reads the word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_DIGIT, _POINT, _MINUS, _BLANK, _OTHER = range(5)
_KINDS = bytes(
    _DIGIT
    if c in b"0123456789"
    else {46: _POINT, 45: _MINUS}.get(c, _BLANK if c in b" \t\n\v\f\r" else _OTHER)
    for c in range(256)
)
_ROOM = 24  # bytes before the text, so that eight bytes may be taken before any of its own
_KEEP = np.array([(1 << 64) - (1 << 8 * (8 - v)) for v in range(9)], np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_TENS = np.array([10**k for k in range(19)], np.uint64)
_POWERS = np.array([10.0**k for k in range(23)])  # all exact
_STEPS = [
    (np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(2561), np.uint64(8)),
    (np.uint64(0x00FF00FF00FF00FF), np.uint64(6553601), np.uint64(16)),
    (np.uint64(0x0000FFFF0000FFFF), np.uint64(42949672960001), np.uint64(32)),
]


def read(text: bytes, most: int) -> tuple[Array, int] | None:
    """The numbers at the beginning of a text, at most so many, and the number of bytes to their
    end; None where most words are no such numerals. A word at the end of the text counts only if a
    blank follows."""
    text = b" " * _ROOM + text
    data = np.frombuffer(text, np.uint8)
    kinds = np.frombuffer(text.translate(_KINDS), np.uint8)
    blank = kinds == _BLANK
    turns = np.flatnonzero(blank[1:] != blank[:-1]) + 1
    starts, ends = turns[0::2], turns[1::2]
    count = min(ends.size, most)
    if not count:
        return None
    starts, ends = starts[:count], ends[:count]
    minus = kinds[starts] == _MINUS
    strange = _strange(kinds, starts, ends, minus)
    points = _points(kinds, starts, ends, strange)
    before = points - starts - minus
    behind = np.maximum(ends - points - 1, 0)
    strange |= (before > 8) | (behind > 22) | (before + behind == 0)
    strange |= (before + behind > 18) & (data[points - 1] != 48)
    if strange.sum() > count // 4:
        return None
    before = np.where(strange, 0, before)
    behind = np.where(strange, 0, behind)
    eights = np.ndarray((data.size - 7,), "<u8", data, 0, (1,))
    whole = _number(eights, points, before)
    low = _number(eights, ends, np.minimum(behind, 8))
    middle = _number(eights, ends - 8, np.clip(behind - 8, 0, 8))
    high = _number(eights, ends - 16, np.clip(behind - 16, 0, 8))
    strange |= (high >= np.uint64(100)) | ((whole > 0) & (before + behind > 18))
    whole *= _TENS[np.minimum(behind, 18)]
    whole += low + middle * _TENS[8] + np.minimum(high, np.uint64(99)) * _TENS[16]
    values = _quotient(whole, behind, strange)
    np.negative(values, values, where=minus)
    for i in np.flatnonzero(strange).tolist():
        word = data[starts[i] : ends[i]].tobytes()
        if b"_" in word:
            raise ValueError(word)
        values[i] = float(word)
    return values, int(ends[-1]) - _ROOM


def _strange(kinds: Array, starts: Array, ends: Array, minus: Array) -> Array:
    """Which words have something else than digits, points and a sign before them."""
    strange = np.zeros(starts.size, bool)
    odd = (kinds == _OTHER) | (kinds == _MINUS)
    odd[starts[minus]] = False
    places = np.flatnonzero(odd)
    if places.size:
        words = np.searchsorted(starts, places, "right") - 1
        strange[words[(words >= 0) & (places < ends[words])]] = True
    return strange


def _points(kinds: Array, starts: Array, ends: Array, strange: Array) -> Array:
    """Where the point of each word is: at its end if it has none. Words with two are strange."""
    points = np.flatnonzero(kinds == _POINT)
    if points.size >= starts.size:
        first = points[: starts.size]
        if (first >= starts).all() and (first < ends).all():
            if (points[1:] >= ends[np.minimum(np.arange(points.size - 1), ends.size - 1)]).all():
                return first
    at = ends.copy()
    words = np.searchsorted(starts, points, "right") - 1
    inside = (words >= 0) & (points < ends[words])
    words, points = words[inside], points[inside]
    at[words] = points
    strange[words[1:][words[1:] == words[:-1]]] = True
    return at


def _number(eights: Array, ends: Array, count: Array) -> Array:
    """The whole number of the `count` digits, at most eight, before each end."""
    number = (eights[ends - 8] ^ _ZEROS) & _KEEP[count]
    for mask, factor, shift in _STEPS:
        number &= mask
        number *= factor
        number >>= shift
    return number


def _quotient(whole: Array, exponent: Array, doubtful: Array) -> Array:
    """whole / 10^exponent; notes where it might not be the nearest double."""
    power = _POWERS[exponent]
    high = whole.astype(np.float64)
    low = (whole.view(np.int64) - high.astype(np.int64)).astype(np.float64)
    quotient = high / power
    product = quotient * power
    a, b = _halves(quotient)
    c, d = _halves(power)
    rest = (high - product) - (((a * c - product) + a * d + b * c) + b * d) + low
    rest /= power
    nearest = quotient + rest
    error = np.abs(rest - (nearest - quotient))
    unit = np.spacing(nearest)
    for share in (0.5, 0.25):  # a quarter below a power of two
        doubtful |= np.abs(error - share * unit) < unit * 2.0**-40
    return nearest


def _halves(x: Array) -> tuple[Array, Array]:
    """x as the sum of two doubles of 26 bits."""
    big = x * 134217729.0
    high = big - (big - x)
    return high, x - high
