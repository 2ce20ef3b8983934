"""itorch: Plot's chain of calls, pictures, pages and files given to the front end."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import frontend
from th7shell.itorch import luaopen
from th7shell.itorch.plot import Plot
from th7shell.lua import Table, TorchError, new_table
from th7shell.torch.tensor import wrap


@pytest.fixture
def shown():
    calls = []
    previous = frontend.install(lambda value, window: calls.append((value, window)))
    yield calls
    frontend.install(previous)


@pytest.fixture
def itorch(shown):
    return luaopen(Table())


def t(*values):
    return wrap(np.array(values, dtype=float))


X, Y = t(1, 2, 3), t(4, 6, 5)
SQUARE = wrap(np.arange(9.0).reshape(3, 3))

MARKS = [
    (lambda p: p.circle(X, Y, "red", "a"), ["points"]),
    (lambda p: p.triangle(X, Y), ["points"]),
    (lambda p: p.line(X, Y, "blue"), ["line"]),
    (lambda p: p.line(new_table([1, 2]), new_table([3, 4])), ["line"]),
    (lambda p: p.text(X, Y, "hi"), ["text"]),
    (lambda p: p.segment(X, Y, Y, X), ["segments"]),
    (lambda p: p.quad(X, Y, Y, X), ["quads"]),
    (lambda p: p.quiver(SQUARE, SQUARE), ["segments"] * 4),
    (lambda p: p.histogram(SQUARE, 3), ["quads"]),
    (lambda p: p.gscatter(X, Y, t(1, 2, 1)), ["points", "points"]),
]


@pytest.mark.parametrize(("call", "marks"), MARKS)
def test_marks(call, marks, shown):
    plot = call(Plot()).title("T").xaxis("x").yaxis("y").legend(True).draw()
    assert [s.mark for s in plot.figure.series] == marks
    assert shown[0][0] is plot.figure
    assert "<svg" in plot.toHTML()


def test_gscatter_names_its_classes_in_order_of_appearance():
    plot = Plot().gscatter(X, Y, t(7, 2, 7))
    assert [(s.name, s.x.tolist()) for s in plot.figure.series] == [
        ("Class 7", [1, 3]),
        ("Class 2", [2]),
    ]


def test_redraw_takes_the_place_of_the_first_drawing(shown):
    plot = Plot().line(X, Y).draw()
    plot.title("again").redraw()
    assert shown[0][1] == shown[1][1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Plot().line(X, t(1)), "x and y should have same number of elements"),
        (lambda: Plot().line(SQUARE, Y), "input needs to be a 1D tensor/table"),
        (lambda: Plot().line(X, Y, 5), "color must be a string or a table"),
        (lambda: Plot().quiver(X, Y), "U and V should be 2D"),
        (lambda: Plot().histogram(t(1, float("nan"))), "remove nans"),
        (lambda: Plot().hover_tool(5), "tooltips must be a table"),
        (lambda: Plot().save(""), "filename has to be provided"),
    ],
)
def test_errors(call, message):
    with pytest.raises(TorchError, match=message):
        call()


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.html", b"<!DOCTYPE"), ("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("page", b"<!DOCTYPE")],
)
def test_save(tmp_path, name, start):
    Plot().line(X, Y).save(str(tmp_path / name))
    assert (tmp_path / name).read_bytes().startswith(start)


def test_template(shown):
    text = Plot().line(X, Y).title("T").toTemplate("<p id={identity}>{title}</p>", "w1")
    assert text == "<p id=w1>T</p>"


def test_pages_have_handles(itorch, shown):
    window = itorch.html("<b>1</b>")
    itorch.html("<b>2</b>", window)
    assert [w for _, w in shown] == [window, window]


def test_svg_file_or_text(itorch, shown, tmp_path):
    (tmp_path / "a.svg").write_text("<svg/>")
    itorch.svg(str(tmp_path / "a.svg"))
    itorch.svg("<svg></svg>")
    assert [v.text for v, _ in shown] == ["<svg/>", "<svg></svg>"]


def test_sound_and_video_are_named(itorch, shown, tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"x")
    itorch.audio(str(tmp_path / "a.mp3"))
    assert shown[0][0].kind == "audio"
    with pytest.raises(TorchError, match="found extension: txt"):
        itorch.audio("a.txt")
    with pytest.raises(TorchError, match="could not be opened"):
        itorch.video(str(tmp_path / "no.mp4"))


def test_pictures_are_laid_out_as_a_grid(itorch, shown):
    itorch.image(wrap(np.random.default_rng(1).random((4, 1, 5, 5))))
    grid = shown[0][0].tensor
    assert min(grid.nd.shape[-2:]) >= 5 and grid.nd.size >= 100
    with pytest.raises(TorchError, match=r"unhandled type in itorch.image:number"):
        itorch.image(5)


def test_without_a_front_end_it_says_so():
    previous = frontend.install(None)
    try:
        with pytest.raises(RuntimeError, match="nothing to show a figure on"):
            Plot().line(X, Y).draw()
    finally:
        frontend.install(previous)
