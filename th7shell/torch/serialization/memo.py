"""What an open file remembers about the objects that it has written and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# the kinds of objects in a file
NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = range(6)
FUNCTION_1, FUNCTION_2, FUNCTION = 6, 7, 8  # functions of two earlier formats, and of today's
CARRIED = "threads.Carried"  # the class that stands for objects which are handed over


class Memo:
    """Indices of written objects by identity, read objects by index; `force` switches both off."""

    __slots__ = (
        "carried",
        "cells",
        "count",
        "force",
        "joined",
        "kept",
        "read",
        "reading",
        "unknown",
        "written",
    )

    def __init__(self) -> None:
        self.written: dict[int, int] = {}  # id(object) → index
        self.kept: list[Any] = []  # what has an index stays alive: no other object gets its id
        self.count = 0  # the last index given
        self.read: dict[int, Any] = {}
        self.force = False
        self.cells: dict[Any, int] = {}  # upvalue → number in this file
        self.joined: dict[
            int, tuple[Any, int]
        ] = {}  # number → a function read, its upvalue's place
        self.reading = False  # an object is being read: a `read` method may ask for those inside it
        self.unknown: Callable[[str, Any], Any] | None = None  # makes objects of unknown classes

        self.carried: list[Any] | None = None  # objects handed over beside the bytes

    def index_for(self, value: Any) -> int:
        """Give an object that is written now its index."""
        self.count += 1
        if not self.force:
            self.written[id(value)] = self.count
            self.kept.append(value)
        return self.count


def memo_of(file: Any) -> Memo:
    """The memo of a file, made when first needed."""
    if file._memo is None:
        file._memo = Memo()
    return file._memo
