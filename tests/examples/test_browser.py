"""The Python of examples/browser: what an entry gives becomes pieces of HTML."""

from __future__ import annotations

import runpy

import pytest

from .program import ROOT

Cells = runpy.run_path(str(ROOT / "examples" / "browser" / "cell.py"))["Cells"]


@pytest.fixture(scope="module")
def cells():
    made = Cells(lambda html, place: made.shown.append((html, place)))
    made.shown = []
    return made


@pytest.mark.parametrize(
    ("entry", "pieces"),
    [
        ("1 + 1", ["<pre>2</pre>"]),
        ("print('<b>') return 4, 5", ["<pre>&lt;b&gt;</pre>", "<pre>4\t5</pre>"]),
        ("x = 3", []),
        ("nn.Sequential():add(nn.Tanh())", ['<div class="th7shell-net">']),
        ("gnuplot.plot(torch.rand(4))", ["<svg "]),
        ("image.display(torch.rand(3, 4, 4))", ['<img src="data:image/png;base64,']),
        ("torch.rnadn(3)", ["<pre>[string "]),
        ("? nn.Tanh", ["<pre># nn.Tanh()"]),
    ],
)
def test_pieces(cells, entry, pieces):
    cells.shown.clear()
    cells.run(entry)
    assert len(cells.shown) == len(pieces)
    for (html, _), beginning in zip(cells.shown, pieces):
        assert html.startswith(beginning)


def test_a_bar_is_one_piece(cells):
    cells.shown.clear()
    cells.run("for i = 1, 3 do xlua.progress(i, 3) end")
    places = {place for _, place in cells.shown}
    assert len(places) == 1 and None not in places
