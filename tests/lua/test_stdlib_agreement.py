"""Expressions over the standard library give here what LuaJIT gives, errors and their words included."""

from __future__ import annotations

import pytest

pytest.importorskip("lupa.luajit21")

from tests.lua.differential import Oracle, Ours

# One line is a program; ¦ separates its expressions, all of whose results are shown.

STRING = r"""
("torch"):sub(2, -2) ¦ ("torch"):sub(-3) ¦ ("abc"):sub(0) ¦ ("abc"):sub(3, 2) ¦ ("abc"):sub(2, 1e10) ¦ ("abc"):sub(-100, 100)
("abc"):byte() ¦ ("abc"):byte(-1) ¦ ("abc"):byte(1, -1) ¦ ("abc"):byte(10) ¦ string.char() ¦ string.char(72, 105)
pcall(string.char, 256) ¦ pcall(string.char, -1) ¦ pcall(string.char, 'x')
("aBc\228"):upper() ¦ ("aBc\196"):lower() ¦ ("abc"):reverse() ¦ ("abc"):len() ¦ #"a\0b" ¦ ("ab"):rep(3, ",") ¦ ("x"):rep(-1)
("key = value"):find("(%w+) = (%w+)") ¦ ("a.b"):find(".", 1, true) ¦ ("a.b"):find("%.") ¦ ("abc"):find("b", -1) ¦ (""):find("")
("hello"):match("l+") ¦ ("hello"):match("(h)(.)") ¦ ("hello"):match("()ll()") ¦ ("  x "):match("^%s*(.-)%s*$") ¦ ("x"):match("y")
("THE (quick) fox"):find("%((%a+)%)") ¦ ("f(a(b)c)d"):match("%b()") ¦ ("THE (quick) fox"):gsub("%f[%a]%a+", "%0%0")
("hello world"):gsub("o", "0") ¦ ("hello world"):gsub("o", "0", 1) ¦ ("abc"):gsub("", "-") ¦ ("abc"):gsub("%w", "%0%0") ¦ ("abc"):gsub("b", "%%")
("$name is $age"):gsub("%$(%w+)", {name = "Ann", age = 5}) ¦ ("abc"):gsub("%w", function(c) if c == "b" then return "B" end end)
("x = 1, y = 2"):gsub("(%w+) = (%w+)", "%2 = %1") ¦ ("abc def"):gsub("(%w+)", string.upper) ¦ ("äö"):gsub(".", "x")
pcall(string.gsub, "x", "x", "%2") ¦ pcall(string.gsub, "x", "(x", "%1") ¦ pcall(string.gsub, "x", "x", true) ¦ pcall(string.gsub, "x", "x", function() return {} end)
pcall(string.find, "a", "[a") ¦ pcall(string.find, "a", "%") ¦ pcall(string.find, "a", "(a") ¦ pcall(string.find, "a", "a)") ¦ pcall(string.find, "a", "%f") ¦ pcall(string.find, "a", "%b") ¦ pcall(string.match, "aa", "(a)%2")
pcall(string.rep) ¦ pcall(string.rep, "x") ¦ pcall(string.rep, {}, 1) ¦ pcall(string.find, nil, "") ¦ pcall(string.format, "%d", "x") ¦ pcall(string.format, "%d") ¦ pcall(string.format, "%y", 1) ¦ pcall(string.format, "%", 1)
("%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o"):format(42, 42, 42, 42, 42, 255, 255, 255, 8) ¦ ("%5.2f|%e|%g|%G|%.3g"):format(3.14159, 12345.678, 1e20, 1e-10, 0.1)
("%s|%10s|%-10s|%.2s"):format("abc", "abc", "abc", "abc") ¦ ("%q"):format('a"b\\c\n\0d\r') ¦ ("%c%c"):format(72, 105) ¦ ("%%|%i|%u"):format(3.99, 7) ¦ ("%s %s %s"):format(nil, true, 1.5)
("%a %A %.3a"):format(1, 0.5, 3.14) ¦ ("%5s|%5.1f"):format(1/0, 0/0) ¦ ("%d"):format(-3.7) ¦ ("%x"):format(-1) ¦ ("%d"):format("10") ¦ ("%5c|"):format(65)
"10" + 5, "0x10" * 2, " 7 " - 1, 10 .. 20, "a" < "b", "Z" < "a", "" < "a", "a\0b" < "a\0c", pcall(function() return "a" + 1 end)
"""
TABLE = r"""
table.concat({}) ¦ table.concat({1, 2, "x"}, ", ") ¦ table.concat({1, 2, 3}, "-", 2) ¦ table.concat({1, 2, 3}, "-", 2, 3) ¦ table.concat({1}, "", 2)
pcall(table.concat, {1, {}, 3}) ¦ pcall(table.concat, {1, true}) ¦ pcall(table.concat, {}, "", 1, 2) ¦ pcall(table.concat) ¦ pcall(table.concat, 1)
(function() local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) table.insert(t, 3, 9) return table.concat(t, " ") end)()
(function() local t = {1, 2, 3} return table.remove(t), table.remove(t, 1), #t, table.remove({}), table.remove(t, 5) end)()
(function() local o, t = {}, {[-3] = "m", [0] = "z", 1, 2} table.insert(t, -2, "x") for i = -4, 4 do o[#o + 1] = tostring(t[i]) end return table.concat(o, " ") end)() ¦ (function() local o, t = {}, {[-1] = "q"} table.insert(t, -1, "x") for i = -2, 2 do o[#o + 1] = tostring(t[i]) end return table.concat(o, " ") end)()
table.concat({[0] = "a", "b"}, "-", 0) ¦ pcall(table.concat, {1, 2}, ",", -2^40, 2)
pcall(table.insert, {}) ¦ pcall(table.insert, {}, 1, 2, 3) ¦ pcall(table.insert, nil, 1) ¦ pcall(table.insert, {}, "x", 1) ¦ pcall(table.remove, 1)
(function() local t = {3, 1, 2} table.sort(t) return unpack(t) end)() ¦ (function() local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return unpack(t) end)()
(function() local t = {"b", "a", "C"} table.sort(t) return unpack(t) end)() ¦ pcall(table.sort, {1, "a"}), pcall(table.sort, {1, 2}, 5), pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end)
(function() local t = {} for i = 1, 40 do t[i] = {i % 5, i} end table.sort(t, function(a, b) return a[1] < b[1] end) local o = {} for i = 1, 40 do o[i] = t[i][2] end return table.concat(o, " ") end)()
select("#", ("x"):rep(8000):byte(1, -1)) ¦ pcall(string.byte, ("x"):rep(8001), 1, -1)
unpack({1, 2, 3}) ¦ unpack({1, 2, 3}, 2) ¦ unpack({1, nil, 3}, 1, 3) ¦ unpack({}, 1, 0) ¦ select("#", unpack({}, 1, 3)) ¦ pcall(unpack, {}, 1, 1e6) ¦ pcall(unpack)
table.maxn({1, 2, [10] = 1, x = 2}) ¦ table.maxn({}) ¦ table.getn({1, 2}) ¦ table.foreach({5}, function(k, v) return k + v end) ¦ table.foreachi({7, 8}, function(i, v) if i == 2 then return v end end)
table.concat(table.move({1, 2, 3}, 1, 3, 2), ",") ¦ table.concat(table.move({1, 2, 3}, 2, 3, 1), ",") ¦ next({}) ¦ next({10}) ¦ type(next) ¦ pcall(next, {}, "x")
rawequal("a", "a") ¦ rawequal({}, {}) ¦ rawequal(1, 1.0) ¦ rawget({5}, 1) ¦ #rawset({}, 1, 2) ¦ pcall(rawset, {}, nil, 1) ¦ pcall(rawget, 1, 2)
select("#") ¦ select("#", nil, nil) ¦ select(2, "a", "b", "c") ¦ select(-1, "a", "b") ¦ pcall(select, 0) ¦ pcall(select, -5, 1) ¦ pcall(select, "x")
"""
NUMBERS = r"""
math.floor(2.5) ¦ math.floor(-2.5) ¦ math.ceil(2.5) ¦ math.ceil(-2.5) ¦ math.abs(-3) ¦ math.sqrt(16) ¦ math.floor("7.5") ¦ math.huge ¦ -math.huge ¦ math.pi
math.fmod(7, 3) ¦ math.fmod(-7, 3) ¦ math.fmod(7, 0) ¦ math.modf(3.7) ¦ math.modf(-3.7) ¦ math.modf(1/0) ¦ math.frexp(8) ¦ math.ldexp(0.5, 4) ¦ math.ldexp(1, 2000)
math.max(1, 5, 3) ¦ math.min(4, 2) ¦ pcall(math.max) ¦ pcall(math.min, 1, "x") ¦ math.max("10", 9) ¦ math.log(8, 2) ¦ math.log(100, 10) ¦ math.log10(1000) ¦ math.log(0) ¦ math.log(-1)
math.exp(0) ¦ math.exp(1000) ¦ math.sin(0) ¦ math.cos(0) ¦ math.tan(0) ¦ math.asin(2) ¦ math.acos(1) ¦ math.atan(1) ¦ math.atan2(1, -1) ¦ math.sinh(1) ¦ math.cosh(1) ¦ math.tanh(1) ¦ math.sinh(-1000)
math.deg(math.pi) ¦ math.rad(180) ¦ math.pow(2, 10) ¦ math.pow(-8, 1/3) ¦ math.pow(0, -1) ¦ math.pow(2, 5000) ¦ pcall(math.sqrt) ¦ pcall(math.floor, {}) ¦ math.sqrt(-1)
(function() math.randomseed(42) return math.random(), math.random(10), math.random(5, 7), math.random(), math.random(1e9) end)() ¦ (function() math.randomseed(-1.5) return math.random(), math.random(-3, 3) end)()
tonumber("10") ¦ tonumber("  0x1F  ") ¦ tonumber("1e2") ¦ tonumber("1e") ¦ tonumber("") ¦ tonumber(" ") ¦ tonumber("0x") ¦ tonumber("1 2") ¦ tonumber("0x.8p1") ¦ tonumber("inf") ¦ tonumber({}) ¦ tonumber(nil)
tonumber("ff", 16) ¦ tonumber("zz", 36) ¦ tonumber("8", 8) ¦ tonumber("-101", 2) ¦ tonumber("7fffffffffffffff", 16) ¦ pcall(tonumber, "1", 99) ¦ pcall(tonumber) ¦ tonumber("1.5", 10) ¦ tonumber("0b101")
tostring(1e15) ¦ tostring(1e14) ¦ tostring(123456789012346) ¦ tostring(0.1) ¦ tostring(-0.0) ¦ tostring(1/0) ¦ tostring(2^53) ¦ tostring(1e100) ¦ 2^63 ¦ 1e15 + 0.5 ¦ 100000000000000
bit.band(7, 3) ¦ bit.bor(1, 6) ¦ bit.bxor(5, 1) ¦ bit.bnot(0) ¦ bit.lshift(1, 31) ¦ bit.rshift(-1, 28) ¦ bit.arshift(-8, 1) ¦ bit.rol(0x12345678, 8) ¦ bit.ror(1, 1) ¦ bit.bswap(1) ¦ bit.tohex(255) ¦ bit.tohex(-1, -4) ¦ bit.tobit(2^31) ¦ bit.tobit(2^40 + 5) ¦ bit.tobit(-1.5) ¦ pcall(bit.band) ¦ bit.tohex(1, 0)
"""
BASE = r"""
pcall(error) ¦ pcall(error, nil) ¦ pcall(error, "x", 0) ¦ pcall(error, 12, 0) ¦ pcall(error, true) ¦ pcall(pcall) ¦ pcall(nil) ¦ pcall(1) ¦ pcall(xpcall, print)
xpcall(function() error("x", 0) end, function(m) return m .. "!" end), xpcall(function(a, b) return a + b end, print, 1, 2), xpcall(error, function(m) return tostring(m) end)
assert(1, 2, 3) ¦ pcall(assert, false, "m") ¦ pcall(assert, nil) ¦ pcall(assert) ¦ pcall(assert, false, {}) ¦ pcall(assert, false, nil)
type(nil) ¦ type(1) ¦ type("x") ¦ type({}) ¦ type(print) ¦ type(coroutine.create(print)) ¦ type(io.stdout) ¦ pcall(type) ¦ tostring(nil) ¦ tostring(true) ¦ pcall(tostring)
pcall(setmetatable, 1, {}) ¦ pcall(setmetatable, {}) ¦ pcall(setmetatable, {}, 1) ¦ getmetatable("").__index == string ¦ getmetatable({}) ¦ pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}) ¦ getmetatable(setmetatable({}, {__metatable = "m"}))
loadstring("return 1, 2")(), loadstring("x x"), loadstring("return ...", "=name")(7), load(function() return nil end) ~= nil, pcall(load, function() return {} end), loadfile("/no/such/file")
pcall(getfenv, -1), pcall(getfenv, 50), getfenv(print) == _G, pcall(setfenv, print, {}), setfenv(function() return x end, {x = 3})() ¦ pcall(setfenv, 1)
collectgarbage() ¦ type(collectgarbage("count")) ¦ pcall(collectgarbage, "no") ¦ type(gcinfo()) ¦ collectgarbage("isrunning") ¦ type(newproxy()) ¦ type(getmetatable(newproxy(true))) ¦ pcall(newproxy, 1)
coroutine.resume(coroutine.create(function(...) return ... end), 1, 2), coroutine.resume(coroutine.create(function() error("x", 0) end)), coroutine.resume(coroutine.create(function() error({}) end))
(function() local co = coroutine.create(function() end) coroutine.resume(co) return coroutine.status(co), coroutine.resume(co) end)() ¦ pcall(coroutine.resume, 1), pcall(coroutine.create), pcall(coroutine.wrap, 1)
(function() local co co = coroutine.create(function() return coroutine.status(co), coroutine.resume(co) end) return coroutine.resume(co) end)() ¦ pcall(coroutine.yield, 1)
(function() local w = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return w(1), w(10), pcall(w) end)()
(function() local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end}) local w = coroutine.wrap(function() return t.x end) return w(), w(5) end)()
(function() local w = coroutine.wrap(function() return pcall(function() coroutine.yield(1) error("in", 0) end) end) return w(), w() end)()
(function() local w = coroutine.wrap(function() local t = {3, 1, 2} table.sort(t, function(a, b) return a < b end) for k in pairs(t) do coroutine.yield(k) end end) return w(), w(), w() end)()
os.date("!%Y-%m-%d %H:%M:%S", 86400) ¦ os.date("!*t", 0).year ¦ os.time({year = 2000, month = 1, day = 1, hour = 12}) - os.time({year = 2000, month = 1, day = 1, hour = 0}) ¦ pcall(os.time, {}) ¦ os.getenv("NO_SUCH_VARIABLE") ¦ os.rename("/no/a", "/no/b") ¦ os.remove("/no/such") ¦ os.difftime(5, 3) ¦ os.setlocale("nonsense")
io.open("/no/such/file") ¦ io.type(io.stdout) ¦ io.type(1) ¦ pcall(io.lines, "/no/such") ¦ pcall(io.open) ¦ pcall(io.open, "/tmp", "zz")
debug.traceback({}) ~= nil ¦ debug.getinfo(print).what ¦ debug.getinfo(1, "l").currentline ¦ debug.getinfo(100) ¦ pcall(debug.getinfo, 1, "X") ¦ pcall(debug.getinfo) ¦ pcall(debug.getlocal, 100, 1)
(function(a, b) local c = 3 return debug.getlocal(1, 1), debug.getlocal(1, 3), debug.getlocal(1, 9) end)(7, 8) ¦ (function() local x = 1 local f = function() return x end return debug.getupvalue(f, 1), debug.setupvalue(f, 1, 5), x end)()
pcall(function() local x x.y = 1 end), pcall(function() nosuch() end), pcall(function() local t = {} t.a.b = 1 end), pcall(function() return #nil end), pcall(function() return {} .. "x" end), pcall(function() return {} < {} end), pcall(function() return 1 < "x" end)
"""
CASES = [line for block in (STRING, TABLE, NUMBERS, BASE) for line in block.strip().split("\n")]

PROGRAM = r"""
local function show(v)
  if type(v) == "string" then return (string.format("%%q", v)) end
  if type(v) == "number" or v == nil or type(v) == "boolean" then return tostring(v) end
  return type(v)
end
local out = {}
local function put(...) for i = 1, select("#", ...) do out[#out + 1] = show((select(i, ...))) end end
%s
return table.concat(out, " ")
"""


@pytest.fixture(scope="module")
def implementations():
    """One interpreter of each kind for all cases."""
    return Ours(), Oracle("luajit21")


@pytest.mark.parametrize("line", CASES)
def test_expressions_agree(line, implementations):
    ours, luajit = implementations
    program = PROGRAM % "\n".join(f"put({expression})" for expression in line.split(" ¦ "))
    expected = luajit(program)
    assert not expected.startswith("syntax"), expected
    assert ours(program) == expected
