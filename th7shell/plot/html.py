"""A figure as a self-contained HTML page or fragment: the SVG, with nothing loaded from
elsewhere."""

from __future__ import annotations

from html import escape

from .figure import Figure
from .svg import to_svg

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<div class="plotdiv" id="{identity}">
{svg}</div>
</body>
</html>
"""


def to_html(
    figure: Figure,
    width: int = 800,
    height: int = 600,
    identity: str = "plot",
    template: str = PAGE,
) -> str:
    """Fill `template` ({title}, {identity}, {svg}) with the figure."""
    title = escape(figure.title or "Untitled Plot")
    svg = to_svg(figure, width, height)
    return (
        template.replace("{title}", title)
        .replace("{identity}", escape(identity))
        .replace("{svg}", svg)
    )
