"""`require 'display'`: what reaches the front end."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import frontend
from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture
def lua():
    shown = []
    before = frontend.install(lambda kind, value, **options: shown.append((kind, value, options)))
    environment = Environment(MAIN)

    def run(text):
        shown.clear()
        result = environment.load("local display = require 'display'\n" + text, "=test")()
        return result, list(shown)

    yield run
    frontend.install(before)


def test_pictures(lua):
    window, [(kind, picture, options)] = lua(
        "return display.image(torch.range(1, 12):view(3, 4), {title='t'})"
    )
    assert kind == "image" and window.startswith("pane_") and options["window"] == window
    assert picture.nd.min() == 0 and picture.nd.max() == 1 and options["legend"] == "t"
    window, [(_, grid, _)] = lua("return display.image(torch.rand(5, 3, 4, 6), {win='w'})")
    assert window == "w" and grid.nd.shape == (3, 8, 18)
    _, [(_, grid, _)] = lua(
        "display.images({torch.rand(2, 2), torch.rand(1, 3, 3)}, {nperrow=1, normalize=true})"
    )
    assert grid.nd.shape == (1, 6, 3)


def test_plots_and_texts(lua):
    _, [(kind, figure, _)] = lua(
        "display.plot({{1, 2, 3}, {2, 4, 6}}, {labels={'t', 'a', 'b'}, title='T'})"
    )
    assert kind == "plot" and figure.title == "T" and figure.xlabel == "t"
    assert [s.name for s in figure.series] == ["a", "b"]
    assert np.array_equal(figure.series[1].y, [3, 6])
    window, [(kind, value, options)] = lua(
        "display.configure{port=1} return display.text('<b>x</b>', {win=3})"
    )
    assert (window, kind, value, options["window"]) == ("3", "html", "<b>x</b>", "3")
    _, [(kind, value, _)] = lua("display.audio('x.wav')")
    assert (kind, value) == ("audio", "x.wav")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("display.image(1)", "2 to 4 dimensions"),
        ("display.images{}", "table of tensors"),
        ("display.plot({{1, 2}, {1}})", "equal length"),
        ("display.plot(torch.rand(3))", "two numbers"),
        ("display.text('x', 1)", "table of options"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)
