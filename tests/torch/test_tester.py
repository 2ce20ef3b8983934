"""Tester and TestSuite: what each assertion takes for true, the report, runs and their options."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError, Table, array, new_table, state
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture(autouse=True)
def lua():
    return Interpreter(MAIN)


class Judge(torch.Tester):
    """A tester whose assertions return their verdict and message."""

    def _success(self, *_):
        return True, None

    def _failure(self, message=None, *_):
        return False, message


def fail(*_):
    raise LuaError("no good")


A, B = torch.Tensor([1, 2]), torch.Tensor([1, 2.5])
T = new_table
# assertion, arguments, whether it holds, the message if it does not
JUDGED = [
    ("assert", (True,), True, None),
    ("assert", (False, "why"), False, "why\nBOOL violation condition=false"),
    ("eq", (1, 1), True, None),
    ("eq", (1, 2, "one is two"), False, "one is two\nEQ failed: 1 ~= 2"),
    ("eq", (1, 1.05, 0.1), True, None),
    ("eq", (1, 2, 0.5, "m"), False, "m\nEQ failed: 1 ~= 2 with tolerance=0.5"),
    (
        "eq",
        ("1", 1),
        False,
        "EQ failed: values have different types (first: string, second: number)",
    ),
    ("eq", ("a", "b"), False, "EQ failed: a (string) ~= b (string)"),
    ("eq", (None, None), True, None),
    ("eq", (True, True), True, None),
    ("ne", (1, 1), False, "NE failed: 1 == 1"),
    ("ne", ("a", 1), True, None),
    ("ne", ("a", "a"), False, "NE failed: a (string) == a (string)"),
    ("eq", (A, torch.Tensor([1, 2])), True, None),
    ("eq", (A, B), False, "TensorEQ(==) violation: max diff=0.5, tolerance=0"),
    ("eq", (A, B, 0.5), True, None),
    ("ne", (A, A), False, "TensorNE(==) violation: max diff=0, tolerance=0"),
    ("eq", (A, A.float()), False, "The tensors have different types"),
    ("eq", (A, torch.Tensor([[1, 2]])), False, "The tensors have different dimensions"),
    ("eq", (A, torch.Tensor([1, 2, 3])), False, "The tensors have different sizes"),
    ("eq", (torch.Tensor(), torch.Tensor()), True, None),
    (
        "eq",
        (torch.ByteTensor([1]), torch.ByteTensor([3])),
        False,
        "TensorEQ(==) violation: max diff=2, tolerance=0",
    ),
    (
        "eq",
        (torch.Tensor([np.nan]), torch.Tensor([np.nan])),
        False,
        "TensorEQ(==) violation: max diff=nan, tolerance=0",
    ),
    ("eq", (torch.LongStorage([1]), torch.LongStorage([1])), True, None),
    (
        "eq",
        (torch.LongStorage([1]), torch.LongStorage([4])),
        False,
        "StorageEQ(==) violation: max diff=3, tolerance=0",
    ),
    (
        "eq",
        (torch.LongStorage([1]), torch.LongStorage([1, 2])),
        False,
        "The storages have different sizes",
    ),
    (
        "eq",
        (torch.LongStorage([1]), torch.IntStorage([1])),
        False,
        "The storages have different types",
    ),
    ("assertTensorEq", (A, torch.Tensor([[1], [2]])), True, None),
    ("assertTensorNe", (A, B, 1), False, "TensorNE(==) violation: max diff=0.5, tolerance=1"),
    ("eq", (T([1, T([2])]), T([1, T([2])])), True, None),
    (
        "assertTableEq",
        (T([1]), T([1, 2])),
        False,
        "Entry 2 missing in first table (is 2 in second)",
    ),
    (
        "assertTableEq",
        (T([1, 2]), T([1])),
        False,
        "Entry 2 missing in second table (is 2 in first)",
    ),
    (
        "assertTableEq",
        (T((), {"a": T([1])}), T((), {"a": T([2])})),
        False,
        "At table location a.1: EQ failed: 1 ~= 2",
    ),
    ("assertTableNe", (T([1]), T([1])), False, "The tables are equal"),
    ("assertTableNe", (T([1]), T([2])), True, None),
    ("asserteq", (1, 2), False, "EQ failed: 1 ~= 2"),
    ("assertne", (1, 1), False, "NE failed: 1 == 1"),
    ("assertlt", (2, 1), False, "LT failed: 2 >= 1"),
    ("assertlt", ("a", "b"), True, None),
    ("assertgt", (1, 2), False, "GT failed: 1 <= 2"),
    ("assertle", (2, 1), False, "LE failed: 2 > 1"),
    ("assertge", (1, 2), False, "GE failed: 1 < 2"),
    ("assertge", (2, 2), True, None),
    ("assertalmosteq", (1, 1.1, 0.2), True, None),
    ("assertalmosteq", (1, 2), False, "ALMOST_EQ failed: 1 ~= 2 with tolerance=1e-16"),
    ("assertError", (fail,), True, None),
    ("assertError", (lambda *_: None,), False, "ERROR violation: err=nil"),
    ("assertNoError", (lambda *_: None,), True, None),
    ("assertNoError", (fail, "m"), False, "m\nERROR violation: err=no good"),
    ("assertErrorMsg", (fail, "no good"), True, None),
    ("assertErrorPattern", (fail, "^no %a+$"), True, None),
    ("assertErrorPattern", (fail, "bad"), False, "ERROR violation: err=no good"),
    ("assertErrorObj", (fail, lambda e, *_: e == "no good"), True, None),
]


@pytest.mark.parametrize("name, arguments, holds, message", JUDGED)
def test_assertions(name, arguments, holds, message) -> None:
    assert getattr(Judge(), name)(*arguments) == (holds, message)


MISUSED = [
    (("assert", True, "m", "n"), "Unexpected arguments passed to test function"),
    (("assert", True, 3), "message parameter must be a string"),
    (("eq", 1, 1, "a", "b"), "already have message"),
    (("eq", 1, 1, 1, 2), "already have tolerance"),
    (("eq", 1, 1, -1), "tolerance cannot be negative"),
    (("eq", 1, 1, T()), "should be a tolerance or message"),
    (("assertTensorEq", 1, A), "First argument should be a Tensor"),
    (("assertTensorEq", A, 1), "Second argument should be a Tensor"),
    (("assertTableEq", 1, T()), "First argument should be a Table"),
    (("add", 3), "Only tables of functions and functions supported"),
    (("add", T([T()])), "Nested sets of tests are not supported"),
    (("add", T(), "name"), "Name parameter is forbidden"),
    (("disable", "none"), "Unrecognized test 'none'"),
    (("disable", 3), "Expecting name or list for disable"),
    (("run", "none"), "Couldn't find test 'none'"),
    (("run", 3), "Only accept a name or table of test names"),
]


@pytest.mark.parametrize("call, message", MISUSED)
def test_misuse_raises(call, message) -> None:
    name, *arguments = call
    with pytest.raises(LuaError) as error:
        getattr(torch.Tester(), name)(*arguments)
    assert message in str(error.value)


def line(number: str, name: str, tag: str) -> str:
    dots = "." * (80 - 8 - len(number) - 1 - len(name))
    return f"{number} {name} {dots} [WAIT]\r{number} {name} {dots} {tag}\n"


def test_report(capsys) -> None:
    t = torch.Tester()
    t.add(lambda *_: (t.eq(1, 1), t.eq(2, 2)), "good")
    t.add(lambda *_: t.eq(1, 2), "bad")
    t.add(fail, "err")
    t.add(lambda *_: getattr(t, "assert")(1), "warn").disable("warn")
    with pytest.raises(LuaError, match="An error was found while running tests!"):
        t.run()
    out = capsys.readouterr().out
    assert out.startswith(
        "Running 4 tests\n"
        + line("1/4", "bad", "[FAIL]")
        + line("2/4", "good", "[PASS]")
        + line("3/4", "warn", "[SKIP]")
        + line("4/4", "err", "[ERROR]")
        + "Completed 3 asserts in 4 tests with 1 failure and 1 error and 1 disabled\n"
        + "-" * 80
    )
    assert "bad\nEQ failed: 1 ~= 2\n" in out and "err\n Function call failed\nno good\n" in out


def test_warnings_and_colours(capsys) -> None:
    state.globals.arg = Table()
    t = torch.Tester()
    t.add(lambda *_: getattr(t, "assert")(1), "warn")
    assert t.run("wa") == 0
    out = capsys.readouterr().out
    assert "[\x1b[0;32mPASS\x1b[0m]\n" + " " * 70 + "[\x1b[0;33m+warning\x1b[0m]\n" in out
    assert (
        "\x1b[0;33m1 warning\x1b[0m" in out and "should only be used for boolean conditions" in out
    )


def test_hooks_abort_and_summary(capsys) -> None:
    seen = []
    t = torch.Tester()
    suite = torch.TestSuite()
    for name in ("a", "b"):
        state.globals.rawset(suite["__tests"], name, lambda *_: (seen.append("test"), t.eq(1, 2)))
    suite["__tests"]["_setUp"] = lambda name, *_: seen.append(("up", name))
    suite["__tests"]["_tearDown"] = lambda name, *_: seen.append(("down", name))
    t.add(suite).setEarlyAbort(True)
    t.setSummaryOnly(True)
    with pytest.raises(LuaError):
        t.run()
    assert seen == [("up", "a"), "test", ("down", "a")]
    out = capsys.readouterr().out
    assert out.endswith("and 0 errors\n") and "Aborting on first error" in out


def test_rethrown_errors_are_not_caught(capsys) -> None:
    t = torch.Tester()
    t.setRethrowErrors(True)
    t.add(lambda *_: t.eq(1, 2), "x")
    with pytest.raises(LuaError, match="EQ failed"):
        t.run()


def test_suites_in_lua(lua, capsys) -> None:
    torch.luaopen(lua.globals)
    lua.load(
        """
        t, s = torch.Tester(), torch.TestSuite()
        function s.one() t:eq(1, 2) end
        function s.two() error('oops') end
        ok, again = pcall(function() function s.one() end end)
        _, nested = pcall(function() s.x = {} end)
        _, number = pcall(function() s.x = 1 end)
        ran = pcall(t.run, t:add(s), {'o', 't'})
        """,
        "=suite",
    )()
    g = lua.globals
    assert g.ran is False and "Test one is already defined." in g.again
    assert "Nested tables" in g.nested and "Only functions" in g.number
    errors = array(g.t.errors)
    assert errors[0].endswith("stack traceback:\n\tsuite:3: in function <suite:3>")
    assert "suite:4: oops\nstack traceback:" in errors[1]
