"""nnx: gradients by differences, the C functions by name, and what single layers compute."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("require 'nnx'; torch.manualSeed(3)", "=test")()
    return lambda text: environment.load(text, "=test")()


LAYERS = {  # constructor: input sizes
    "SpatialReSampling{owidth=5, oheight=7}": "2, 4, 3",
    "SpatialReSampling{owidth=2, oheight=3}": "2, 2, 6, 5",
    "SpatialReSampling{rwidth=2, rheight=1.5}": "2, 4, 3",
    "SpatialReSamplingEx{owidth=6, oheight=8, mode='simple'}": "2, 4, 3",
    "SpatialReSamplingEx{rwidth=.5, rheight=.5, mode='average'}": "2, 4, 6",
    "SpatialReSamplingEx{rwidth=.5, rheight=.5}": "2, 4, 6",
    "SpatialReSamplingEx{owidth=5, oheight=6, mode='bilinear', yDim=1, xDim=2}": "4, 3, 2",
    "SpatialUpSampling{dW=2, dH=3}": "2, 3, 4",
    "SpatialDownSampling{rW=2, rH=3}": "2, 7, 5",
    "SpatialMaxSampling{owidth=2, oheight=3}": "2, 7, 5",
    "SpatialPadding(1, 2, -1, 3, nil, nil, .5)": "2, 4, 5",
    "SpatialPadding(1, 1, 1, 1, 1, 3)": "2, 4, 5",
    "PixelSort(2)": "2, 4, 6",
    "Minus()": "3, 4",
    "SaturatedLU(-.3, -.3, .4, .4)": "5, 4",
    "MultiSoftMax()": "2, 3, 4",
    "SpatialLinear(3, 2)": "3, 2, 4",
    "SpatialNormalization(2, torch.ones(3, 3), 1e-5)": "2, 6, 5",
    "SpatialNormalization(2, {torch.rand(1, 3), torch.rand(3, 1)}, 1e-5)": "2, 5, 6",
}


@pytest.mark.parametrize(("make", "sizes"), LAYERS.items(), ids=LAYERS)
def test_gradients(lua, make, sizes):
    error, forth, back = lua(f"""
        local m, x = nn.{make}, torch.rand({sizes})
        local err = nn.Jacobian.testJacobian(m, x)
        local f, b = nn.Jacobian.testIO(m, x)
        return err, f, b""")
    assert error < 1e-5 and forth == 0 and back == 0


def test_the_c_functions_serve_layers_in_lua(lua):
    lua("""
    local names = require 'libnnx'
    assert(torch.FloatTensor(1).nn.SpatialUpSampling_updateOutput == names.SpatialUpSampling_updateOutput)
    local layer = {dW = 2, dH = 1, output = torch.Tensor(1, 2, 4, 1)}
    local x = torch.Tensor{{1, 2}, {3, 4}}:view(1, 2, 2, 1)
    x.nn.SpatialUpSampling_updateOutput(layer, x)
    assert(layer.output:view(2, 4)[2][3] == 4 and layer.output:view(2, 4)[1][2] == 1)
    assert(not pcall(x.nn.SpatialReSampling_updateOutput, {owidth=1, oheight=1}, torch.Tensor(2)))""")


def test_a_tree_of_softmaxes_is_its_parts(lua):
    lua("""
    local tree = {[1] = torch.IntTensor{2, 3}, [2] = torch.IntTensor{4, 5, 6}}
    local smt = nn.SoftMaxTree(4, tree, 1)
    local x, target = torch.randn(3, 4), torch.IntTensor{5, 3, 6}
    smt:zeroGradParameters()
    local y = smt:forward{x, target}
    local top, low = smt:getNodeParameters(1), smt:getNodeParameters(2)
    local soft = nn.LogSoftMax()
    local function score(p, v, i) return soft:forward(p[1] * v + p[2])[i] end
    assert(math.abs(y[1] - score(top, x[1], 1) - score(low, x[1], 2)) < 1e-9)
    assert(math.abs(y[2] - score(top, x[2], 2)) < 1e-9)
    local g = torch.randn(3)
    local before = y:clone()
    local gx = smt:backward({x, target}, g)[1]:clone()
    assert(smt.updates[1] == 3 and smt.updates[2] == 2)
    local d = 1e-6
    for i = 1, 3 do for j = 1, 4 do
       local moved = x:clone(); moved[i][j] = moved[i][j] + d
       local slope = (smt:forward{moved, target}[i] - before[i]) / d * g[i]
       assert(math.abs(slope - gx[i][j]) < 1e-4)
    end end
    local params, grads = smt:parameters()
    assert(params[1]:size(1) == 2 and grads[2 + smt.maxParentId]:size(1) == 3)
    smt:updateParameters(.1); smt:zeroGradParameters()
    assert(next(smt.updates) == nil and smt.gradWeight:abs():sum() == 0)
    assert(smt:float():type() == 'torch.FloatTensor' and smt.childParent:type() == 'torch.IntTensor')
    """)


def test_push_and_pull(lua):
    lua("""
    local push = nn.PushTable(2)
    local net = nn.Sequential():add(push):add(nn.SelectTable(1)):add(nn.Linear(3, 2)):add(push:pull(2))
    local a, b = torch.randn(1, 3), torch.randn(1, 2)
    local out = net:forward{a, b}
    assert(#out == 2 and rawequal(out[2], b) and out[1]:size(2) == 2)
    local grads = net:backward({a, b}, {torch.ones(1, 2), torch.ones(1, 2):mul(3)})
    assert(#grads == 2 and grads[2]:sum() == 6 and grads[1]:size(2) == 3)""")


def test_criterions(lua):
    lua("""
    local sum = nn.SuperCriterion()
    sum:add(nn.MSECriterion()); sum:add(nn.AbsCriterion(), .5)
    local x, y = {torch.rand(3), torch.rand(3)}, {torch.rand(3), torch.rand(3)}
    local want = nn.MSECriterion():forward(x[1], y[1]) + .5 * nn.AbsCriterion():forward(x[2], y[2])
    assert(math.abs(sum:forward(x, y) - want) < 1e-12)
    assert(sum:backward(x, y)[2]:size(1) == 3)
    local p, q = torch.Tensor{.2, .8}, torch.Tensor{.5, .5}
    local nll = nn.DistNLLCriterion{inputIsProbability=true}
    assert(math.abs(nll:forward(p, q) + .5 * math.log(.2) + .5 * math.log(.8)) < 1e-12)
    assert(math.abs(nll:backward(p, q)[1] + 2.5) < 1e-6)
    local margin = nn.DistMarginCriterion()
    local z = torch.Tensor{.1, .5, .3, 0}
    assert(math.abs(margin:forward(z, torch.Tensor{2, 3, 0, 0}) - (.8 + .7) / 4) < 1e-12)
    local g = margin:backward(z, torch.Tensor{2, 3, 0, 0})
    assert(g[1] == .25 and g[3] == -.5 and g[4] == .25)
    assert(nn.TreeNLLCriterion():forward(torch.Tensor{-1, -3}) == 2)""")


def test_passing_layers(lua, capsys):
    lua("""
    local net = nn.Sequential():add(nn.Tic('a')):add(nn.Probe('here')):add(nn.Toc('a', 'all'))
    local x = torch.Tensor{1, 3}
    assert(rawequal(net:forward(x), x) and rawequal(net:backward(x, x), x))
    local w = nn.FunctionWrapper(function(self) self.k = 2 end,
       function(self, x) return x * self.k end, function(self, x, g) return g * self.k end)
    assert(w:forward(x)[2] == 6 and w:backward(x, x)[1] == 2)
    local b = nn.Balance(2)
    assert(math.abs(b:forward(torch.rand(3, 4)):sum() - 3) < 1e-9)""")
    said = capsys.readouterr().out
    assert "<here>.output" in said and "+ size = 2" in said and "+ mean = 2" in said
    assert "Toc 'a' (all) : " in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nn.SpatialReSamplingEx{mode='x'}", "mode must be simple"),
        ("nn.SpatialUpSampling{dW=1, dH=1, xDim=5}", "yDim must be equals"),
        ("nn.SpatialPadding(-3):forward(torch.rand(1, 4, 4))", "input is too small"),
        ("nn.SaturatedLU('a')", "lower-bound"),
        ("nn.SpatialReSampling{owidth=2, oheight=2}:forward(torch.rand(3))", "must be 3D or 4D"),
        ("nn.SoftMaxTree(2, {[1]=torch.IntTensor{2, 3}, [5]=torch.IntTensor{6}})", "root"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)


def test_bilinear_agrees_with_interpolation():
    from th7shell.nnx.kernels import bilinear

    x, out = np.arange(4.0).reshape(1, 1, 4), np.empty((1, 1, 7))
    bilinear(x, out)
    assert np.allclose(out, np.arange(7) / 2)
