"""The Python of index.html: a session of th7shell whose output is pieces of HTML.

show(html, place): adds a piece below the entry; where `place` is a name that came before, it takes
that piece's place.
"""

from __future__ import annotations

import contextlib
import html
import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

from th7shell.display.bundle import Bundle, bundle, twin
from th7shell.kernel.shower import Notebook
from th7shell.session.core import Session
from th7shell.session.history import History


class Cells:
    """What is typed is run here; what comes of it goes to `show`."""

    def __init__(self, show: Callable[[str, str | None], Any]) -> None:
        self.show = show
        self.session = Session(history=History(None), shower=Notebook(self._send))
        self.session.emit = lambda value: self._send(bundle(value))
        bars: Any = import_module("th7shell.xlua.progress")
        bars.presenter = self.session.shower.progress

    def run(self, text: str) -> None:
        """Run one entry: Lua, a :command, ? help."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            outcome = self.session.evaluate(text)
            before = printed.tell()
            self.session.show(outcome)
        written = printed.getvalue()
        self._text(written[:before])
        if len(outcome.values) == 1 and written[before:]:
            self._send(twin(outcome.values[0], written[before:].rstrip("\n")))
        else:
            self._text(written[before:])

    def _text(self, text: str) -> None:
        if text.strip():
            self.show(f"<pre>{html.escape(text.rstrip())}</pre>", None)

    def _send(self, data: Bundle, place: str | None = None, again: bool = False) -> None:
        if "image/png" in data:
            self.show(f'<img src="data:image/png;base64,{data["image/png"]}">', place)
        elif found := data.get("image/svg+xml") or data.get("text/html"):
            self.show(str(found), place)
        else:
            self.show(f"<pre>{html.escape(str(data['text/plain']))}</pre>", place)
