"""Where a library asks the running front end to show something.

`image.display`, `itorch.image`, `gnuplot.plot` … live below the session and may not print or import
`display`. They call `show(value)` with a plot.Figure or one of the values below; the session that
runs them has installed a shower (terminal or notebook). Without one, as in plain Python, `show`
says what is missing.

What a program may ask for in every step of a loop goes through `sparingly`.
"""

from __future__ import annotations

import atexit
import contextlib
import time
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from th7shell.lua import state
from th7shell.lua.records import Record

if TYPE_CHECKING:
    from th7shell.plot.figure import Figure


class Picture(Record):
    """An image: a tensor, gray (h×w) or in planes (3×h×w). zoom: a factor, for terminals."""

    tensor: Any
    legend: str = ""
    zoom: float = 1


class Html(Record):
    """A page or a part of one; its text twin is what it says without tags."""

    text: str


class Media(Record):
    """A sound or a video. kind: 'audio' or 'video'; path: of its file."""

    kind: str
    path: str


class Prompt(Record):
    """A prompt inside the running program."""


Shower = Callable[[Any, "str | None"], Any]


def install(shower: Shower | None) -> Shower | None:
    """Make `shower(value, window)` the place where things are shown; the previous one is returned.
    Each interpreter has its own."""
    world = state.current.world
    previous, world.shower = world.shower, shower
    return previous


def show(value: Figure | Picture | Html | Media | Prompt, window: Any = None) -> Any:
    """Show a value. window: a name; what is shown under it again takes the place of what was there,
    where the front end can. The result is the front end's handle, or None."""
    shower = state.current.world.shower or state.MAIN.shower
    if shower is None:
        what = type(value).__name__.lower()
        raise RuntimeError(f"nothing to show a {what} on: run under th7shell, or save it to a file")
    return shower(value, window)


logged: list[Callable[[Any], None]] = []  # told of an optim.Logger after each row it got

EVERY = 1.0  # seconds between two pieces of work for one object
_done: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()
_waiting: dict[int, Callable[[], Any]] = {}
optional = False  # whether what is shown now may be left out without a word


def sparingly(owner: Any, work: Callable[[], Any]) -> None:
    """Do the work for this object now, or later if some was done within the last second.

    What waits gives way to newer work for the same object; it is done when the entry or the program
    ends (`settle`)."""
    if time.monotonic() - _done.get(owner, -EVERY) < EVERY:
        if not _waiting:
            atexit.register(settle)
        _waiting[id(owner)] = work
        return
    _waiting.pop(id(owner), None)
    work()
    _done[owner] = time.monotonic()


def settle() -> None:
    """Do the work that waits."""
    atexit.unregister(settle)
    while _waiting:
        _waiting.popitem()[1]()


@contextlib.contextmanager
def left_out_silently() -> Iterator[None]:
    """What is shown inside is also kept elsewhere: a front end that cannot show it says nothing."""
    global optional
    before, optional = optional, True
    try:
        yield
    finally:
        optional = before
