"""Where these modules follow Penlight's documentation and upstream's code does not."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("require 'pl'", "=setup")()
    return lambda code: environment.load(code, "=case")()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sip.match('$d', 'x12', {}) return sip.match_at_start('$d', 'x12', {})", False),
        ("local f = Date.Format() f:US_order(true) return f:parse('9/11/2001'):month()", 9),
        ("return #seq.copy(seq.lines(stringio.open 'a\\nb'))", 2),
        ("return #seq.copy(seq.filter({1, 2, 3}, '>', 1))", 2),
        ("local c = comprehension.new() return c 'x for x' == c 'x for x'", True),
        ("return (xml.parsehtml '<p a=1 b=2 c=\"3\"/>').attr.b", "2"),
        (  # actions that yield their tokens, as where the scanner was a coroutine
            "local y, t = coroutine.yield, {}"
            " for k, v in lexer.scan('ab 12', {{'^%a+', function(w) return y('word', w) end},"
            " {'^%d+', function(d) y('one', d) return 'two', d end}, {'^.', function() end}}, {}, {})"
            " do t[#t + 1] = k .. v end return table.concat(t, ' ')",
            "wordab one12 two12",
        ),
        ("return tostring(xml.parse '<?xml version=\"1.0\"?><!DOCTYPE a><a/>')", "<a/>"),
    ],
)
def test_as_documented(lua, code, expected):
    assert lua(code) == expected


def test_a_pattern_that_is_wrong_is_named(lua):
    message = lua("return select(2, pcall(sip.match, '$k', 'x', {}))")
    assert message.endswith("unknown format type or character class")
