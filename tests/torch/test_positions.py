"""Which error messages begin with a position: those of the original's Lua files do, and those of its
C functions that Lua called; what ran below a metamethod or a constructor, C called by C, does not."""

from __future__ import annotations

import pytest

PREPARE = """local x, m, b, s, h = torch.ones(3), torch.ones(2, 3), torch.ones(3):byte(), torch.LongStorage{1, 2},
   torch.HalfTensor(3); """

BELOW_METAMETHODS = """
x[4] | x[0] | x[{4}] | x[{{4, 5}}] | x[{{2, 1}}] | x[{1, 1}] | m[3] | m[{3, 1}] | m[{1, 2, 3}] | m[{{1, 2}, {3, 9}}]
x[torch.LongStorage{4}] | x[torch.LongStorage{1, 1}] | torch.Tensor()[1] | torch.Tensor()[torch.LongStorage{}]
x[torch.ones(2):byte()] | x[b * 2] | s[3] | s[0] | h[b] | torch.Tensor(-1, 'a') | torch.Tensor({'a'})
torch.DiskFile('/none/x') | torch.LongStorage('/none/x') | torch.MemoryFile(5) | x + m | x + {} | x * torch.ones(2)
x[4] = 1 | x[0] = 1 | x[{4}] = 1 | x[{{4, 5}}] = 1 | x[{1, 1}] = 1 | m[3] = 1 | m[{3, 1}] = 1 | m[{1, 2, 3}] = 1
x[1] = torch.Tensor{5, 6} | x[1] = {} | x[1] = nil | x[1] = 'a' | x[{1}] = nil | x[{1}] = torch.ones(1)
m[1] = torch.ones(2) | m[{1}] = torch.ones(2) | m[{1, 2}] = torch.ones(2) | m[{{1, 2}, {3, 9}}] = 0 | m[{{2, 1}}] = 1
x[{}] = torch.ones(2) | x[{}] = 'a' | x[torch.LongStorage{4}] = 1 | x[torch.LongStorage{1}] = 'a'
x[torch.LongStorage{1}] = {} | x[b] = {} | x[b] = torch.ones(2) | x[b * 3] = 1 | x[torch.ones(2):byte()] = 1
torch.Tensor()[1] = 1 | s[3] = 1 | s[0] = 1 | s[1] = 'a' | s[1] = nil | s[1] = {} | h[b] = 1
"""

CALLED_BY_LUA = """
x.foo = 1 | x[true] = 1 | x[print] = 1 | x[torch.ones(3)] = 1 | s.foo = 1 | s[true] = 1
x:narrow(1, 4, 1) | x:select(1, 4) | x:size(2) | x:resize('a') | x:copy(m) | x:add({}) | s:resize('a') | s:copy({})
torch.getmetatable() | torch.manualSeed(gen) | x:index(1, torch.LongTensor{9}) | x.dim() | x:set('a', 1)
"""

LUA_FILES = """
torch.save, f, x, 'b64' | torch.save, f, x, 'binary', 1 | torch.load, f, 'b8' | torch.serialize, x, 'b64'
torch.setdefaulttensortype, 5 | torch.setdefaulttensortype, 'x' | torch.class | torch.class, 5 | torch.isTypeOf
torch.view | torch.view, x, 7 | torch.expand, x, 7 | torch.permute, x, 9 | torch.repeatTensor, x | torch.totable
x.type, x, 'nope' | x.apply, x | x.view, x, -1, -1 | tester.add, tester, 5 | tester.add, tester, {{1}}
tester.assertTensorEq, tester, 5, 5 | tester.eq, tester, 1, 2, {} | tester.disable, tester, 'nope'
tester.disable, tester, 5 | tester.run, tester, 'nope' | tester.run, tester, 5 | tester.assertTableEq, tester, 5, 5
torch.CmdLine().option, torch.CmdLine(), '-x' | torch.CmdLine().text, torch.CmdLine(), 5
xlua.unpack | xlua.Profiler().lap, xlua.Profiler(), 'x'
"""


def split(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|")]


def message(lua, call: str) -> str:
    call = call if " = " in call else f"local r = {call}"
    ok, text = lua(f"{PREPARE} return pcall(function() {call} end)")
    assert ok is False, f"{call} does not fail"
    return text


@pytest.mark.parametrize("call", split(BELOW_METAMETHODS))
def test_none_below_metamethods_and_constructors(lua, call):
    assert ".lua:" not in message(lua, call) and not message(lua, call).startswith("test:")


@pytest.mark.parametrize("call", split(CALLED_BY_LUA))
def test_the_callers_of_c_functions(lua, call):
    assert message(lua, call).startswith("test:2: ")


@pytest.mark.parametrize("call", split(LUA_FILES))
def test_that_of_the_file_where_lua_raised_it(lua, call):
    lua("require 'xlua'")
    ok, text = lua(
        f"{PREPARE} local f, tester = os.tmpname(), torch.Tester(); return pcall({call})"
    )
    file, line, rest = text.split(":", 2)
    assert ok is False and "/" in file and line.isdigit() and rest.startswith(" ")
