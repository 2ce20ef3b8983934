"""The examples run: the tutorial prints what it should however it is run, the digits are learned."""

from __future__ import annotations

import re
from pathlib import Path

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
    assert (
        f"saved to {saved} and loaded again: {rates[-1]:.2f} % (before: {rates[-1]:.2f} %)"
        in printed
    )
    assert "ConfusionMatrix:" in printed
