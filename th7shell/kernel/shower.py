"""Pictures, plots, pages, sounds and progress in a notebook: displays that a later call with the
same window replaces in place."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from th7shell.display.bundle import Bundle, bundle
from th7shell.frontend import Prompt
from th7shell.lua import TorchError
from th7shell.plot.figure import Figure

INTERVAL = 0.2  # seconds between two drawings of a bar or a plot in one place


class Notebook:
    """The front end's shower. send(bundle, handle, again) shows or replaces.

    What is shown in a window again replaces what was there; the plots and bars of a cell (windows
    that begin with `figure-` and `bar-`) are left alone by the cells after it.
    """

    def __init__(self, send: Callable[[Bundle, str | None, bool], None]) -> None:
        self._send = send
        self._handles: dict[str, str] = {}  # window → its display's name for Jupyter
        self._waiting: dict[
            str, Callable[[], Bundle]
        ] = {}  # windows that changed since they were drawn
        self._drawn: dict[str, float] = {}  # window → when
        self.image = "png"

    def __call__(self, value: Any, window: Any = None) -> Any:
        name = None if window is None else str(window)
        if isinstance(value, Prompt):
            raise TorchError("repl: a notebook has no nested prompt; use a cell of its own")
        if isinstance(value, Figure):  # more may be drawn into it in this cell
            self._redraw(name or f"figure-{id(value)}", partial(bundle, value))
        else:
            self._put(bundle(value), name)
        return window

    def progress(self, bar: Any) -> None:
        """A bar of xlua.progress, redrawn in place."""
        window = f"bar-{id(bar)}"
        self._redraw(window, partial(bar_bundle, bar), now=bar.done)
        if bar.done:
            self._handles.pop(window, None)

    def release(self) -> None:
        """A cell has ended: draw what waits; the next cell's plots and bars are new ones."""
        for window, draw in list(self._waiting.items()):
            self._redraw(window, draw, now=True)
        for window in [w for w in self._handles if w.startswith(("figure-", "bar-"))]:
            del self._handles[window]
        self._drawn.clear()

    def _redraw(self, window: str, draw: Callable[[], Bundle], now: bool = False) -> None:
        """Draw into a window, or let it wait if it was drawn a moment ago."""
        moment = time.monotonic()
        if not now and moment - self._drawn.get(window, -INTERVAL) < INTERVAL:
            self._waiting[window] = draw
            return
        self._waiting.pop(window, None)
        self._drawn[window] = moment
        self._put(draw(), window)

    def _put(self, data: Bundle, window: str | None) -> None:
        if window is None:
            self._send(data, None, False)
            return
        again = window in self._handles
        handle = self._handles.setdefault(window, uuid.uuid4().hex)
        self._send(data, handle, again)


def bar_bundle(bar: Any) -> Bundle:
    """A bar as HTML, and as a line of text."""
    words = bar.plain()
    page = (
        f'<progress max="100" value="{100 * bar.share:.1f}" style="width:60%"></progress>'
        f' <span style="font-family:monospace">{words}</span>'
    )
    return {"text/plain": words, "text/html": page}
