"""Writing a figure to a file: SVG, HTML or PNG by the name."""

from __future__ import annotations

from pathlib import Path

from .figure import Figure

KINDS = (".svg", ".html", ".htm", ".png")  # of files


def save(
    figure: Figure, path: str, width: int = 800, height: int = 600, otherwise: str = ""
) -> None:
    """Write the figure; the kind follows the name: .svg, .html, .png, or is `otherwise`."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        kind = otherwise or kind
    if kind == ".svg":
        from .svg import to_svg

        Path(path).write_text(to_svg(figure, width, height), encoding="utf-8", newline="\n")
    elif kind in (".html", ".htm"):
        from .html import to_html

        Path(path).write_text(to_html(figure, width, height), encoding="utf-8", newline="\n")
    elif kind == ".png":
        from .png import to_png

        Path(path).write_bytes(to_png(figure, width, height))
    else:
        raise ValueError(
            f"cannot write a plot as {kind or 'a file without suffix'!s}: .svg, .html or .png"
        )
