"""The order of a table's keys behind its array part, as the original's `pairs` gives it.

LuaJIT keeps these keys in 2^k nodes: a key stands at its hash modulo 2^k, or, where that node is
taken, in the highest free one (Brent's variation); when no node is free the live keys are counted
and move, in node order, into as many nodes as they need. `pairs` runs over the nodes. `Nodes` plays
the same moves on keys alone; the strings' hash is the one of Torch's LuaJIT (Bob Jenkins' lookup3).
Facts: lj_tab.c, lj_str.c of torch/luajit-rocks.
"""

from __future__ import annotations

import struct
from typing import Any

_32 = 0xFFFFFFFF
_hashes: dict[Any, int] = {}  # of keys seen, forgotten when there are too many
_MOST_HASHES = 1 << 18
_NO_NODE = -1


def _lookup3(text: bytes) -> int:
    """Return the 32-bit hash of a string (initial value 0); LuaJIT gives the empty one 0."""
    size = len(text)
    if not size:
        return 0
    a = b = c = (0xDEADBEEF + size) & _32
    text += b"\0" * (-size % 12)
    words = struct.unpack(f"<{len(text) // 4}I", text)
    for i in range(0, len(words) - 3, 3):
        a += words[i]
        b += words[i + 1]
        c = (c + words[i + 2]) & _32
        a = (a - c & _32) ^ ((c << 4 | c >> 28) & _32)
        c = c + b & _32
        b = (b - a & _32) ^ ((a << 6 | a >> 26) & _32)
        a = a + c & _32
        c = (c - b & _32) ^ ((b << 8 | b >> 24) & _32)
        b = b + a & _32
        a = (a - c & _32) ^ ((c << 16 | c >> 16) & _32)
        c = c + b & _32
        b = (b - a & _32) ^ ((a << 19 | a >> 13) & _32)
        a = a + c & _32
        c = (c - b & _32) ^ ((b << 4 | b >> 28) & _32)
        b = b + a & _32
    a = a + words[-3] & _32
    b = b + words[-2] & _32
    c = c + words[-1] & _32
    c = (c ^ b) - ((b << 14 | b >> 18) & _32) & _32
    a = (a ^ c) - ((c << 11 | c >> 21) & _32) & _32
    b = (b ^ a) - ((a << 25 | a >> 7) & _32) & _32
    c = (c ^ b) - ((b << 16 | b >> 16) & _32) & _32
    a = (a ^ c) - ((c << 4 | c >> 28) & _32) & _32
    b = (b ^ a) - ((a << 14 | a >> 18) & _32) & _32
    return (c ^ b) - ((b << 24 | b >> 8) & _32) & _32


def _number_hash(key: float) -> int:
    """Return the hash of a number: its double's halves, mixed."""
    low, high = struct.unpack("<II", struct.pack("<d", key))
    high = high << 1 & _32
    low ^= high
    high = (high << 14 | high >> 18) & _32
    low = low - high & _32
    high = (high << 5 | high >> 27) & _32
    high ^= low
    return high - ((low << 13 | low >> 19) & _32) & _32


def key_hash(key: Any) -> int:
    """Return the hash of a key: a string, a number, or a boolean as the table keeps it."""
    found = _hashes.get(key)
    if found is None:
        kind = key.__class__
        if kind is str:
            found = _lookup3(key.encode("latin-1", "replace"))
        elif kind is int or kind is float:
            found = _number_hash(key)
        else:
            found = int(key.value)
        if len(_hashes) >= _MOST_HASHES:
            _hashes.clear()
        _hashes[key] = found
    return found


def bits_of(size: int) -> int:
    """Return k of the 2^k nodes that `size` keys get."""
    return size if size < 2 else (size - 1).bit_length()


class Nodes:
    """The nodes of one table. `at[key]` is a key's node; a key in `dead` has the value nil and
    keeps its node until another needs it or the nodes are laid anew. `array` is the size of the
    array part (its slot 0 included): integers below it have no node."""

    __slots__ = ("array", "at", "dead", "keys", "nexts", "top")

    def __init__(self, array: int = 0, bits: int = 0) -> None:
        self.array = array
        self.dead: set[Any] = set()
        self._lay(bits)

    def _lay(self, bits: int) -> None:
        size = 1 << bits if bits else 0
        self.keys: list[Any] = [None] * size
        self.nexts = [_NO_NODE] * size
        self.top = size
        self.at: dict[Any, int] = {}

    def live(self) -> list[Any]:
        """Return the live keys in node order."""
        if self.dead:
            return [key for key in self.keys if key is not None and key not in self.dead]
        return [key for key in self.keys if key is not None]

    def kill(self, key: Any) -> bool:
        """`t[key] = nil`; an absent key takes a node all the same. False if the key is in the array
        part."""
        if key not in self.at and not self._in_array(key):
            self._insert(key)
        if key not in self.at:
            return False
        self.dead.add(key)
        return True

    def set(self, key: Any) -> None:
        """`t[key] = value`."""
        if key in self.at:
            self.dead.discard(key)
        elif not self._in_array(key):
            self._insert(key)

    def lay_anew(self, array: int) -> None:
        """Give the array part a size and lay as many nodes as before."""
        keys, bits = self.live(), bits_of(len(self.keys))
        self.array = max(self.array, array)
        self.dead.clear()
        self._lay(bits)
        for key in keys:
            if not self._in_array(key):
                self._insert(key)

    def _in_array(self, key: Any) -> bool:
        return key.__class__ is int and 0 <= key < self.array

    def _insert(self, key: Any) -> None:
        keys, nexts = self.keys, self.nexts
        if not keys:
            self._rehash(key)
            return
        mask = len(keys) - 1
        main = key_hash(key) & mask
        there = keys[main]
        if there is None:
            pass
        elif there in self.dead:
            self.dead.discard(there)
            del self.at[there]
        else:
            free = self.top
            while True:
                if free == 0:
                    self.top = 0
                    self._rehash(key)
                    return
                free -= 1
                if keys[free] is None:
                    break
            self.top = free
            collide = key_hash(there) & mask
            if collide != main:
                while nexts[collide] != main:
                    collide = nexts[collide]
                self._move(there, main, free, collide)
            else:
                nexts[free] = nexts[main]
                nexts[main] = free
                main = free
        keys[main] = key
        self.at[key] = main

    def _move(self, key: Any, node: int, free: int, before: int) -> None:
        """Move `key`, which is not in its main node, to `free`; `before` is what points to it."""
        keys, nexts, at = self.keys, self.nexts, self.at
        nexts[before] = free
        keys[free] = key
        at[key] = free
        nexts[free] = nexts[node]
        nexts[node] = _NO_NODE
        keys[node] = None
        mask = len(keys) - 1
        while (after := nexts[free]) != _NO_NODE:  # a revived string may belong to the freed node
            other = keys[after]
            if other.__class__ is str and other not in self.dead and key_hash(other) & mask == node:
                nexts[free] = nexts[after]
                nexts[after] = nexts[node]
                nexts[node] = after
            else:
                free = after

    def _rehash(self, key: Any) -> None:
        """Lay the live keys and `key` anew."""
        keys = self.live()
        counts = [0] * 32
        integers = 0
        for k in [*keys, key]:
            if k.__class__ is int and 0 <= k < 1 << 27:
                counts[(k - 1).bit_length() - 1 if k > 2 else 0] += 1
                integers += 1
        moved = 0
        if integers:
            moved = self._grow_array(counts, integers)
        self.dead.clear()
        self._lay(bits_of(len(keys) + 1 - moved))
        for k in keys:
            if not self._in_array(k):
                self._insert(k)
        if not self._in_array(key):
            self._insert(key)

    def _grow_array(self, counts: list[int], integers: int) -> int:
        """Choose the array part's size, of which more than half would be used; return how many
        keys move there."""
        inside = self.array - 1  # taken as filled from 1
        for k in range(28):
            low, high = (2 << k - 1 if k else 0), min(2 << k, inside)
            if high <= low:
                break
            counts[k] += high - low
        integers += max(inside, 0)
        used = total = 0
        size = self.array
        for k in range(28):
            if not (2 * integers > 1 << k and used != integers):
                break
            used += counts[k]
            if counts[k] > 0 and 2 * used > 1 << k:
                size, total = (2 << k) + 1, used
        self.array = max(size, self.array)
        return total - max(inside, 0) if total > inside else 0
