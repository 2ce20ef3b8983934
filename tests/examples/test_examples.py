"""The examples run: the tutorial prints what it should however it is run, the digits are learned."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.shell.screens import Shell

from .program import ROOT, run

TUTORIAL = ROOT / "examples" / "tutorial.lua"
EXPECTED = Path(__file__).with_name("tutorial.out").read_text()


def test_tutorial_as_a_script():
    assert run(str(TUTORIAL)) == EXPECTED


def test_tutorial_on_standard_input():
    assert run("-", text=TUTORIAL.read_text()) == EXPECTED


def test_tutorial_before_a_prompt():
    printed = run("-i", "-q", str(TUTORIAL), text="torch.type(net)\n#losses\n")
    assert printed.startswith(EXPECTED)
    assert re.findall(r"\S+", printed[len(EXPECTED) :]) == ["nn.Sequential", "5"]


def test_digits_are_learned_saved_and_loaded(tmp_path):
    saved = tmp_path / "net.t7"
    printed = run(str(ROOT / "examples" / "digits.lua"), "-epochs", "20", "-save", str(saved))
    rates = [float(r) for r in re.findall(r"held out ([\d.]+) %", printed)]
    assert len(rates) == 20
    assert rates[-1] >= 96
    again = f"loaded again: {rates[-1]:.1f} % (before: {rates[-1]:.1f} %)"
    assert f"saved to {saved} and {again}" in printed
    assert "\r" not in printed and max(map(len, printed.split(str(saved))[0].splitlines())) < 100
    rows = re.findall(r"^ +\d (?:[ .\d]{4}){10} +\d+\.\d %$", printed, re.MULTILINE)
    assert len(rows) == 10 and f"{rates[-1]:.1f} % of all are right" in printed


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own")
def test_digits_show_one_bar_and_answers_below_the_pictures_in_a_terminal(tmp_path):
    shell = Shell(tmp_path, 60, 40, args=(str(ROOT / "examples" / "digits.lua"), "-epochs", "2"))
    shell.wait("loaded again", 120)
    text = shell.text()
    shell.close()
    bars = [line for line in text.split("\n") if "[====" in line]
    assert len(bars) == 1 and re.search(r"2/2 \[={14}\] loss \d\.\d+, right +\d+\.\d %", bars[0])
    assert shell.raw.count("\r  1/2 [") >= 1
    lines = text.split("\n")
    last = max(i for i, line in enumerate(lines) if "▀" * 60 in line)
    assert re.fullmatch(r"(?:    \d     ){5}    \d", lines[last + 1])
