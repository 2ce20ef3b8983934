"""The array part of vectors and storages: how compiled Lua reads and writes their elements.

Lua's tables have an array part whose place 0 is unused; compiled code looks into it without a
call. A vector that is asked for several of its elements gets one too, a memoryview that begins one
element before its own, so that place 1 is the first. Nobody may touch place 0, which lies outside:
compiled code never does, so nothing else may iterate or copy what the slots hold.

What has several dimensions has no such part, but a `Grid` with a view of as many dimensions, for
`t[{i, j}]`.

There are two slots, `ħarray` to read and `ħstore` to write, both COLD at first and whenever the
tensor gets another array. Whoever reads or writes an element by a call moves `ħarray` on to the
following count, and makes the views when there is none.
"""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

from th7shell.lua.values import Count, Grid

ENOUGH = 12  # accesses after which a view, which takes as long as they, is worth making
_VIEWABLE = frozenset("dfBbhilq")  # elements that memoryviews read and write as Lua numbers
#: the functions that read and write elements; a class that has others of its own gets no views
PLAIN: set[Any] = set()


class Longs(bytearray):
    """The elements of a LongTensor, to read: those that no Lua number holds exactly become floats.
    (Bytes, because their number is that of places; they are not used.)"""

    __slots__ = ("view",)
    view: memoryview

    def __getitem__(self, place: Any) -> Any:
        value = self.view[place]
        if value <= 1073741823:  # Python compares such numbers faster
            if value >= -1073741823:
                return value
        return value if -9007199254740992 <= value <= 9007199254740992 else float(value)


def _counts() -> Count:
    following = None
    for _ in range(ENOUGH):
        count = Count()
        count.make = lambda owner: _views(owner)
        count.following, following = following, count
    assert following is not None
    return following


COLD = _counts()
NEVER = Count()  # of what no view can be made
NEVER.following = NEVER


def warm(owner: Any) -> None:
    """Note that an element of a tensor or a storage was read or written by a call."""
    known = owner.ħarray
    if known.__class__ is Count:
        known.asked(owner)


def _views(owner: Any) -> tuple[Any, Any]:
    nd, kind = owner.nd, type(owner)
    if type(nd) is not np.ndarray or nd.dtype.char not in _VIEWABLE or not nd.dtype.isnative:
        return NEVER, COLD
    if not nd.size or not {kind.__getitem__, kind.__setitem__} <= PLAIN:
        return NEVER, COLD
    shifted: Any = np.asarray(_Shifted(nd))
    read: Any = memoryview(shifted)
    store: Any = read
    if nd.itemsize == 8 and nd.dtype.kind == "i":
        read = Longs(len(store))
        read.view = store
    if nd.ndim == 1:
        return read, store
    whole = nd.dtype.kind != "f"
    return Grid(read, nd.ndim, whole), Grid(store, nd.ndim, whole)


class _Shifted:
    """An array that begins one element before another, in each dimension, and keeps it alive."""

    __slots__ = ("__array_interface__", "nd")

    def __init__(self, nd: Any) -> None:
        self.nd = nd
        about = nd.__array_interface__
        start, is_constant = about["data"]
        about["data"] = start - sum(nd.strides), is_constant
        about["shape"] = tuple(n + 1 for n in nd.shape)
        about["strides"] = nd.strides
        self.__array_interface__ = about


def forget_all(kind: type) -> None:
    """Take the views of all objects of a class whose access to elements has changed."""
    owner: Any
    for owner in [o for o in gc.get_objects() if isinstance(o, kind)]:
        if getattr(owner, "ħarray", None) is not None:  # a grid is empty
            owner.ħarray = owner.ħstore = COLD
