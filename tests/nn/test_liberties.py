"""What Lua programs do with layers as tables and classes: each case is a chunk whose asserts
must hold.
"""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN

CASES = {
    "subclass of a built-in layer calls its parent": """
        local Scaled, parent = torch.class('liberties.Scaled', 'nn.Linear')
        function Scaled:__init(i, o, s) parent.__init(self, i, o) self.scale = s end
        function Scaled:updateOutput(x) parent.updateOutput(self, x) self.output:mul(self.scale) return self.output end
        function Scaled:updateGradInput(x, g) return parent.updateGradInput(self, x, g):mul(self.scale) end
        local l = liberties.Scaled(3, 2, 10)
        local plain = nn.Linear(3, 2)
        plain.weight:copy(l.weight) plain.bias:copy(l.bias)
        local x = torch.rand(3)
        assert((l:forward(x) - plain:forward(x) * 10):abs():max() < 1e-12)
        assert(torch.type(l) == 'liberties.Scaled' and torch.isTypeOf(l, 'nn.Linear'))
        assert(tostring(l) == 'liberties.Scaled(3 -> 2)')
        assert(nn.Jacobian.testJacobian(l, torch.rand(3)) < 1e-6)
        local c = l:clone()
        assert(torch.type(c) == 'liberties.Scaled' and c.scale == 10 and c:forward(x):equal(l:forward(x)))
    """,
    "layer of the user's own in a container": """
        local Doubler = torch.class('liberties.Doubler', 'nn.Module')
        function Doubler:updateOutput(x) self.output:resizeAs(x):copy(x):mul(2) return self.output end
        function Doubler:updateGradInput(x, g) self.gradInput:resizeAs(g):copy(g):mul(2) return self.gradInput end
        local net = nn.Sequential():add(nn.Tanh()):add(liberties.Doubler()):add(nn.Linear(4, 2))
        assert(nn.Jacobian.testJacobian(net, torch.rand(3, 4)) < 1e-6)
        assert(tostring(net:get(2)) == 'liberties.Doubler')
        assert(torch.deserialize(torch.serialize(net)):forward(torch.ones(1, 4)):equal(net:forward(torch.ones(1, 4))))
    """,
    "a method patched on a class reaches existing instances inside containers": """
        local net = nn.Sequential():add(nn.Tanh()):add(nn.Sigmoid())
        local old, calls = nn.Tanh.updateOutput, 0
        nn.Tanh.updateOutput = function(self, x) calls = calls + 1 return old(self, x) end
        net:forward(torch.rand(2))
        nn.ConcatTable():add(net:get(1)):forward(torch.rand(2))
        nn.Tanh.updateOutput = old
        assert(calls == 2, calls)
        net:forward(torch.rand(2))
        assert(calls == 2, calls)
    """,
    "a method patched on one instance is used by its container, and removed again": """
        local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh())
        local first, seen = net:get(1), nil
        first.updateOutput = function(self, x) seen = self self.output = x * 3 return self.output end
        assert(net:forward(torch.ones(2)):equal(torch.tanh(torch.ones(2) * 3)))
        assert(seen == first)
        first.updateGradInput = function(self, x, g) return end
        first.accGradParameters = function() end
        net:backward(torch.ones(2), torch.ones(2))
        first.updateOutput = nil
        first.updateGradInput = nil
        first.accGradParameters = nil
        assert(net:forward(torch.ones(2)):equal(torch.tanh(first.weight * torch.ones(2) + first.bias)))
    """,
    "forward and backward patched on the net itself": """
        local net, log = nn.Sequential():add(nn.Linear(2, 2)), {}
        local forward, backward = net.forward, net.backward
        net.forward = function(self, x) table.insert(log, 'f') return forward(self, x) end
        net.backward = function(self, x, g, s) table.insert(log, 'b') return backward(self, x, g, s) end
        net:forward(torch.ones(2)) net:backward(torch.ones(2), torch.ones(2))
        assert(table.concat(log) == 'fb')
        local outer = nn.Sequential():add(nn.Identity()):add(net)
        outer:forward(torch.ones(2)) outer:backward(torch.ones(2), torch.ones(2))
        assert(table.concat(log) == 'fbb', table.concat(log))
    """,
    "methods added to nn.Module belong to all": """
        function nn.Module:countParameters()
           local n = 0
           for _, p in ipairs((self:parameters()) or {}) do n = n + p:nElement() end
           return n
        end
        assert(nn.Linear(3, 2):countParameters() == 8)
        assert(nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh()):countParameters() == 8)
        nn.Module.countParameters = nil
        assert(nn.Tanh().countParameters == nil)
    """,
    "replaced methods of nn.Module keep the old one callable": """
        local old = nn.Module.zeroGradParameters
        local count = 0
        function nn.Module:zeroGradParameters() count = count + 1 return old(self) end
        local l = nn.Linear(2, 2)
        l.gradWeight:fill(1)
        nn.Sequential():add(l):zeroGradParameters()
        nn.Module.zeroGradParameters = old
        assert(count == 1 and l.gradWeight:sum() == 0)
    """,
    "pairs over a module gives its fields": """
        local l, fields = nn.Linear(3, 2), {}
        for k, v in pairs(l) do fields[k] = torch.type(v) end
        for _, k in ipairs{'weight', 'bias', 'gradWeight', 'gradBias', 'output', 'gradInput'} do
           assert(fields[k] == 'torch.DoubleTensor', k)
        end
        assert(fields._type == 'string')
        local n = 0
        for _ in pairs(fields) do n = n + 1 end
        assert(n == 7, n)
        l:noBias()
        for k in pairs(l) do assert(k ~= 'bias' and k ~= 'gradBias') end
        assert(rawget(l, 'weight') == l.weight and rawget(l, 'forward') == nil and type(l) == 'table')
        assert(next(l) ~= nil)
    """,
    "fields are removed while pairs goes on": """
        local l, kept = nn.Linear(2, 2), {}
        l:forward(torch.ones(2))
        for k, v in pairs(l) do kept[k], l[k] = v, nil end
        assert(next(l) == nil and kept.weight)
        for k, v in pairs(kept) do l[k] = v end
        assert(l:forward(torch.ones(2)):nElement() == 2)
    """,
    "surgery on the list of modules": """
        local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh())
        table.insert(net.modules, nn.Abs())
        assert(#net.modules == 3 and net:size() == 3 and #net == 3)
        net.modules[2] = nn.Sigmoid()
        assert(torch.type(net:get(2)) == 'nn.Sigmoid')
        table.remove(net.modules, 1)
        local x = torch.Tensor{-1, 1}
        assert((net:forward(x) - torch.sigmoid(x)):abs():max() < 1e-12)
        net.modules = {nn.Tanh()}
        assert(net:forward(x):equal(torch.tanh(x)))
        for i, m in ipairs(net.modules) do assert(i == 1 and torch.type(m) == 'nn.Tanh') end
    """,
    "modules as keys of tables": """
        local a, b, seen = nn.Tanh(), nn.Tanh(), {}
        seen[a] = 'a'
        assert(seen[a] == 'a' and seen[b] == nil and a ~= b)
        seen[b] = 'b' seen[a] = nil
        assert(seen[a] == nil and seen[b] == 'b')
    """,
    "a plain table becomes a layer in place": """
        local l = nn.Linear(3, 2)
        local t = {}
        for k, v in pairs(l) do t[k] = v end
        assert(torch.type(t) == 'table')
        torch.setmetatable(t, 'nn.Linear')
        assert(torch.type(t) == 'nn.Linear' and tostring(t) == 'nn.Linear(3 -> 2)')
        local x = torch.rand(3)
        assert(t:forward(x):equal(l:forward(x)))
        assert(nn.Sequential():add(t):forward(x):equal(l:forward(x)))
        assert(torch.type(t:clone()) == 'nn.Linear')
    """,
    "a deep copy as programs write it": """
        local function copied(t)
           if type(t) ~= 'table' then return torch.isTensor(t) and t:clone() or t end
           local c = {}
           for k, v in pairs(t) do c[copied(k)] = copied(v) end
           if torch.typename(t) then torch.setmetatable(c, torch.typename(t)) end
           return c
        end
        local net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.ReLU())
        local c = copied(net)
        assert(tostring(c) == tostring(net) and c:forward(torch.ones(2)):equal(net:forward(torch.ones(2))))
        c:get(1).weight:zero()
        assert(net:get(1).weight:abs():sum() > 0)
    """,
    "classes are looked at through metatables": """
        local l = nn.Linear(2, 2)
        assert(getmetatable(l).__typename == 'nn.Linear' and nn.Linear.__typename == 'nn.Linear')
        assert(getmetatable(getmetatable(l)).__typename == 'nn.Module')
        assert(torch.getmetatable('nn.Linear') == getmetatable(l))
        assert(l.__typename == 'nn.Linear' and type(nn.Linear) == 'table')
        local made = torch.factory('nn.Linear')()
        assert(torch.type(made) == 'nn.Linear' and made.weight == nil)
    """,
    "a method is borrowed by another class": """
        local Copycat = torch.class('liberties.Copycat', 'nn.Module')
        Copycat.updateOutput = nn.Tanh.updateOutput
        Copycat.__tostring__ = function() return 'Copycat' end
        local x = torch.rand(3)
        assert(liberties.Copycat():forward(x):equal(torch.tanh(x)))
        assert(tostring(liberties.Copycat()) == 'Copycat')
    """,
    "apply, replace, findModules and listModules": """
        local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.ConcatTable():add(nn.ReLU()):add(nn.Linear(2, 3)))
        local types = {}
        net:apply(function(m) table.insert(types, torch.type(m)) end)
        assert(table.concat(types, ' ') == 'nn.Sequential nn.Linear nn.ConcatTable nn.ReLU nn.Linear')
        net:replace(function(m) return torch.type(m) == 'nn.ReLU' and nn.Tanh() or m end)
        assert(torch.type(net:get(2):get(1)) == 'nn.Tanh')
        local found, around = net:findModules('nn.Linear')
        assert(#found == 2 and around[1] == net and around[2] == net:get(2))
        assert(#net:listModules() == 5)
    """,
    "calling a module": """
        local l = nn.Linear(2, 2)
        local out = l(torch.ones(2))
        assert(out == l.output)
        local o, g = l(torch.ones(2), torch.ones(2))
        assert(o == l.output and g == l.gradInput)
        local loss, grad = nn.MSECriterion()(torch.ones(2), torch.zeros(2))
        assert(loss == 1 and grad:sum() == 2)
    """,
    "cloning with shared names, as a net unrolled in time": """
        local cell = nn.Sequential():add(nn.Linear(3, 3)):add(nn.Tanh())
        local steps = {cell}
        for t = 2, 3 do steps[t] = cell:clone('weight', 'bias', 'gradWeight', 'gradBias') end
        cell:zeroGradParameters()
        local x, inputs = torch.rand(3), {}
        for t = 1, 3 do inputs[t] = x x = steps[t]:forward(x) end
        local g = torch.ones(3)
        for t = 3, 1, -1 do g = steps[t]:backward(inputs[t], g) end
        assert(steps[3]:get(1).weight:storage() == cell:get(1).weight:storage())
        assert(steps[2]:get(1).output:storage() ~= cell:get(1).output:storage())
        cell:get(1).weight:fill(0.5)
        assert(steps[3]:get(1).weight:sum() == 4.5)
    """,
    "a clone copies closures in fields": """
        local l = nn.Tanh()
        local count = 0
        l.hook = function() count = count + 1 return count end
        local c = l:clone()
        assert(l.hook() == 1 and c.hook() == 1 and l.hook() == 2 and c.hook() == 2)
    """,
    "__typename and write of a class of the user's own": """
        local Slim, parent = torch.class('liberties.Slim', 'nn.Linear')
        function Slim:write(file) file:writeObject{w = self.weight, b = self.bias} end
        function Slim:read(file)
           local t = file:readObject()
           parent.__init(self, t.w:size(2), t.w:size(1))
           self.weight:copy(t.w) self.bias:copy(t.b)
        end
        local l = liberties.Slim(3, 2)
        local x = torch.rand(3)
        assert(l:clone():forward(x):equal(l:forward(x)))
        assert(torch.deserialize(torch.serialize(nn.Sequential():add(l))):forward(x):equal(l:forward(x)))
    """,
    "errors come through pcall with their chain of places": """
        local Broken = torch.class('liberties.Broken', 'nn.Module')
        function Broken:updateOutput(x) error('broken on purpose') end
        local net = nn.Sequential():add(nn.Tanh()):add(nn.Concat(1):add(nn.Identity()):add(liberties.Broken()))
        local ok, message = pcall(function() net:forward(torch.ones(2)) end)
        assert(not ok and message:find('In 2 module of nn.Sequential:\\nIn 2 module of nn.Concat:\\n', 1, true), message)
        assert(message:find('test:2: broken on purpose', 1, true), message)
        assert(message:find('stack traceback:', 1, true))
        local _, again = message:gsub('WARNING', '')
        assert(again == 1)
        local thrown = {code = 7}
        liberties.Broken.updateOutput = function() error(thrown) end
        ok, message = pcall(function() net:forward(torch.ones(2)) end)
        assert(message == thrown)
    """,
    "a coroutine yields through containers": """
        local Waiting = torch.class('liberties.Waiting', 'nn.Module')
        function Waiting:updateOutput(x) self.output = coroutine.yield(x) return self.output end
        local net = nn.Sequential():add(nn.Identity()):add(liberties.Waiting()):add(nn.MulConstant(2))
        local co = coroutine.wrap(function() return net:forward(torch.ones(2)) end)
        assert(co():sum() == 2)
        assert(co(torch.ones(3)):sum() == 6)
    """,
}


@pytest.fixture(scope="module")
def interpreter():
    made = Interpreter(MAIN)
    torch.luaopen(made.globals)
    nn.luaopen(made.globals)
    made.load("liberties = {}", "=test")()
    return made


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_liberty(interpreter, text):
    interpreter.load(text.lstrip("\n"), "=test")()


@pytest.mark.parametrize(
    "call",
    [
        "forward(x)",
        "backward(x, x)",
        "summary{3}",
        "getParameters()",
        "float()",
        "clone('weight')",
        "apply(print)",
        "__tostring__()",
    ],
)
def test_a_net_that_contains_itself_is_an_error(interpreter, call):
    chunk = f"""
        local net, x = nn.Sequential(), torch.ones(3)
        net:add(nn.Identity()):add(net)
        local print = function() end
        local ok, message = pcall(function() return net:{call} end)
        assert(not ok and #message < 200, message:sub(1, 500))
        assert(message:find('stack overflow') or message:find('contains itself'), message)
    """
    interpreter.load(chunk, "=test")()
