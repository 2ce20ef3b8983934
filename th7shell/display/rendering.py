"""Rich's renderables as text for this terminal, in the theme's colours."""

from __future__ import annotations

import os
import shutil
from typing import Any

from th7shell.display import palette, themes
from th7shell.display.visible import visible


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
