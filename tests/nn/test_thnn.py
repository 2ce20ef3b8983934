"""nn.THNN: each function gives what the layer gives, through the C structs of tensors."""

from __future__ import annotations

import pytest

from th7shell import nn
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.nn.tools.thnn import CRITERIONS, LAYERS, signatures


@pytest.fixture(scope="module")
def lua():
    made = Interpreter(MAIN)
    nn.luaopen(made.globals)
    made.load(SETUP, "=setup")()
    return lambda text: made.load(text, "=case")()


SETUP = """

function same(a, b) return a:nElement() == b:nElement() and (a - b):abs():max() < 1e-6 end
function values(m, names)
  local found, n = {}, 0
  for name in names:gmatch('%S+') do
    n = n + 1
    local v = m[name]
    if name == 'total_weight' then v = m.total_weight_tensor end
    if torch.isTensor(v) then v = v:cdata() end
    found[n] = v
  end
  return unpack(found, 1, n)
end
function agrees(name, m, input, forward, backward)
  torch.manualSeed(3)
  local K = input.THNN
  local out = m:forward(input):clone()
  local gradOutput = out:clone():uniform()
  local gradInput = m:backward(input, gradOutput):clone()
  local given = input.new()
  K[name .. '_updateOutput'](input:cdata(), given:cdata(), values(m, forward))
  local ok = same(given, out)
  given = input.new()
  K[name .. '_updateGradInput'](input:cdata(), gradOutput:cdata(), given:cdata(), values(m, backward))
  return ok, same(given, gradInput)
end
function criterion(m, input, target, rest)
  local K, name = input.THNN, torch.type(m):sub(4)
  local loss, g = m:forward(input, target), m:backward(input, target)
  local out, grad = input.new(1), input.new()
  K[name .. '_updateOutput'](input:cdata(), target:cdata(), out:cdata(), values(m, rest))
  K[name .. '_updateGradInput'](input:cdata(), target:cdata(), grad:cdata(), values(m, rest))
  return math.abs(out[1] - loss) < 1e-6, same(grad, g)
end
"""
METHODS = "updateOutput updateGradInput accGradParameters".split()
MADE = {
    "SpatialMaxPooling": "nn.SpatialMaxPooling(2, 2)",
    "SpatialAveragePooling": "nn.SpatialAveragePooling(2, 2)",
    "SpatialUpSamplingNearest": "nn.SpatialUpSamplingNearest(2)",
    "SpatialReflectionPadding": "nn.SpatialReflectionPadding(1, 1, 1, 1)",
    "SpatialReplicationPadding": "nn.SpatialReplicationPadding(1, 1, 1, 1)",
    "TemporalMaxPooling": "nn.TemporalMaxPooling(2)",
    "Threshold": "nn.Threshold(0.5, 2)",
    "SpatialDilatedMaxPooling": "nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 1)",
    "SpatialAdaptiveMaxPooling": "nn.SpatialAdaptiveMaxPooling(3, 2)",
    "SpatialAdaptiveAveragePooling": "nn.SpatialAdaptiveAveragePooling(3, 2)",
    "VolumetricMaxPooling": "nn.VolumetricMaxPooling(2, 2, 1)",
    "VolumetricDilatedMaxPooling": "nn.VolumetricDilatedMaxPooling(2, 2, 1, 1, 1, 1, 0, 0, 0, 1, 2, 1)",
    "VolumetricAveragePooling": "nn.VolumetricAveragePooling(2, 2, 1)",
    "VolumetricReplicationPadding": "nn.VolumetricReplicationPadding(1, 0, 1, 0, 2, 1)",
    "GatedLinear": "nn.GatedLinearUnit(2)",
}
TARGETS = {
    "ClassNLLCriterion": "torch.Tensor{1, 3, 2}",
    "MultiMarginCriterion": "torch.Tensor{1, 3, 2}",
    "MultiLabelMarginCriterion": "torch.LongTensor{{1, 3, 0, 0}, {2, 0, 0, 0}, {4, 1, 2, 0}}",
    "SpatialClassNLLCriterion": "torch.Tensor(3, 2, 2):fill(4)",
}


@pytest.mark.parametrize("kind", ["Float", "Double"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(lua, name, kind):
    _, _, forward = signatures()[f"{name}_updateOutput"]
    _, _, backward = signatures()[f"{name}_updateGradInput"]
    sizes = {"Sp": "2, 4, 4", "Vo": "2, 4, 4, 4"}.get(name[:2], "4, 6")
    made = MADE.get(name, f"nn.{name}()")
    text = (
        f"torch.manualSeed(1) local x = torch.rand({sizes}):type('torch.{kind}Tensor') "
        f"return agrees('{name}', {made}:type(x:type()), x, '{' '.join(forward[2:])}', "
        f"'{' '.join(backward[3:])}')"
    )
    assert lua(text) == (True, True)


@pytest.mark.parametrize("name", CRITERIONS)
def test_criterions(lua, name):
    target = TARGETS.get(name, "torch.rand(3, 4)")
    sizes = "3, 4, 2, 2" if name.startswith("Spatial") else "3, 4"
    text = (
        f"torch.manualSeed(1) local x = torch.rand({sizes}) local m = nn.{name}() "
        f"return criterion(m, x, {target}, '{CRITERIONS[name]}')"
    )
    assert lua(text) == (True, True)


def test_convolution(lua):
    text = """
    local m = nn.SpatialConvolutionMM(2, 3, 3, 3, 1, 1, 1, 1)
    local x = torch.rand(2, 5, 5)
    local out, g = m:forward(x):clone(), torch.rand(3, 5, 5)
    m:zeroGradParameters()
    local gi = m:backward(x, g):clone()
    local o, i, w, b = x.new(), x.new(), m.gradWeight:clone():zero(), m.gradBias:clone():zero()
    local f, fg = x.new(), x.new()
    local K, opt = x.THNN, require_THNN.optionalTensor
    K.SpatialConvolutionMM_updateOutput(x:cdata(), o:cdata(), m.weight:cdata(), opt(m.bias),
      f:cdata(), fg:cdata(), 3, 3, 1, 1, 1, 1)
    K.SpatialConvolutionMM_updateGradInput(x:cdata(), g:cdata(), i:cdata(), m.weight:cdata(),
      f:cdata(), fg:cdata(), 3, 3, 1, 1, 1, 1)
    K.SpatialConvolutionMM_accGradParameters(x:cdata(), g:cdata(), w:cdata(), opt(b), f:cdata(),
      fg:cdata(), 3, 3, 1, 1, 1, 1, 1)
    return same(o, out), same(i, gi), same(w, m.gradWeight), same(b, m.gradBias), opt(nil)
    """
    from th7shell.lua import state
    from th7shell.nn.tools.thnn import THNN

    state.globals.require_THNN = THNN
    assert lua(text) == (True, True, True, True, None)


def test_errors(lua):
    text = "return select(2, pcall(torch.ones(1).THNN.Square_updateOutput, torch.ones(1)))"
    assert "cdata expected, got userdata" in lua(text)
    assert lua("return torch.LongTensor(1).THNN") is None


WEIGHTED = [
    ("Linear", "nn.Linear(4, 3)", "3, 4"),
    ("SpatialSubSampling", "nn.SpatialSubSampling(2, 2, 2, 1, 2)", "2, 4, 5"),
    ("TemporalConvolution", "nn.TemporalConvolution(4, 3, 2, 1)", "5, 4"),
]


@pytest.mark.parametrize("name, made, sizes", WEIGHTED)
def test_layers_with_weights(lua, name, made, sizes):
    forms = {m: " ".join(signatures()[f"{name}_{m}"][2]) for m in METHODS}
    text = f"""
    local m, x = {made}, torch.rand({sizes})
    local out = m:forward(x):clone()
    local g = torch.rand(out:size())
    m:zeroGradParameters()
    local want = m:backward(x, g):clone()
    local k = {{input = x, output = x.new(), gradOutput = g, gradInput = x.new(), weight = m.weight,
      bias = m.bias, gradWeight = m.gradWeight:clone():zero(), gradBias = m.gradBias:clone():zero(),
      addBuffer = x.new(), kW = m.kW, kH = m.kH, dW = m.dW, dH = m.dH, scale = 1,
      inputFrameSize = m.inputFrameSize, outputFrameSize = m.outputFrameSize}}
    x.THNN.{name}_updateOutput(values(k, '{forms["updateOutput"]}'))
    x.THNN.{name}_updateGradInput(values(k, '{forms["updateGradInput"]}'))
    x.THNN.{name}_accGradParameters(values(k, '{forms["accGradParameters"]}'))
    return same(k.output, out), same(k.gradInput, want), same(k.gradWeight, m.gradWeight),
      same(k.gradBias, m.gradBias)
    """
    assert lua(text) == (True, True, True, True)
