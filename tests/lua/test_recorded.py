"""Programs whose output on Torch's LuaJIT is recorded beside them, number by number (interpreted: its
compiler raises to whole powers by multiplication, which ends in another last digit)."""

from __future__ import annotations

from pathlib import Path

import pytest

from th7shell.lua.interpreter import Interpreter

FOLDER = Path(__file__).with_name("recorded")


@pytest.mark.parametrize("name", [p.stem for p in sorted(FOLDER.glob("*.lua"))])
def test_recorded(name, capsys):
    Interpreter().run_file(str(FOLDER / f"{name}.lua"))
    want = (FOLDER / f"{name}.txt").read_text("latin-1").splitlines()
    got = capsys.readouterr().out.splitlines()
    assert [pair for pair in zip(got, want) if pair[0] != pair[1]] == []
    assert len(got) == len(want)
