"""A figure as SVG text."""

from __future__ import annotations

from html import escape

from .figure import Figure
from .shapes import Shape, shapes


def to_svg(figure: Figure, width: int = 800, height: int = 600) -> str:
    """The figure as one `<svg>` element of width × height units."""
    body = "\n".join(
        _element(s) for s in shapes(figure, width, height) if s.kind != "text" or s.text
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{body}\n</svg>\n'
    )


def _element(s: Shape) -> str:
    colour = escape(s.colour, quote=True)
    tip = f"<title>{escape(s.hint)}</title>" if s.hint else ""
    (x, y) = s.points[0]
    if s.kind == "line":
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in s.points)
        return (
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{s.size:g}"/>'
        )
    if s.kind == "box":
        (a, b) = s.points[1]
        return (
            f'<rect x="{min(x, a):.1f}" y="{min(y, b):.1f}" width="{abs(a - x):.1f}" '
            f'height="{abs(b - y):.1f}" fill="{colour}" fill-opacity="0.85">{tip}</rect>'
        )
    if s.kind == "dot":
        if s.text == "triangle":
            r = s.size * 1.3
            corners = f"{x:.1f},{y - r:.1f} {x - r:.1f},{y + r:.1f} {x + r:.1f},{y + r:.1f}"
            return f'<polygon points="{corners}" fill="{colour}">{tip}</polygon>'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s.size:g}" fill="{colour}">{tip}</circle>'
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if s.turned else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{s.anchor}"{turn}>'
        f"{escape(s.text)}</text>"
    )
