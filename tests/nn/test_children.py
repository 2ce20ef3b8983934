"""What containers keep in `modules` after any history of adding and removing children, from Lua and by their methods."""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


def run(source):
    interpreter = Interpreter(MAIN)
    torch.luaopen(interpreter.globals)
    nn.luaopen(interpreter.globals)
    return interpreter.load(source, "=children")()


PRELUDE = r"""
local seed = SEED
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local function child() local c = nn.MulConstant(1) c.tag = random(1000000) return c end
local net, mine = nn.CLASS(), {}
local steps = {
  function() local c = child() net:add(c) mine[#mine + 1] = c end,
  function() local c = child() table.insert(net.modules, c) mine[#mine + 1] = c end,
  function() local c, i = child(), random(#mine + 1) table.insert(net.modules, i, c)
    for k = #mine, i, -1 do mine[k + 1] = mine[k] end mine[i] = c end,
  function() local c = child() net.modules[#net.modules + 1] = c mine[#mine + 1] = c end,
  function() net.modules[#net.modules] = nil mine[#mine] = nil end,
  function() table.remove(net.modules) mine[#mine] = nil end,
  function() if #mine > 0 then table.remove(net.modules, 1) for k = 1, #mine do mine[k] = mine[k + 1] end end end,
  function() for i = #net.modules, 1, -1 do net.modules[i] = nil end mine = {} end,
  function() if net.remove and #mine > 0 then net:remove() mine[#mine] = nil end end,
  function() if net.remove and #mine > 0 then net:remove(1) for k = 1, #mine do mine[k] = mine[k + 1] end end end,
  function() if net.insert then local c = child() net:insert(c, 1) for k = #mine, 1, -1 do mine[k + 1] = mine[k] end mine[1] = c end end,
  function() net = net:clone() for k = 1, #mine do mine[k] = net:get(k) end end,
}
for step = 1, COUNT do
  if #mine > 12 then steps[8]() end
  steps[random(#steps)]()
  local seen = 0
  net:applyToModules(function(m) seen = seen + 1 assert(rawequal(m, mine[seen]), step) end)
  assert(seen == #mine and net:size() == #mine and #net.modules == #mine, step)
  assert(net:get(#mine + 1) == nil and #net:listModules() == #mine + 1, step)
  for i, m in ipairs(net.modules) do assert(rawequal(m, mine[i]), step) end
end
return #mine
"""


@pytest.mark.parametrize("name", ["Sequential", "ParallelTable", "ConcatTable"])
def test_children_are_what_was_left(name):
    source = PRELUDE.replace("SEED", "7919").replace("COUNT", "400").replace("CLASS", name)
    assert run(source) >= 0


@pytest.mark.parametrize("key", ["{2, 3}", "{2, 3, 4}", "{2, 3, {1, 2}}", "{{1, 2}, 3}"])
def test_the_history_of_a_key_makes_no_difference(key):
    """A list that once was longer names the same part of a tensor."""
    source = f"""
    local t = torch.range(1, 60):resize(3, 4, 5)
    local plain, longer = {key}, {key}
    local n = #longer
    for i = 1, 4 do longer[n + i] = 1 end
    for i = 4, 1, -1 do longer[n + i] = nil end
    local a, b = t[plain], t[longer]
    return tostring(a) == tostring(b)"""
    assert run(source) is True
