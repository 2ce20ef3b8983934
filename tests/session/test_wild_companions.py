"""Random calls of the companion packages (`wild_companions.py`), in a process of limited memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from th7shell import lua
from th7shell.lua.failures import caught as error_text
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

ROOT = Path(__file__).parent.parent.parent


def report(seed: int, count: int, folder: Path) -> str:
    program = Path(__file__).with_name("wild_companions.py")
    command = [sys.executable, "-X", "faulthandler", str(program), str(seed), str(count)]
    world = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # some calls print bytes
        timeout=280,
        cwd=folder,
        env=world,
        check=False,
    )
    return "\n".join([*done.stdout.splitlines()[-20:], done.stderr[-2000:]]).strip()


posix = pytest.mark.skipif(sys.platform == "win32", reason="memory limits are POSIX's")


@posix
def test_failures_are_errors_of_the_user(tmp_path):
    assert report(1, 2500, tmp_path).splitlines()[-1] == "2500 calls, 0 faults"


@posix
@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 14))
def test_many(seed, tmp_path):
    assert report(seed, 12_000, tmp_path).splitlines()[-1] == "12000 calls, 0 faults"


WORDS = [  # what Python code that plays Lua failed to do, in Lua's words
    ("moses.map({1})", "attempt to call local 'f' (a nil value)"),
    ("moses.map({1}, 5)", "attempt to call local 'f' (a number value)"),
    ("moses.nth(nil, 5)", "attempt to index local 'list' (a nil value)"),
    ("moses.max({1, {}})", "attempt to compare table with number"),
    ("moses.slice({1, 2}, {})", "bad argument (number expected, got table)"),
    ("graph.Node.bfs(graph.Node{}, nil)", "attempt to call local 'func' (a nil value)"),
    ("optim.Logger.setlogscale()", "attempt to index local 'self' (a nil value)"),
    ("optim.lswolfe(nil, torch.ones(1))", "attempt to index local 'd' (a nil value)"),
    ("gnuplot.figprint({})", "bad argument #1 to 'figprint' (string expected, got table)"),
    ("paths.thisfile('a', {})", "attempt to perform arithmetic on local 'depth' (a table value)"),
    ("xlua.usage_module(1)", "bad argument #1 to 'setmetatable' (table expected, got number)"),
]


@pytest.fixture(scope="module")
def whole():
    made = Environment(MAIN)
    made.load("require 'optim' require 'graph' require 'gnuplot' moses = require 'moses'", "=x")()
    return made


@pytest.mark.parametrize("text, message", WORDS)
def test_words(whole, text, message):
    with pytest.raises(Exception) as caught:
        whole.load(text, "=case")()
    assert lua.tostring(error_text(caught.value)).endswith(message)


WHOLE_FLOATS = [  # moses takes a number as Lua does, whatever Python calls it
    "slice(l, 4/2, 6/2)", "first(l, 4/2)", "take(l, 4/2)", "head(l, 4/2)", "last(l, 4/2)",
    "rest(l, 4/2)", "tail(l, 4/2)", "skip(l, 4/2)", "initial(l, 4/2)", "nth(l, 4/2)",
    "concat(l, '-', 4/2, 6/2)", "removeRange(l, 4/2, 6/2)", "fill(l, 0, 4/2, 6/2)", "rep(7, 4/2)",
    "range(4/2)", "range(2/2, 6/2)", "times(4/2, function(i) return i end)", "at(l, 4/2)",
    "find(l, 3, 4/2)", "shuffle(l, 4/2)", "chop(l, 4/2, 6/2)", "count(l, 4/2)", "has(l, 4/2)",
]  # fmt: skip


@pytest.mark.parametrize("call", WHOLE_FLOATS)
def test_whole_floats(whole, call):
    show = "local r = moses.{} return type(r) == 'table' and table.concat(r, ' ') or tostring(r)"
    run = [
        whole.load("local l = {5, 2, 3, 4} " + show.format(text), "=case")()
        for text in (call, call.replace("4/2", "2").replace("6/2", "3").replace("2/2", "1"))
    ]
    assert run[0] == run[1]


def test_pop_and_unshift_take_whole_floats(whole):
    text = "local l = {1, 2, 3, 4, 5} local a, b = moses.pop(l, 4/2) local c, d = moses.unshift(l, 4/2) return a, b, c, d, #l"
    assert whole.load(text, "=case")() == (1, 2, 5, 4, 1)
