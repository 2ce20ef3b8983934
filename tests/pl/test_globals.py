"""th's globals from Penlight: made when first read, at no cost before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from th7shell.lua.state import MAIN
from th7shell.pl import EARLY, LATER, MODULES
from th7shell.session.environment import Environment


@pytest.fixture
def th():
    environment = Environment(MAIN)
    return lambda code: environment.load(code, "=case")()


def test_every_name_is_a_module(th):
    for name in (*EARLY, *LATER):
        assert th(f"require 'pl' return {name} == require 'pl.{name}'") is True
    assert {*EARLY, *LATER} < set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_every_file_answers(th, name):
    kind = th(f"return type(require 'pl.{name}')")
    assert kind == ("function" if name == "import_into" else "table")


CASES = [
    ("return rawget(_G, 'stringx')", None),
    ("local s = stringx return rawget(_G, 'stringx') == s", True),
    ("return _G['tab' .. 'lex'] == tablex", True),
    ("path = 5 return path", 5),
    ("path = 5 path = nil return type(path)", "table"),
    ("return url, template, permute", (None, None, None)),
    ("require 'pl' return type(url), type(template)", ("table", "table")),
    ("return getmetatable(_G)", None),
    ("local n = 0 for k in pairs(_G) do if k == 'lapp' then n = n + 1 end end return n", 0),
    ("setfenv(1, setmetatable({}, {__index = _G})) return type(lapp), rawget(_G, 'lapp') ~= nil",
     ("table", True)),
    ("local f = setfenv(function() return type(url) end, setmetatable({}, {__index = _G})) f()"
     " require 'pl' return f()", "table"),
    ("setmetatable(_G, {__index = function(_, k) return 'no ' .. k end}) return path", "no path"),
    ("setmetatable(_G, {__index = function(_, k) return 'no ' .. k end}) require 'pl'"
     " return type(path), nothing", ("table", "no nothing")),
    ("return '%s=%d' % {'a', 3}, '$x' % {x = 2}, '10' % 3", ("a=3", "2", 1)),
    ("return select(2, pcall(function() return 5 % 'a' end))",
     "case:1: attempt to perform arithmetic on a string value"),
    ("stringx.import() return ('a b'):title()", "A B"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_names_on_demand(th, code, expected):
    assert th(code) == expected


def test_who_leaves_them_out(th, capsys):
    th("mine = 1 local _ = path, tablex, List, warn who()")
    shown = capsys.readouterr().out
    assert "mine" in shown
    assert not [name for name in ("path", "tablex", "List", "warn") if name in shown.split()]


def test_watched_globals_have_the_usual_ones(capsys):
    environment = Environment(MAIN)
    environment.monitor(1)
    environment.load("local _ = stringx, tablex, path, dir, text, undeclared", "=case")()
    warned = capsys.readouterr().err
    assert "undeclared" in warned.replace("undeclared variable", "")
    assert "stringx" not in warned


def test_interpreters_have_modules_of_their_own():
    Environment(MAIN).load("stringx.mine = 1", "=case")()
    assert Environment(MAIN).load("return stringx.mine", "=case")() is None


def test_the_start_imports_neither_modules_nor_arrays():
    code = (
        "import sys; from th7shell.session.environment import Environment; e = Environment();"
        "e.load('x = 1', '=c')();"
        "print([m for m in sys.modules if m.startswith('th7shell.pl.') or m == 'numpy'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "['th7shell.pl.loaded']\n"  # which finds them
