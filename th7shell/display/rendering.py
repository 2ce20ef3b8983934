"""What a session gives, as text for this terminal, in the theme's colours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import palette, themes
from .errors import error_text, hint_text
from .shown import ErrorPage, HintLine, Page
from .visible import visible

if TYPE_CHECKING:
    from .shown import Output


def terminal_text(value: Output, colour: bool, theme: str) -> str:
    """Text, a help page, an error, a hint or a renderable of rich's, as lines. theme: the name of
    the setting, for source texts."""
    if isinstance(value, Page):
        return rich_text(_page(value, themes.syntax_theme(theme)), colour)
    write = TEXTS.get(type(value))
    return write(value, colour) if write is not None else rich_text(value, colour)


def _page(page: Page, theme: Any) -> Any:
    from rich.console import Group
    from rich.markdown import Markdown
    from rich.syntax import Syntax

    parts: list[Any] = [Markdown(page.text, code_theme=theme)]
    if page.code:
        parts.append(
            Syntax(
                page.code,
                page.language,
                theme=theme,
                line_numbers=True,
                start_line=page.first,
                background_color="default",
            )
        )
    return Group(*parts)


TEXTS: dict[type, Callable[[Any, bool], str]] = {
    str: lambda text, colour: visible(text),
    ErrorPage: error_text,
    HintLine: hint_text,
}


def rich_text(renderable: Any, colour: bool) -> str:
    """A rich renderable as text for this terminal's width."""
    from io import StringIO

    from rich.console import Console as Rich

    out = StringIO()
    width = shutil.get_terminal_size().columns
    truecolor = os.environ.get("COLORTERM") in ("truecolor", "24bit")
    rich = Rich(
        file=out,
        force_terminal=colour,
        width=width,
        color_system=("truecolor" if truecolor else "256") if colour else None,
        theme=themes.rich_theme(palette.styles()),
    )
    rich.print(Visible(renderable))
    lines = out.getvalue().split("\n")
    return "\n".join(lines if colour else [line.rstrip() for line in lines])


class Visible:
    """A renderable whose control characters are spelt out."""

    def __init__(self, renderable: Any) -> None:
        self.renderable = renderable

    def __rich_console__(self, console: Any, options: Any) -> Any:
        for segment in console.render(self.renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))
