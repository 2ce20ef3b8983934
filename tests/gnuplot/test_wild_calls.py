"""gnuplot and itorch with arguments of every kind: a picture, or an error in Lua's terms."""

from __future__ import annotations

import pytest

from tests.wild_calls import leaks
from th7shell.gnuplot import luaopen
from th7shell.itorch.media import FUNCTIONS
from th7shell.itorch.plot import Plot
from th7shell.lua import items, lua_type, new_table, state

WORDS = ("-", "~", "|", "v", "+", "a.png", "a.svg", "no/where.png", "auto", "left", "top", "p.svg")
RAW = ("set xrange [a:2]", "set title 'a'", "set yrange [0:*]", "set key left", "nonsense")


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Files go to a scratch folder; what is shown is laid out as pages, and dropped."""
    from th7shell.plot.html import to_html

    def show(kind, value, **_):
        if kind == "plot":
            to_html(value, identity="p")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(state.MAIN, "shower", show)


def test_gnuplot():
    package = luaopen(new_table())
    functions = [(n, f) for n, f in items(package) if lua_type(f) == "function"]
    assert len(functions) > 20
    found = leaks(functions, (*WORDS, *RAW), calls=60)
    package.closeall()
    assert not found, f"{len(found)}: {found[:30]}"


def test_itorch():
    found = leaks(
        [(n, f) for n, f in FUNCTIONS.items() if n not in ("demo", "lena")], WORDS, calls=60
    )
    assert not found, f"{len(found)}: {found[:30]}"


def test_plots_in_the_making():
    names = [n for n in vars(Plot) if not n.startswith("_") and callable(getattr(Plot, n))]
    assert len(names) > 15

    def on_new(name):
        def call(*args):
            plot = Plot()
            getattr(plot, name)(*args)
            plot.draw()

        return call

    found = leaks([(n, on_new(n)) for n in names], ("red", "blue", "{svg", "{x}"), calls=60)
    assert not found, f"{len(found)}: {found[:40]}"
