"""The tables of `:summary` and `:prof`: what is marked, how numbers stand, what a narrow window
does."""

from __future__ import annotations

import re

import pytest

from th7shell import nn
from th7shell.display.layers import LayerTable, rounded, summary_table
from th7shell.display.model import profile
from th7shell.display.rendering import rich_text
from th7shell.nn.tools.summary import bytes_text
from th7shell.torch.tensor import TYPES


def net():
    out = nn.Sequential().add(nn.SpatialConvolution(1, 6, 5, 5)).add(nn.Tanh())
    return out.add(nn.View(4704)).add(nn.Sequential().add(nn.Linear(4704, 10)).add(nn.Tanh()))


def lines(table: LayerTable, width: int, monkeypatch, colour: bool = False) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    return rich_text(table, colour).splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_it_fits_the_window_and_marks_what_costs_most(width, monkeypatch):
    shown = lines(summary_table(net().summary(1, 32, 32)), width, monkeypatch)
    assert max(map(len, shown)) <= width
    marked = [line for line in shown if "◀" in line]
    assert len(marked) == 1 and "SpatialConvolution" in marked[0]
    assert any("  Linear(4704 -> 10)" in line.replace("nn.", "") for line in shown)


def test_numbers_stand_under_each_other(monkeypatch):
    wide = lines(summary_table(net().summary(1, 32, 32)), 100, monkeypatch)
    costs = [re.search(r"[\d,]+ +([\d,]+)(?:  ◀)?$", line) for line in wide[2:-3]]
    assert "117,600" in "".join(wide)
    assert len({found.end(1) for found in costs if found}) == 1 < sum(map(bool, costs))
    narrow = lines(summary_table(net().summary(1, 32, 32)), 60, monkeypatch)
    assert "118 k" in "".join(narrow) and "47.0 k" in "".join(narrow)


def test_prof_fits_too(monkeypatch):
    x = TYPES["torch.DoubleTensor"](1, 32, 32).fill(1)
    for width in (60, 120):
        shown = lines(profile(net(), x, 1), width, monkeypatch)
        assert max(map(len, shown)) <= width and "share" in shown[0]
    assert "multiply-adds" in shown[0]


def test_colours_are_the_themes(monkeypatch):
    text = "".join(lines(summary_table(net().summary(1, 32, 32)), 100, monkeypatch, True))
    assert "\x1b[36m" in text and "\x1b[1;33m" in text and "\x1b[2m" in text


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0  "),
        (156, "156  "),
        (999, "999  "),
        (999.6, "1.00 k"),
        (94200, "94.2 k"),
        (4.1e9, "4.10 G"),
    ],
)
def test_rounded(n, text):
    assert rounded(n) == text
    assert (
        bytes_text(1234) == "1.23 kB"
        and bytes_text(12) == "12 bytes"
        and bytes_text(999_999) == "1 MB"
    )
