"""CmdLine: declarations, what is read, messages and exit codes, directory names, logs."""

from __future__ import annotations

import pytest

from th7shell import torch
from th7shell.lua import LuaError, items, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def cmd():
    """A command line with two arguments and one option of each type, in a fresh interpreter."""
    Interpreter(MAIN)
    cmd = torch.CmdLine()
    cmd.text("Train a net")
    cmd.text()
    cmd.argument("-data", "where the data is")
    cmd.argument("out")
    cmd.option("-lr", 0.1, "learning rate")
    cmd.option("-name", "x")
    cmd.option("-cuda", False, "use it")
    return cmd


def arg(*words: str):
    return new_table(words)


PARSED = [
    ((), {"lr": 0.1, "name": "x", "cuda": False}),
    (("-lr", "2"), {"lr": 2}),
    (("-lr", "1e-3"), {"lr": 0.001}),
    (("-name", "-lr"), {"name": "-lr"}),
    (("-cuda",), {"cuda": True}),
    (("-cuda", "-lr", "0x10"), {"cuda": True, "lr": 16}),
]


@pytest.mark.parametrize("words, expected", PARSED)
def test_parse(cmd, words, expected) -> None:
    params = dict(items(cmd.parse(arg("d", *words, "o"))))
    defaults = {"lr": 0.1, "name": "x", "cuda": False}
    assert params == defaults | expected | {"data": "d", "out": "o"}


WRONG = [
    (("d",), "not enough arguments"),
    (("d", "o", "more"), "invalid argument: more"),
    (("d", "o", "-lr"), "missing argument for option -lr"),
    (("d", "o", "-lr", "fast"), "invalid type for option -lr (should be number)"),
]


@pytest.mark.parametrize("words, message", WRONG)
def test_wrong_words_end_the_program(cmd, capsys, words, message) -> None:
    with pytest.raises(SystemExit) as end:
        cmd.parse(arg(*words))
    out, err = capsys.readouterr()
    assert end.value.code == 1 and err == message and "Usage: [options] <data> <out>" in out


HELP = """\
Usage: train.lua [options] <data> <out>
Train a net

  <data> where the data is
  <out> \x20
  -lr    learning rate [0.1]
  -name  [x]
  -cuda  use it [false]
"""


@pytest.mark.parametrize("word", ["-h", "-help", "--help"])
def test_help(cmd, capsys, word) -> None:
    words = arg("d", word)
    words[0] = "train.lua"
    with pytest.raises(SystemExit) as end:
        cmd.parse(words)
    assert end.value.code == 0
    assert capsys.readouterr().out.split() == HELP.split()


DECLARED = [
    (lambda c: c.option("-x"), "option -x has no default value"),
    (lambda c: c.option("-x", 1, "", "string"), "option -x has wrong default type value"),
    (lambda c: c.addTime("n", 3), "Argument has to be string"),
]


@pytest.mark.parametrize("call, message", DECLARED)
def test_wrong_declarations(cmd, call, message) -> None:
    with pytest.raises(LuaError, match=message):
        call(cmd)


def test_directory_names(cmd, capsys) -> None:
    params = cmd.parse(arg("d", "o", "-lr", "2", "-cuda"))
    assert (
        cmd.string("exp", params, new_table((), {"data": True, "out": True})) == "exp,cuda=t,lr=2"
    )
    assert "-- ignore option data" in capsys.readouterr().out
    assert (
        cmd.string("exp", params, new_table((), {"name": False}))
        == "exp,data=d,out=o,cuda=t,lr=2,name=x"
    )
    assert cmd.string("exp", new_table(), new_table()) == "exp"
    cmd.string("exp", new_table((), {"odd": 1}), new_table())
    assert (
        "WARNING: unknown option/argument: odd IGNORING for DIRECTORY NAME"
        in capsys.readouterr().out
    )
    assert torch.CmdLine(";", ":").string("e", new_table(), new_table()) == "e"


def test_logs_copy_what_is_printed(cmd, tmp_path, capsys) -> None:
    lua = Interpreter(MAIN)
    name = tmp_path / "log"
    cmd.addTime("job", "T")
    cmd.log(str(name), new_table((), {"lr": 1}))
    lua.load("print('hello', 3, nil)")()
    cmd.silent()
    lua.load("print('quiet')")()
    lines = name.read_text().splitlines()
    assert lines[0].startswith("T[job]:  [program started on ") and lines[2:] == [
        "T[job]:  lr 1 ",
        "T[job]:  [----------------------] ",
        "T[job]:  hello 3 nil ",
        "T[job]:  quiet ",
    ]
    out = capsys.readouterr().out
    assert "hello\t3\tnil\n" in out and "quiet" not in out


def test_logs_into_an_open_file(tmp_path) -> None:
    lua = Interpreter(MAIN)
    file = lua.globals.io.open(str(tmp_path / "log"), "w")
    torch.CmdLine().log(file)
    lua.load("print('x')")()
    assert (tmp_path / "log").read_text().endswith("x \n")
    file.close()


@pytest.mark.parametrize("value, kind", [(None, "nil"), (5, "number"), (True, "boolean")])
def test_what_has_no_words(value, kind) -> None:
    with pytest.raises(LuaError, match=rf"get length of local 'arg' \(a {kind} value\)"):
        torch.CmdLine().parse(value)
