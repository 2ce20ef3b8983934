"""Fields that are made when they are first read, directly and through `__index`."""

from __future__ import annotations

import pytest

from th7shell.lua import Table, rawget
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.on_demand import Providing, fields_of, providing
from th7shell.lua.provide import provide

CASES = [
    ("return t.one, t.one", ("one 1", "one 1")),
    ("return t['o' .. 'ne'], rawget(t, 'one')", ("one 1", "one 1")),
    ("return rawget(t, 'one'), t.three, next(t)", (None, None, None)),
    ("t.one = 5 return t.one", 5),
    ("t.one = 5 t.one = nil return t.one", "one 1"),
    ("t.one = false return t.one", False),
    ("t.x = 3 local u = setmetatable({}, {__index = t}) return u.x, u.one, rawget(u, 'one'), rawget(t, 'one')",
     (3, "one 1", None, "one 1")),
    ("local u = setmetatable({}, {__index = t}) local a = u.two more() return a, u.two", (None, "two 1")),
    ("setmetatable(t, {}) return t.one, more()", (None, False)),
    ("local n = 0 for k in pairs(t) do n = n + 1 end return n, #t, getmetatable(t)", (0, 0, None)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_fields_on_demand(code, expected):
    interpreter, calls = Interpreter(), []
    table = interpreter.globals.t = Table()

    def make(name):
        calls.append(name)
        return f"{name} {calls.count(name)}"

    first = providing(Providing, ["one"], make, lambda: table)
    second = providing(first, ["two"], make, lambda: table)
    assert provide(table, first)
    assert list(fields_of(table)) == ["one"]
    interpreter.globals.more = lambda *_: provide(table, second)
    assert interpreter.load(code)() == expected
    assert calls.count("one") < 2
    assert rawget(interpreter.globals, "one") is None
