"""The model of a plot: series of marks on two axes, title, labels, limits. What every rendering
reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

COLOURS = [
    "red",
    "blue",
    "green",
    "orange",
    "magenta",
    "brown",
    "purple",
    "black",
    "pink",
    "yellow",
]
MARKS = ("line", "points", "both", "bars", "segments", "quads", "text", "heat")


@dataclass
class Series:
    """One set of marks. mark: see MARKS. x, y: (n,) floats; segments and quads go from (x, y) to
    (x1, y1); heat: `z` is (rows, columns) and its palette 'gray' or 'color'; text: `labels`, one
    for each point."""

    mark: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    name: str = ""
    colour: str | list[str] | None = None
    x1: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    y1: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    z: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    labels: list[str] = field(default_factory=list)
    palette: str = "gray"
    shape: str = "circle"
    hint: str = ""  # what hovering shows beside x and y

    def __post_init__(self) -> None:
        if self.mark not in MARKS:
            raise ValueError(f"unknown mark {self.mark!r}; known: {', '.join(MARKS)}")
        for name in ("x", "y", "x1", "y1", "z"):
            setattr(self, name, np.asarray(getattr(self, name), dtype=np.float64))


@dataclass
class Figure:
    """A plot: what is drawn (series) and how it is framed."""

    series: list[Series] = field(default_factory=list)
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    legend: bool | str = True  # or gnuplot's place, as 'left top'
    grid: bool = False
    logy: bool = False
    equal: bool = False  # one unit is as long on both axes
    limits: tuple[float | None, float | None, float | None, float | None] = (None,) * 4

    def colour(self, index: int) -> str:
        """The colour of a series: its own (the first of a list), or the next of the cycle."""
        own = self.series[index].colour
        if isinstance(own, list):
            own = own[0] if own else None
        return own or COLOURS[index % len(COLOURS)]

    def extent(self) -> tuple[float, float, float, float]:
        """(x0, x1, y0, y1) that holds every finite mark, the given limits taken first; y is log10
        when logy."""
        xs, ys = [], []
        for s in self.series:
            if s.mark == "heat":
                rows, columns = s.z.shape
                xs.append(np.array([-0.5, columns - 0.5]))
                ys.append(np.array([-0.5, rows - 0.5]))
                continue
            xs += [s.x, s.x1]
            ys += [s.y, s.y1]
            if s.mark == "bars":
                half = bar_width(s.x) / 2
                xs += [s.x - half, s.x + half]
                if not self.logy:
                    ys.append(np.zeros(1))
        x0, x1 = _range(xs, log=False)
        y0, y1 = _range(ys, log=self.logy)
        given = [None if v is None or v != v else float(v) for v in self.limits]
        if self.logy:
            given[2:] = [np.log10(v) if v is not None and v > 0 else None for v in given[2:]]
        x0, x1, y0, y1 = (own if own is not None else v for own, v in zip(given, (x0, x1, y0, y1)))
        return x0, x1, y0, y1

    def height(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """y as it is drawn: log10 of the positive values when logy, nan elsewhere."""
        if not self.logy:
            return y
        with np.errstate(all="ignore"):
            return np.where(y > 0, np.log10(y), np.nan)


def bar_width(x: NDArray[np.float64]) -> float:
    """Distance of neighbouring bars (1 for a single one)."""
    if len(x) < 2:
        return 1.0
    steps = np.diff(np.sort(x))
    steps = steps[steps > 0]
    return float(steps.min()) if len(steps) else 1.0


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers (1, 2 or 5 times a power of ten) from low to high."""
    if not np.isfinite([low, high]).all() or high <= low:
        return [low]
    raw = (high - low) / max(count, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = np.ceil(low / step - 1e-9)
    last = np.floor(high / step + 1e-9)
    return [float(k * step) for k in range(int(first), int(last) + 1)]


def label(value: float, log: bool = False) -> str:
    """A tick's text; a tick of a log axis is a power of ten."""
    if log:
        value = 10.0**value
    text = f"{value:.4g}"
    return "0" if text in ("-0", "0") else text


def _range(values: list[NDArray[np.float64]], log: bool) -> tuple[float, float]:
    flat = np.concatenate([v.ravel() for v in values]) if values else np.zeros(0)
    flat = flat[np.isfinite(flat)]
    if log:
        flat = np.log10(flat[flat > 0])
    if not len(flat):
        return 0.0, 1.0
    low, high = float(flat.min()), float(flat.max())
    if low == high:
        pad = abs(low) * 0.5 or 0.5
        return low - pad, high + pad
    return low, high
