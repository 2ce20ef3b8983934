"""The order of a Hash's keys: that of the buckets of the original's hash table, which doubles, is
probed in growing steps and hashes the bytes of keys by FNV.

Buckets are laid out when the order is asked for; until a key is removed, how many there are follows
from the number of keys.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from th7shell.lua.keys import BOOLEANS, Boolean
from th7shell.lua.order import by_insertion
from th7shell.lua.values import LuaObject

_EMPTY, _REMOVED = LuaObject(), LuaObject()
_PRIME, _MASK = 0x01000193, 0xFFFFFFFF
_LEAST = 4
_LOAD = 0.77


def key_of(value: Any) -> Any:
    """A Lua value as a key of a dict: booleans apart from 0 and 1, whole floats as ints."""
    kind = value.__class__
    if kind is float and value.is_integer():
        return int(value)
    return BOOLEANS[value] if kind is bool else value


def hash_of(key: Any) -> int:
    """The number by which a key is placed. Objects' are addresses, random there too."""
    kind = key.__class__
    if kind is str:
        data = key.encode("latin-1")
    elif kind is int or kind is float:
        data = struct.pack("<d", key)
    elif kind is Boolean:
        return int(key.value)
    else:
        return id(key) >> 4 & _MASK
    found = 0
    for byte in data:
        found = found * _PRIME & _MASK ^ byte
    return found


def hashes_of(keys: list[Any]) -> list[int]:
    """`hash_of` each key; numbers together."""
    if len(keys) < 32 or not all(k.__class__ is int or k.__class__ is float for k in keys):
        return [hash_of(key) for key in keys]
    found = np.zeros(len(keys), np.uint32)
    for column in np.array(keys, "<f8").view(np.uint8).reshape(-1, 8).T:
        found = found * np.uint32(_PRIME) ^ column
    return found.tolist()


def limit_of(buckets: int) -> int:
    """How many of so many buckets may be occupied."""
    return int(buckets * _LOAD + 0.5)


class Buckets:
    """Buckets with keys in them: keys and their hashes by place."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.hashes: list[int] = []
        self.size = self.occupied = 0

    def make_room(self) -> None:
        """What precedes a store: the buckets double when they are full, or drop removed keys."""
        count = len(self.keys)
        if self.occupied >= limit_of(count):
            self.resize(count if count > self.size << 1 else 2 * count or _LEAST)

    def resize(self, count: int) -> None:
        """Lay the keys out in `count` buckets, as the original moves them: in place, each that is
        met on the way pushed on to its own place."""
        count = max(count, _LEAST)
        if self.size >= limit_of(count):
            return
        keys, hashes = self.keys, self.hashes
        waiting = [key is not _EMPTY and key is not _REMOVED for key in keys]
        old = len(keys)
        keys += [_EMPTY] * (count - old)
        hashes += [0] * (count - old)
        taken = bytearray(count)
        mask = count - 1
        for j in range(old):
            if not waiting[j]:
                continue
            key, number = keys[j], hashes[j]
            waiting[j] = False
            while True:
                i, step = number & mask, 0
                while taken[i]:
                    step += 1
                    i = (i + step) & mask
                taken[i] = True
                pushed = i < old and waiting[i]
                keys[i], key = key, keys[i]
                hashes[i], number = number, hashes[i]
                if not pushed:
                    break
                waiting[i] = False
        for i in range(count):
            if not taken[i]:
                keys[i] = _EMPTY
        self.occupied = self.size

    def put(self, key: Any, number: int) -> None:
        """Take a key in; one that is there stays where it is."""
        self.make_room()
        keys = self.keys
        mask = len(keys) - 1
        i = start = number & mask
        step, free = 0, -1
        while keys[i] is not _EMPTY and keys[i] != key:
            if keys[i] is _REMOVED:
                free = i
            step += 1
            i = (i + step) & mask
            if i == start:
                break
        if keys[i] is not _EMPTY and keys[i] == key:
            return
        if free >= 0:
            i = free
        else:
            self.occupied += 1
        keys[i], self.hashes[i] = key, number
        self.size += 1

    def remove(self, key: Any, number: int) -> None:
        """Let a key go that is there; its bucket stays occupied."""
        keys = self.keys
        mask = len(keys) - 1
        i, step = number & mask, 0
        while keys[i] != key:
            step += 1
            i = (i + step) & mask
        keys[i] = _REMOVED
        self.size -= 1

    def ordered(self) -> list[Any]:
        """The keys by their places."""
        return [key for key in self.keys if key is not _EMPTY and key is not _REMOVED]


class Nodes:
    """The contents of a Hash: `values` by key, as `key_of` gives it."""

    __slots__ = ("buckets", "count", "full", "laid", "order", "values")

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}
        self.buckets = Buckets()
        self.laid = 0  # so many keys of `values` are in the buckets; -1: all, once one was removed
        self.count = 0  # of the buckets that there would be
        self.full = 0  # so many keys make them grow at the next store
        self.order: list[Any] | None = None

    def put(self, key: Any, value: Any) -> None:
        """Set the value of a key."""
        values = self.values
        if len(values) >= self.full:
            self._make_room(key)
        values[key] = value
        if self.order is not None and len(self.order) != len(values):
            self.order = None

    def _make_room(self, key: Any) -> None:
        self.order = None
        if self.laid < 0:
            if key is not _EMPTY:
                self.buckets.put(key, hash_of(key))
            else:
                self.buckets.make_room()
            return
        self.count = 2 * self.count or _LEAST
        self.full = limit_of(self.count)

    def remove(self, key: Any) -> None:
        """Let a key go, if it is there."""
        if key in self.values:
            self._lay()
            self.laid, self.full = -1, 0  # from now on each store is followed
            self.buckets.remove(key, hash_of(key))
            self.order = None
            del self.values[key]

    def _lay(self) -> None:
        """Put the keys that came since the last time into the buckets."""
        if self.laid >= 0:
            new = list(islice(self.values, self.laid, None))
            for key, number in zip(new, hashes_of(new), strict=True):
                self.buckets.put(key, number)
            self.laid = len(self.values)
            if len(self.buckets.keys) < self.count:
                self.buckets.resize(self.count)

    def ordered(self) -> list[Any]:
        """The keys in the order of a traversal that begins now."""
        if by_insertion():
            return list(self.values)
        if len(self.values) >= self.full:
            self._make_room(_EMPTY)
        if self.order is None:
            self._lay()
            self.order = self.buckets.ordered()
        return self.order

    def items(self) -> Iterator[tuple[Any, Any]]:
        """The pairs, values as they are when their turn comes; removed keys are passed over."""
        values = self.values
        for key in self.ordered():
            if (value := values.get(key)) is not None:
                yield (key.value if key.__class__ is Boolean else key), value
