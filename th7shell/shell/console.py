"""What the session emits, on the terminal: text, help pages, errors, rich renderables; long output
through a pager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from th7shell.display import palette
from th7shell.display.rendering import terminal_text
from th7shell.display.shown import ErrorPage
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.texts import from_text
from th7shell.session.settings import Settings

if TYPE_CHECKING:
    from th7shell.display.shown import Output


class Console:
    """The `emit` of a terminal session."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, value: Output) -> None:
        text = self.rendered(value)
        if text:
            page = not isinstance(value, ErrorPage) and self.settings.pager
            if page and text.count("\n") >= shutil.get_terminal_size().lines and _terminal():
                paged(text)
            else:
                write(text)

    def rendered(self, value: Output) -> str:
        """The text of what a command or an error gives, for this terminal."""
        return terminal_text(value, palette.wanted(), self.settings.theme)


def paged(text: str) -> None:
    """Show text in $PAGER, or less, or as it is where there is neither."""
    command = os.environ.get("PAGER") or ("less -RFX" if shutil.which("less") else "")
    if not command:
        write(text)
        return
    streams.flush_all()
    try:
        subprocess.run(
            command, shell=True, input=text.encode("utf-8", "surrogateescape"), check=False
        )
    except KeyboardInterrupt:
        return


def write(text: str) -> None:
    """Write text to standard output, at once."""
    streams.write(from_text(text))
    streams.flush()


def _terminal() -> bool:
    return sys.stdout.isatty() and sys.stdin.isatty()
