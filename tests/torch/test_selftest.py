"""`torch.test()` passes, and notices what is wrong."""

from __future__ import annotations

import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch import selftest


@pytest.fixture(autouse=True)
def lua():
    return Interpreter(MAIN)


def test_all_checks_pass(capsys) -> None:
    assert torch.test() == 0
    assert (
        f"in {len(selftest.CHECKS)} tests with 0 failures and 0 errors" in capsys.readouterr().out
    )


WRONG = [("products", "mm"), ("maths", "exp"), ("random", "uniform"), ("sorting", "sort")]


@pytest.mark.parametrize("check, function", WRONG)
def test_wrong_results_are_noticed(check, function, monkeypatch, capsys) -> None:
    monkeypatch.setattr(torch.TORCH, function, lambda *_: torch.zeros(2))
    with pytest.raises(LuaError, match="An error was found"):
        torch.test(check)
