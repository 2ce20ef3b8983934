"""`torch.test()` and its kin pass, notice what is wrong, and give way to the packages' own tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
from th7shell.torch import selftest


@pytest.fixture(autouse=True)
def lua():
    return Interpreter(MAIN)


def test_all_checks_pass(capsys) -> None:
    assert torch.typename(torch.test()) == "torch.Tester"
    assert (
        f"in {len(selftest.CHECKS)} tests with 0 failures and 0 errors" in capsys.readouterr().out
    )


@pytest.mark.parametrize("package", ["nn", "image", "nngraph"])
def test_packages_pass(package, capsys) -> None:
    lua = Environment()
    torch.setdefaulttensortype("torch.FloatTensor" if package == "nn" else "torch.DoubleTensor")
    try:
        lua.load(f"require '{package}' {package}.test()", "=test")()
        counted = re.search(r"(\d+) asserts in (\d+) tests with 0 failures and 0 errors",
                            re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out))  # fmt: skip
        assert int(counted[1]) > int(counted[2]) >= 2
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")


def test_the_packages_own_file_is_run(tmp_path) -> None:
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "test.lua").write_text(
        "function nn.test(names, seed) print('theirs', names[1], seed) end"
    )
    program = "require 'nn' nn.test({'Linear'}, 5) package.path = '' nn.test({}, 6)"
    done = subprocess.run(
        [sys.executable, "-m", "th7shell", "-e", program],
        env={**os.environ, "LUA_PATH": f"{tmp_path}/?.lua"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("theirs\tLinear\t5\ntheirs\tnil\t6\n", "")


WRONG = [("products", "mm"), ("maths", "exp"), ("random", "uniform"), ("sorting", "sort")]


@pytest.mark.parametrize("check, function", WRONG)
def test_wrong_results_are_noticed(check, function, monkeypatch, capsys) -> None:
    monkeypatch.setattr(torch.TORCH, function, lambda *_: torch.zeros(2))
    with pytest.raises(LuaError, match="An error was found"):
        torch.test(check)
