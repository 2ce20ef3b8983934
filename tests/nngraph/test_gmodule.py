"""nn.gModule beside the same nets built of Sequential and tables, and its state, copies, errors."""

from __future__ import annotations

import pytest

from th7shell.lua import TorchError
from th7shell.nn.module import Module
from th7shell.nngraph import calls

SETUP = """
torch.manualSeed(7)
local function id() return nn.Identity()() end
local function rnd(...) return torch.randn(...) end
"""
PAIRS = """
    local function flat(x, out)
       out = out or {}
       if torch.isTensor(x) then table.insert(out, x) else for _, v in ipairs(x) do flat(v, out) end end
       return out
    end
    local function same(a, b)
       a, b = flat(a), flat(b)
       if #a ~= #b then return false end
       for i = 1, #a do if not a[i]:isSameSizeAs(b[i]) or (a[i] - b[i]):abs():max() > 1e-12 then return false end end
       return true
    end
    local function run(net, x, dy)
       net:zeroGradParameters()
       local y = net:forward(x)
       local dx = net:backward(x, dy, 0.5)
       local _, grads = net:parameters()
       return {y, dx, grads or {}}
    end
    for i = 1, 2 do
       local a, b = run(g, x, dy), run(s, x, dy)
       if not same(a, b) then return 'differs in run ' .. i end
    end
    return 'same'
"""

# name: g (the graph), s (the same of containers), x, dy
SAME = {
    "chain": """
        local a, b = nn.Linear(4, 3), nn.Linear(3, 2)
        local x0 = id()
        local g = nn.gModule({x0}, {b(nn.Tanh()(a(x0)))})
        local s = nn.Sequential():add(a:clone()):add(nn.Tanh()):add(b:clone())
        local x, dy = rnd(5, 4), rnd(5, 2)""",
    "chain of operators": """
        local a, b = nn.Linear(4, 3), nn.Linear(3, 2)
        local x0 = - nn.Identity()
        local g = nn.gModule({x0}, {x0 - a - nn.Tanh() - b})
        local s = nn.Sequential():add(a:clone()):add(nn.Tanh()):add(b:clone())
        local x, dy = rnd(5, 4), rnd(5, 2)""",
    "one input used twice": """
        local a, b = nn.Linear(4, 3), nn.Linear(4, 3)
        local x0 = id()
        local g = nn.gModule({x0}, {nn.CAddTable(){a(x0), b(x0)}})
        local s = nn.Sequential():add(nn.ConcatTable():add(b:clone()):add(a:clone())):add(nn.CAddTable())
        s.modules[1].modules[1], s.modules[1].modules[2] = s.modules[1].modules[2], s.modules[1].modules[1]
        local x, dy = rnd(5, 4), rnd(5, 3)""",
    "two inputs, two outputs": """
        local a = nn.Linear(4, 3)
        local u, v = id(), id()
        local g = nn.gModule({u, v}, {a(u), nn.Sigmoid()(v)})
        local s = nn.ParallelTable():add(a:clone()):add(nn.Sigmoid())
        local x, dy = {rnd(5, 4), rnd(5, 2)}, {rnd(5, 3), rnd(5, 2)}""",
    "split of a table": """
        local x0 = id()
        local p, q = nn.SplitTable(2)(x0):split(2)
        local g = nn.gModule({x0}, {nn.CMulTable(){nn.Tanh()(p), q}})
        local s = nn.Sequential():add(nn.SplitTable(2)):add(nn.ParallelTable():add(nn.Tanh())
           :add(nn.Identity())):add(nn.CMulTable())
        local x, dy = rnd(5, 2), rnd(5)""",
    "split in one": """
        local x0 = id()
        local g = nn.gModule({x0}, {nn.Tanh()(x0:split(1))})
        local s = nn.Sequential():add(nn.SelectTable(1)):add(nn.Tanh())
        local x, dy = {rnd(3)}, rnd(3)""",
    "nested table": """
        local u, v, w = id(), id(), id()
        local g = nn.gModule({u, v, w}, {nn.FlattenTable()(nngraph.nest{u, {v, w}})})
        local s = nn.ParallelTable():add(nn.Identity()):add(nn.Identity()):add(nn.Identity())
        local x, dy = {rnd(2), rnd(3), rnd(4)}, {rnd(2), rnd(3), rnd(4)}""",
    "graph in a graph": """
        local a, b = nn.Linear(4, 4), nn.Linear(4, 2)
        local x0, x1 = id(), id()
        local inner = nn.gModule({x1}, {nn.Tanh()(a(x1))})
        local g = nn.gModule({x0}, {b(inner(x0))})
        local s = nn.Sequential():add(a:clone()):add(nn.Tanh()):add(b:clone())
        local x, dy = rnd(5, 4), rnd(5, 2)""",
}


@pytest.mark.parametrize("name", SAME)
def test_a_graph_is_its_containers(lua, name):
    assert lua(SETUP + SAME[name] + PAIRS) == "same"


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize(
    "copy",
    [
        "g:clone()",
        "torch.deserialize(torch.serialize(g))",
        "g:clone('weight', 'bias')",
        "g:clone():float():double()",
        "g:clone():clearState()",
    ],
)
def test_a_copy_runs_as_the_original(lua, name, copy):
    check = PAIRS.replace("1e-12", "1e-5")
    text = SETUP + SAME[name] + f"\ng:forward(x); g:backward(x, dy)\ng = {copy}\n" + check
    assert lua(text) == "same"


def test_state_of_nodes(lua):
    assert (
        lua(
            SETUP
            + """
        local x0 = id()
        local h = nn.Tanh()(x0)
        local net = nn.gModule({x0}, {h, nn.Identity()(h)})
        local x = rnd(3)
        local y = net:forward(x)
        local again = net:forward(x)
        net:backward(x, {rnd(3), rnd(3)})
        assert(rawequal(y, again) and rawequal(y, net.outnode.data.input))
        assert(rawequal(h.data.input[1], x) and #h.data.gradOutput == 2)
        assert(rawequal(h.data.module, net:get(2)) and h.data.gradOutputBuffer)
        assert(net.innode.children[1].data.module == x0.data.module)
        assert(#net.forwardnodes == 5 and #net.backwardnodes == 5 and net.nInputs == 1)
        net:float()
        local name = 'torch.FloatTensor'
        assert(h.data.input[1]:type() == name and h.data.gradOutputBuffer:type() == name)
        assert(net.output[1]:type() == name and net:type() == name)
        net:clearState()
        return h.data.input == nil and h.data.gradOutput == nil and tostring(net)"""
        )
        == "nn.gModule"
    )


def test_files_of_old_without_modules(lua):
    assert (
        lua(
            SETUP
            + """
        local x0 = id()
        local net = nn.gModule({x0}, {nn.Linear(2, 3)(x0)})
        net.modules = nil
        local read = torch.deserialize(torch.serialize(net))
        return #read.modules"""
        )
        == 2
    )


def test_methods_patched_on_a_module_and_modules_put_into_nodes_count(lua):
    assert (
        lua(
            SETUP
            + """
        local x0, tanh = id(), nn.Tanh()
        local node = tanh(x0)
        local net = nn.gModule({x0}, {node})
        local called = {}
        tanh.updateOutput = function(self, x) table.insert(called, 'a') return nn.Tanh.updateOutput(self, x) end
        tanh.updateGradInput = function(self, x, g) table.insert(called, 'b') return g end
        tanh.accGradParameters = function(self, x, g, s) table.insert(called, s) end
        net:forward(rnd(2)); net:backward(rnd(2), rnd(2), 3)
        node.data.module = nn.Abs()
        table.insert(called, net:forward(torch.Tensor{-5})[1])
        return table.concat(called, ' ')"""
        )
        == "a b 3 5"
    )


def test_replace_map_and_functions(lua):
    assert (
        lua(
            SETUP
            + """
        local function build() local x0 = id() return nn.gModule({x0}, {nn.Tanh()(x0)}) end
        local net, other = build(), build()
        net:replace(function(m) return torch.type(m) == 'nn.Tanh' and nn.Abs() or m end)
        local names = {}
        net:map(other, function(a, b) table.insert(names, torch.type(a) .. '=' .. torch.type(b)) end)
        table.insert(names, torch.type(net:get(2)))
        net:runForwardFunction(function(m, x) table.insert(names, torch.type(m)) return x end, rnd(1))
        return table.concat(names, ' ')"""
        )
        == "nn.Identity=nn.Identity nn.Abs=nn.Tanh nn.Abs nn.Identity nn.Abs"
    )


def test_criterion_as_a_node(lua):
    assert (
        lua(
            SETUP
            + """
        local p, t = id(), id()
        local net = nn.gModule({p, t}, {nn.MSECriterion(){p, t}})
        local x, y = rnd(4), rnd(4)
        local loss = net:forward{x, y}[1]
        local g = net:backward({x, y}, torch.Tensor{2})
        local c = nn.MSECriterion()
        assert(loss == c:forward(x, y) and g[2]:abs():max() == 0)
        return (g[1] - c:backward(x, y) * 2):abs():max()"""
        )
        == 0
    )


def test_gradients_of_zero_are_left_out(lua):
    assert lua(
        SETUP
        + """
        local zero = nn.Identity()
        zero.updateGradInput = function(self, x) return torch.Tensor{0}:expandAs(x) end
        local x0 = id()
        local net = nn.gModule({x0}, {nn.CAddTable(){zero(x0), nn.Identity()(x0)}})
        local dy = rnd(3)
        net:forward(rnd(3))
        local dx = net:backward(rnd(3), dy)
        return (dx - dy):abs():max() == 0 and x0.data.gradOutputBuffer == nil"""
    )


ERRORS = [
    ("local x = id() nn.Tanh()(nil)", r"inputs\[1\] is nil \(typo / bad index\?\)"),
    ("nn.Tanh()({})", "cannot pass an empty table of inputs"),
    ("nn.Tanh()(id(), id())", "Use {input1, input2} to pass multiple inputs."),
    ("nn.Tanh()(nn.Tanh())", r"inputs\[1\] is an nn.Module, specifically a nn.Tanh"),
    ("nn.Tanh()(3)", r"inputs\[1\] should be an nngraph.Node but is of type number"),
    ("nn.Tanh()(torch.rand(1))", "but is of type torch.DoubleTensor"),
    ("local x = id() nn.CAddTable(){x, x}", "Don't pass the same input twice."),
    ("nn.gModule({}, {id()})", "no inputs are not supported"),
    ("local x = id() nn.gModule({x}, {x, nil, x})", r"outputs\[2\] is nil"),
    ("local x, y = id(), id() nn.gModule({x, y}, {x})", "outputs from the node declared at"),
    (
        "local x = id() local p = x:split(2) nn.gModule({x}, {p})",
        r"1 of split\(2\) outputs .* split at",
    ),
    ("nn.Tanh()(id()):split(1e300)", "too many results to unpack"),
    (
        "local x = id() local y = nn.Tanh()(x) nn.gModule({x}, {nn.Abs()(x)})",
        r"node declared on \[case\]:\d+_ does not connect to gmodule output",
    ),
    ("local x = id() nn.gModule({x}, {nn.CAddTable(){x, id()}})", "Expected nnop.Parameters node"),
    (
        "local x, y = id(), id() nn.gModule({x, y}, {x, y}):forward{rnd(1)}",
        "Got 1 inputs instead of 2",
    ),
    (
        "local x, y = id(), id() nn.gModule({x, y}, {x, y}):forward(rnd(1))",
        "expecting table of 2 inputs",
    ),
    (
        "local x = id() local m = nn.gModule({x}, {nn.Abs()(x), x}) m:forward(rnd(1))"
        " m:backward(rnd(1), {rnd(1)})",
        "Got 1 gradOutputs instead of 2",
    ),
    (
        "local x = id() local p, q = x:split(2) nn.gModule({x}, {p, q}):forward{rnd(1)}",
        r"split\(2\) cannot split 1 outputs",
    ),
    ("nngraph.nest()", "Pass an input."),
    ("nngraph.nest{}", "what is this in the nest input"),
    ("nngraph.JustElement():forward{1, 2}", "expecting one element"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_errors(lua, text, message):
    with pytest.raises(TorchError, match=message):
        lua(SETUP + text)


def test_calls_run_modules_again_after_uninstall():
    calls.uninstall()
    from th7shell import nn, torch

    assert nn.Abs()(torch.Tensor(2).fill(-1)).nd.tolist() == [1, 1]
    assert Module.__call__ is not calls.node_of
