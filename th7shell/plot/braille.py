"""A figure as lines of text: braille dots (2×4 a character), axes with round numbers, a legend.

Heat maps use half blocks, two rows of the matrix in a line. Colours are (r, g, b) of CSS names, or
none.
"""

from __future__ import annotations

import numpy as np

from .figure import Figure, Series, bar_width, label, ticks
from .shapes import heat_colours

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
ANSI = {"black": 30, "red": 31, "green": 32, "orange": 33, "yellow": 33, "brown": 33, "blue": 34}
ANSI |= {"magenta": 35, "purple": 35, "pink": 95, "cyan": 36, "gray": 37, "white": 37}


class Canvas:
    """A grid of character cells with braille dots, each cell in the colour last drawn on it."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.bits = np.zeros((rows, columns), np.int64)
        self.ink = np.full((rows, columns), -1, np.int64)
        self.letters: dict[tuple[int, int], str] = {}

    def dots(self, x: np.ndarray, y: np.ndarray, ink: int) -> None:
        """Set dots at integer positions x (0 … 2·columns-1) and y (0 … 4·rows-1, downwards); others
        are cut."""
        inside = (x >= 0) & (y >= 0) & (x < 2 * self.columns) & (y < 4 * self.rows)
        x, y = x[inside], y[inside]
        np.bitwise_or.at(self.bits, (y // 4, x // 2), DOTS[y % 4, x % 2])
        self.ink[y // 4, x // 2] = ink

    def line(self, a: tuple[float, float], b: tuple[float, float], ink: int) -> None:
        """Dots from a to b."""
        n = int(max(abs(b[0] - a[0]), abs(b[1] - a[1]))) + 1
        n = min(n, 8 * (self.columns + self.rows))
        x, y = np.linspace(a[0], b[0], n + 1), np.linspace(a[1], b[1], n + 1)
        self.dots(x.round().astype(int), y.round().astype(int), ink)

    def text(self, column: int, row: int, text: str) -> None:
        """Letters from (column, row) to the right, cut at the edge."""
        for i, letter in enumerate(text):
            if 0 <= row < self.rows and 0 <= column + i < self.columns:
                self.letters[row, column + i] = letter

    def lines(self, colours: list[int | None]) -> list[str]:
        """One string a row; colours[i] is the ANSI code of ink i, or None for no colour."""
        return ["".join(self._row(r, colours)).rstrip() for r in range(self.rows)]

    def _row(self, r: int, colours: list[int | None]) -> list[str]:
        out, current = [], None
        for c in range(self.columns):
            letter = self.letters.get((r, c))
            bits = int(self.bits[r, c])
            code = None if letter or not bits else colours[self.ink[r, c]]
            if code != current:
                out.append("\x1b[0m" if code is None else f"\x1b[{code}m")
                current = code
            out.append(letter or (chr(0x2800 + bits) if bits else " "))
        if current is not None:
            out.append("\x1b[0m")
        return out


def to_text(figure: Figure, columns: int = 80, rows: int = 20, colour: bool = True) -> str:
    """The figure in `columns` × `rows` characters (frame included), for a terminal."""
    heat = next((s for s in figure.series if s.mark == "heat"), None)
    if heat is not None:
        return _heat_text(figure, heat, columns, rows, colour)
    x0, x1, y0, y1 = figure.extent()
    marks = [label(v, figure.logy) for v in ticks(y0, y1, max(2, rows // 4))]
    margin = max([len(m) for m in marks] + [1]) + 1
    named = [(i, s.name) for i, s in enumerate(figure.series) if s.name]
    legend = bool(figure.legend and named)
    body = rows - 2 - bool(figure.title) - bool(figure.xlabel) - legend
    canvas = Canvas(max(columns - margin - 2, 8), max(body, 3))
    width, height = 2 * canvas.columns - 1, 4 * canvas.rows - 1

    def at(x, y):
        return (x - x0) / (x1 - x0) * width, (1 - (y - y0) / (y1 - y0)) * height

    for i, series in enumerate(figure.series):
        _draw(canvas, figure, series, i, at)
    inks = [ANSI.get(figure.colour(i), 36) if colour else None for i in range(len(figure.series))]
    ys = {
        round(float(at(x0, v)[1]) // 4): label(v, figure.logy)
        for v in ticks(y0, y1, max(2, rows // 4))
    }
    out = [figure.title.center(columns).rstrip()] if figure.title else []
    for r, line in enumerate(canvas.lines(inks)):
        mark = ys.get(r)
        out.append((mark or "").rjust(margin - 1) + (" ┤" if mark else " │") + line)
    out.append(" " * margin + "└" + "─" * canvas.columns)
    out.append(" " * (margin + 1) + _x_labels(x0, x1, canvas.columns))
    if figure.xlabel or figure.ylabel:
        names = figure.xlabel + (f"   (y: {figure.ylabel})" if figure.ylabel else "")
        out.append(names.center(columns).rstrip())
    if legend:
        bits = [_coloured("■", inks[i]) + f" {name}" for i, name in named]
        out.append(" " * (margin + 1) + "   ".join(bits))
    return "\n".join(out) + "\n"


def _coloured(text: str, code: int | None) -> str:
    return text if code is None else f"\x1b[{code}m{text}\x1b[0m"


def _draw(canvas: Canvas, figure: Figure, s: Series, ink: int, at) -> None:
    y = figure.height(s.y)
    px, py = at(s.x, y)
    ok = np.isfinite(px) & np.isfinite(py)
    if s.mark == "text":
        for a, b, text in zip(px[ok], py[ok], [t for t, good in zip(s.labels, ok) if good]):
            canvas.text(int(a) // 2, int(b) // 4, text)
        return
    if s.mark in ("points", "both"):
        canvas.dots(px[ok].round().astype(int), py[ok].round().astype(int), ink)
    if s.mark in ("line", "both"):
        for k in range(len(px) - 1):
            if ok[k] and ok[k + 1]:
                canvas.line((px[k], py[k]), (px[k + 1], py[k + 1]), ink)
    elif s.mark == "segments":
        qx, qy = at(s.x1, figure.height(s.y1))
        for a, b, c, d in zip(px, py, qx, qy):
            if np.isfinite([a, b, c, d]).all():
                canvas.line((a, b), (c, d), ink)
    elif s.mark in ("bars", "quads"):
        _boxes(canvas, figure, s, ink, at)


def _boxes(canvas: Canvas, figure: Figure, s: Series, ink: int, at) -> None:
    floor = figure.extent()[2] if figure.logy else 0.0
    half = bar_width(s.x) * 0.5
    quad = s.mark == "quads"
    left, right = (s.x, s.x1) if quad else (s.x - half, s.x + half)
    low, high = (s.y, s.y1) if quad else (np.full_like(s.y, floor), s.y)
    ax, ay = at(left, figure.height(low) if quad else low)
    bx, by = at(right, figure.height(high))
    for a, b, c, d in zip(ax, ay, bx, by):
        if not np.isfinite([a, b, c, d]).all() or b == d:
            continue
        xs = np.arange(round(min(a, c)), max(round(max(a, c)), round(min(a, c)) + 1))
        ys = np.arange(round(min(b, d)), round(max(b, d)) + 1)
        gx, gy = np.meshgrid(xs, ys)
        canvas.dots(gx.ravel(), gy.ravel(), ink)


def _x_labels(x0: float, x1: float, columns: int) -> str:
    line = [" "] * (columns + 8)
    free = 0
    for value in ticks(x0, x1, max(2, columns // 12)):
        text = label(value)
        at = round((value - x0) / (x1 - x0) * (columns - 1)) - len(text) // 2
        at = min(max(at, 0), columns - len(text))
        if at >= free:
            line[at : at + len(text)] = text
            free = at + len(text) + 1
    return "".join(line).rstrip()


def _heat_text(figure: Figure, s: Series, columns: int, rows: int, colour: bool) -> str:
    rgb = heat_colours(s)
    tall, wide = max(rgb.shape[0], 1), max(rgb.shape[1], 1)
    side = min((columns - 2) / wide, 2 * (rows - 2) / tall)  # columns of a cell, which is square
    side = int(side) if side >= 1 else side
    shown_w, shown_h = max(1, int(wide * side)), max(1, int(tall * side))
    shown_h += shown_h % 2
    high = np.minimum(np.arange(shown_h) / side, tall - 1).astype(int)
    pick = rgb[high][:, (np.arange(shown_w) / side).astype(int)]
    out = [figure.title] if figure.title else []
    if not colour:
        shades = " ░▒▓█"
        level = pick.astype(int).sum(-1) * (len(shades) - 1) // (3 * 255)
        out += ["".join(shades[v] for v in row).rstrip() for row in level[::2]]
        return "\n".join(out) + "\n"
    for top, bottom in zip(pick[::2], pick[1::2]):
        cells = (
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m▀"
            for a, b in zip(top, bottom)
        )
        out.append("".join(cells) + "\x1b[0m")
    out.append(f"{tall}×{wide}, {np.nanmin(s.z):g} … {np.nanmax(s.z):g}")
    return "\n".join(out) + "\n"
