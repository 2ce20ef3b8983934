"""Lexer and parser: values of tokens, syntax errors worded as LuaJIT's, incomplete input, limits."""

from __future__ import annotations

import pytest

from th7shell.lua.compiler import tree
from th7shell.lua.compiler.chunks import chunk_id
from th7shell.lua.compiler.lexer import number, tokens
from th7shell.lua.compiler.parser import parse
from th7shell.lua.compiling import is_complete
from th7shell.lua.errors import LuaSyntaxError

NUMERALS = {
    "0": 0,
    "42": 42,
    "3.0": 3,
    "3.25": 3.25,
    ".5": 0.5,
    "5.": 5,
    "1e2": 100,
    "1E-2": 0.01,
    "0x10": 16,
    "0XfF": 255,
    "0x.8": 0.5,
    "0xA.8p1": 21,
    "0x1p-2": 0.25,
    "0b101": 5,
    "1e400": float("inf"),
    "9007199254740993": 9007199254740992.0,
    "3x": None,
    "0x": None,
    "1e": None,
    "1..2": None,
    "0b2": None,
}


@pytest.mark.parametrize("text", NUMERALS)
def test_numerals(text: str) -> None:
    assert number(text) == NUMERALS[text]


STRINGS = {
    r"'a\nb'": "a\nb",
    r"'\65\066'": "AB",
    r"'\x41\u{e9}'": "A\xc3\xa9",
    "'a\\z \n  b'": "ab",
    "'a\\\nb'": "a\nb",
    "[[\nline]]": "line",
    "[==[a]]b]==]": "a]]b",
    "[[a\r\nb\rc]]": "a\nb\nc",
    r"'\'\"\\\t'": "'\"\\\t",
}


@pytest.mark.parametrize("text", STRINGS)
def test_strings(text: str) -> None:
    kinds, values, _, _ = tokens(text, "=t")
    assert (kinds[0], values[0]) == ("string", STRINGS[text])


def test_comments_and_first_line() -> None:
    kinds = tokens("#!/usr/bin/th\n-- c\n--[[ long\n]] --[==[ x ]==] a --", "=t")[0]
    assert kinds == ["name", "eof"]


FAULTS = [
    "x=", "x = 'abc", 'x = "abc\ny', r'x="a\qb"', r'x="\300"', "x=[[abc", "--[[abc", "x=[=a", "x=3x", "x=0x",
    "x=@", "x = }", "for i=1 do", "for", "function f(", "f(", "f(1", "local x <", "if x then", "if x", "goto x",
    "break", "::a:: ::a::", "do goto x; local y; ::x:: print(y) end", "return 1 2", "x=1 1", "a.b", "a", "f()=1",
    "x={1,2", "local function", "function f() return ... end", "x=\x01", "x=" + "(" * 250, "x=" + "{" * 250,
    "do " * 250, "local " + ",".join(f"a{i}" for i in range(201)), "repeat", "x=~1", "x=a.1", "x=a:b", "a=1=2",
    "function a:b.c() end", "if x then else elseif", "and", "end", "x=function(a,)", "for a,b", "x=a['b'",
    "x={a=}", "x={[1]2}", "x=[[a\nb\nc]] y", "if x then\n\ny(\n", "while true do\nf()\n", "x = 1e", "x = y z",
    "(a) = 1", "(a)", "a, f() = 1", "f(), a = 1", "a.b:c = 1", "local a <const> = 1", "x = 'a\\\nb", "return return", "f() g() h",
]  # fmt: skip


@pytest.mark.parametrize("source", FAULTS, ids=lambda s: s[:24])
def test_syntax_errors_are_luajits(source: str) -> None:
    luajit = pytest.importorskip("lupa.luajit21").LuaRuntime(encoding="latin-1")
    expected = luajit.eval("function(s) return (select(2, loadstring(s, '=t'))) end")(source)
    with pytest.raises(LuaSyntaxError) as caught:
        parse(source, "=t")
    assert caught.value.value == expected


COMPLETE = {
    "x = 1": True,
    "x =": False,
    "x = (1 +": False,
    "function f()": False,
    "function f() end": True,
    "if a then b() else": False,
    "for i = 1, 2 do": False,
    "t = {1, 2,": False,
    "s = [[abc": False,
    "--[[ abc": False,
    "s = 'abc": True,
    "x = )": True,
    "goto nowhere": True,
    "f(": False,
    "return": True,
    "": True,
    "a.b": False,
    "repeat x() until": False,
}


@pytest.mark.parametrize("text", COMPLETE)
def test_incomplete_is_told_from_invalid(text: str) -> None:
    assert is_complete(text) is COMPLETE[text]


def test_positions_reach_from_first_to_last_character() -> None:
    source = "local a\nprint(a.b + f(x))"
    call = parse(source, "=t").body.statements[1].call
    assert source[call.start : call.end] == "print(a.b + f(x))"
    sum_ = call.arguments[0]
    assert isinstance(sum_, tree.Binary)
    assert source[sum_.start : sum_.end] == "a.b + f(x)"
    assert source[sum_.left.start : sum_.left.end] == "a.b"


def test_names_resolve_to_the_innermost_variable() -> None:
    statements = parse("local x = x local function f() return x end local x", "=t").body.statements
    assert isinstance(statements[0].values[0], tree.Global)
    returned = statements[1].function.body.statements[0].values[0]
    assert returned.variable is statements[0].variables[0]
    assert returned.variable.captured
    assert statements[2].variables[0].shadowed is statements[0].variables[0]


CHUNK_NAMES = {
    "@file.lua": "file.lua",
    "=stdin": "stdin",
    "return 1": '[string "return 1"]',
    "a\nb": '[string "a..."]',
    "x" * 49: f'[string "{"x" * 45}..."]',
    "@" + "y" * 70: "..." + "y" * 56,
}


@pytest.mark.parametrize("name", CHUNK_NAMES)
def test_chunk_names_are_shown_shortened(name: str) -> None:
    assert chunk_id(name) == CHUNK_NAMES[name]
