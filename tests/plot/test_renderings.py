"""Figures as text, SVG, HTML and PNG."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from th7shell.plot import Figure, Series, save
from th7shell.plot.braille import to_text
from th7shell.plot.figure import MARKS, label, ticks
from th7shell.plot.html import to_html
from th7shell.plot.png import to_png
from th7shell.plot.svg import to_svg

X = np.linspace(-3, 3, 40)


def series(mark):
    extra = {}
    if mark in ("segments", "quads"):
        extra = {"x1": X + 0.1, "y1": np.cos(X)}
    if mark == "heat":
        extra = {"z": np.outer(X[:6], X[:5])}
    if mark == "text":
        extra = {"labels": [f"<{i}>" for i in range(40)]}
    return Series(mark, X, np.sin(X), "name & more", **extra)


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_renders_everywhere(mark):
    figure = Figure([series(mark)], title="A < B", xlabel="x", ylabel="y", grid=True)
    for width in (20, 40, 80, 120):
        lines = to_text(figure, width, 16, colour=False).splitlines()
        assert max(map(len, lines)) <= max(width, 12) + 8 and len(lines) <= 17
        assert "\x1b" not in "".join(lines)
    root = ElementTree.fromstring(to_svg(figure))
    assert len(list(root.iter())) > 5
    assert "<svg" in to_html(figure) and "A &lt; B" in to_html(figure)
    picture = Image.open(io.BytesIO(to_png(figure, 300, 200)))
    assert picture.size == (300, 200)
    assert len(np.unique(np.asarray(picture))) > 2


def test_a_rising_line_rises_from_left_to_right():
    lines = to_text(Figure([Series("line", [0, 1], [0, 1])]), 40, 12, colour=False).splitlines()
    drawn = [
        (c, r)
        for r, line in enumerate(lines)
        for c, ch in enumerate(line)
        if 0x2800 < ord(ch) < 0x2900
    ]
    left, right = min(drawn), max(drawn)
    assert left[1] > right[1]


def test_bars_have_their_heights():
    text = to_text(Figure([Series("bars", [1, 2, 3], [1, 4, 2])]), 30, 12, colour=False)
    columns = [
        sum(0x2800 < ord(line[c]) < 0x2900 for line in text.splitlines() if c < len(line))
        for c in (7, 15, 23)
    ]
    assert columns[1] > columns[2] > columns[0] > 0


def test_nan_breaks_a_line_and_infinity_is_left_out():
    y = np.array([0, 1, np.nan, 1, np.inf, 0])
    figure = Figure([Series("line", np.arange(6), y)])
    assert to_svg(figure).count("<polyline") >= 2
    assert np.isfinite(figure.extent()).all()


@pytest.mark.parametrize("values", [[], [np.nan], [3.0], [2.0, 2.0]])
def test_degenerate_data_still_draws(values):
    figure = Figure([Series("line", np.arange(len(values)), values)])
    x0, x1, y0, y1 = figure.extent()
    assert x0 < x1 and y0 < y1
    assert to_text(figure, 40, 10, False) and to_svg(figure)


@pytest.mark.parametrize(
    ("low", "high", "count"), [(0, 1, 5), (-6, 6, 4), (1e-5, 3e-5, 5), (-1e6, 2e7, 6)]
)
def test_ticks_are_round_and_inside(low, high, count):
    found = ticks(low, high, count)
    assert 2 <= len(found) <= 2 * count
    assert all(low - 1e-9 <= v <= high + 1e-9 * abs(high) for v in found)
    assert all(re.fullmatch(r"-?\d*\.?\d{0,4}(e[+-]\d+)?", label(v)) for v in found)


def test_log_axis_keeps_ratios():
    figure = Figure([Series("line", np.arange(3), [1, 10, 100])], logy=True)
    assert figure.extent()[2:] == (0.0, 2.0)
    assert np.isnan(figure.height(np.array([-1.0])))[0]


@pytest.mark.parametrize("suffix", [".svg", ".html", ".png"])
def test_save(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    save(Figure([series("line")]), str(path))
    assert path.stat().st_size > 500


def test_save_says_which_kinds_there_are(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.html or \.png"):
        save(Figure(), str(tmp_path / "a.doc"))
    with pytest.raises(ValueError, match="unknown mark"):
        Series("pie", [1], [1])
