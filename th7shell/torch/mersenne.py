"""The Mersenne Twister MT19937 as Torch drives it: one 32-bit word a draw, singly or in arrays.

The words come from NumPy's MT19937. Single draws are served from the rest of the current block of
624 words, held as a list; array draws take that rest first, so that both kinds of draw share one
stream, and the state is always known. A stream begins when something is drawn: `numpy.random` takes
a tenth of a program's start to import.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

N = 624  # words in a block
SCALE = 2.0**-32  # makes a word a number in [0, 1)
# the C struct: seed, left, seeded, next, 624 words in longs, normal x y rho, its validity, padding
_HEAD, _TAIL = struct.Struct("<Qiiq"), struct.Struct("<3di4x")
_END = _HEAD.size + 8 * N
BLOB_SIZE = _END + _TAIL.size


class MersenneTwister:
    """A stream of 32-bit words, with Torch's pending half of a normal pair in its state."""

    __slots__ = (
        "_bits",
        "_fresh",
        "_made",
        "_passed",
        "_position",
        "_saved",
        "_scaled",
        "_seeding",
        "_words",
        "ahead",
        "block",
        "half",
        "initial_seed",
        "pop",
        "rest",
    )

    def __init__(self, seed: int) -> None:
        self._made: Any = None  # NumPy's generator
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the stream of a seed (its low 32 bits count); forget the pending normal."""
        self.initial_seed = seed & 0xFFFFFFFFFFFFFFFF
        self.half: tuple[Any, Any, float, bool] = (0.0, 0.0, 0.0, False)
        self._bits: Any = None  # NumPy's generator, once the stream has begun
        self._saved: Any = None  # where it begins, if not at the seed's start: key, position
        self._passed = 0  # words to leave out then
        self._follow(N)
        self._fresh = True  # nothing drawn yet: the saved state then shows 0 as the next word

    def _follow(self, position: int) -> None:
        """Draw from NumPy's generator as it stands, or will stand."""
        self._position = position  # of NumPy's generator within its block, 1..624
        self.rest: list[int] = []  # words taken from NumPy that nobody has drawn, last first
        self._words: Any = None  # those of the rest's block as an array
        self._scaled: Any = None  # and as numbers in [0, 1), once they are asked for
        self.ahead: Any = None  # normal numbers of the rest of a block: see `ahead`
        self.block = 0  # tells blocks apart
        self.pop = self.rest.pop  # draws one of them; `word` asks NumPy when there is none

    def _generator(self) -> Any:
        """NumPy's generator, made when it is needed first."""
        if self._made is None:
            self._made = np.random.MT19937()
            self._seeding = np.random.RandomState(self._made).seed  # by one number, as in Torch
        self._bits = self._made
        return self._made

    def _begin(self) -> Any:
        """Begin the stream of the seed; gives NumPy's generator."""
        bits = self._generator()
        if self._saved is None:
            self._seeding(self.initial_seed & 0xFFFFFFFF)
        else:
            key, position = self._saved
            bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
            self._saved = None
        if self._passed:
            self._raw(self._passed)
        return bits

    def _start(self, key: NDArray, position: int) -> None:
        """Go on from a saved state when something is drawn: a program that sets it back before each
        of many calls may draw nothing."""
        self._bits, self._saved, self._passed = None, (key, position), 0
        self._follow(position)

    def leave_out(self, n: int) -> None:
        """Draw n words for nobody."""
        if self._bits is None:
            self._passed += n
        else:
            self.few(n)

    def word(self) -> int:
        """Draw one word, 0 … 2^32 - 1."""
        try:
            return self.pop()
        except IndexError:
            return self.refill()

    def refill(self) -> int:
        """Draw one word when `pop` has none."""
        bits = self._bits or self._begin()
        count = N - self._position or N
        self._words = bits.random_raw(count)
        self._scaled = None
        self.rest += self._words[::-1].tolist()
        self.block += 1
        self._position = N
        self._fresh = False
        return self.pop()

    def left(self) -> int:
        """How many words of the current block nobody has drawn yet; another block begins if there
        are none."""
        if not self.rest:
            self.rest.append(self.refill())
        return len(self.rest)

    def coming(self) -> NDArray[np.uint64]:
        """The words that are left, in the order in which they will be drawn."""
        return self._words[self._words.size - len(self.rest) :]

    def portion(self, n: int) -> NDArray[Any] | None:
        """Draw n words of the current block as numbers in [0, 1), a part of an array that must not
        be changed; None, and nothing drawn, if it has fewer."""
        rest = self.rest
        left = len(rest)
        if not 0 < n <= left:
            return None
        scaled = self._scaled
        if scaled is None:
            scaled = self._scaled = self._words * SCALE
        del rest[-n:]
        start = scaled.size - left
        part: NDArray[Any] = scaled[start : start + n]
        return part

    def few(self, n: int) -> list[int]:
        """Draw n words as a list."""
        rest = self.rest
        if not 0 < n <= len(rest):
            return [self.word() for _ in range(n)]
        words = rest[: -n - 1 : -1]
        del rest[-n:]
        return words

    def words(self, n: int) -> NDArray[np.uint64]:
        """Draw n words as an array."""
        rest = self.rest
        if not rest or not n:
            return self._raw(n)
        taken = min(n, len(rest))
        head = np.array(rest[: -taken - 1 : -1], np.uint64)
        del rest[-taken:]
        return head if taken == n else np.concatenate([head, self._raw(n - taken)])

    def _raw(self, n: int) -> NDArray[np.uint64]:
        bits = self._bits or self._begin()
        if n:
            self._position = (self._position + n - 1) % N + 1
            self._fresh = False
        return bits.random_raw(n)

    def known_half(self) -> tuple[float, float, float, bool]:
        """The pending half as numbers; `ahead.py` only says which pair it is of."""
        x, y, rho, valid = self.half
        if x.__class__ is tuple:
            x, y, rho = (float(part[y // 2]) for part in x)
            self.half = (x, y, rho, valid)
        return self.half

    def state(self) -> bytes:
        """The 5048 bytes of the original's C struct on a 64-bit little-endian machine."""
        key = (self._bits or self._begin()).state["state"]["key"].astype("<u8").tobytes()
        position = self._position - len(self.rest)
        x, y, rho, valid = self.known_half()
        following = 0 if self._fresh else position
        head = _HEAD.pack(self.initial_seed, 625 - position, 1, following)
        return head + key + _TAIL.pack(x, y, rho, valid)

    def set_state(self, blob: bytes) -> bool:
        """Continue from a saved state; False, and nothing changed, if it is not valid."""
        seed, left, seeded, following = _HEAD.unpack_from(blob)
        if seeded != 1 or not 0 < left <= N or not 0 <= following <= N:
            return False
        x, y, rho, valid = _TAIL.unpack_from(blob, _END)
        key = np.frombuffer(blob, "<u8", N, _HEAD.size).astype(np.uint32)
        self.initial_seed = seed
        self.half = (x, y, rho, bool(valid))
        self._start(key, N if left == 1 else 625 - left)
        self._fresh = left == 1 and following == 0
        return True
