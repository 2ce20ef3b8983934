"""When Python's collector of cycles looks, and when it need not: what is made at a start or while a
file is read stays, and looking through it again and again takes longer than making it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any


class no_collections:
    """`with no_collections():` keeps the collector from looking at the many objects that are made
    meanwhile. lasting: they stay for the rest of the program, so none of them is young after it."""

    __slots__ = ("lasting", "running")

    def __init__(self, lasting: bool = False) -> None:
        self.lasting = lasting

    def __enter__(self) -> None:
        self.running = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.running:
            if self.lasting:
                gc.freeze()
                gc.unfreeze()  # all that lives is as old as can be now, without a look at it
            gc.enable()


_waiting = False  # the end of a program that has begun


def is_put_off() -> bool:
    """Whether the command line starts a program, whose own part has not begun."""
    return not _waiting and not gc.isenabled()


def begin() -> None:
    """A program's own part begins, before which the command line let nothing be collected: what was
    made until now is never looked at."""
    global _waiting
    if is_put_off():
        _waiting = True
        gc.freeze()
        gc.enable()


def end() -> None:
    """The program ends: spare Python the search for cycles among what goes with the process,
    unless some of it may want to know: a userdata with `__gc`, an object of Python's."""
    from . import weak

    if _waiting and not weak.expects_finalizers():
        if f"{__package__}.stdlib.python" not in sys.modules:
            gc.freeze()


def lasting(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that makes what stays, as a package does."""
    with no_collections(lasting=True):
        return function(*arguments)
