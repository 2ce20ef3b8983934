"""Rockspecs and manifests are read as data: what they may say, and what is refused."""

from __future__ import annotations

import time

import pytest

from th7shell.rocks import RocksError
from th7shell.rocks.data import listed, read

FINE = [
    ("a = 1 b = 'x' c = {1, 'two', k = true, ['a.b'] = [[long]]}",
     {"a": 1, "b": "x", "c": {1: 1, 2: "two", "k": True, "a.b": "long"}}),
    ("local v, r = '1.0', '-2' version = v .. r", {"version": "1.0-2"}),
    ("local v = 'dev' tag = v ~= 'dev' and v or nil", {}),
    ("local v = 'dev' branch = v == 'dev' and 'master' or v", {"branch": "master"}),
    ("t = {} t.x = {y = 2} z = t.x.y + 1 t.x.y = nil u = -z n = #{1, 2} m = not z",
     {"t": {"x": {"y": None}}, "z": 3, "u": -3, "n": 2, "m": False}),
    ("if 1 < 2 and 'a' < 'b' then a = 1 else a = 2 end do local a = 3 end if nil then b = 1 end", {"a": 1}),
    ("#!/usr/bin/lua\na = 'é'", {"a": "é"}),
    ("a = 1 .. 2", {"a": "12"}),
    ("a, b = 1", {"a": 1}),
    ("a = 2.0 b = 1e3 c = {nil, 2}", {"a": 2, "b": 1000, "c": {2: 2}}),
]  # fmt: skip

REFUSED = [
    ("a = os.execute('rm x')", "r:1: a call in a file of data"),
    ("a = os.name", "r:1: a field is asked of what is no table"),
    ("\na = print('x')", "r:2: a call in a file of data"),
    ("a = ('x'):rep(1e9)", "r:1: a call in a file of data"),
    ("print 'x'", "r:1: a call"),
    ("function f() end", "r:1: a function"),
    ("local function f() end", "r:1: a function"),
    ("a = function() end", "r:1: a function"),
    ("while true do end", "r:1: a loop"),
    ("for i = 1, 9 do end", "r:1: a loop"),
    ("for k in pairs{} do end", "r:1: a loop"),
    ("repeat until true", "r:1: a loop"),
    ("return {}", "r:1: 'return' in a file of data"),
    ("a = ...", "r:1: 'vararg' in a file of data"),
    ("a = 1 + {}", "r:1: '\\+' is not for these values"),
    ("a = 1 / 0", "r:1: '/' is not for these values"),
    ("a = #nil", "r:1: '#' is not for this value"),
    ("a.b = 1", "r:1: a field is set of what is no table"),
    ("a = {[{}] = 1}", "r:1: the key of a table"),
    ("a = ", "r:1: unexpected symbol"),
    ("a = 'x" + "y" * 2000 + "' " + "a = a .. a " * 12, "r:1: the text is too long"),
]


@pytest.mark.parametrize(("text", "expected"), FINE)
def test_read(text, expected):
    assert read(text, "r") == expected


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(text, message):
    with pytest.raises(RocksError, match=message):
        read(text, "r")


def test_a_large_manifest_is_read_in_seconds():
    rows = "".join(f"['r{i}'] = {{['1.0-1'] = {{{{arch = 'src'}}}}}},\n" for i in range(20_000))
    start = time.perf_counter()
    assert len(read(f"repository = {{{rows}}}", "m")["repository"]) == 20_000
    assert time.perf_counter() - start < 20


def test_listed():
    assert listed({1: "a", 2: "b", 4: "c", "x": 1}) == ["a", "b"]
