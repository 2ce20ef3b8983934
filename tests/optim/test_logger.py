"""optim.Logger: its fields, the file it writes, and its plots."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

from th7shell import frontend, optim
from th7shell.lua import LuaError, items
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def lua(tmp_path, monkeypatch):
    """Run Lua text in an empty folder, with optim and print."""
    monkeypatch.chdir(tmp_path)
    interpreter = Interpreter(MAIN)
    optim.luaopen(interpreter.globals)
    return lambda text: interpreter.load(text, "=case")()


FILES = [  # program, what the file holds afterwards
    ("l:setNames{'a', 'b'}", "a\tb\t\n"),
    ("l:setNames{'a', 'b'} l:add{0.5, 90}", "a\tb\t\n 5.0000e-01\t 9.0000e+01\t\n"),
    ("l:add{1, 'x'}", "1\t2\t\n 1.0000e+00\tx\t\n"),
    ("l:add{loss = 2} l:add{loss = 1}", "loss\t\n 2.0000e+00\t\n 1.0000e+00\t\n"),
    ("l:setNames{'a', 'b'} l:add{1}", "a\tb\t\n 1.0000e+00\t\n"),
    ("pcall(l.add, l, {1, {}})", "1\t2\t\n 1.0000e+00\t"),
]


@pytest.mark.parametrize("program, text", FILES)
def test_the_file(lua, tmp_path, program, text):
    lua(f"local l = optim.Logger('new/run.log') {program} l.file:flush()")
    assert (tmp_path / "new" / "run.log").read_text() == text


def test_fields(lua):
    logger = lua("l = optim.Logger('run.log') return l")
    assert {key for key, _ in items(logger)} == {
        *("name", "file", "epsfile", "empty", "symbols", "styles", "names", "idx"),
        *("showPlot", "defaultStyle", "logscale"),
    }
    assert (logger.name, logger.epsfile, logger.defaultStyle) == ("run.log", "run.log.eps", "+")
    assert lua("return io.type(l.file)") == "file"
    assert lua("return l:setNames{'a', 'b'} == l, l.nsymbols, l.idx.b, l.empty") == (
        True, 2, 2, False,
    )  # fmt: skip
    assert lua("return select('#', l:add{3, 4}), l.symbols[2][1], l.styles[1][1]") == (0, 4, "+")
    assert lua("return l:style{'-', {'+', '|'}} == l, l.styles[2][2]") == (True, "|")
    assert lua("l:setlogscale(true) l:display(false) return l.logscale, l.showPlot") == (
        True,
        False,
    )


def test_rows_by_name(lua):
    assert lua("l = optim.Logger('a.log') l:add{x = 1} return l.nsymbols, l.names.x, l.idx.x") == (
        0, "x", "x",
    )  # fmt: skip
    assert lua("l:add{x = 5} return l.symbols.x[2]") == 5


def test_without_a_path_rows_are_printed(lua, capsys):
    assert lua("l = optim.Logger() l:setNames{'a'} l:add{1} io.flush() return l.name") == "stdout"
    assert lua("return l.file == io.stdout, l.epsfile") == (True, None)
    out = capsys.readouterr().out
    assert out == "<Logger> warning: no path provided, logging to std out\na\t\n 1.0000e+00\t\n"


def test_a_time_stamp_follows_the_name(lua, tmp_path):
    assert lua("return optim.Logger('t.log', true).name") == "t.log"
    (file,) = tmp_path.iterdir()
    assert re.fullmatch(r"t\.log-\d{4}_\d\d_\d\d_\d\d:\d\d:\d\d", file.name)


ERRORS = [
    ("optim.Logger({})", "attempt to concatenate local 'filename' (a table value)"),
    ("optim.Logger('/dev/null/x.log')", "Logger: /dev/null/x.log: "),
    ("l:setNames()", "attempt to get length of local 'names' (a nil value)"),
    ("l:add{{}}", "<Logger> can only log numbers and strings"),
    ("l:add{1, 2}", "bad argument #1 to 'insert' (table expected, got nil)"),
    ("l:style{1}", "<Logger> style should be a string or a table of strings"),
    ("l:plot('none')", "attempt to get length of local 'list' (a nil value)"),
]


@pytest.mark.parametrize("text, message", ERRORS)
def test_errors(lua, text, message):
    lua("l = optim.Logger('e.log') l:setNames{'one'}")
    with pytest.raises(LuaError) as caught:
        lua(text)
    assert message in str(caught.value)


@pytest.fixture
def shown():
    """What was shown on the front end."""
    seen = []
    previous = frontend.install(lambda value, window: seen.append(value))
    yield seen
    frontend.install(previous)


def test_plots_go_to_the_front_end_and_to_a_file(lua, shown, tmp_path):
    lua("l = optim.Logger('train.log') l:setNames{'loss', 'other'} l:style{'-', '+'}")
    lua("l:add{3, 1} l:plot()")
    assert not shown  # one row is no curve
    lua("l:add{2, 1} l:add{1, 1} l:plot('loss')")
    (figure,) = shown
    assert (figure.series[0].mark, figure.title) == ("line", "<Logger::train.log>")
    np.testing.assert_array_equal(figure.series[0].y, [3, 2, 1])
    assert (tmp_path / "train.log.eps").read_bytes().startswith(b"%!PS")
    lua("l:display(false) l:plot()")
    assert len(shown) == 1


def test_the_users_gnuplot_draws(lua):
    lua("package.preload.gnuplot = function() gnuplot = setmetatable({}, {__index = function(t, k) "
        "return function(...) calls = (calls or '') .. k .. ' ' end end}) return gnuplot end")  # fmt: skip
    lua("l = optim.Logger('g.log') l:add{1} l:add{2} l.plotRawCmd = 'set key' l:plot()")
    assert lua("return calls") == (
        "figure grid title plot raw epsfigure grid title plot raw plotflush close "
    )


def test_a_late_plot_goes_where_it_was_asked_for(lua, shown, tmp_path, monkeypatch):
    lua("l = optim.Logger('late.log') l:setNames{'a'} l:add{1} l:add{2} l:plot() l:add{3}")
    (tmp_path / "late.log.eps").unlink()
    lua("l:plot()")
    assert not (tmp_path / "late.log.eps").exists()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    frontend.settle()
    assert (tmp_path / "late.log.eps").exists() and not list((tmp_path / "elsewhere").iterdir())


def test_plots_are_drawn_once_a_second_and_at_the_end(lua, shown, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(frontend.time, "monotonic", lambda: now[0])
    lua(
        "l = optim.Logger('often.log') l:setNames{'a'} l:add{9} for i = 1, 50 do l:add{i} l:plot() end"
    )
    assert len(shown) == 1 and len(shown[0].series[0].y) == 2
    now[0] = 101.5
    lua("l:add{51} l:plot() l:add{52} l:plot()")
    assert [len(figure.series[0].y) for figure in shown[1:]] == [52]
    before = (tmp_path / "often.log.eps").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    frontend.settle()
    assert [len(figure.series[0].y) for figure in shown[2:]] == [53]
    assert (tmp_path / "often.log.eps").read_bytes() != before
    frontend.settle()
    assert len(shown) == 3


def test_a_program_on_a_pipe_says_nothing_of_plots_that_are_saved(tmp_path):
    text = "require 'optim' l = optim.Logger('p.log'):setNames{'a'} for i = 1, 9 do l:add{i} l:plot() end os.exit(3)"
    command = [sys.executable, "-m", "th7shell", "-e", text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    assert (tmp_path / "p.log.eps").stat().st_size > 500
    text = "require 'gnuplot' for i = 1, 3 do gnuplot.plot(torch.rand(4)) end"
    done = subprocess.run([*command[:-1], text], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr.count("a plot is drawn in a terminal only") == 1
