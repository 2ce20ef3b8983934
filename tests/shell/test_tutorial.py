"""The tutorial in the prompt: pasted as one block, and its entries typed one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("pexpect")
pytest.importorskip("pyte")

from .screens import Shell, without_times

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "examples" / "tutorial.lua").read_text()
EXPECTED = (ROOT / "tests" / "examples" / "tutorial.out").read_text()
ESCAPES = re.compile(r"\x1b(\[[0-9;?=>]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[=>()][A-Z0-9]?)")


@pytest.fixture
def prompt(tmp_path):
    shell = Shell(tmp_path, 100, 60)
    shell.ready()
    yield shell
    shell.close()


def in_order(wanted, shown):
    """The first wanted line that is not met in its turn, or None."""
    rest = iter(shown)
    return next((w for w in wanted if not any(w == line for line in rest)), None)


def test_pasted_as_one_block(prompt):
    before = len(prompt.raw)
    prompt.keys("\x1b[200~" + TUTORIAL.replace("\n", "\r") + "\x1b[201~")
    prompt.wait("A mistake is explained")
    prompt.keys("\r")
    prompt.wait(r"^false\s+true$", 40)
    prompt.ready()
    plain = ESCAPES.sub("", prompt.raw[before:]).replace("\r", "")
    shown = [line.rstrip() for line in plain.split("\n")]
    wanted = [line.rstrip() for line in EXPECTED.split("\n") if line.strip()]
    assert in_order(wanted, shown) is None


def test_typed_entry_by_entry(prompt):
    prompt.enter("require 'nn';")
    prompt.enter("torch.manualSeed(0);")
    tree = prompt.enter("nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh())")
    assert without_times(tree).rstrip().endswith("(2): nn.Tanh\n}")
    prompt.enter("layer = nn.Linear(3, 2)")
    shown = prompt.enter("layer:forward(torch.Tensor{1, 2, 3}):size(1)")
    assert without_times(shown).strip() == "2"
    prompt.keys("for i = 1, 2 do\r")
    prompt.wait(r"^\.\.>")
    prompt.keys("print('step ' .. i)\rend\r")
    prompt.wait(r"^step 2$")
    shown = prompt.enter("layer:backward(torch.rand(3), torch.rand(5))")
    assert "size mismatch" in shown
    prompt.keys("while true do end\r")
    prompt.read(0.5)
    prompt.keys("\x03")
    prompt.wait("interrupted")
    assert without_times(prompt.enter("torch.type(layer)")).strip() == "nn.Linear"
    prompt.keys("\x04")
    prompt.wait(r"exit|quit|\[y\]")
