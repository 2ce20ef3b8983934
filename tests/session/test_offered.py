"""Packages without `require`: in what is typed, never in a file."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from th7shell.lua import items, rawget
from th7shell.session.core import Session
from th7shell.session.offered import APART, names, peek
from th7shell.session.packages import CUDA, PACKAGES

PROGRAM = [sys.executable, "-m", "th7shell"]


def run(*words, text=None, folder=None):
    done = subprocess.run(
        [*PROGRAM, *words], input=text, capture_output=True, text=True, cwd=folder, check=False
    )
    return done.stdout, done.stderr, done.returncode


@pytest.fixture(scope="module")
def fresh():
    return Session()


def loaded(session, name):
    return rawget(session.globals.package.loaded, name) is not None


def test_what_is_only_looked_up_is_not_loaded(fresh):
    assert "Affine map" in fresh.inspect("nn.Linear").text
    assert "class Linear" in fresh.inspect("nn.Linear", source=True).code
    assert "SpatialConvolution" in {c.text for c in fresh.complete("nn.Spatial")}
    assert {"nn", "nngraph"} <= {c.text for c in fresh.complete("nn")}
    assert str(fresh.signature("nn.Linear(")).startswith("nn.Linear(")
    assert str(fresh.signature("optim.sgd(")).startswith("optim.sgd(")
    from th7shell.session.inspect import search

    assert "nn.SpatialConvolution" in str(search("convolution", fresh.globals))
    assert "gnuplot.plot" in str(search("plot", fresh.globals))
    assert not any(loaded(fresh, name) for name in ("nn", "optim", "gnuplot", "image"))


@pytest.mark.parametrize(
    "entry",
    ["nn.Linear(2, 3)", "_G.optim.sgd", "_G['im' .. 'age'].scale", "cjson.encode({1})", "pl.List"],
)
def test_a_read_of_the_undefined_global_loads_it(fresh, entry):
    outcome = fresh.evaluate(entry)
    assert outcome.kind == "values" and outcome.values[0] is not None


def test_other_uses_of_the_name_do_not(fresh):
    for entry in ("moses = 5", "t = {graph = 1} local x = t.graph", "rawget(_G, 'csvigo')"):
        assert fresh.evaluate(entry).failure is None
    assert list(fresh.evaluate("moses").values) == [5]
    assert not any(loaded(fresh, name) for name in ("moses", "graph", "csvigo"))


def test_every_package_is_offered():
    assert set(names()) >= {n for n in PACKAGES if n.isidentifier()} - set(APART)
    wanted = "', '".join(sorted(set(names()) - {*CUDA, "hdf5", "torchmpi"}))  # extras
    text = (
        f"for _, n in ipairs{{'{wanted}'}} do local _ = _G[n] "
        "if rawget(_G, n) == nil then print(n) end end"
    )
    assert run("-e", text) == ("", "", 0)  # in a process of its own: nngraph changes what calls do


@pytest.mark.parametrize("name", ["nn", "image", "optim", "gnuplot", "itorch", "moses", "lfs"])
def test_what_is_looked_up_is_what_is_loaded(name):
    session = Session()
    told = {k for k, _ in items(peek(name))}
    session.evaluate(f"return {name}")
    assert told >= {k for k, _ in items(rawget(session.globals, name))} - {"_VERSION"}


@pytest.mark.parametrize("entry", ["nn", "= nn", "require 'nn'", "require('nn')"])
def test_a_bare_package_is_one_line(entry):
    session, shown = Session(), []
    session.emit = shown.append
    session.run_entry(entry)
    assert len(shown) == 1 and re.fullmatch(r"nn: \d+ classes, \? nn\n", shown[0])


def test_print_shows_the_whole_table(capsys):
    Session().run_entry("print(nn)")
    assert capsys.readouterr().out.count("\n") > 190


def test_a_package_is_no_variable_of_the_user_s(fresh):
    fresh.evaluate("local _ = nn, image")
    held = dict(fresh.workspace.names())
    assert "nn" not in held and "image" not in held
    fresh.evaluate("image = 5")
    assert dict(fresh.workspace.names())["image"] == 5
    fresh.evaluate("image = nil")


RUNS = [
    (("-e", "print(nn.Linear(2, 3))"), None, "nn.Linear(2 -> 3)\n", ""),
    ((), "print(nn.Linear(2, 3))", "nn.Linear(2 -> 3)\n", ""),
    (("-",), "print(optim.sgd ~= nil)", "true\n", ""),
    (("-g", "-e", "local _ = nn.Linear require 'image' x = 1"), None, "", "x @ (command line):1\n"),
    (("-gg", "-e", "print(nn.Linear(2, 3))"), None, "nn.Linear(2 -> 3)\n", ""),
    (("-e", "dofile 's.lua' print(nn ~= nil) dofile 's.lua'"), None, "true\ntrue\nfalse\n", ""),
    (("s.lua",), None, "true\n", ""),
    (("-i", "-q", "s.lua"), "nn.Linear(2, 3)\n", "true\nnn.Linear(2 -> 3)\n", ""),
    (("-i", "-q"), "nn\n", "nn: 190 classes, ? nn\n", ""),
    ((), "torch.manualSeed(1) require 'nn' print(torch.random())", "491263\n", ""),
]


@pytest.mark.parametrize(("words", "text", "out", "err"), RUNS)
def test_runs(words, text, out, err, tmp_path):
    (tmp_path / "s.lua").write_text("print(nn == nil)")
    shown, said, code = run(*words, text=text, folder=tmp_path)
    assert (shown, code) == (out, 0) and said.endswith(err) and said.count("\n") == err.count("\n")
