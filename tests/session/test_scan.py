"""Tokens of unfinished text, indentation, pasted prompts, promoted locals."""

from __future__ import annotations

import pytest

from th7shell.session.locals import promote
from th7shell.session.scan import (
    dedents,
    depth_after,
    local_names,
    tokens,
    without_prompts,
    without_tabs,
)

DEPTHS = [
    ("for i=1,3 do", 3),
    ("while x do", 3),
    ("if a then", 3),
    ("if a then\n   b()\nelse", 3),
    ("f({", 3),
    ("x = {\n   y = {", 6),
    ("function f(a)", 3),
    ("repeat", 3),
    ("x = function() return 1 end", 0),
    ("while f(function() return 1 end) do", 3),
    ("for i=1,3 do print(i) end", 0),
    ("-- for i=1,3 do", 0),
    ('s = "do then {"', 0),
    ("repeat x() until y", 0),
]


@pytest.mark.parametrize(("text", "columns"), DEPTHS)
def test_depth_after(text, columns):
    assert depth_after(text, 3) == columns
    assert depth_after(text, 2) == columns // 3 * 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'abc", "open"),
        ('"a\\', "open"),
        ("[[a\nb", "open"),
        ("--[[ x", "open"),
        ("-- x", "comment"),
        ("0x1F", "number"),
    ],
)
def test_last_token_of_unfinished_text(text, kind):
    assert tokens(text)[-1].kind == kind


def test_every_letter_is_in_a_token_or_is_space():
    text = 'local x, y = f[[a]](\'b\', "c\\"") .. ... --[==[ k ]] ]==] @ $ ~= 0x1p4 1e-3'
    rebuilt = list(text)
    for t in tokens(text):
        assert text[t.start : t.end] == t.text
        rebuilt[t.start : t.end] = " " * (t.end - t.start)
    assert "".join(rebuilt).strip() == ""


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("end", True),
        ("   end)", True),
        ("else", True),
        ("until", True),
        ("})", True),
        ("ending", False),
        ("x end", False),
    ],
)
def test_dedents(line, closes):
    assert dedents(line) is closes


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("local a, b = 1", ["b", "a"]),
        ("for i, v in pairs(t) do", ["v", "i"]),
        ("local function f(x, y)", ["y", "x", "f"]),
        ("function m:g(z, ...)", ["z"]),
        ("x = 1", []),
    ],
)
def test_local_names(text, names):
    assert local_names(tokens(text)) == names


def test_pasted_prompts_are_stripped_with_the_output_between():
    pasted = "th> x = 1\n[0.0001s]\nth> for i=1,2 do\n..>   print(i)\n..> end\n1\n2"
    assert without_prompts(pasted) == "x = 1\nfor i=1,2 do\n  print(i)\nend"
    assert without_prompts("> 1+1\n2") == "1+1"
    assert without_prompts("x > 1\n> 2") == "x > 1\n> 2"


PROMOTED = [
    ("local x = 1", "      x = 1"),
    ("local a, b", "      a, b = nil"),
    ("local function f() local q = 1 end", "      function f() local q = 1 end"),
    ("for i=1,2 do local z = 3 end", "for i=1,2 do local z = 3 end"),
    (
        "if a then local b = 1 else local c = 2 end local d = 1",
        "if a then local b = 1 else local c = 2 end       d = 1",
    ),
    (
        "if a then elseif b then local c end local d = 1",
        "if a then elseif b then local c end       d = 1",
    ),
    ("repeat local r until r local s = 1", "repeat local r until r       s = 1"),
    ("local type = 5", "local type = 5"),
    ("local x, type = 5", "local x, type = 5"),
    ("x = '-- local y'", "x = '-- local y'"),
]


@pytest.mark.parametrize(("text", "promoted"), PROMOTED)
def test_promote(text, promoted):
    assert promote(text, {"type"}) == promoted


PASTED = [  # text, with spaces for tabs
    ("\tx = 1", "   x = 1"),
    ("if a then\n\t\tb()\n\tend", "if a then\n      b()\n   end"),
    ("x\t=\t1 --\ta", "x = 1 -- a"),
    ("s = 'a\tb'\t-- c", "s = 'a\tb' -- c"),
    ("s = [[\n\ta]]", "s = [[\n\ta]]"),
    ("no tabs", "no tabs"),
]


@pytest.mark.parametrize(("text", "spaces"), PASTED)
def test_pasted_tabs_are_spaces(text, spaces):
    assert without_tabs(text, 3) == spaces
