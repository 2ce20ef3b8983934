"""th's print as text: levels, nested values, objects that show themselves, colours."""

from __future__ import annotations

import pytest

from th7shell import lua
from th7shell.display.tensors import sparkline
from th7shell.display.text import render
from th7shell.lua import new_table


def nested(levels):
    table = new_table([], {"end": 1})
    for _ in range(levels):
        table = new_table([], {"t": table})
    return table


CASES = [
    ([1, "a", None, True], "1\ta\tnil\ttrue\n"),
    ([], ""),
    ([new_table()], "{}\n"),
    ([5, new_table([1])], "5\t{\n  1 : 1\n}\n"),
    ([new_table(["x"], {"e": new_table()})], '{\n  1 : "x"\n  e : {...}\n}\n'),
    ([1e300, 0.1, -0.0, 2**53], "1e+300\t0.1\t-0\t9.007199254741e+15\n"),
]


@pytest.mark.parametrize(("values", "text"), CASES)
def test_render(values, text):
    assert render(values) == text


def test_tables_are_opened_by_level():
    lines = render([nested(7)]).splitlines()
    assert lines.count("t : {...}".rjust(27)) == 1 and max(map(len, lines)) < 30
    assert "{...}" in render([nested(1)], depth=1)
    assert render([nested(0)], plain=True).startswith("table: 0x")


def test_nested_tensors_are_named_by_size():
    from th7shell.torch.tensor import TYPES

    t = TYPES["torch.FloatTensor"](2, 3)
    text = render([new_table([t, TYPES["torch.DoubleTensor"](), t.storage()])])
    assert "1 : FloatTensor - size: 2x3" in text
    assert "2 : DoubleTensor - empty" in text and "3 : FloatStorage - size: 6" in text


def test_colours():
    assert render([1], colour=True) == "\x1b[0;36m1\x1b[0m\n"
    assert "\x1b[0;32mx\x1b[0m" in render([new_table(["x"])], colour=True)
    assert "\x1b" not in render([new_table(["x", 1, True, print])])


def test_an_object_that_shows_itself():
    class Shown(lua.Table):
        __slots__ = ()

        def __str__(self):
            return "me"

    assert render([Shown()]) == "me\n"


@pytest.mark.parametrize(
    ("values", "line"),
    [([0, 1], "▁█"), ([1, 1, 1], "███"), ([0, float("nan"), 1], "▁ █"), ([-1, 1], "▁█"), ([], "")],
)
def test_sparkline(values, line):
    assert sparkline(values) == line
