"""Corners of the language, with what Torch's LuaJIT gives: numerals, labels, 64-bit integers, metatables of types,
names of metamethods, environments of threads and userdata."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.lua.harness import ours, run, value
from th7shell.lua.interpreter import Interpreter

STEPS = """
local function turns(first, limit, step)
   local n = 0
   for i = first, limit, step do n = n + 1 if n > 5 then break end end
   return n
end
print(turns(1, 3, 0), turns(3, 1, 0), turns(1, 1, 0), turns(1, 3, -0.0), turns(3, 1, -0.0), turns(1.5, 3, 0))
local n = 0
for i = 1, 3, 0 do n = n + 1 if n > 5 then break end end
print(n)
"""


def test_a_step_of_zero_goes_up_for_ever():
    assert ours(STEPS).split() == "6 0 6 0 6 6 6".split()


CASES = [
    # numerals: one reader for source and strings
    ("0xe+9, 0xep9, 0xep+9, 0xep-9, 1e+5", "23 7168 7168 0.02734375 100000"),
    ("0x1.1Cp-1068, 0x0p2000, 0x1p-2000, 0x1p5000", "3.5078660854729e-322 0 0 inf"),
    ("tonumber('0x1.1Cp-1068'), tonumber('0x0p2000'), tonumber('0x1p5000')", "3.5078660854729e-322 0 inf"),
    ("tonumber('1e99999999999999999999'), tonumber('0x1p-9999999999999999999')", "inf 0"),
    ("select('#', loadstring('return 3..2')), loadstring('return 1.5LL'), loadstring('return 1U')", "2 nil nil [string \"return 1U\"]:1: malformed number near '1U'"),
    # what comes before the code of any chunk: a byte-order mark, a line that begins with #
    (r"loadstring('\239\187\191return 7')(), loadstring('#x\nreturn 8')()", "7 8"),
    (r"loadstring('\239\187\191#!/usr/bin/th\nreturn debug.getinfo(1, \'l\').currentline')()", "2"),
    # labels
    ("loadstring('::a:: do goto a; ::a:: end') ~= nil, (loadstring('::a:: ::a::'))", "true nil"),
    ("select(2, loadstring('repeat goto a; local x; ::a:: until x'))", "[string \"repeat goto a; local x; ::a:: until x\"]:1: <goto a> jumps into the scope of local 'x'"),
    ("loadstring('do goto a; local x; ::a:: end') ~= nil", "true"),
    # 64-bit integers
    ("1LL, 0x10ULL, -1LL, -1ULL, 2^3LL, 7LL/2, -7LL/2, -7LL%3, 5ULL%3", "1LL 16ULL -1LL 18446744073709551615ULL 8LL 3LL -3LL -1LL 2ULL"),
    ("1LL==1, 1==1LL, 2LL==1LL, -1LL==0xffffffffffffffffULL, 1LL<2, 2<1LL, -1LL<1ULL", "true true false true true false false"),
    ("type(1LL), tonumber(5LL), 9223372036854775807LL+1, 1LL/0, 5LL%0, 2LL^-1, 0LL^-2", "cdata 5 -9223372036854775808LL -9223372036854775808LL -9223372036854775808LL 0LL 9223372036854775807LL"),
    ("5LL-1.9, 10-5LL, 2/5LL, 2^5LL, 5%3LL, -(5LL)", "4LL 5LL 0LL 32LL 2LL -5LL"),
    ("'a'==1LL, nil==1LL, '5'==5LL", "false false false"),
    ("(select(2, pcall(function() return 'a' < 1LL end)))", "test.lua:1: attempt to compare 'string' with 'int64_t'"),
    ("(select(2, pcall(function() return {} + 1LL end)))", "test.lua:1: attempt to perform arithmetic on 'table' and 'int64_t'"),
    ("bit.band(0xffULL, 15), bit.lshift(1LL, 40), bit.tohex(1LL), bit.bnot(0LL), bit.bswap(1ULL)", "15ULL 1099511627776LL 0000000000000001 -1LL 72057594037927936ULL"),
    ("bit.rol(1LL, 63), bit.arshift(-4LL, 1), bit.rshift(-4LL, 1), bit.tobit(0x1ffffffffLL), bit.bor(1, 2ULL), bit.ror(1ULL, 3)", "-9223372036854775808LL -2LL 9223372036854775806LL -1 3ULL 2305843009213693952ULL"),
    ("bit.arshift(-1ULL, 60), bit.lshift(1, 33LL), bit.tohex(-1LL, 4), bit.band(-1, 0xffffffffffULL)", "18446744073709551615ULL 2 ffff 1099511627775ULL"),
    # strings are no lists
    ("('abc')[1], ('x')[0], (function(s) local t = {} for i = 1, 3 do t[i] = tostring(s[i]) end return table.concat(t, ',') end)('abc')", "nil nil nil,nil,nil"),
    ("(select(2, pcall(function() local s = 'abc' s[1] = 2 end)))", "test.lua:1: attempt to index local 's' (a string value)"),
    # next, ipairs, ends
    ("pcall(next, {}, 1)", "false invalid key to 'next'"),
    ("(function() local n = 0 for i in ipairs(setmetatable({1, 2}, {__index = function(t, i) return i < 9 and i or nil end})) do n = i end return n end)()", "2"),
    ("table.concat({1, 2, 3, 4, 5}, ',', 1, -3), select('#', unpack({1, 2, 3, 4, 5}, 1, -3))", " 0"),
    ("pcall(table.concat, {1, 2}, ',', 1, 1e7)", "false invalid value (nil) at index 3 in table for 'concat'"),
    # the libraries' tables
    ("#package.loaders, require('jit.opt') == jit.opt, type(require('jit.util').funcinfo), type(require('jit.profile').start)", "4 true function function"),
    ("debug.getmetatable(io.stdin).__index == debug.getmetatable(io.stdin), type(debug.getmetatable(io.stdin).read)", "true function"),
    ("debug.getuservalue(debug.setuservalue(newproxy(), {7}))[1], debug.getuservalue(1)", "7 nil"),
    ("(select(2, pcall(setfenv, print, {})))", "'setfenv' cannot change environment of given object"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_values(source, expected):
    assert value(source) == expected


PROGRAMS = {
    "metatable of numbers": (
        """
        local n = 5
        debug.setmetatable(0, {
          __call = function(...) return select('#', ...), ... end, __index = function(a, k) return tostring(k) .. a end,
          __newindex = function(a, k, v) OUT('set', a, k, v) end, __tostring = function(x) return 'num' .. ('%d'):format(x) end,
          __len = function() return 77 end, __concat = function(a, b) return 'cat' end})
        OUT(n(1, nil)) OUT((42)('a')) OUT(n.foo, n[7], n['x y'], #n, n .. {}, 1.5 .. '', n.real)
        n.z = 3 n[1] = 4
        debug.setmetatable(0, nil)
        OUT(pcall(function() return n.x end)) OUT(pcall(function() return n() end)) OUT(pcall(function() return n[1] end))
        """,
        "num3 num5 num1 nil|num2 num42 a|foo5 num75 x y5 num77 cat 1.5 real5|set num5 z num3|set num5 num1 num4"
        "|false test:10: attempt to index upvalue 'n' (a number value)|false test:10: attempt to call upvalue 'n' (a number value)"
        "|false test:10: attempt to index upvalue 'n' (a number value)",
    ),
    "metatable of nil": (
        """
        debug.setmetatable(nil, {__index = function(t, k) return k end})
        local z
        OUT(z.a, z[1], undefinedglobal.b)
        debug.setmetatable(nil, nil)
        OUT(pcall(function() return z.a end))
        """,
        "a 1 b|false test:6: attempt to index upvalue 'z' (a nil value)",
    ),
    "metatable of functions and booleans": (
        """
        debug.setmetatable(OUT, {__index = {curry = function(f, x) return function(...) return f(x, ...) end end},
          __add = function(a, b) return function(...) return a(b(...)) end end})
        OUT((function(a, b) return a * b end):curry(3)(5), (math.floor + math.sqrt)(17))
        debug.setmetatable(OUT, nil)
        debug.setmetatable(true, {__index = function(b, k) return tostring(b) .. k end, __call = function(b) return not b end})
        OUT((true).x, (true)(), (false)())
        debug.setmetatable(true, nil)
        OUT(pcall(function() return (true)() end))
        """,
        "15 4|truex false true|false test:9: attempt to call a boolean value",
    ),
    "metatable of strings": (
        """
        local s, mt = 'abc', debug.getmetatable('')
        debug.setmetatable('', {__index = {s = 'q', len = string.len}})
        OUT(s.s, s:len(), s.upper)
        debug.setmetatable('', mt)
        OUT(s:upper())
        """,
        "q 3 nil|ABC",
    ),
    "strings without fields": (
        """
        local s, mt = 'abc', debug.getmetatable('')
        local function told(f) return select(2, pcall(f)) end
        for _, none in ipairs{false, {}} do
            debug.setmetatable('', none or nil)
            local a, b, c = told(function() return s:upper() end), told(function() return s.x end), told(function() return s[1] end)
            debug.setmetatable('', mt)
            OUT(a:sub(-43) == b:sub(-43), b == c, a)
        end
        """,
        "true true test:6: attempt to index upvalue 's' (a string value)|true true test:6: attempt to index upvalue 's' (a string value)",
    ),
    "names of metamethods": (
        """
        local function mm() local about = debug.getinfo(1, 'n') OUT(about.namewhat, about.name) end
        local mt = {}
        for _, event in ipairs{'index', 'newindex', 'add', 'unm', 'concat', 'lt', 'le', 'eq', 'len', 'call'} do mt['__' .. event] = mm end
        local t, u = setmetatable({}, mt), setmetatable({}, mt)
        local x = t.x t.x = 1 x = t + 1 x = -t x = t .. 'a' x = t > u x = t <= u x = t ~= u x = #t x = t()
        """,
        "metamethod __index|metamethod __newindex|metamethod __add|metamethod __unm|metamethod __concat|metamethod __lt"
        "|metamethod __le|metamethod __eq|metamethod __len|local t",
    ),
    "no names of Python's": (
        "pcall(function() OUT(debug.getinfo(1, 'n').name) end) table.sort({2, 1}, function() OUT(debug.getinfo(1, 'n').name) return false end)",
        "nil|nil",
    ),
    "environment of a thread": (
        """
        local function f() return getfenv(0) end
        local co, t = coroutine.create(function() local x = f() coroutine.yield(x) end), {}
        debug.setfenv(co, t)
        local _, x = coroutine.resume(co)
        OUT(x == t, debug.getfenv(co) == t, getfenv(0) == t)
        """,
        "true true false",
    ),
    "the end of a list seen by next": (
        """
        local t = {} for i = 1, 20 do t[i] = i end
        local n, k = 0, next(t)
        while k do t[k] = nil local border = #t n = n + 1 k = next(t, k) end
        OUT(n)
        """,
        "20",
    ),
    "a table as __call": (
        "local t = setmetatable({}, {}) getmetatable(t).__call = t OUT(pcall(function() return t() end))",
        "false test:1: attempt to call upvalue 't' (a table value)",
    ),
    "count hooks end a loop": (
        """
        debug.sethook(function() error('hook', 0) end, '', 1000)
        local ok, e = pcall(function() while true do end end)
        debug.sethook()
        OUT(ok, e)
        """,
        "false hook",
    ),
    "a list that becomes sparse under ipairs": (
        "local t = {1, 2, 3} for i, v in ipairs(t) do if i == 1 then t[100] = 1 t[3] = 'new' end OUT(v) end",
        "1|2|new",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    source, expected = PROGRAMS[name]
    lines = []
    text = (
        "local out, tostring, select, concat = ..., tostring, select, table.concat\n"
        "local function OUT(...) local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end"
        " out(concat(t, ' ')) end\n"
    )
    run(
        "local source, put = ... return assert(loadstring(source, '=test'))(put)",
        text.replace("\n", " ") + source,
        lines.append,
    )
    assert "|".join(lines) == expected


def test_pythons_own_code_sees_no_fields_of_numbers():
    """Names that chunks mention (`value`, `squeeze`) are asked of enums and seeds by Python."""
    lua = Interpreter()
    lua.load(
        "local t = {} t.value = t.squeeze "
        "debug.setmetatable(0, {__index = function(n, k) return k end})"
    )()
    try:
        assert re.compile("a", re.ASCII).flags == re.ASCII and re.RegexFlag.ASCII.value == 256
        assert not hasattr(5, "squeeze") and not hasattr(int, "squeeze")
        np.random.RandomState(5)
        assert lua.load("local n = 5 return n.squeeze .. n.value")() == "squeezevalue"
    finally:
        lua.load("debug.setmetatable(0, nil)")()
