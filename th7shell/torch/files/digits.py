"""Many doubles spelled as C's `%.17g` and `%.9g` spell them, by whole numbers in arrays.

Python takes 0.4 µs for one number. Where C writes no exponent, the digits are those of the whole
number v·10^p, rounded half to even; v = m / 2^s has a mantissa of 53 bits, so that m·10^p fits 128
bits and is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_POWERS = [10**p for p in range(21)]
_LIMBS = [np.array([n >> 32 * i & 0xFFFFFFFF for n in _POWERS], np.uint64) for i in range(3)]
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_FOURS = np.array([list(b"%04d" % i) for i in range(10_000)], np.uint8).view(np.uint32).reshape(-1)


def spelled(values: Array, digits: int, space: bytes) -> tuple[Array, Array]:
    """The text of each double with `space` behind it, as rows of bytes in which zeros stand for
    nothing, and which of the rows are filled in: those of numbers that C writes without an
    exponent. `digits`: 17 or 9, how many are significant."""
    size = np.abs(values)
    plain = (size >= 1e-4) & (size < min(10.0**digits, 2.0**52))
    size[~plain] = 1.0
    exponent = np.floor(np.log10(size)).astype(np.int64)
    number = _whole(size, digits - 1 - exponent)
    plain &= (number >= np.uint64(10 ** (digits - 1))) & (number < np.uint64(10**digits))
    text = _digits(number, digits)
    rows = np.zeros((values.size, digits + 8), np.uint8)
    np.copyto(rows[:, 0], 45, where=np.signbit(values))
    for e in range(int(exponent.min()), int(exponent.max()) + 1):
        these = np.flatnonzero(exponent == e)
        if these.size:
            rows[these, 1:-1] = _placed(text[these], e, digits + 6)
    rows[:, -1] = space[0] if space else 0
    return rows, plain


def _whole(size: Array, p: Array) -> Array:
    """size·10^p, where size is below 2^52 and p below 21, to the nearest whole number, to the even
    one of two."""
    fraction, e = np.frexp(size)
    m = np.ldexp(fraction, 53).astype(np.uint64)
    shift = (53 - e).astype(np.uint64)  # size = m / 2^shift
    m0, m1 = m & _LOW, m >> _HALF
    p0, p1, p2 = (limb[p] for limb in _LIMBS)
    a = m0 * p0
    b = m0 * p1 + (a >> _HALF)
    c = m1 * p0 + (b & _LOW)
    low = (c << _HALF) | (a & _LOW)
    high = m0 * p2 + m1 * p1 + (b >> _HALF) + (c >> _HALF) + ((m1 * p2) << _HALF)
    return _shifted(high, low, shift)


def _shifted(high: Array, low: Array, shift: Array) -> Array:
    """(high·2^64 + low) / 2^shift, rounded half to even; 0 < shift < 128."""
    near = shift < np.uint64(64)
    if near.all():
        return _by_bits(high, low, shift)
    number = np.empty_like(low)
    number[near] = _by_bits(high[near], low[near], shift[near])
    far = ~near
    number[far] = _by_a_limb(high[far], low[far], shift[far] - np.uint64(64))
    return number


def _by_bits(high: Array, low: Array, shift: Array) -> Array:
    number = (high << (np.uint64(64) - shift)) | (low >> shift)
    half = _ONE << (shift - _ONE)
    cut = low & ((_ONE << shift) - _ONE)
    return number + ((cut > half) | ((cut == half) & ((number & _ONE) == _ONE)))


def _by_a_limb(high: Array, low: Array, shift: Array) -> Array:
    """The same where what is shifted by is 64 more."""
    number = high >> shift
    cut = high & ((_ONE << shift) - _ONE)
    half = (_ONE << shift) >> _ONE
    half_low = np.where(shift == 0, np.uint64(1 << 63), np.uint64(0))
    odd = (number & _ONE) == _ONE
    more = (low > half_low) | ((low == half_low) & odd)
    return number + ((cut > half) | ((cut == half) & more))


def _digits(number: Array, digits: int) -> Array:
    """The decimal digits of whole numbers, a row of bytes each."""
    groups = -(-digits // 4)
    text = np.empty((number.size, groups), np.uint32)
    base = np.uint64(10_000)
    for i in range(groups - 1, -1, -1):
        rest = number // base
        text[:, i] = _FOURS[(number - rest * base).astype(np.int64)]
        number = rest
    return text.view(np.uint8)[:, 4 * groups - digits :]


def _placed(text: Array, e: int, width: int) -> Array:
    """Digits with the point where the exponent e puts it, without zeros at their end; none in the
    bytes that are left."""
    count = text.shape[1]
    out = np.zeros((text.shape[0], width), np.uint8)
    before = max(e + 1, 0)  # digits before the point
    at = before
    if e < 0:
        out[:, : 1 - e] = list(b"0." + b"0" * (-e - 1))
        at = 1 - e
    else:
        out[:, :before] = text[:, :before]
        at += 1
    if before < count:
        keep = np.zeros(text.shape[0], bool)
        for j in range(count - 1, before - 1, -1):
            keep |= text[:, j] != 48
            if keep.all():
                out[:, at : at + j + 1 - before] = text[:, before : j + 1]
                break
            np.copyto(out[:, at + j - before], text[:, j], where=keep)
        if e >= 0:
            np.copyto(out[:, before], 46, where=keep)
    return out
