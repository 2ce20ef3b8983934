"""`tds.AtomicCounter`: a whole number that several threads may count up."""

from __future__ import annotations

from threading import Lock
from typing import Any

from th7shell.torch.classes import TorchClass
from th7shell.torch.operators import TorchObject
from th7shell.torch.types import integer

from .elements import living, metamethods

_LOCK = Lock()


class AtomicCounter(TorchObject, metaclass=TorchClass, name="tds.AtomicCounter"):
    """A counter at 0: `inc` adds one and gives what it was, `get` and `set` read and set it."""

    __slots__ = ("__weakref__", "_count")
    ħtype = "cdata"

    def __init__(self, *_: Any) -> None:
        self._count = 0
        living.add(self)

    def inc(self, *_: Any) -> int:
        """Add one; gives the number before."""
        with _LOCK:
            self._count += 1
            return self._count - 1

    def get(self, *_: Any) -> int:
        """The number."""
        return self._count

    def set(self, value: Any = None, *_: Any) -> tuple[()]:
        """Set the number."""
        self._count = integer(value, 2)
        return ()

    def __str__(self) -> str:
        return f"tds.AtomicCounter={self._count}"

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _write(self: Any, file: Any) -> None:
    file.writeLong(self.get())


def _read(self: Any, file: Any) -> None:
    self.set(file.readLong())


metamethods(AtomicCounter, write=_write, read=_read, version=0)
