"""`t[{i, {a, b}, {}}]`, which compiled code reads without making the tables: it gives and stores
what `t[key]` does with the table itself, or fails with the same words."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from th7shell.session.environment import Environment

SETUP = """
require 'torch'
function told(ok, v)
   if not ok then return 'error: ' .. tostring(v) end
   if not torch.isTensor(v) then return torch.type(v) .. ' ' .. tostring(v) end
   return table.concat({torch.type(v), table.concat(v:size():totable(), 'x'), v:storageOffset(),
      table.concat(v:stride():totable(), ' '), tostring(torch.pointer(v:storage()) == memory)}, ' ')
end
function failed(ok, e) return ok and 'stored' or tostring(e) end
function shown(t)
   memory = t:nDimension() > 0 and torch.pointer(t:storage())
   return t
end
made = {
   function(kind) return torch[kind](5):fill(0) end,
   function(kind) return torch[kind](3, 4):fill(0) end,
   function(kind) return torch[kind](2, 3, 4):fill(0) end,
   function(kind) return torch[kind](2, 3, 2, 3):fill(0) end,
   function(kind) return torch[kind](4, 3):fill(0):t() end,
   function(kind) return torch[kind](3, 5):fill(0):narrow(2, 2, 3) end,
   function(kind) return torch[kind](3, 2, 4):fill(0):select(2, 2) end,
   function(kind) return torch[kind](3, 1):fill(0):expand(3, 4) end,
   function(kind) return torch[kind]() end,
   function(kind) local t = torch[kind](3, 4) t:storage():resize(2) return t end,
   function(kind) return torch[kind](6):fill(0):set() end,
}
values = {7, 2.5, -1, '3', 'x', true, {1}, torch.ones(4), torch.ones(2, 4):float(), torch.ones(12)}
"""
READ = """
local t = shown(made[{made}]('{kind}'))
local r, s = {{1, 2}}, '2'
local function direct() return told(pcall(function() return t[{key}] end)) end
local key = {key}
local function by_table() return told(pcall(function() return t[key] end)) end
for _ = 1, {times} do direct() by_table() end
return direct(), by_table()
"""
WRITE = """
local r, s = {{1, 2}}, '2'
local value = values[{value}]
local t, u = made[{made}]('{kind}'), made[{made}]('{kind}')
local key = {key}
local function direct() return failed(pcall(function() t[{key}] = value end)) end
local function by_table() return failed(pcall(function() u[key] = value end)) end
local first, second
for _ = 1, {times} do first, second = direct(), by_table() end
local function all(t)
   local fine, text = pcall(function() return table.concat(t:contiguous():storage():totable(), ' ') end)
   return tostring(text)
end
return first .. ' ' .. all(t), second .. ' ' .. all(u)
"""
NUMBERS = ["1", "2", "3", "4", "-1", "-2", "-4", "0", "5", "-6", "1.5", "'2'", "s", "1e9"]
OTHERS = ["nil", "true", "'x'", "r", "{1, 2, 3}", "{{}}", "{x = 1}", "{{1}, 2}"]
number = st.sampled_from(NUMBERS)
usual = st.sampled_from(["1", "2", "3", "-1"])
end = st.one_of(usual, number, st.sampled_from(["nil", "false", "r"]))
members = st.one_of(
    usual,
    st.just("{}"),
    st.tuples(usual, usual).map(lambda ends: "{" + ", ".join(sorted(ends)) + "}"),
    st.lists(end, max_size=2).map(lambda ends: "{" + ", ".join(ends) + "}"),
    number,
    st.sampled_from(OTHERS),
)
keys = st.lists(members, min_size=1, max_size=5).map(lambda parts: "{" + ", ".join(parts) + "}")
tensors = st.integers(1, 11)
kinds = st.sampled_from(["DoubleTensor", "ByteTensor", "LongTensor", "HalfTensor"])


@pytest.fixture(scope="module")
def run():
    environment = Environment()
    environment.load(SETUP, "=setup")()
    with environment.interpreter:
        yield lambda text: environment.load(text, "=written")()


@settings(max_examples=400)
@example("{{1, 2}, {}}", 2, "DoubleTensor", 1)
@example("{{}, {2, -1}}", 5, "DoubleTensor", 1)
@example("{{2}, 3}", 2, "LongTensor", 1)
@example("{{1, 2}, 9}", 2, "DoubleTensor", 1)
@example("{{2, 1}, 1}", 2, "DoubleTensor", 1)
@example("{2, 3}", 2, "DoubleTensor", 20)
@example("{2, -3, 1}", 3, "DoubleTensor", 20)
@example("{{}}", 9, "DoubleTensor", 1)
@example("{{}}", 10, "DoubleTensor", 1)
@example("{true, {1, true}}", 2, "DoubleTensor", 1)
@given(keys, tensors, kinds, st.sampled_from([1, 20]))
def test_written_keys_read_as_tables_do(run, key, made, kind, times):
    direct, by_table = run(READ.format(key=key, made=made, kind=kind, times=times))
    assert direct == by_table, key


@settings(max_examples=400)
@example("{{1, 2}, {}}", 2, "DoubleTensor", 1, 1)
@example("{{1, 2}, {}}", 2, "DoubleTensor", 9, 1)
@example("{{}, {2, -1}}", 5, "ByteTensor", 2, 1)
@example("{{}, {2, -1}}", 5, "DoubleTensor", 10, 1)
@example("{1, {}}", 2, "DoubleTensor", 8, 1)
@example("{2, 3}", 2, "LongTensor", 2, 20)
@example("{2, 3}", 2, "DoubleTensor", 8, 20)
@example("{{}}", 9, "DoubleTensor", 1, 1)
@example("{{}}", 10, "DoubleTensor", 1, 1)
@given(keys, tensors, kinds, st.integers(1, 11), st.sampled_from([1, 20]))
def test_written_keys_store_as_tables_do(run, key, made, kind, value, times):
    text = WRITE.format(key=key, made=made, kind=kind, value=value, times=times)
    direct, by_table = run(text)
    assert direct == by_table, (key, value)


def test_forms_meet_both_roads(run):
    """The comparison has views, numbers and errors in it."""
    seen = [run(READ.format(key=k, made=2, kind="DoubleTensor", times=1)) for k in EXPECTED]
    assert [direct for direct, _ in seen] == list(EXPECTED.values())


EXPECTED = {
    "{{1, 2}, {}}": "torch.DoubleTensor 2x4 1 4 1 true",
    "{{}, {2, -2}}": "torch.DoubleTensor 3x2 2 4 1 true",
    "{{}, -1}": "torch.DoubleTensor 3 4 4 true",
    "{2, {3}}": "torch.DoubleTensor 1 7 1 true",
    "{2, 3}": "number 0",
    "{{2, 1}, 3}": "error: bad argument #2 to '?' "
    "(end index must be greater or equal to start index)",
    "{{1, 4}, 3}": "error: bad argument #2 to '?' (end index out of bound)",
    "{{0}, {}}": "error: bad argument #2 to '?' (start index out of bound)",
    "{{}, 5}": "error: bad argument #2 to '?' (index out of bound)",
    "{{}, {}, {}}": "error: bad argument #2 to '?' (too many indices provided)",
}

REPLACED = """
local Own, parent = torch.class('torch.WrittenKeys', 'torch.DoubleTensor')
local asked = {}
function Own:__index__(key)
   if type(key) == 'string' then return false end
   asked[#asked + 1] = torch.type(key) .. #key
   return 7, true
end
function Own:__newindex__(key, v)
   if type(key) == 'string' then return false end
   asked[#asked + 1] = torch.type(key) .. #key
   return true
end
local t = torch.factory('torch.WrittenKeys')()
local v = t[{{1, 2}, {}}]
t[{{1}, {}}] = 3
return tostring(v) .. ' ' .. table.concat(asked, ' ')
"""


def test_a_class_with_an_index_of_its_own_gets_tables(run):
    assert run(REPLACED) == "7 table2 table2"


def test_a_range_may_have_its_end_alone(run):
    """Wherever the table keeps it."""
    ends = "(function() local r = {} r[2] = 3 return r end)()"
    for key in (f"{{{ends}}}", "{{nil, 3}}", "{{1, 3}}"):
        assert run(f"return torch.range(1, 6)[{key}]:sum()") == 6, key
