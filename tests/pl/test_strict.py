"""`pl.strict`: names that were never assigned to are errors, in the globals and in tables."""

from __future__ import annotations

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("strict = require 'pl.strict' test = require 'pl.test'", "=setup")()
    return lambda code: environment.load(code, "=case")()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("return nonesuch", "case:1: variable 'nonesuch' is not declared"),
        ("local function f() new_one = 1 end f()", "assign to undeclared global 'new_one'"),
        ("return strict.module('m', {}).x", "variable 'x' is not declared in 'm'"),
        ("return strict.module('m', {a = 1}, {b = true}).c", "'c' is not declared in 'm'"),
        ("return strict.closed_module({}, 'c').y", "variable 'y' is not declared in 'c'"),
        ("local t = {in_it = {}} strict.make_all_strict(t) return t.in_it.z", "in 'in_it'"),
    ],
)
def test_errors(lua, code, message):
    with pytest.raises(LuaError) as error:
        lua(code)
    from th7shell.lua.failures import caught as error_text

    assert message in error_text(error.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("declared = nil return declared", None),
        ("from_main = 1 local function f() from_main = 2 end f() return from_main", 2),
        ("return rawget(_G, 'nonesuch')", None),
        ("local m = strict.module('m') m.x = 5 return m.x", 5),
        ("local m = strict.module('m', {a = 1}, {b = true}) return m.b or m.a", 1),
        ("return strict.module('m', setmetatable({}, {__index = {q = 7}})).q", 7),
        ("return strict.module('m', setmetatable({}, {__index = function() return 8 end})).q", 8),
        ("local m = strict.module('m', {}) return strict.module('m', m)", ()),
        ("local src = {} local c = strict.closed_module(src, 'c') src.v = 3 return c.v", 3),
        ("return torch ~= nil and List ~= nil and type(stringx)", "table"),
    ],
)
def test_values(lua, code, expected):
    assert lua(code) == expected


def test_the_globals_stay_loose_on_request():
    environment = Environment(MAIN)
    code = "PENLIGHT_NO_GLOBAL_STRICT = true require 'pl.strict' return nonesuch"
    assert environment.load(code, "=case")() is None
