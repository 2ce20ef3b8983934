"""How many Python functions a path calls, once warm: a path that became slow shows here, without a
clock. A count may fall; what raises one is to be known."""

from __future__ import annotations

import sys

import pytest

from th7shell import torch
from th7shell.session.environment import Environment

SETUP = """
require 'nn' require 'optim' require 'nngraph'
t, u, m = torch.randn(10), torch.randn(10), torch.randn(4, 4)
l, s, b = torch.LongTensor{1, 2, 3}, torch.DoubleStorage(5), torch.randn(8, 10)
words, list = {a = 1, b = 2}, {3, 1, 2}
linear, tanh, id = nn.Linear(10, 4), nn.Tanh(), nn.Identity()
net = nn.Sequential():add(nn.Linear(10, 4)):add(nn.Tanh()):add(nn.Linear(4, 2))
conv, image = nn.SpatialConvolution(1, 2, 3, 3), torch.randn(1, 8, 8)
pool, soft = nn.SpatialMaxPooling(2, 2), nn.LogSoftMax()
both = nn.ConcatTable():add(nn.Identity()):add(nn.Tanh())
mse, nll = nn.MSECriterion(), nn.ClassNLLCriterion()
out, y, g = torch.randn(10), torch.randn(10), torch.randn(8, 2)
x, dx = torch.randn(100), torch.randn(100)
function fx() return 1, dx end
state = {learningRate = 0.1}
adam, rmsprop = {}, {}
lenet = nn.Sequential()
   :add(nn.SpatialConvolution(1, 6, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
   :add(nn.SpatialConvolution(6, 16, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
   :add(nn.View(16 * 5 * 5)):add(nn.Linear(16 * 5 * 5, 120)):add(nn.ReLU())
   :add(nn.Linear(120, 84)):add(nn.ReLU()):add(nn.Linear(84, 10)):add(nn.LogSoftMax())
digit = torch.randn(1, 32, 32)
function step(model, input, loss, target)
   model:zeroGradParameters()
   local out = model:forward(input)
   loss:forward(out, target)
   model:backward(input, loss:backward(out, target))
   model:updateParameters(0.001)
end
trained = nn.Sequential():add(nn.Linear(10, 4)):add(nn.Tanh()):add(nn.Linear(4, 2))
flat, slope = trained:getParameters()
function closure()
   slope:zero()
   local out = trained:forward(b)
   local f = mse:forward(out, g)
   trained:backward(b, mse:backward(out, g))
   return f, slope
end
function lstm(size)
   local x, c, h = nn.Identity()(), nn.Identity()(), nn.Identity()()
   local sums = nn.CAddTable()({nn.Linear(size, 4 * size)(x), nn.Linear(size, 4 * size)(h)})
   local n1, n2, n3, n4 = nn.SplitTable(2)(nn.Reshape(4, size)(sums)):split(4)
   local kept = nn.CMulTable()({nn.Sigmoid()(n2), c})
   local next_c = nn.CAddTable()({kept, nn.CMulTable()({nn.Sigmoid()(n1), nn.Tanh()(n4)})})
   local next_h = nn.CMulTable()({nn.Sigmoid()(n3), nn.Tanh()(next_c)})
   return nn.gModule({x, c, h}, {next_c, next_h})
end
cell, cells = lstm(4), {torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4)}
local node = nn.Identity()()
graph = nn.gModule({node}, {nn.CAddTable()({nn.Tanh()(node), nn.Sigmoid()(node)})})
p = setmetatable({}, {__index = function(_, k) return k end})
ffi = require 'ffi'
doubles, bytes, record = t:data(), ffi.new('uint8_t[4]'), ffi.new('struct { int a; double b; }')
longs = l:data()
cube, rows = torch.randn(2, 3, 4), {{1}, {2}}
"""

COUNTS = {  # a statement of Lua → Python functions called
    "local v = t[3]": 0,
    "local v = l[2]": 1,
    "t[3] = 5": 0,
    "local v = m[{2, 3}]": 1,
    "m[{2, 3}] = 5": 1,
    "local v = m[2][3]": 1,
    "m[2][3] = 5": 1,
    "m[2][3] = m[2][3] + 1": 2,
    "local v = cube[2][3][1]": 2,
    "local v = list[1]": 0,
    "local v = rows[2][1]": 0,
    "rows[2][1] = 5": 0,
    "local v = m[2]": 1,
    "local v = m[{{1, 2}, {}}]": 4,
    "local v = m[{2, {}}]": 4,
    "local v = m[{{}, 2}]": 5,
    "local v = cube[{{}, 2}]": 5,
    "local v = cube[{{}, 2, {1, 3}}]": 6,
    "m[{{1, 2}, {}}] = 1": 7,
    "local v = m:size()": 2,
    "local v = torch.isTensor(m)": 1,
    "local v = s[2]": 0,
    "s[2] = 4": 0,
    "local v = doubles[3]": 0,
    "doubles[3] = 5": 0,
    "local v = doubles[0]": 2,
    "bytes[3] = 5": 0,
    "bytes[3] = 5.5": 1,
    "longs[1] = 5": 0,
    "local v = longs[1]": 9,
    "local v = doubles + 3": 5,
    "local v = record.b": 6,
    "record.b = 5": 6,
    "t:add(u)": 1,
    "t:add(1)": 1,
    "local v = t + u": 3,
    "t:sub(2, 4)": 5,
    "m:sub(1, 2, 2, -1)": 6,
    "m:narrow(1, 2, 2)": 3,
    "m:narrow(2, 2, 2)": 4,
    "m:select(2, 2)": 3,
    "t:copy(u)": 1,
    "local v = t:sum()": 1,
    "local v = t:dot(u)": 1,
    "local v = t:norm()": 1,
    "local v = m * m": 4,
    "local v = t:ge(u)": 1,
    "local v = torch.rand(1)": 9,
    "local v = torch.randn(10)": 10,
    "t:cmul(u)": 1,
    "t:mul(2)": 1,
    "local v = m:t()": 3,
    "local v = m:view(16)": 7,
    "local v = t:size(1)": 1,
    "local v = #t": 4,
    "local v = torch.Tensor{1, 2, 3}": 12,
    "local v = torch.Tensor(3)": 1,
    "t:apply(function(v) return v + 1 end)": 15,
    "local v = words.a": 0,
    "local v = list[2]": 0,
    "table.insert(list, 4) table.remove(list)": 6,
    "for k, v in pairs(words) do end": 9,
    "for i, v in ipairs(list) do end": 5,
    "local v = ('abc'):upper()": 2,
    "local v = p.field": 6,
    "id:forward(t)": 2,
    "tanh:forward(t)": 3,
    "linear:forward(t)": 8,
    "linear:forward(b)": 8,
    "net:forward(b)": 19,
    "net:forward(b) net:backward(b, g)": 55,
    "conv:forward(image)": 14,
    "pool:forward(image)": 18,
    "soft:forward(t)": 8,
    "both:forward(t)": 19,
    "mse:forward(out, y)": 8,
    "nll:forward(out, 3) nll:backward(out, 3)": 12,
    "net:zeroGradParameters()": 4,
    "net:updateParameters(0.1)": 12,
    "optim.sgd(fx, x, state)": 15,
    "id:forward(t) id:backward(t, t)": 4,
    "step(lenet, digit, nll, 3)": 300,
    "graph:forward(m)": 26,
    "graph:forward(m) graph:backward(m, m)": 68,
    "cell:forward(cells) cell:backward(cells, {cells[1], cells[2]})": 281,
    "cell:zeroGradParameters() cell:updateParameters(0.1)": 16,
    "optim.sgd(closure, flat, state)": 90,
    "optim.adam(closure, flat, adam)": 103,
    "optim.rmsprop(closure, flat, rmsprop)": 94,
}


def counted(function) -> int:
    calls = 0

    def note(frame, event, _):
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls - 1  # the function itself


@pytest.fixture(scope="module")
def load():
    environment = Environment()
    environment.load(SETUP, "=setup")()
    threads = torch.getnumthreads()
    torch.setnumthreads(1)  # what is shared out among threads makes more calls
    with environment.interpreter:
        yield lambda text: environment.load(f"return function() {text} end", "=path")()
    torch.setnumthreads(threads)


@pytest.mark.parametrize("path", COUNTS)
def test_a_path_calls_no_more_than(path, load):
    function = load(path)
    for _ in range(60):  # some kernels are looked for only after 50 calls, views after 12
        function()
    most = COUNTS[path]
    assert counted(function) <= most + most // 8  # by the Python
