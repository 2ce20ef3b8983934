"""Numbers behind ffi pointers and in arrays: what LuaJIT gives, by a call and through the views that
compiled code reads and writes."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from tests.lua.harness import luajit, ours, run
from th7shell.lua.stdlib import ffi_data
from th7shell.lua.stdlib.ffi_memory import Memory

TYPES = (
    "double float int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t uint64_t bool".split()
)
VALUES = (
    "0 1 -1 2.5 -2.5 -0.5 127 128 255 256 300 300.75 -300 70000 -70000.5 2^31 -2^31 2^31-1 2^32-1"
    " 0.1 1e-50 '7' 'x' nil true false {} 5LL -5LL 3ULL print"
).split()
SETUP = """
local ffi = require 'ffi'
local function show(ok, ...)
   local t = {tostring(ok)}
   for k = 1, select('#', ...) do
      local v = select(k, ...)
      t[k + 1] = type(v) == 'number' and string.format('%.17g', v) or tostring(v)
   end
   print((table.concat(t, ' '):gsub('0x%x+', '0x')))
end
local a = ffi.new('TYPE[8]', {1, 1, 1, 0, 1})
local p = ffi.cast('TYPE *', a)
local q = p + 4
"""
# each runs in its own function; VALUE is each of the values
FORMS = """
for i = 0, 7 do p[i] = VALUE end return p[0], p[7], a[3]
for i = 0, 7 do a[i] = VALUE end return a[0], a[7], q[3]
for i = -4, 3 do q[i] = VALUE end return q[-4], q[0], q[3]
local v = VALUE for i = 0, 7 do p[i] = v end return p[0], p[7]
for i = 0, 7 do p[i] = i % 2 == 0 and VALUE or 1 end return p[0], p[1], p[6]
for i = 0, 7 do p[i] = i end p[2] = VALUE for i = 0, 7 do p[i] = p[7 - i] end return p[5], p[2], p[0]
""".strip().split("\n")
ALONE = """
local s = 0 for i = 0, 7 do s = s + tonumber(p[i]) end return s
for i = 0, 7 do p[i] = p[i] end return p[0], p[1]
for i = 0, 7 do p[i] = p[i] + 1 end return p[0], p[1]
local s = 0 for i = 0.5, 7.5 do s = s + tonumber(p[i]) end return s
local s = 0 for i = 0, 7 do s = s + tonumber(p[ffi.new('int', i)]) end return s
local s = 0 for i = 7, 0, -1 do s = s + tonumber(a[i]) end return s
for k = 1, 3 do for i = 0, 7 do p[i] = i * k end p = p end return p[7], p[0], p[1]
for i = 1, 7 do p[i] = i == 3 end return p[3], p[4]
local f = function(k) return p[k] end for k = 1, 7 do f(k) end return f(1), f(0), q[-3], f(1.9), f(-0.5)
for i = 0, 7 do local r = p + i r[0] = i end return p[1], p[7], (p + 7) - p, p + 0 == p
for i = 0, 7 do p[i] = 1 end ffi.fill(p, 4, 0) return p[0], p[7]
for i = 0, 7 do p[i] = 1 end ffi.fill(a, ffi.sizeof(a)) return p[1], a[7]
local b = ffi.new('TYPE[8]') for i = 1, 7 do b[i] = i end ffi.copy(a, b, ffi.sizeof(a)) return a[1], p[7], b[0]
for i = 1, 3 do p[i] = 65 end return #ffi.string(ffi.cast('char *', p) + 1, 3)
return ffi.sizeof(a), ffi.istype('TYPE[8]', a), ffi.istype('TYPE *', p), type(a), tostring(a), tostring(p)
p[1] = 1 return type(p[1]), p[1] == 1, p[1] ~= 1
return p.zork
return a.zork
p.zork = 1
a.address = 1
return a.__index, p.__x__
local k = 'zo' .. 'rk' return p[k]
local k = 'zo' .. 'rk' p[k] = 1
return p:zork()
for k = 1, 3 do a[k] = 1 end return a.zork
return a[{}]
for k = 1, 3 do a[k] = 1 end return a[nil]
for k = 1, 3 do a[k] = 1 end return a[true]
for k = 1, 3 do a[k] = 1 end return a['1']
for k = 1, 3 do a[k] = 1 end a[{}] = 1
""".strip().split("\n")
STRUCTS = r"""
local ffi = require 'ffi'
ffi.cdef[[typedef struct odd { int address; double memory; float ctype[3]; uint8_t __x__, real; int *p; } odd;]]
local o = ffi.new('odd', {1, 2, {3, 4, 5}, 6, 7})
for i = 0, 2 do o.ctype[i] = o.ctype[i] * 2 end
o.address, o.memory, o.__x__, o.real = o.address + 5.5, 'NUMBER' and 1.5, 300, -1
print(o.address, o.memory, o.ctype[0], o.ctype[2], o.__x__, o.real)
for _, name in ipairs{'address', 'memory', '__x__', 're' .. 'al'} do print(o[name]) o[name] = 9 print(o[name]) end
local n = ffi.new('int[3]', {1, 2, 3})
o.p = n
for i = 0, 2 do o.p[i] = o.p[i] + i end
print(n[0], n[1], n[2], o.p[2], o.p == ffi.cast('int *', n))
print(pcall(function() return o.nosuch end))
print(pcall(function() local k = 'no' .. 'such' return o[k] end))
print(pcall(function() o.nosuch = 1 end))
print(pcall(function() local k = 'no' .. 'such2' o[k] = 1 end))
print(pcall(function() o.memory = 'x' end))
print(pcall(function() o.memory = nil end))
local many = ffi.new('odd[3]')
for i = 0, 2 do many[i].address = i many[i].ctype[i] = i end
print(many[2].address, many[2].ctype[2], many[1].ctype[2])
"""

OPERANDS = """
return 1LL + true
return true * 1LL
return ffi.new('bool', true) + 1LL
return 1LL < true
return a + true
return s < s
return s <= s
return bit.band(1LL, nil)
return bit.band(7LL, '3')
return bit.bor(1LL, {})
return bit.lshift(1LL, '3')
return bit.lshift(1LL, true)
return tostring(ffi.new('int *')), tostring(ffi.cast('char *', 0)), tostring(ffi.new('int *[2]')[1])
""".strip().split("\n")


@pytest.mark.parametrize("name", TYPES)
def test_elements_are_luajits(name):
    pytest.importorskip("lupa.luajit21")
    forms = [form.replace("VALUE", value) for form in FORMS for value in VALUES]
    lines = [f"show(pcall(function() {form} end))" for form in (*forms, *ALONE)]
    text = "\n".join([SETUP, *lines]).replace("TYPE", name)
    here, there = ours(text).split("\n"), luajit(text).split("\n")
    differing = [d for d in zip([SETUP] + lines, here, there) if d[1] != d[2]]
    assert len(here) == len(there) and not differing


def test_fields_are_luajits():
    pytest.importorskip("lupa.luajit21")
    assert ours(STRUCTS) == luajit(STRUCTS)


def test_operands_are_luajits():
    pytest.importorskip("lupa.luajit21")
    lines = [f"show(pcall(function() {form} end))" for form in OPERANDS]
    named = "ffi.cdef[[typedef struct bounds { int a; } bounds;]] local s = ffi.new('bounds')"
    text = "\n".join([SETUP.replace("TYPE", "int"), named, *lines])
    assert ours(text) == luajit(text)


# C does not say what becomes of numbers that an integer cannot hold
BEYOND = "0/0 1/0 -1/0 2^40 -2^40 2^62 2^63 2^64 -2^63 1e300 -1e300".split()


@pytest.mark.parametrize("name", TYPES)
def test_elements_through_views_are_those_by_a_call(name, monkeypatch):
    forms = [form.replace("VALUE", value) for form in FORMS for value in VALUES + BEYOND]
    lines = [f"show(pcall(function() {form} end))" for form in (*forms, *ALONE)]
    text = "\n".join([SETUP, *lines]).replace("TYPE", name)
    through_views = ours(text).split("\n")
    monkeypatch.setattr(Memory, "view", lambda *_: None)
    assert through_views == ours(text).split("\n")


SEEN = {  # declaration → classes of what compiled code reads and writes after a loop
    "ffi.new('double[4]')": (memoryview, memoryview),
    "ffi.new('float[?]', 4)": (memoryview, memoryview),
    "ffi.new('uint8_t[4]') + 1": (memoryview, memoryview),
    "ffi.new('int64_t[4]')": (list, memoryview),
    "ffi.new('bool[4]')": (tuple, tuple),
    "ffi.new('int *[4]')": (tuple, tuple),
    "ffi.cast('float *', ffi.new('struct { int a; float b[4]; }').b)": (memoryview, memoryview),
}


@pytest.mark.parametrize("data", SEEN)
def test_numbers_get_views_after_the_first_element(data):
    text = f"""
        local ffi = require 'ffi'
        local p = {data}
        local zero = p[0]
        local before = p
        return p, function() for i = 0, 2 do p[i] = p[i] end return p[2] end
    """
    p, loop = run(text)
    assert not p.ħarray and not p.ħstore
    loop()
    assert (type(p.ħarray), type(p.ħstore)) == SEEN[data]


def test_fractions_for_whole_numbers_are_stored_by_a_call_from_then_on():
    text = """
        local p = require('ffi').new('uint8_t[4]')
        for i = 0, 3 do p[i] = i end
        local hot = p
        return p, function() for i = 0, 3 do p[i] = i * 1.75 end return p[1], p[3] end
    """
    p, loop = run(text)
    assert type(p.ħstore) is memoryview
    assert loop() == (1, 5)
    assert type(p.ħarray) is memoryview and not p.ħstore


def test_a_view_ends_where_the_memory_does():
    text = """
        local ffi, p = require 'ffi', ...
        local out = {}
        for _, q in ipairs{p, p + 1, ffi.cast('char *', p), ffi.cast('short *', ffi.cast('char *', p) + 3)} do
            for i = 1, 20 do
                if not pcall(function() return q[i] end) then out[#out + 1] = i break end
            end
        end
        out[#out + 1] = pcall(function() return p[-1] end)
        out[#out + 1] = pcall(function() return (p + 2)[-2] end)
        out[#out + 1] = pcall(function() for i = 3, 4 do p[i] = 1 end end)
        return unpack(out)
    """
    array = np.arange(4, dtype=np.float32)
    assert run(text, ffi_data.data_pointer(array)) == (4, 3, 16, 6, False, True, False)
    assert array[3] == 1


def test_a_view_keeps_the_memory_it_shows():
    p, read = run("""
        local p = require('ffi').new('double[1000]')
        for i = 0, 999 do p[i] = i end
        return p, function(i) return p[i] end
    """)
    view = p.ħarray
    del p, read
    gc.collect()
    assert view[999] == 999


def test_what_begins_elsewhere_or_is_scattered_has_no_view():
    array = np.arange(20, dtype=np.int32)[::2]
    p = ffi_data.data_pointer(array)
    assert run("local p, s = ..., 0 for i = 0, 4 do s = s + p[i] end return s", p) == 10
    assert not p.ħarray
