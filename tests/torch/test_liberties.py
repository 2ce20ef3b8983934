"""The liberties that Torch libraries take with classes and metatables, in Lua: each chunk returns true when all holds."""

from __future__ import annotations

import pytest

CHUNKS = {
    "a method patched on a class, its old self kept": """
        nn.Linear.reset_legacy = nn.Linear.reset
        function nn.Linear:reset(stdv) self.wasreset = true; return self:reset_legacy(stdv) end
        local l = nn.Linear(2, 2); l.wasreset = nil; l:reset()
        nn.Linear.reset = nn.Linear.reset_legacy; nn.Linear.reset_legacy = nil
        return l.wasreset and nn.Linear(2, 2).wasreset == nil""",
    "a method added to a base reaches containers and layers": """
        function nn.Module:reuseMem() return 'reuse' end
        local ok = nn.Linear(1, 1):reuseMem() == 'reuse' and nn.Sequential():reuseMem() == 'reuse'
        nn.Module.reuseMem = nil
        return ok and nn.Linear(1, 1).reuseMem == nil""",
    "a method patched on one instance is what the container calls": """
        local l = nn.Linear(2, 2)
        local net = nn.Sequential():add(l)
        l.updateOutput = function(self, input) return 'patched' end
        local patched = net:forward(torch.ones(2))
        l.updateOutput = nil
        return patched == 'patched' and net:forward(torch.ones(2)):size(1) == 2""",
    "a method borrowed by another class": """
        nn.Tanh.accGradParameters = nn.Linear.accGradParameters
        local same = nn.Tanh.accGradParameters == nn.Linear.accGradParameters
        nn.Tanh.accGradParameters = nil
        return same and nn.Tanh.accGradParameters == nn.Module.accGradParameters""",
    "operators on Module, as nngraph adds them": """
        local l, before = nn.Linear(1, 1), nn.Module.__call__
        function nn.Module:__call__(...) return 'called', select('#', ...) end
        function nn.Module:__unm__() return 'unm' end
        function nn.Module:__sub__(o) return 'sub' end
        local a, n = l(1, nil, 3)
        local ok = a == 'called' and n == 3 and -l == 'unm' and l - nn.Tanh() == 'sub'
        nn.Module.__call__, nn.Module.__unm__, nn.Module.__sub__ = before, nil, nil
        return ok""",
    "luaT's metatable": """
        local l = nn.Linear(2, 2)
        local mt = getmetatable(l)
        return mt == torch.getmetatable('nn.Linear') and getmetatable(nn.Linear) == mt
           and mt.__typename == 'nn.Linear' and getmetatable(mt).__typename == 'nn.Module'
           and rawget(mt, '__typename') == 'nn.Linear' and rawget(mt, '__version') == 1
           and rawget(mt, 'forward') == nil and type(rawget(mt, 'updateOutput')) == 'function'
           and mt.__metatable == mt and mt.__constructor == nn.Linear
           and type(mt.__index) == 'function' and type(mt.__newindex) == 'function'
           and type(mt.__factory) == 'function' and type(mt.new) == 'function'
           and type(mt.__tostring) == 'function' and mt.__tostring(nn.Linear(1, 2)) == 'nn.Linear(1 -> 2)'
           and next(nn.Linear) == nil and rawget(nn.Linear, 'forward') == nil""",
    "a field kept in the class's metatable is read through instances": """
        local l = nn.Linear(2, 2)
        getmetatable(l).validated = 5
        local seen = l.validated == 5 and nn.Linear.validated == 5
        getmetatable(l).validated = nil
        return seen and l.validated == nil""",
    "the registry, and defining a class anew": """
        local reg = debug.getregistry()
        local first = torch.class('Redefined')
        local twice = pcall(torch.class, 'Redefined')
        local known = reg['Redefined'] == first and reg[first] == 'Redefined'
        reg['Redefined'] = nil
        local second = torch.class('Redefined')
        reg['Redefined'] = nil
        return known and not twice and second ~= first""",
    "a deep copy that sets the class by name (checkpoints)": """
        local function deepCopy(tbl)
           local copy = {}
           for k, v in pairs(tbl) do
              if type(v) == 'table' then copy[k] = deepCopy(v) else copy[k] = v end
           end
           if torch.typename(tbl) then torch.setmetatable(copy, torch.typename(tbl)) end
           return copy
        end
        local net = nn.Sequential():add(nn.Linear(2, 2))
        local copy = deepCopy(net)
        return torch.type(copy) == 'nn.Sequential' and type(copy) == 'table'
           and copy.modules[1] ~= net.modules[1] and copy.modules[1].weight == net.modules[1].weight
           and copy:forward(torch.ones(2)):size(1) == 2""",
    "setmetatable with an instance's metatable": """
        local l = nn.Linear(2, 2)
        local u = setmetatable({weight = 3}, getmetatable(l))
        return torch.type(u) == 'nn.Linear' and u.weight == 3 and u.forward == l.forward""",
    "a traversal that removes every field": """
        local m, n = nn.Linear(3, 2), 0
        for k, v in pairs(m) do m[k] = nil; n = n + 1 end
        return n > 3 and next(m) == nil and torch.type(m) == 'nn.Linear'""",
    "tensor metatables: methods by rawset, enumeration, operators replaced and put back": """
        local mt = torch.getmetatable('torch.FloatTensor')
        rawset(mt, 'twice', function(self, x) return x * 2 end)
        local count = 0
        for name, f in pairs(getmetatable(torch.FloatTensor)) do
           if type(f) == 'function' then count = count + 1 end
        end
        local add = rawget(mt, '__add')
        rawset(mt, '__add', function(a, b) return 'traced' end)
        local t = torch.FloatTensor(1):fill(1)
        local traced = t + t == 'traced' and 1 + t == 'traced'
        rawset(mt, '__add', add)
        return traced and (t + t)[1] == 2 and (1 + t)[1] == 2 and count > 150
           and torch.FloatTensor():twice(4) == 8 and torch.DoubleTensor().twice == nil""",
    "arithmetic of metatables is one function for all classes, which programs wrap": """
        local mt, T = torch.getmetatable('torch.DoubleTensor'), torch.DoubleTensor
        local same = T.__mul == mt.__mul and rawget(mt, '__mul') == mt.__mul and T{1}.__mul == mt.__mul
           and torch.FloatTensor.__mul == mt.__mul
        local old, seen = T.__mul, 0
        local node = setmetatable({}, {__mul = function() return 'node' end})
        local ok = true
        for _ = 1, 2 do
           rawset(mt, '__mul', function(a, b)
              seen = seen + 1
              return rawequal(b, node) and 'wrapped' or old(a, b)
           end)
           ok = ok and T{2} * node == 'wrapped' and T{2} * T{3} == 6 and (T{2} * 3)[1] == 6 and (3 * T{2})[1] == 6
           rawset(mt, '__mul', old)
        end
        return same and ok and seen == 8 and T{2} * T{3} == 6 and node * T{2} == 'node' and not pcall(old, 1, 2)
           and not pcall(function() return T{2} * node end)""",
    "methods of torch.Tensor belong to the default type": """
        function torch.Tensor:dimshuffle() return 'shuffled' end
        local ok = torch.Tensor():dimshuffle() == 'shuffled' and torch.FloatTensor().dimshuffle == nil
        torch.Tensor.dimshuffle = nil
        return ok""",
    "classes as values": """
        return type(torch.Tensor) == 'table' and torch.type(torch.Tensor) == 'table'
           and torch.Tensor(1).__typename == 'torch.DoubleTensor' and nn.Linear.__typename == 'nn.Linear'
           and torch.typename(nn.Linear) == nil and torch.isTypeOf(nn.Linear, 'nn.Module')
           and torch.isTypeOf(nn.Linear(1, 1), 'nn%..*') and not torch.isTypeOf(nn.Linear(1, 1), 'Linear')""",
    "integer keys and # on instances": """
        local DataSet = torch.class('TestDataSet')
        function DataSet:__init() self[1] = 'a'; table.insert(self, 'b') end
        local d = TestDataSet()
        debug.getregistry()['TestDataSet'] = nil
        return #d == 2 and d[2] == 'b' and d.size == nil""",
    "modules and classes as keys; identity": """
        local l, t = nn.Linear(1, 1), {}
        t[l], t[nn.Linear], t[torch.Tensor] = 1, 2, 3
        return t[l] == 1 and t[nn.Linear] == 2 and t[torch.Tensor] == 3 and t[nn.Linear(1, 1)] == nil
           and l == l and l ~= nn.Linear(1, 1) and l ~= nil and not ({} == l)""",
    "methods added to userdata through an instance": """
        local mt = getmetatable(torch.Timer())
        mt.mine = function(self) return 'mine' end
        local ok = torch.Timer():mine() == 'mine'
        mt.mine = nil
        return ok and torch.Timer().mine == nil""",
    "the index protocol with rawget inside": """
        local Sparse = torch.class('TestSparse')
        function Sparse.__index__(self, key)
           if type(key) == 'number' then return rawget(self, key) or 0, true end
           return false
        end
        function Sparse:__newindex__(key, value)
           if key == 'forbidden' then error('no such field') end
           return false
        end
        local s = TestSparse()
        s[3] = 'three'; s.name = 'sparse'
        local refused = not pcall(function() s.forbidden = 1 end)
        debug.getregistry()['TestSparse'] = nil
        return s[3] == 'three' and s[7] == 0 and s.name == 'sparse' and s.nothing == nil and refused""",
    "constructors by new, factories, and torch.Tensor.new": """
        local t = torch.FloatTensor(2)
        return t.new(3):size(1) == 3 and torch.type(t.new()) == 'torch.FloatTensor'
           and torch.type(torch.factory('nn.Linear')()) == 'nn.Linear'
           and t:new():isSetTo(t) and torch.type(nn.Linear.new(1, 2)) == 'nn.Linear'""",
    "operators called by their names": """
        local t = torch.Tensor{1, 2}
        return t:__add__(t)[2] == 4 and t:__len__()[1] == 2 and t:__unm__()[1] == -1
           and t:__tostring__() == tostring(t) and type(t.__index__) == 'function'
           and t:__index__(2) == 2 and select(2, t:__index__('x')) == nil""",
}  # fmt: skip


@pytest.mark.parametrize("what", CHUNKS)
def test_liberty(lua, what):
    lua("require 'torch' require 'nn'")
    assert lua(CHUNKS[what]) == (True,)
