"""Streams, handles and events: work is done in the order in which it is asked for, so that waiting
is never needed; the numbers are kept as the original keeps them."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError
from th7shell.torch.classes import TorchClass, TorchObject
from th7shell.torch.types import NONE, integer

from .devices import offer


class _Numbers:
    """How many streams or handles are reserved, and which is in use."""

    def __init__(self, count: int, current: int) -> None:
        self.count, self.current = count, current

    def reserve(self, count: Any) -> None:
        self.count = max(self.count, integer(count, 1))

    def use(self, number: Any, first: int, what: str) -> None:
        number = integer(number, 1)
        if not first <= number <= self.count:
            raise TorchError(f"{number} is not a valid {what}, valid range is: "
                             f"({first}, {self.count})")  # fmt: skip
        self.current = number


STREAMS = _Numbers(0, 0)
HANDLES = _Numbers(1, 1)


@offer
def reserveStreams(count: Any = NONE, *_: Any) -> tuple[()]:
    """Have at least so many streams besides number 0."""
    STREAMS.reserve(count)
    return ()


@offer
def getNumStreams(*_: Any) -> int:
    """How many streams there are besides number 0."""
    return STREAMS.count


@offer
def setStream(number: Any = NONE, *_: Any) -> tuple[()]:
    """Use a stream, 0 being the first. Error: one that is not reserved."""
    STREAMS.use(number, 0, "stream")
    return ()


@offer
def getStream(*_: Any) -> int:
    """The stream in use."""
    return STREAMS.current


@offer
def setDefaultStream(*_: Any) -> tuple[()]:
    """Use stream 0."""
    STREAMS.current = 0
    return ()


@offer
def reserveBlasHandles(count: Any = NONE, *_: Any) -> tuple[()]:
    """Have at least so many BLAS handles."""
    HANDLES.reserve(count)
    return ()


@offer
def getNumBlasHandles(*_: Any) -> int:
    """How many BLAS handles there are."""
    return HANDLES.count


@offer
def setBlasHandle(number: Any = NONE, *_: Any) -> tuple[()]:
    """Use a BLAS handle, from 1. Error: one that is not reserved."""
    HANDLES.use(number, 1, "handle")
    return ()


@offer
def getBlasHandle(*_: Any) -> int:
    """The BLAS handle in use."""
    return HANDLES.current


def _waiting(name: str, doc: str) -> None:
    def wait(*_: Any) -> tuple[()]:
        return ()

    wait.__name__, wait.__doc__ = name, doc
    offer(wait)


for _name, _doc in {
    "synchronize": "Wait for the device: all is done already.",
    "synchronizeAll": "Wait for all devices: all is done already.",
    "streamSynchronize": "Wait for a stream: all is done already.",
    "streamWaitFor": "Let a stream wait for others: all is done already.",
    "streamWaitForMultiDevice": "Let a stream wait for others: all is done already.",
    "streamBarrier": "Let streams wait for one another: all is done already.",
    "streamBarrierMultiDevice": "Let streams wait for one another: all is done already.",
}.items():
    _waiting(_name, _doc)


@offer
def _sleep(cycles: Any = NONE, *_: Any) -> tuple[()]:
    """Let the device sleep for some cycles: it has nothing to do."""
    integer(cycles, 1)
    return ()


class Event(TorchObject, metaclass=TorchClass, name="cutorch.Event"):
    """A point in a stream's work that another stream can wait for: `cutorch.Event():waitOn()`."""

    __slots__ = ("__weakref__",)

    def waitOn(self, *_: Any) -> tuple[()]:
        """Let the current stream wait for the event: it has passed already."""
        return ()


__all__ = ["HANDLES", "STREAMS", "Event"]
