"""The pretty style: one-line tables, cuts, cycles, escapes, elided tensors."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell.display.pretty import render
from th7shell.lua import new_table
from th7shell.torch.tensor import wrap

CASES = [
    ([1, "a\nb", None], "1\na\nb\nnil\n"),
    ([1, "a"], "1\ta\n"),
    ([], ""),
    ([new_table([1, 2, new_table(["x\n"])])], '{1, 2, {"x\\n"}}\n'),
    ([new_table([1], {"a": True, "b": new_table()})], "{1, a = true, b = {}}\n"),
    ([new_table([], {"t": wrap(np.zeros((2, 3)))})], "{t = DoubleTensor - size: 2x3}\n"),
]


@pytest.mark.parametrize(("values", "text"), CASES)
def test_render(values, text):
    assert render(values) == text


def test_what_does_not_fit_takes_lines():
    text = render([new_table([], {"first": "x" * 50, "second": new_table(["y" * 40])})])
    assert text.splitlines() == [
        "{",
        f'  first = "{"x" * 50}",',
        f'  second = {{"{"y" * 40}"}},',
        "}",
    ]


def test_long_tables_are_cut_and_cycles_named():
    assert render([new_table(range(130))]).splitlines()[-2] == "  ... (30 more),"
    a = new_table([1])
    a["self"] = a
    assert render([a]) == "{1, self = <1>}\n"
    deep = new_table([new_table([new_table([1])])])
    assert render([deep], depth=2) == "{{{...}}}\n"


def test_large_tensors_are_elided():
    text = render([wrap(np.arange(10000.0).reshape(100, 100))])
    assert "..." in text and len(text.splitlines()) < 12
    assert "[torch.DoubleTensor of size 100x100]\nmin 0, mean 5000, max 9999" in text
    small = render([wrap(np.zeros((2, 2)))])
    assert small == " 0  0\n 0  0\n[torch.DoubleTensor of size 2x2]\n"


def test_the_setting_switches_the_style(capsys):
    from th7shell.session.core import Session

    session = Session()
    session.evaluate(":set print_style=pretty")
    session.show(session.evaluate("{1,{2}}"))
    session.evaluate(":set print_style=th")
    session.show(session.evaluate("{1}"))
    assert capsys.readouterr().out == "{1, {2}}\n{\n  1 : 1\n}\n"
