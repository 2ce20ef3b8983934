"""Methods of tensors replaced from Lua: wrappers that return several values, ignore self, or have none."""

from __future__ import annotations

import pytest

WRAPPED = """
    local put_back = {}
    local function replace(class, name, make)
       local mt = torch.getmetatable(class)
       local old = rawget(mt, name) or mt[name]
       put_back[#put_back + 1] = function() rawset(mt, name, old) end
       rawset(mt, name, make(old))
    end
    local function done(...)
       for i = #put_back, 1, -1 do put_back[i]() end
       return ...
    end
    local function several(old) return function(...) return old(...), 'second', 'third' end end
"""

CHUNKS = {
    "a static new gets no self": """
        local calls, selves = 0, 0
        replace('torch.DoubleTensor', 'new', function(old)
           return function(...)
              calls, selves = calls + 1, selves + (torch.isTensor((...)) and 1 or 0)
              return old(...)
           end
        end)
        local x = torch.ones(2, 3)
        local net = nn.Sequential():add(nn.Max(1)):add(nn.Tanh()):add(nn.Linear(3, 2))
        local y = net:forward(x)
        net:backward(x, y:clone())
        net:float(); net:double(); nn.CosineDistance():forward{x, x}; nn.Index(1)
        local by_engine, given = calls, selves
        return done(by_engine > 2 and given == 0 and y ~= x and x:sum() == 6 and x:dim() == 2
           and x.new(3):size(1) == 3 and x:new():isSetTo(x))""",
    "several results: the engine takes the first, Lua all": """
        for _, name in ipairs{'size', 'storage', 'stride', 'storageOffset', 'dim', 'nElement', 'new', 'clone',
           'contiguous', 'narrow', 'select', 'type'} do
           replace('torch.DoubleTensor', name, several)
           replace('torch.FloatTensor', name, several)
        end
        local x = torch.ones(2, 3)
        local net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Max(2)):add(nn.Tanh())
        local y = net:forward(x)
        net:backward(x, torch.ones(2))
        local p = net:getParameters()
        net:float():double()
        local joined = nn.JoinTable(1):forward{x, x}
        local copy = torch.deserialize((torch.serialize(net)))
        local parts = {(x:split(1)), (x:view(6)), (x:expandAs(x)), (x:repeatTensor(2, 2)), (net:clone())}
        local a, b, c = x:size(1)
        return done(a == 2 and b == 'second' and c == 'third' and p:nElement() == 8 and (joined:size(1)) == 4
           and #parts == 5 and torch.type(copy) == 'nn.Sequential')""",
    "the class shows the function itself": """
        local f
        replace('torch.DoubleTensor', 'size', function(old) f = function(...) return old(...) end; return f end)
        local mt = torch.getmetatable('torch.DoubleTensor')
        return done(rawget(mt, 'size') == f and mt.size == f and torch.DoubleTensor.size == f)""",
    "an error's level counts no frame of the engine": """
        replace('torch.DoubleTensor', 'dim', function() return function() error('mine', 2) end end)
        local ok, message = pcall(function() local n = torch.ones(1):dim() end)
        return done(not ok and message:match('^test:%d+: mine$') ~= nil)""",
    "a method that ignores self": """
        local fixed = torch.ones(4)
        replace('torch.DoubleTensor', 'clone', function() return function() return fixed end end)
        return done(torch.ones(2):clone() == fixed)""",
    "a left operand's own metatable comes first": """
        local before = debug.getmetatable(1)
        local function f() return 'number' end
        debug.setmetatable(1, {__sub = f, __add = f, __mul = f, __div = f, __mod = f, __concat = f, __lt = f, __le = f})
        local x = torch.ones(2)
        local ok = (x - 1)[1] == 0 and (x + 1)[1] == 2 and (x * 3)[1] == 3 and (x / 2)[1] == 0.5 and (x % 2)[1] == 1
           and 1 - x == 'number' and 2 * x == 'number' and not pcall(function() return x .. 1 end)
           and not pcall(function() return x - setmetatable({}, {__sub = f}) end) and 3 - 1 == 2
        debug.setmetatable(1, before)
        return done(ok)""",
}


@pytest.mark.parametrize("what", CHUNKS)
def test_replaced(lua, what):
    lua("require 'torch' require 'nn'")
    assert lua(WRAPPED + CHUNKS[what]) == (True,)
