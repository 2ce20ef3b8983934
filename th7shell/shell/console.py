"""What the session emits, on the terminal: text, help pages, errors, rich renderables; long output
through a pager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

from th7shell.display import palette, themes
from th7shell.display.errors import ErrorPage, HintLine
from th7shell.display.rendering import rich_text
from th7shell.display.visible import visible
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.texts import from_text
from th7shell.session.inspect import Page
from th7shell.session.settings import Settings


class Console:
    """The `emit` of a terminal session."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, value: Any) -> None:
        text = self.rendered(value)
        if text:
            page = not isinstance(value, ErrorPage) and self.settings.pager
            if page and text.count("\n") >= shutil.get_terminal_size().lines and _terminal():
                paged(text)
            else:
                write(text)

    def rendered(self, value: Any) -> str:
        """The text of what a command or an error gives."""
        colour = palette.wanted()
        if isinstance(value, str):
            return visible(value)
        if isinstance(value, (ErrorPage, HintLine)):
            return value.text(colour)
        return rich_text(self._renderable(value), colour)

    def _renderable(self, value: Any) -> Any:
        if not isinstance(value, Page):
            return value
        from rich.console import Group
        from rich.markdown import Markdown
        from rich.syntax import Syntax

        theme = themes.syntax_theme(self.settings.theme)
        parts: list[Any] = [Markdown(value.text, code_theme=theme)]
        if value.code:
            parts.append(
                Syntax(
                    value.code,
                    value.language,
                    theme=theme,
                    line_numbers=True,
                    start_line=value.first,
                    background_color="default",
                )
            )
        return Group(*parts)


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
