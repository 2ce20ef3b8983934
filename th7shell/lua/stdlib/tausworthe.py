"""LuaJIT's random generator, exact for a given seed: four combined shift registers.

A register's words are windows of 64 bits in one long sequence, each `s` bits further on, where
b[j + k] = b[j + q] ^ b[j]; so is b[j + 2^e k] = b[j + 2^e q] ^ b[j], and a few operations on long
integers give thousands of bits. Many words are cut out of them by NumPy, a few are stepped to.
"""

from __future__ import annotations

import math
import struct
import sys
from typing import Any

_MASK = 2**64 - 1
# (k, q, s) of the four generators of L'Ecuyer, "Tables of maximally-equidistributed combined LFSR
# generators" (1991), table 3, first entry.
_GENERATORS = ((63, 31, 18), (58, 19, 28), (55, 24, 7), (47, 21, 8))
BLOCK = 1024  # numbers that are made at a time
_FEW = 32  # numbers after a seed that are made one by one
_MANY = 50_000  # numbers that take as long as NumPy, where it is not there yet


class Tausworthe:
    """The generator behind `math.random`: four combined shift registers, period 2^223."""

    def __init__(self, seed: float = 0.0):
        self.seed(seed)

    def seed(self, d: float) -> None:
        """Start the stream of a seed."""
        self._registers = []
        for k, _, _ in _GENERATORS:
            d = d * math.pi + math.e
            bits = struct.unpack("<Q", struct.pack("<d", d))[0]
            smallest = 1 << (64 - k)
            self._registers.append(bits if bits >= smallest else bits + smallest)
        self._made: list[float] = []  # those of a block that nobody has drawn, last first
        self.pop = self._made.pop  # draws one of them; `next` makes others when there is none
        self._alone = 0
        for _ in range(10):
            self.step()

    def next(self) -> float:
        """Draw a number in [0, 1) with 52 random bits."""
        try:
            return self.pop()
        except IndexError:
            self._alone += 1
            if self._alone < (_FEW if "numpy" in sys.modules else _MANY):
                return self.step()
            self._made += self._block()
            return self.pop()

    def step(self) -> float:
        """Make one number."""
        result = 0
        registers = self._registers
        for i, (k, q, s) in enumerate(_GENERATORS):
            z = registers[i]
            z = ((((z << q) & _MASK) ^ z) >> (k - s)) ^ (((z >> (64 - k) << (64 - k)) << s) & _MASK)
            registers[i] = z
            result ^= z
        return (result & 0xFFFFFFFFFFFFF) / 2.0**52

    def _block(self) -> list[float]:
        """Make many numbers, last first."""
        import numpy as np

        mixed: Any = np.uint64(0)
        for i, (k, q, s) in enumerate(_GENERATORS):
            written = _sequence(self._registers[i], k, q, (BLOCK + 1) * s + 64)
            bits = np.arange(s, (BLOCK + 1) * s, s)
            first, over = bits >> 3, (bits & 7).astype(np.uint64)
            windows: Any = np.ndarray(
                len(written) - 7, ">u8", written, 0, (1,)
            )  # from each byte on
            words = windows[first].astype(np.uint64) << over
            words |= np.frombuffer(written, np.uint8)[first + 8].astype(np.uint64) >> (8 - over)
            self._registers[i] = int(words[-1])
            mixed = mixed ^ words
        numbers: list[float] = ((mixed & np.uint64(2**52 - 1)) / 2.0**52)[::-1].tolist()
        return numbers


def _sequence(bits: int, k: int, q: int, least: int) -> bytes:
    """The sequence of a register from its 64 bits on: at least so many bits."""
    length = 64
    while length < least:
        e = (length // k).bit_length() - 1
        back, over = k << e, q << e
        n = back - over  # bits that what is known gives
        known = bits >> (back - n)
        more = (bits ^ known) & ((1 << n) - 1)
        bits = bits << n | more
        length += n
    return (bits << (-length % 8)).to_bytes((length + 7) // 8, "big")
