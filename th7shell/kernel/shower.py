"""Pictures, plots, pages, sounds and progress in a notebook: displays that a later call with the
same window replaces in place."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from th7shell.display.bundle import Bundle, Html, Media, Picture, bundle

INTERVAL = 0.2  # seconds between two drawings of a bar or a plot in one place


class Notebook:
    """The front end's shower. send(bundle, handle, again) shows or replaces."""

    def __init__(self, send: Callable[[Bundle, str | None, bool], None]) -> None:
        self._send = send
        self._shown: set[str] = set()  # handles
        self._held: dict[str, Any] = {}  # figures that wait, by handle
        self._drawn: dict[str, float] = {}
        self.image = "png"

    def __call__(self, kind: str, value: Any, **options: Any) -> Any:
        window = options.get("window")
        if kind == "plot":
            return self._plot(value, window)
        if kind == "prompt":
            from th7shell.lua import TorchError

            raise TorchError("repl: a notebook has no nested prompt; use a cell of its own")
        if kind == "image":
            value = Picture(value, options.get("legend") or "")
        elif kind == "html":
            value = Html(value)
        else:
            value = Media(kind, value)
        self._put(bundle(value), str(window) if window is not None else None)
        return window

    def _put(self, data: Bundle, handle: str | None) -> None:
        again = handle is not None and handle in self._shown
        if handle is not None:
            self._shown.add(handle)
        self._send(data, handle, again)

    def _plot(self, figure: Any, window: Any) -> None:
        """Draw a figure; one that is drawn again in this cell redraws in place."""
        handle = str(window) if window is not None else f"figure-{id(figure)}"
        now = time.monotonic()
        if now - self._drawn.get(handle, 0.0) < INTERVAL:
            self._held[handle] = figure
            return
        self._held.pop(handle, None)
        self._drawn[handle] = now
        self._put(bundle(figure), handle)

    def release(self) -> None:
        """A cell has ended: draw what waits; the next cell's plots are new ones."""
        held, self._held = self._held, {}
        for handle, figure in held.items():
            self._put(bundle(figure), handle)
        self._shown = {h for h in self._shown if not h.startswith("figure-")}
        self._drawn.clear()
        BARS.clear()

    def progress(self, bar: Any) -> None:
        """A bar of xlua.progress, redrawn in place."""
        handle = BARS.setdefault(id(bar), uuid.uuid4().hex)
        now = time.monotonic()
        if bar.done or now - self._drawn.get(handle, 0.0) >= INTERVAL:
            self._drawn[handle] = now
            self._put(bar_bundle(bar), handle)


BARS: dict[int, str] = {}  # bars under way → their handles


def bar_bundle(bar: Any) -> Bundle:
    """A bar as HTML, and as a line of text."""
    words = bar.plain()
    share = 100 * bar.share
    page = (
        f'<progress max="100" value="{share:.1f}" style="width:60%"></progress>'
        f' <span style="font-family:monospace">{words}</span>'
    )
    return {"text/plain": words, "text/html": page}
