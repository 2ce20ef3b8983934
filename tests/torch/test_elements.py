"""Elements one by one: compiled code reads and writes them through views where a vector was asked
for several, and gives what the plain road gives."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.torch import elements

NAMES = "d f b c i l h column tied m lm s ls bs".split()
SETUP = """
require 'torch'
local out = {}
local function add(...)
   for k = 1, select('#', ...) do
      local v = select(k, ...)
      v = torch.isTensor(v) and v:dim() == 1 and v:totable() or v
      if torch.type(v) == 'table' then v = 't' .. table.concat(v, ' ') end
      out[#out + 1] = type(v) == 'number' and string.format('%.17g', v) or torch.typename(v) or
         type(v) == 'function' and 'f' or tostring(v)
   end
end
local d, f = torch.DoubleTensor{1, 2.5, 3, 4, 5, 6}, torch.FloatTensor{1.5, 2, 3, 4}
local b, c = torch.ByteTensor{1, 2, 3, 250}, torch.CharTensor{1, -2, 3, 4}
local i, h = torch.IntTensor{1, 2, -3}, torch.HalfTensor{1, 2, 3}
local l = torch.LongTensor{1, 2^53, -3, 2^60 + 1025}
local m, lm = torch.DoubleTensor(3, 4):fill(2), torch.LongTensor{{1, 2^61, 3}, {4, 5, 6}}
local cube = torch.IntTensor(2, 3, 2):fill(9)
local column, tied = m:select(2, 3), torch.DoubleTensor{7}:expand(4)
local s, ls, bs = d:storage(), l:storage(), b:storage()
local function grow() d:resize(d:size(1) + 5):fill(8) return 2 end
local function shrink() s:resize(4) s[3] = 55 return 3 end
"""
KEYS = "1 2 3 4 5 6 7 0 -1 -2 -9 2.0 2.7 '3' 'x' nil true {} grow() shrink() 2^40".split()
VALUES = (
    "1 -1 2.5 300 -300 70000 2^31 2^53 2^60 -2^63 2^63 1e300 0/0 1/0 -1/0 '7' '2.5' '1_0' 'x' nil true false"
    " d column {} {1} grow m[1]"
).split()
WARM = (
    "for k = 1, 16 do local v = NAME[1] NAME[1] = v end",
    "for k = 1, 16 do local v = NAME[{1, 1}] NAME[{1, 2}] = v end",
    "for k = 1, 16 do local v = cube[{1, 1, 1}] end",
    "for k = 1, 16 do local v = cube[1][1][1] + m[1][1] m[1][2] = v end",
    "",
)
FORMS = (
    "return NAME[KEY]",
    "NAME[KEY] = VALUE return NAME",
    "local k = KEY return NAME[k]",
    "local k, v = KEY, VALUE NAME[k] = v return NAME",
    "for k = 1, 7 do add(NAME[k]) end",
    "for k = 0, 2 do add(NAME[k]) end",
    "for k = 0, 2 do NAME[k] = k end",
    "for k = 1, 7 do NAME[k] = k * 50 end",
    "for k = 3, 1, -1 do NAME[k] = NAME[k] / 2 end",
    "local v = VALUE for k = 1, 3 do NAME[k] = v end",
    "for k = 1, 3 do NAME[k] = k == 2 end",
    "for k = 1, 3 do NAME[k] = 'x' end",
    "for k = 1, 2 do NAME[k] = NAME[KEY] end",
    "d:resize(9) d:fill(3)",
    "s:resize(12) s:fill(6)",
    "d:set(s, 2, 3)",
    "bs:resize(2)",
    "column:set(m:select(2, 1))",
    "l:resize(2)",
    "for k = 1, 3 do local row = m[k] for j = 1, 4 do row[j] = row[j] + k end end add(m[2])",
    "add(d[1], column[2], l[1])",
    "return NAME[{KEY, 2}]",
    "NAME[{2, KEY}] = VALUE return NAME",
    "return cube[{1, KEY, 2}]",
    "cube[{1, KEY, 2}] = VALUE return cube[{1, 1, 2}]",
    "for k = 1, 3 do for j = 1, 3 do NAME[{k, j}] = NAME[{k, j}] + k / 4 end end",
    "NAME[{1, 1}], NAME[{1, 2}] = VALUE, 5 return NAME[{1, 2}]",
    "lm:t():resize(2, 2) lm:fill(3)",
    "m:set(torch.DoubleTensor(2, 2):fill(4))",
    "return NAME[{{1, 2}, KEY}]",
    "local t = {} t[{1, 2}] = KEY return t[{1, 2}]",
    "return NAME[KEY][2]",
    "local k = KEY return NAME[k][1], NAME[2][k]",
    "for k = 0, 4 do add(pcall(function() return NAME[k][2] end)) end",
    "NAME[2][KEY] = VALUE return NAME[2]",
    "local k, v = KEY, VALUE NAME[k][2] = v return NAME[1]",
    "for k = 1, 3 do local v = VALUE NAME[k][2] = v end",
    "for k = 1, 3 do for j = 1, 4 do NAME[k][j] = NAME[k][j] + k / 4 end end",
    "for k = 1, 3 do for j = 1, 4 do NAME[k][j] = j * 60 end end",
    "for k = 1, 2 do for j = 1, 3 do cube[k][j][2] = cube[k][j][1] * 2 end end add(cube[2][3])",
    "return cube[1][KEY][2], cube[2][KEY]",
    "for k = 1, 2 do cube[k][KEY] = VALUE end",
    "local ts = {NAME, m} for k = 1, 2 do add(ts[k][2][2]) end",
    "for k = 1, 2 do m[k][2] = grow() + k end",
    "for k = 1, 2 do lm[k][2] = (function() lm:resize(4, 5):fill(1) return 7 end)() end add(lm[1], lm[2])",
    "m:resize(5, 2) add(m[5][2]) m[5][2] = 3 add(m[5])",
)
LINES = st.builds(
    lambda form, name, key, value, warm: (
        warm.replace("NAME", name),
        form.replace("NAME", name).replace("KEY", key).replace("VALUE", value),
    ),
    st.sampled_from(FORMS),
    st.sampled_from(NAMES),
    st.sampled_from(KEYS),
    st.sampled_from(VALUES),
    st.sampled_from(WARM),
)


def program(lines) -> str:
    body = "\n".join(f"add(pcall(function() {part} end))" for line in lines for part in line)
    return f"{SETUP}{body}\nreturn table.concat(out, ';')"


def plainly(lua, text):
    """Run a program that takes the plain road only."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(elements, "_views", lambda owner: (elements.NEVER, elements.COLD))
        return lua(text)


@settings(max_examples=150)
@given(lines=st.lists(LINES, min_size=1, max_size=12))
def test_random_programs_go_both_roads(lua, lines):
    text = program(lines)
    assert lua(text) == plainly(lua, text)


@pytest.mark.parametrize("name", NAMES)
def test_all_keys_and_values_go_both_roads(lua, name):
    warm = WARM[name in ("m", "lm")].replace("NAME", name)
    forms = [
        form.replace("NAME", name).replace("KEY", key).replace("VALUE", value)
        for form in (
            *FORMS[:4],
            *(f for f in FORMS if "KEY}" in f or "[KEY][" in f or "][KEY]" in f),
        )
        for key in (KEYS[:-3:2] if "][" in form else KEYS[:-3])
        for value in (VALUES[::5] if "][" in form else VALUES if "VALUE" in form else VALUES[:1])
    ]
    text = program([(warm, form) for form in forms])
    assert lua(text) == plainly(lua, text)


def test_elements_by_two_and_three_places_name_what_is_no_table(lua):
    for places in ("1, 2", "1, 2, 3"):
        for form in ("return x[{PLACES}]", "x[{PLACES}] = 1", "return ('').y[{PLACES}]"):
            text = f"local x = 5 return select(2, pcall(function() {form} end))"
            (message,) = lua(text.replace("PLACES", places))
            named = "field 'y'" if "y" in form else "'x' (a number value)"
            assert f"attempt to index {named}" in message.replace("upvalue ", ""), message


VIEWED = {
    "DoubleTensor": (memoryview, memoryview),
    "ByteTensor": (memoryview, memoryview),
    "LongTensor": (elements.Longs, memoryview),
    "HalfTensor": (elements.Count, elements.Count),
    "DoubleStorage": (memoryview, memoryview),
    "LongStorage": (elements.Longs, memoryview),
}


@pytest.mark.parametrize("name", VIEWED)
def test_what_is_asked_often_gets_views(lua, name):
    (t,) = lua(f"local t = torch.{name}(3) for k = 1, 30 do t[1] = k end return t")
    assert (type(t.ħarray), type(t.ħstore)) == VIEWED[name]
    assert t[1] == 30


@pytest.mark.parametrize(
    "change",
    [
        "t:resize(100):fill(7)",
        "t:set(torch.Tensor{9, 9})",
        "t:storage():resize(50):fill(7)",
        "t:resize(2, 1)",
        "t:set()",
        "t:resizeAs(torch.Tensor(4)):fill(7)",
        "torch.add(t, torch.Tensor{1, 2, 3, 4, 5}, 1)",
        "torch.range(t, 1, 9)",
        "t:storage():resize(1)",
    ],
)
def test_a_tensor_with_another_array_forgets_its_views(lua, change):
    ask = "add(pcall(function() return t[1] end)) add(pcall(function() t[2] = 5 return t[2] end))"
    text = """
        local out, t = {}, torch.Tensor{1, 2, 3}
        local function add(...) for k = 1, 2 do out[#out + 1] = tostring((select(k, ...))) end end
        WARM CHANGE ASK
        return table.concat(out, ' ')
    """.replace("CHANGE", change).replace("ASK", ask)
    warm = "for k = 1, 30 do t[1] = t[1] + 1 end"
    cold = "for k = 1, 30 do t:narrow(1, 1, 1):add(1) end"
    assert lua(text.replace("WARM", warm)) == lua(text.replace("WARM", cold))


def test_a_view_keeps_the_memory_it_shows(lua):
    (t,) = lua("local t = torch.Tensor(1000):fill(3) for k = 1, 30 do t[1] = 3 end return t")
    view = t.ħarray
    t.set()
    gc.collect()
    assert view[1] == 3 and view[1000] == 3


def test_a_replaced_reading_of_elements_is_asked_again(lua):
    (seen,) = lua("""
        local class = torch.class('torch.AskedTensor', 'torch.DoubleTensor')
        local t = torch.AskedTensor()
        t:resize(3)
        for k = 1, 30 do t[1] = 1 end
        local asked = 0
        function class:__index__(key)
            if type(key) == 'number' then asked = asked + 1 return 5, true end
            return nil, false
        end
        local sum = t[1] + t[2]
        return asked
    """)
    assert seen == 2


def test_rows_of_a_class_that_answers_for_keys_are_asked_for(lua):
    (seen,) = lua("""
        local class = torch.class('torch.RowsTensor', 'torch.DoubleTensor')
        local t = torch.RowsTensor()
        t:resize(3, 3) for k = 1, 3 do for j = 1, 3 do t[k][j] = 4 end end
        local asked = {}
        for k = 1, 30 do t[1][2] = t[1][2] + 1 end
        function class:__index__(key)
            if type(key) == 'number' then asked[#asked + 1] = key return {5, 6}, true end
            return nil, false
        end
        local sum = 0
        for k = 1, 3 do sum = sum + t[k][2] t[k][1] = k end
        return table.concat(asked, ' ') .. ' ' .. sum
    """)
    assert seen == "1 1 2 2 3 3 18"


@pytest.mark.parametrize(
    "warm, kind",
    [
        ("local v = t[1][2]", "grid"),
        ("t[1][2] = k", "grid"),
        ("local v = t[k % 2 + 1][1]", "grid"),
        ("local v = t[1]", "count"),
    ],
)
def test_matrices_that_are_asked_by_rows_get_grids(lua, warm, kind):
    (t,) = lua(f"local t = torch.FloatTensor(2, 2) for k = 1, 30 do {warm} end return t")
    assert type(t.ħarray).__name__.lower() == kind


def test_programs_in_python_read_and_write_through_the_views():
    t = torch.IntTensor([1, 2, 3])
    for _ in range(40):
        t[2] = t[2] + 1
    assert type(t.ħarray) is memoryview
    assert t[2] == 42
    t[2] = 2.9
    assert t[2] == 2
    t[2] = 2**32 + 7
    assert t[2] == 7
    with pytest.raises(IndexError):
        t[4]
