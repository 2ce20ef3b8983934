"""gnuplot's functions: argument forms, figures, files, histograms."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import frontend
from th7shell.gnuplot import luaopen
from th7shell.gnuplot.forms import curves
from th7shell.lua import Table, TorchError, new_table
from th7shell.torch.tensor import wrap


@pytest.fixture
def shown():
    figures = []
    previous = frontend.install(lambda value, window: figures.append(value))
    yield figures
    frontend.install(previous)


@pytest.fixture
def gnuplot(shown):
    return luaopen(Table())


def t(*values):
    return wrap(np.array(values, dtype=float))


X, Y = t(1, 2, 3), t(4, 6, 5)
TWO = wrap(np.array([[1.0, 4.0], [2.0, 6.0]]))
THREE = wrap(np.array([[1.0, 4.0, 7.0], [2.0, 6.0, 8.0]]))

FORMS = [  # arguments, (name, mark, x, y) of each series
    ([Y], [("", "both", [1, 2, 3], [4, 6, 5])]),
    ([X, Y], [("", "both", [1, 2, 3], [4, 6, 5])]),
    ([X, Y, "-"], [("", "line", [1, 2, 3], [4, 6, 5])]),
    (["a", Y, "+"], [("a", "points", [1, 2, 3], [4, 6, 5])]),
    (["a", X, Y, "|"], [("a", "bars", [1, 2, 3], [4, 6, 5])]),
    ([X, Y, "with lines ls 1"], [("", "line", [1, 2, 3], [4, 6, 5])]),
    ([TWO], [("", "both", [1, 2], [4, 6])]),
    ([THREE], [("", "both", [1, 2], [4, 6]), ("", "both", [1, 2], [7, 8])]),
    (
        [new_table(["a", X, Y, "-"]), new_table([Y])],
        [("a", "line", [1, 2, 3], [4, 6, 5]), ("", "both", [1, 2, 3], [4, 6, 5])],
    ),
    ([new_table([new_table([X, Y])])], [("", "both", [1, 2, 3], [4, 6, 5])]),
]


@pytest.mark.parametrize(("args", "expected"), FORMS)
def test_forms(args, expected):
    found = [(s.name, s.mark, s.x.tolist(), s.y.tolist()) for s in curves(args)]
    assert found == expected


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "no inputs, expecting at least a vector"),
        ([5], r"expecting \[string,\] tensor"),
        (["only a name"], r"expecting \[string,\] tensor"),
        ([X, Y, X], r"expecting \[string,\] tensor"),
        ([X, t(1)], "x and y dims are wrong"),
        ([X, Y, "?"], r"the format '\?'"),
    ],
)
def test_wrong_arguments(args, message):
    with pytest.raises(TorchError, match=message):
        curves(args)


def test_smooth_line_passes_through_its_points():
    (s,) = curves([X, Y, "~"])
    assert s.mark == "line" and len(s.x) == 30
    assert np.allclose(np.interp([1, 2, 3], s.x, s.y), [4, 6, 5], atol=0.02)


def test_a_plot_is_shown_at_once_and_again_when_flushed_after_a_change(gnuplot, shown):
    gnuplot.plot(X, Y)
    assert len(shown) == 1
    gnuplot.plotflush()
    assert len(shown) == 1
    gnuplot.title("loss")
    gnuplot.plotflush()
    assert len(shown) == 2 and shown[1].title == "loss"


def test_decorations(gnuplot, shown):
    gnuplot.plot(Y)
    gnuplot.xlabel("x")
    gnuplot.grid(True)
    gnuplot.logscale(True)
    gnuplot.movelegend("left", "top")
    gnuplot.axis(new_table([0, 4, "", 9]))
    gnuplot.raw("set ylabel 'y'")
    gnuplot.raw("set yrange [1:*]")
    figure = shown[0]
    assert (figure.xlabel, figure.ylabel, figure.grid, figure.logy) == ("x", "y", True, True)
    assert figure.legend == "left top" and figure.limits == (0.0, 4.0, 1.0, None)


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("raw", ["plot sin(x)"], "without the gnuplot program"),
        ("movelegend", ["up", "top"], "horizontal location is unknown"),
        ("axis", ["odd"], "'auto', 'image'"),
        ("imagesc", [X], "x is expected to be matrices x = 1D"),
        ("scatter3", [X, Y], "expecting"),
        ("plotflush", [7], "no figure 7"),
    ],
)
def test_errors(gnuplot, name, args, message):
    with pytest.raises(TorchError, match=message):
        gnuplot[name](*args)


def test_figures_and_files(gnuplot, shown, tmp_path):
    path = tmp_path / "a.png"
    gnuplot.pngfigure(str(path))
    gnuplot.plot(X, Y)
    assert not path.exists() and not shown
    gnuplot.plotflush()
    assert path.read_bytes().startswith(b"\x89PNG")
    assert gnuplot.figure() == 2
    gnuplot.plot(Y)
    gnuplot.figprint(str(tmp_path / "b.svg"))
    gnuplot.figprint(str(tmp_path / "b.pdf"))
    assert "<svg" in (tmp_path / "b.svg").read_text() and (
        tmp_path / "b.pdf"
    ).read_bytes().startswith(b"%PDF")
    with pytest.raises(TorchError, match="directory does not exist"):
        gnuplot.svgfigure(str(tmp_path / "none" / "a.svg"))
    gnuplot.closeall()


def test_surfaces_and_points_in_space(gnuplot, shown):
    z = wrap(np.outer(np.arange(4.0), np.arange(5.0)))
    gnuplot.splot(new_table(["hill", z]))
    gnuplot.scatter3(X, Y, X)
    wire, points = (f.series[0] for f in shown)
    assert wire.mark == "line" and np.isnan(wire.x).sum() == 9
    assert points.mark == "points" and len(points.x) == 3


def test_histogram(gnuplot, shown):
    h = gnuplot.hist(t(0, 1, 1, 2, 2, 2, 4), 4)
    assert h.raw.nd.tolist() == [1, 2, 3, 1]
    assert (h.bins, h.max, h.min, h.binwidth, h[3].val, h[3].nb) == (4, 3, 1, 1, 2.5, 3)
    assert shown[0].series[0].mark == "bars"
    lines = str(h).split("\n")
    assert lines[0].startswith("nsamples:") and len(lines) == 14
    assert gnuplot.histc(t(0, 1, 5), 2, 0, 2, True).nd.tolist() == [1, 1]
