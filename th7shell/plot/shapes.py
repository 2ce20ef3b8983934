"""A figure reduced to lines, boxes, dots and text in drawing units: what SVG and PNG both draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .figure import Figure, Series, bar_width, label, ticks

LEFT, RIGHT, TOP, BOTTOM = 68, 20, 36, 52
GRID, FRAME, INK = "#dddddd", "#444444", "#222222"


@dataclass
class Shape:
    """kind: 'line' (points), 'box' (two corners), 'dot' (a point), 'text' (a point, `text`,
    anchor)."""

    kind: str
    points: list[tuple[float, float]]
    colour: str
    text: str = ""
    anchor: str = "middle"
    size: float = 1.5
    turned: bool = False
    hint: str = ""


def shapes(figure: Figure, width: int, height: int) -> Iterator[Shape]:
    """Everything to draw, back to front, in a frame of width × height units, y downwards."""
    x0, x1, y0, y1 = figure.extent()
    inner_w, inner_h = float(width - LEFT - RIGHT), float(height - TOP - BOTTOM)
    flip = any(s.mark == "heat" for s in figure.series)  # row 1 of a matrix is at the top
    if figure.equal:
        scale = min(inner_w / (x1 - x0), inner_h / (y1 - y0))
        inner_w, inner_h = (x1 - x0) * scale, (y1 - y0) * scale

    def at(x: float, y: float) -> tuple[float, float]:
        up = (y - y0) / (y1 - y0)
        return LEFT + (x - x0) / (x1 - x0) * inner_w, TOP + (up if flip else 1 - up) * inner_h

    yield from _axes(figure, at, (x0, x1, y0, y1), (inner_w, inner_h))
    for i, series in enumerate(figure.series):
        yield from _marks(figure, series, figure.colour(i), at)
    yield Shape("line", [at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1), at(x0, y0)], FRAME, size=1)
    yield from _legend(figure, LEFT + inner_w)


def _axes(figure: Figure, at, extent, inner) -> Iterator[Shape]:
    x0, x1, y0, y1 = extent
    inner_w, inner_h = inner
    for value in ticks(x0, x1, 6):
        x, _ = at(value, y0)
        if figure.grid:
            yield Shape("line", [at(value, y0), at(value, y1)], GRID, size=1)
        yield Shape("text", [(x, TOP + inner_h + 18)], INK, label(value))
    for value in ticks(y0, y1, 6):
        _, y = at(x0, value)
        if figure.grid:
            yield Shape("line", [at(x0, value), at(x1, value)], GRID, size=1)
        yield Shape("text", [(LEFT - 6, y + 4)], INK, label(value, figure.logy), anchor="end")
    middle = LEFT + inner_w / 2
    yield Shape("text", [(middle, TOP - 14)], INK, figure.title)
    yield Shape("text", [(middle, TOP + inner_h + 40)], INK, figure.xlabel)
    yield Shape("text", [(16, TOP + inner_h / 2)], INK, figure.ylabel, turned=True)


def _marks(figure: Figure, s: Series, colour: str, at) -> Iterator[Shape]:
    if s.mark == "heat":
        yield from _cells(s, at)
        return
    y = figure.height(s.y)
    ok = np.isfinite(s.x) & np.isfinite(y)
    points = [at(a, b) if good else None for a, b, good in zip(s.x, y, ok)]
    if s.mark in ("line", "both"):
        run: list[tuple[float, float]] = []
        for point in [*points, None]:  # a nan breaks the line
            if point is not None:
                run.append(point)
                continue
            if len(run) > 1:
                yield Shape("line", run, colour)
            run = []
    if s.mark in ("points", "both"):
        own = s.colour if isinstance(s.colour, list) else []
        for k, point in enumerate(points):
            if point is not None:
                hint = f"{s.name} ({s.x[k]:g}, {s.y[k]:g}) {s.hint}".strip()
                shade = own[k % len(own)] if own else colour
                yield Shape("dot", [point], shade, size=3, text=s.shape, hint=hint)
    elif s.mark == "bars":
        half = bar_width(s.x) * 0.45
        floor = figure.extent()[2] if figure.logy else 0.0
        for a, b, good in zip(s.x, y, ok):
            if good:
                yield Shape(
                    "box", [at(a - half, floor), at(a + half, b)], colour, hint=f"{a:g}: {b:g}"
                )
    elif s.mark in ("segments", "quads"):
        kind = "line" if s.mark == "segments" else "box"
        for a, b, c, d in zip(s.x, y, s.x1, figure.height(s.y1)):
            if np.isfinite([a, b, c, d]).all():
                yield Shape(kind, [at(a, b), at(c, d)], colour)
    elif s.mark == "text":
        for point, text in zip(points, s.labels):
            if point is not None:
                yield Shape("text", [point], colour, text)


def _cells(s: Series, at) -> Iterator[Shape]:
    for row, line in enumerate(heat_colours(s)):
        for column, rgb in enumerate(line):
            corners = [at(column - 0.5, row - 0.5), at(column + 0.5, row + 0.5)]
            hint = f"[{row + 1},{column + 1}] = {s.z[row, column]:g}"
            yield Shape("box", corners, "#{:02x}{:02x}{:02x}".format(*rgb), hint=hint)


def heat_colours(s: Series) -> np.ndarray:
    """(rows, columns, 3) uint8 of a heat map: gray, or gnuplot's black-violet-red-yellow for
    'color'."""
    z = s.z
    good = np.isfinite(z)
    low, high = (z[good].min(), z[good].max()) if good.any() else (0.0, 1.0)
    v = np.nan_to_num((z - low) / ((high - low) or 1.0), nan=0.0, posinf=1.0, neginf=0.0)
    if s.palette == "gray":
        rgb = np.stack([v, v, v], -1)
    else:  # gnuplot's default formulae 7, 5, 15
        rgb = np.stack([np.sqrt(v), v**3, np.sin(2 * np.pi * v)], -1)
    return (np.clip(rgb, 0, 1) * 255).round().astype(np.uint8)


def _legend(figure: Figure, right: float) -> Iterator[Shape]:
    named = [(i, s.name) for i, s in enumerate(figure.series) if s.name]
    if not figure.legend or not named:
        return
    left_side = isinstance(figure.legend, str) and "left" in figure.legend
    for row, (i, name) in enumerate(named):
        y = TOP + 16 + row * 16
        x = LEFT + 14 if left_side else right - 16
        yield Shape("box", [(x - 5, y - 5), (x + 5, y + 3)], figure.colour(i))
        anchor = "start" if left_side else "end"
        yield Shape("text", [(x + 10 if left_side else x - 10, y + 3)], INK, name, anchor=anchor)
