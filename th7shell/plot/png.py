"""A figure as a PNG file, drawn with Pillow at double size and reduced, so that lines are
smooth."""

from __future__ import annotations

import io

from .figure import Figure
from .shapes import Shape, shapes

ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def to_image(figure: Figure, width: int = 800, height: int = 600):
    """The figure as a Pillow RGB image."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (2 * width, 2 * height), "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(24)
    for shape in shapes(figure, width, height):
        if shape.kind == "text" and shape.turned:
            _turned(picture, shape, font)
        else:
            _draw(pen, shape, font)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def to_png(figure: Figure, width: int = 800, height: int = 600) -> bytes:
    """The figure as the bytes of a PNG file."""
    out = io.BytesIO()
    to_image(figure, width, height).save(out, "PNG")
    return out.getvalue()


def _colour(name: str):
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(name)
    except ValueError:  # a name that only browsers know: keep the plot, in black
        return (0, 0, 0)


def _draw(pen, s: Shape, font) -> None:
    points = [(2 * x, 2 * y) for x, y in s.points]
    colour = _colour(s.colour)
    if s.kind == "line":
        pen.line(points, fill=colour, width=round(2 * s.size), joint="curve")
    elif s.kind == "box":
        (a, b), (c, d) = points
        pen.rectangle([min(a, c), min(b, d), max(a, c), max(b, d)], fill=colour)
    elif s.kind == "dot":
        (x, y), r = points[0], 2 * s.size
        if s.text == "triangle":
            pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
        else:
            pen.ellipse([x - r, y - r, x + r, y + r], fill=colour)
    elif s.text:
        pen.text(points[0], s.text, fill=colour, font=font, anchor=ANCHORS[s.anchor])


def _turned(picture, s: Shape, font) -> None:
    from PIL import Image, ImageDraw

    if not s.text:
        return
    left, _, right, bottom = font.getbbox(s.text)
    strip = Image.new("RGB", (int(right - left) + 4, int(bottom) + 6), "white")
    ImageDraw.Draw(strip).text((2 - left, 2), s.text, fill=_colour(s.colour), font=font)
    strip = strip.rotate(90, expand=True)
    x, y = (round(2 * v) for v in s.points[0])
    picture.paste(strip, (max(x - strip.width // 2, 0), y - strip.height // 2))
