"""What companions and utilities read of a table is what Lua would read: each program gives the same
with plain tables as with tables that answer by their metatables alone.
"""

from __future__ import annotations

import pytest

from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.session import packages

SETUP = """
    torch, nn, optim, image, xlua =
       require 'torch', require 'nn', require 'optim', require 'image', require 'xlua'
    function plain(t) return t end
    function proxy(t)
       return setmetatable({}, {
          __index = t, __newindex = t, __len = function() return #t end,
          __pairs = function() return pairs(t) end, __ipairs = function() return ipairs(t) end})
    end
    function by_index(t) return setmetatable({}, {__index = t}) end
    function callable(f) return setmetatable({}, {__call = function(_, ...) return f(...) end}) end
    function square(x) return x:dot(x), x * 2 end
"""
# T makes the tables
CASES = {
    "sgd": """
        local x = torch.ones(3)
        optim.sgd(function(x) return x:sum(), x:clone():fill(1) end, x, T{learningRate = .5})
        return x:sum()
    """,
    "cg": """
        local x = torch.ones(3)
        optim.cg(square, x, T{maxIter = 3})
        return x:sum()
    """,
    "lbfgs": """
        local x = torch.ones(3)
        local c = T{maxIter = 3, learningRate = .1}
        for i = 1, 2 do optim.lbfgs(square, x, c) end
        return x:sum(), c.funcEval
    """,
    "confusion": """
        local c = optim.ConfusionMatrix(T{'a', 'b'})
        c:add(1, 2) c:add(2, 2)
        return tostring(c)
    """,
    "cmdline": """
        local c = torch.CmdLine()
        c:option('-x', 3, 'd')
        c:option('-y', 'q', 'e')
        local o = c:parse(T{'-x', '4'})
        return o.x, o.y
    """,
    "cmdline string": """
        local c = torch.CmdLine()
        c:option('-x', 3, 'd')
        return c:string('e', T{x = 4, y = 2}, T{y = true})
    """,
    "flatten": """
        local f = nn.Module.flatten(T{torch.ones(2), torch.ones(3)})
        return f:nElement(), f:sum()
    """,
    "toDisplayTensor": """
        local pair = T{torch.rand(3, 4, 4), torch.rand(3, 4, 4)}
        return image.toDisplayTensor(T{input = pair, padding = 1}):size(2)
    """,
    "toDisplayTensor2": """
        return image.toDisplayTensor(T{torch.ones(3, 4, 4), torch.ones(3, 4, 4)}):size(3)
    """,
    "serialize": """
        local t = torch.deserialize(torch.serialize(T{1, 2, T{a = 3}}))
        return t[1], t[2], t[3].a
    """,
    "ParallelCriterion": """
        local c = nn.ParallelCriterion():add(nn.MSECriterion(), .5):add(nn.AbsCriterion())
        local i, t = T{torch.ones(2), torch.ones(3)}, T{torch.zeros(2), torch.zeros(3)}
        local l = c:forward(i, t)
        local g = c:backward(i, t)
        return l, g[1]:sum(), g[2]:sum(), #g
    """,
    "MultiCriterion": """
        local c = nn.MultiCriterion():add(nn.MSECriterion(), .5):add(nn.AbsCriterion())
        c.criterions = T(c.criterions)
        c.weights = T(c.weights) local i, t = torch.ones(2), torch.zeros(2)
        local l = c:forward(i, t)
        local g = c:backward(i, t)
        return l, g:sum()
    """,
    "MarginRanking": """
        local c = nn.MarginRankingCriterion(.1)
        local i = T{torch.Tensor{1}, torch.Tensor{2}}
        local l = c:forward(i, 1)
        local g = c:backward(i, 1)
        return l, g[1]:sum(), g[2]:sum()
    """,
    "Cosine": """
        local c = nn.CosineEmbeddingCriterion(.1)
        local i = T{torch.Tensor{1, 2}, torch.Tensor{2, 3}}
        local l = c:forward(i, 1)
        local g = c:backward(i, 1)
        return l, g[1]:sum(), g[2]:sum()
    """,
    "HingeEmb": """
        local c = nn.L1HingeEmbeddingCriterion(1)
        local i = T{torch.Tensor{1, 2}, torch.Tensor{2, 3}}
        local l = c:forward(i, 1)
        local g = c:backward(i, 1)
        return l, g[1]:sum(), g[2]:sum()
    """,
    "Index": """
        local m = nn.Index(1)
        local i = T{torch.rand(3, 2):fill(2), torch.LongTensor{1, 3}}
        local o = m:forward(i)
        local g = m:backward(i, o)
        return o:sum(), g[1]:sum()
    """,
    "MaskedSelect": """
        local m = nn.MaskedSelect()
        local i = T{torch.ones(3), torch.ByteTensor{1, 0, 1}}
        local o = m:forward(i)
        local g = m:backward(i, o)
        return o:sum(), g[1]:sum()
    """,
    "StochasticGradient": """
        local ds = T{T{torch.ones(2), torch.ones(1)}, T{torch.ones(2)*2, torch.ones(1)}}
        ds.size = function() return 2 end
        torch.manualSeed(1) local m = nn.Linear(2, 1)
        local tr = nn.StochasticGradient(m, nn.MSECriterion())
        tr.maxIteration = 2
        tr.verbose = false
        tr:train(ds)
        return m.weight:sum()
    """,
    "recursive": """
        local t = nn.utils.recursiveCopy(nil, T{torch.ones(2), T{torch.ones(3)}})
        nn.utils.recursiveAdd(t, T{torch.ones(2), T{torch.ones(3)}})
        nn.utils.recursiveFill(t, 2)
        return t[2][1]:sum()
    """,
    "recursiveType": """
        local t = nn.utils.recursiveType(T{torch.ones(2), T{torch.ones(3)}}, 'torch.FloatTensor')
        return torch.type(t[2][1])
    """,
    "clear": """
        local m = nn.Linear(2, 2)
        nn.utils.clear(m, T{'weight', 'bias'})
        return m.weight:nElement()
    """,
    "MapTable type": """
        local m = nn.MapTable(nn.Linear(2, 2))
        m.modules = T(m.modules)
        m.sharedparams = T(m.sharedparams)
        local o = m:forward(T{torch.ones(2), torch.ones(2)})
        return #o, #m.modules
    """,
    "SparseLinear": """
        torch.manualSeed(1) local m = nn.SparseLinear(5, 2)
        local i = T{torch.Tensor{{1, 2}, {3, 4}}, torch.Tensor{{2, 1}}}
        local o = m:forward(i)
        return o:sum()
    """,
    "IndexLinear": """
        torch.manualSeed(1) local m = nn.IndexLinear(5, 2)
        local keys = T{torch.LongTensor{1, 2}, torch.LongTensor{3}}
        local i = T{keys, T{torch.Tensor{1, 2}, torch.Tensor{3}}}
        local o = m:forward(i) m:backward(i, o)
        return o:sum()
    """,
    "Criterion type": """
        local c = nn.MSECriterion()
        c.extra = T{torch.ones(2)} c:float()
        return torch.type(c.extra[1])
    """,
    "split": """
        local t = T{} torch.split(t, torch.range(1, 4), 2)
        return #t, t[1]:sum()
    """,
    "xlua.unpack": """
        local a, b = xlua.unpack({T{a = 3}}, 'f', 'h', {arg = 'a', type = 'number'},
                                 {arg = 'b', type = 'number', default = 2})
        return type(a) == 'table' and a.a or a, b
    """,
    "gaussianpyramid": """
        local t = image.gaussianpyramid(torch.ones(1, 8, 8), T{1, .5})
        return #t
    """,
    "Tester tests": """
        local n = 0 local s = T{a = function() n = n+1 end, b = function() n = n+1 end}
        local t = torch.Tester()
        t:add(s) t:disable(T{'b'}) t:run(T{'a'})
        return n
    """,
    "clone": """
        local m = nn.Sequential():add(nn.Linear(2, 2))
        m.t = T{1, 2} m.modules = T(m.modules) local c = m:clone()
        return c.t[2], #c.modules
    """,
    "replace": """
        local m = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh())
        m.modules = T(m.modules)
        m:replace(function(x)
        if torch.type(x) == 'nn.Tanh' then
        return nn.Identity() end
        return x end)
        return torch.type(m:get(2)), #m:listModules(), #m:findModules('nn.Linear')
    """,
    "insert": """
        local m = nn.Sequential():add(nn.Linear(2, 2))
        m.modules = T(m.modules)
        m:insert(nn.Tanh(), 1)
        m:add(nn.Tanh())
        m:remove(1)
        return #m, m:size(), torch.type(m:get(1))
    """,
    "share": """
        local m, n = nn.Sequential():add(nn.Linear(2, 2)), nn.Sequential():add(nn.Linear(2, 2))
        n.modules = T(n.modules)
        m:share(n, 'weight')
        m:get(1).weight:fill(3)
        return n:get(1).weight:sum()
    """,
    "getParameters": """
        local m = nn.Linear(2, 2)
        m.parameters = function(s)
        return T{s.weight, s.bias}, T{s.gradWeight, s.gradBias} end
        return m:getParameters():nElement()
    """,
    "type cache": """
        local c = T{} local m = nn.Linear(2, 2):type('torch.FloatTensor', c)
        return torch.type(m.weight)
    """,
    "permute": """
        return nn.Transpose(T{1, 2}):forward(torch.rand(2, 3)):size(1)
    """,
}
OPTIMISERS = "adadelta adagrad adam adamax asgd cg lbfgs nag rmsprop rprop sgd".split()
for name in OPTIMISERS:
    CASES[name] = f"""
        local x, steps = torch.ones(3), 0
        local config = T{{learningRate = .3, weightDecay = .1, momentum = .5, dampening = 0,
                         maxIter = 4, stepsize = .3}}
        local state = T{{}}
        for i = 1, 4 do optim.{name}(square, x, config, state) end
        return x:sum()
    """


# where only a part of a table is its metatable's, or a table serves as a function
EXACT = [
    ("local x = torch.ones(1) optim.sgd(square, x, by_index{learningRate = .5}) return x[1]", 0),
    ("return nn.CAddTable():forward(setmetatable({torch.ones(2)}, {__index = {}})):sum()", 2),
    ("return nn.SelectTable(2):forward(by_index{1, torch.ones(2)}):sum()", 2),
    ("local x = torch.ones(1) optim.sgd(callable(square), x, {learningRate = .5}) return x[1]", 0),
    ("local n = 0 nn.Linear(2, 2):apply(callable(function() n = n + 1 end)) return n", 1),
    ("local c, s = {}, proxy{} optim.sgd(square, torch.ones(1), c, s) return rawget(s, 'x')", None),
    (
        """
        local samples = setmetatable({size = function() return 2 end}, {
           __index = function(t, i) return {torch.ones(2) * i, torch.ones(1)} end})
        local trainer = nn.StochasticGradient(nn.Linear(2, 1), nn.MSECriterion())
        local seen = 0
        trainer.verbose, trainer.maxIteration = false, 3
        trainer.hookExample = callable(function() seen = seen + 1 end)
        trainer:train(samples)
        return seen
        """,
        6,
    ),
    # what C reads raw
    ("return torch.Tensor(by_index{1, 2}):nElement()", 0),
    ("return torch.LongStorage(by_index{1, 2}):size()", 0),
    ("for i in ipairs(by_index{1, 2}) do return i end", ()),
    ("return select('#', unpack(by_index{1, 2}))", 0),
]


@pytest.fixture(scope="module")
def interpreter():
    interpreter = Interpreter(MAIN)
    packages.install(interpreter.globals)
    interpreter.load(SETUP, "=setup")()
    return interpreter


@pytest.mark.parametrize("name", CASES)
def test_a_table_is_read_through_its_metatable(interpreter, name):
    tostring, found = interpreter.globals.tostring, []
    for make in ("plain", "proxy"):
        source = f"torch.manualSeed(1) local T = {make} {CASES[name]}"
        values = interpreter.load(source, "=case")()
        found.append([tostring(v) for v in (values if isinstance(values, tuple) else (values,))])
    assert found[0] == found[1]
    assert found[0] != ["nil"]


@pytest.mark.parametrize(("source", "value"), EXACT)
def test_parts_of_a_table_that_are_not_its_own(interpreter, source, value):
    assert interpreter.load(source, "=case")() == value
