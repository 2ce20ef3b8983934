"""How Python code reads tables: plain ones, ones with metamethods, and what is none."""

from __future__ import annotations

import pytest

from th7shell import lua
from th7shell.lua import LuaError, new_table
from th7shell.lua.interpreter import Interpreter

# a table; its #t; t[1] … t[#t]; its pairs; its ipairs; raw length
TABLES = [
    ("{}", 0, [], [], [], 0),
    ("{5, 6, x = 1}", 2, [5, 6], [(1, 5), (2, 6), ("x", 1)], [5, 6], 2),
    ("{5, nil, 7}", 3, [5, None, 7], [(1, 5), (3, 7)], [5], 3),
    ("setmetatable({5}, {__index = {0, 6}})", 1, [5], [(1, 5)], [5], 1),
    (
        "setmetatable({5}, {__index = {0, 6}, __len = function() return 2 end})",
        2,
        [5, 6],
        [(1, 5)],
        [5],
        1,
    ),
    (
        "setmetatable({}, {__index = function(_, i) return i * i end, __len = function() return 3. end})",
        3,
        [1, 4, 9],
        [],
        [],
        0,
    ),
    (
        "setmetatable({5}, {__pairs = function() return pairs{y = 2} end,"
        " __ipairs = function() return ipairs{7, 8} end})",
        1,
        [5],
        [("y", 2)],
        [7, 8],
        1,
    ),
]


@pytest.fixture(scope="module")
def evaluate():
    interpreter = Interpreter()
    return lambda text: interpreter.load(f"return {text}", "=case")()


@pytest.mark.parametrize(("text", "length", "array", "items", "listed", "raw"), TABLES)
def test_reading(evaluate, text, length, array, items, listed, raw):
    t = evaluate(text)
    assert lua.length(t) == len(t) == length
    assert lua.array(t) == array
    assert list(lua.items(t)) == items
    assert lua.listed(t) == listed
    assert lua.rawlen(t) == raw == len(lua.rawarray(t))


def test_items_and_fields_go_through_the_metatable(evaluate):
    inner = new_table([1], {"x": 2})
    t = evaluate("function(t) return setmetatable({}, {__index = t, __newindex = t}) end")(inner)
    assert (t[1], t.x, t["x"], t["absent"], 1 in t) == (1, 2, 2, None, True)
    t[2], t["y"], t.z = 3, 4, 5
    assert (inner[2], inner.y, inner.z) == (3, 4, 5)
    assert lua.rawget(t, 1) is lua.rawget(t, "x") is lua.rawget(t, 2) is None
    assert list(lua.rawitems(t)) == []


@pytest.mark.parametrize("read", [lua.length, lua.array])
@pytest.mark.parametrize("value", [None, 5, True])
def test_what_has_no_length(read, value):
    with pytest.raises(LuaError, match="attempt to get length of"):
        read(value)


@pytest.mark.parametrize("read", [lua.items, lua.listed])
@pytest.mark.parametrize("value", [None, 5, "text"])
def test_what_has_no_pairs(read, value):
    with pytest.raises(LuaError, match="table expected"):
        list(read(value))


def test_a_length_that_is_no_number(evaluate):
    t = evaluate("setmetatable({}, {__len = function() return 'x' end})")
    assert lua.length(t) == "x"
    with pytest.raises(LuaError, match="'for' limit must be a number"):
        lua.array(t)
    with pytest.raises(LuaError, match="'for' limit must be a number"):
        len(t)


def test_fields_that_have_no_value_in_another_table_of_the_same_names():
    for value in (None, 1, None, 2):
        t = new_table()
        t.__dict__.update(without_one=value, with_all=3)
        assert dict(lua.items(t)) == {"with_all": 3, **({"without_one": value} if value else {})}
