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
    before = frontend.install(lambda value, window: shown.append((value, window)))
    environment = Environment(MAIN)

    def run(text):
        shown.clear()
        result = environment.load("local display = require 'display'\n" + text, "=test")()
        return result, list(shown)

    yield run
    frontend.install(before)


def test_pictures(lua):
    window, [(picture, where)] = lua(
        "return display.image(torch.range(1, 12):view(3, 4), {title='t'})"
    )
    assert window.startswith("pane_") and where == window
    values = picture.tensor.nd
    assert values.min() == 0 and values.max() == 1 and picture.legend == "t"
    window, [(grid, _)] = lua("return display.image(torch.rand(5, 3, 4, 6), {win='w'})")
    assert window == "w" and grid.tensor.nd.shape == (3, 8, 18)
    _, [(grid, _)] = lua(
        "display.images({torch.rand(2, 2), torch.rand(1, 3, 3)}, {nperrow=1, normalize=true})"
    )
    assert grid.tensor.nd.shape == (1, 6, 3)


def test_plots_and_texts(lua):
    _, [(figure, _)] = lua(
        "display.plot({{1, 2, 3}, {2, 4, 6}}, {labels={'t', 'a', 'b'}, title='T'})"
    )
    assert figure.title == "T" and figure.xlabel == "t"
    assert [s.name for s in figure.series] == ["a", "b"]
    assert np.array_equal(figure.series[1].y, [3, 6])
    window, [(page, where)] = lua(
        "display.configure{port=1} return display.text('<b>x</b>', {win=3})"
    )
    assert (window, page.text, where) == ("3", "<b>x</b>", "3")
    _, [(sound, _)] = lua("display.audio('x.wav')")
    assert (sound.kind, sound.path) == ("audio", "x.wav")


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
