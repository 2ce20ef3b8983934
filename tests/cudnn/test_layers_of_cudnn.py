"""cuDNN's layers beside nn's: results, gradients, printing, arguments, files, conversion."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import cudnn, nn, torch
from th7shell.lua import LuaError, array, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.classes import typename
from th7shell.torch.namespace import namespace

# name, arguments, arguments of nn's, input's sizes, printed text without the package
TWINS = [
    ("SpatialConvolution", (2, 4, 3, 3), None, (2, 2, 6, 6), "SpatialConvolution(2 -> 4, 3x3)"),
    ("SpatialConvolution", (2, 4, 3, 2, 2, 1, 1), (2, 4, 3, 2, 2, 1, 1, 0), (2, 6, 6),
     "SpatialConvolution(2 -> 4, 3x2, 2,1, 1,0)"),
    ("SpatialFullConvolution", (2, 3, 4, 4, 2, 2, 1, 1), None, (2, 2, 3, 3),
     "SpatialFullConvolution(2 -> 3, 4x4, 2,2, 1,1)"),
    ("VolumetricConvolution", (2, 3, 2, 2, 2), None, (1, 2, 3, 3, 3),
     "VolumetricConvolution(2 -> 3, 2x2x2)"),
    ("VolumetricFullConvolution", (2, 3, 2, 2, 2), None, (1, 2, 3, 3, 3),
     "VolumetricFullConvolution(2 -> 3, 2x2x2)"),
    ("SpatialMaxPooling", (2, 3), None, (2, 2, 6, 6), "SpatialMaxPooling(2x3, 2,3)"),
    ("SpatialAveragePooling", (2, 2), (2, 2, 2, 2), (2, 2, 6, 6),
     "SpatialAveragePooling(2x2, 2,2)"),
    ("VolumetricMaxPooling", (2, 2, 2), None, (1, 2, 4, 4, 4),
     "VolumetricMaxPooling"),
    ("VolumetricAveragePooling", (2, 2, 2), None, (1, 2, 4, 4, 4), "VolumetricAveragePooling"),
    ("BatchNormalization", (3,), None, (4, 3), None),
    ("SpatialBatchNormalization", (3, 1e-3), None, (4, 3, 2, 2), "SpatialBatchNormalization"),
    ("VolumetricBatchNormalization", (3,), None, (4, 3, 2, 2, 2), None),
    ("SpatialCrossMapLRN", (3, 0.1), None, (2, 4, 2, 2), "SpatialCrossMapLRN"),
    ("ReLU", (), None, (3, 4), "ReLU"),
    ("Tanh", (), None, (3, 4), "Tanh"),
    ("Sigmoid", (), None, (3, 4), "Sigmoid"),
    ("SoftMax", (), None, (3, 4), "SoftMax"),
    ("SoftMax", (), None, (4,), "SoftMax"),
    ("LogSoftMax", (), None, (3, 4), "LogSoftMax"),
    ("SpatialSoftMax", (True,), (), (2, 3, 2, 2), "SpatialSoftMax"),
    ("SpatialLogSoftMax", (), None, (3, 2, 2), "SpatialLogSoftMax"),
]  # fmt: skip


def pair(name, arguments, own=None):
    """cuDNN's layer and nn's, with the same parameters."""
    torch.manualSeed(4)
    layer = getattr(cudnn, name)(*arguments)
    torch.manualSeed(4)
    return layer, getattr(nn, name)(*(arguments if own is None else own))


def run(layer, x, g):
    layer.zeroGradParameters()
    y = layer.forward(x).nd.copy()
    dx = layer.backward(x, g).nd.copy()
    return [y, dx, *(t.nd for t in layer.parameter_lists()[1])]


@pytest.mark.parametrize(("name", "arguments", "own", "shape", "text"), TWINS)
def test_layers_compute_as_nns(name, arguments, own, shape, text):
    layer, twin = pair(name, arguments, own)
    x = torch.randn(*shape)
    g = twin.forward(x).clone().uniform()
    for got, want in zip(run(layer, x, g), run(twin, x, g)):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    layer.cuda()
    assert layer.forward(x.cuda()).type() == "torch.CudaTensor"
    if text is not None:
        assert str(layer) == f"cudnn.{text}"
    copy = torch.deserialize(torch.serialize(layer))
    np.testing.assert_array_equal(copy.forward(x.cuda()).nd, layer.output.nd)
    assert copy.clearState().output.nElement() == 0 and type(layer.clone()) is type(layer)


def slopes(layer, x, g):
    """Finite differences of the input."""
    view = x.nd.reshape(-1)
    found = np.empty(view.size)
    for k in range(view.size):
        before, ends = view[k], []
        for step in (1e-6, -1e-6):
            view[k] = before + step
            ends.append((layer.forward(x).nd * g.nd).sum())
        view[k] = before
        found[k] = (ends[0] - ends[1]) / 2e-6
    return found.reshape(x.nd.shape)


OWN = [
    (lambda: cudnn.ClippedReLU(0.5), (3, 4), "ClippedReLU"),
    (lambda: cudnn.SoftMax(), (2, 3, 2, 2), "SoftMax"),
    (lambda: cudnn.LogSoftMax(), (3, 2, 2), "LogSoftMax"),
    (lambda: cudnn.VolumetricAveragePooling(2, 2, 2, 2, 2, 2, 1, 0, 1), (2, 1, 3, 4, 5),
     "VolumetricAveragePooling"),
    (lambda: cudnn.VolumetricAveragePooling(2, 2, 2).ceil(), (1, 3, 4, 5),
     "VolumetricAveragePooling"),
    (lambda: cudnn.VolumetricSoftMax(), (3, 2, 2, 2), "VolumetricSoftMax"),
    (lambda: cudnn.VolumetricLogSoftMax(), (2, 3, 2, 2, 2), "VolumetricLogSoftMax"),
    (lambda: cudnn.SpatialConvolution(4, 6, 3, 2, 1, 1, 1, 0, 2), (2, 4, 4, 4),
     "SpatialConvolution(4 -> 6, 3x2, 1,1, 1,0)"),
    (lambda: cudnn.TemporalConvolution(3, 2, 3, 2, 1), (2, 5, 3), None),
    (lambda: cudnn.TemporalConvolution(3, 2, 2), (5, 3), None),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape", "text"), OWN)
def test_layers_that_nn_lacks(make, shape, text):
    layer = make()
    x = torch.randn(*shape)
    g = layer.forward(x).clone().uniform()
    want = slopes(layer, x, g)
    layer.forward(x)
    layer.zeroGradParameters()
    np.testing.assert_allclose(layer.backward(x, g).nd, want, rtol=1e-5, atol=1e-7)
    if text is not None:
        assert str(layer) == f"cudnn.{text}"
    copy = torch.deserialize(torch.serialize(layer))
    np.testing.assert_array_equal(copy.forward(x).nd, layer.forward(x).nd)
    copy.cuda()
    assert copy.forward(x.cuda()).type() == "torch.CudaTensor"


def test_groups_are_convolutions_side_by_side():
    layer = cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 1, 1, 2)
    assert layer.weight.nd.shape == (6, 2, 3, 3) and layer.groups == 2
    x, g = torch.randn(2, 4, 5, 5), torch.randn(2, 6, 5, 5)
    got = run(layer, x, g)
    for i in range(2):
        part = nn.SpatialConvolution(2, 3, 3, 3, 1, 1, 1, 1)
        part.weight.copy(layer.weight.narrow(1, 3 * i + 1, 3))
        part.bias.copy(layer.bias.narrow(1, 3 * i + 1, 3))
        own = slice(2 * i, 2 * i + 2), slice(3 * i, 3 * i + 3)
        want = run(part, x.narrow(2, 2 * i + 1, 2), g.narrow(2, 3 * i + 1, 3))
        np.testing.assert_allclose(got[0][:, own[1]], want[0], rtol=1e-10)
        np.testing.assert_allclose(got[1][:, own[0]], want[1], rtol=1e-10)
        np.testing.assert_allclose(got[2][own[1]], want[2], rtol=1e-10)
        np.testing.assert_allclose(got[3][own[1]], want[3], rtol=1e-10)
    single = layer.forward(x.select(1, 1)).nd
    np.testing.assert_allclose(single, got[0][0], rtol=1e-10)
    layer.noBias()
    assert layer.forward(x).nd.shape == (2, 6, 5, 5) and layer.bias is None
    flat, _ = layer.getParameters()
    flat.fill(0)
    assert not layer.forward(x).nd.any()  # the groups see the moved parameters


def test_in_place():
    for make in (cudnn.ReLU, cudnn.Tanh, cudnn.Sigmoid, lambda flag: cudnn.ClippedReLU(1, flag)):
        x, g = torch.randn(5), torch.randn(5)
        want = run(make(False), x, g)
        y, h = x.clone(), g.clone()
        layer = make(True)
        assert layer.forward(y).nd is y.nd and layer.backward(y, h).nd is h.nd
        np.testing.assert_array_equal(y.nd, want[0])
        np.testing.assert_array_equal(h.nd, want[1])


def test_cross_entropy_over_pixels():
    x, target = torch.randn(2, 3, 2, 2), torch.DoubleTensor(2, 2, 2).random(3)
    weights = torch.DoubleTensor([1, 2, 3])
    c = cudnn.SpatialCrossEntropyCriterion(weights)
    inner, nll = nn.SpatialLogSoftMax(), nn.SpatialClassNLLCriterion(weights)
    first = lambda value: value[0] if isinstance(value, tuple) else value  # noqa: E731
    want = first(nll.forward(inner.forward(x), target))
    assert c.forward(x, target) == pytest.approx(want)
    back = inner.backward(x, nll.backward(inner.output, target)).nd
    np.testing.assert_allclose(c.backward(x, target).nd, back)
    volume = cudnn.VolumetricCrossEntropyCriterion(weights)
    y = x.view(2, 3, 2, 1, 2)
    assert volume.forward(y, target.view(2, 2, 1, 2)) == pytest.approx(want)
    np.testing.assert_allclose(
        volume.backward(y, target.view(2, 2, 1, 2)).nd.reshape(back.shape), back
    )
    c.cuda()
    assert c.forward(x.cuda(), target.cuda()) == pytest.approx(want, rel=1e-5)
    assert c.backward(x.cuda(), target.cuda()).type() == "torch.CudaTensor"
    with pytest.raises(LuaError, match="mini-batch supported only"):
        c.forward(x.cuda().select(1, 1), target.cuda())


def net():
    parts = [
        nn.SpatialConvolution(1, 2, 3, 3), nn.SpatialBatchNormalization(2), nn.ReLU(True),
        nn.SpatialMaxPooling(2, 2, 2, 2), nn.SpatialAveragePooling(2, 2, 1, 1),
        nn.Sequential().add(nn.Tanh()).add(nn.Sigmoid()).add(nn.Dropout(0)), nn.View(-1), nn.LogSoftMax(),
    ]  # fmt: skip
    made = nn.Sequential()
    for part in parts:
        made.add(part)
    return made


def test_convert_goes_both_ways():
    torch.manualSeed(1)
    x = torch.randn(1, 1, 10, 10)
    there = net()
    there.get(7).setNumInputDims(3)
    before = there.forward(x).nd.copy()
    weight = there.get(1).weight
    there = cudnn.convert(there, namespace("cudnn"))
    names = "SpatialConvolution SpatialBatchNormalization ReLU SpatialMaxPooling".split()
    assert [typename(m) for m in array(there.modules)[:4]] == [f"cudnn.{n}" for n in names]
    assert str(there.get(6).get(1)) == "cudnn.Tanh" and there.get(1).weight is weight
    np.testing.assert_allclose(there.forward(x).nd, before, rtol=1e-8)
    back = cudnn.convert(there, namespace("nn"))
    assert str(back) == str(net()) and back.get(3).inplace is True
    np.testing.assert_allclose(back.forward(x).nd, before, rtol=1e-8)
    np.testing.assert_allclose(back.backward(x, back.output.clone()).nd.shape, x.nd.shape)


def test_convert_leaves_what_is_excluded_and_unknown():
    kept = cudnn.convert(net(), namespace("cudnn"), lambda m: str(m).startswith("nn.ReLU"))
    assert str(kept.get(3)) == "nn.ReLU" and str(kept.get(6).get(2)) == "cudnn.Sigmoid"
    grouped = nn.Sequential().add(cudnn.SpatialConvolution(2, 2, 1, 1, 1, 1, 0, 0, 2))
    assert str(cudnn.convert(grouped, namespace("nn")).get(1)).startswith("cudnn.")
    with pytest.raises(LuaError, match="must be cudnn or nn"):
        cudnn.convert(net(), new_table())


def test_choices_of_algorithms_are_kept():
    layer = cudnn.SpatialConvolution(1, 1, 1, 1)
    assert layer.fastest().setMode(1, 2, 3) is layer and (layer.fmode, layer.bwmode) == (1, 3)
    assert layer.fastest_mode is True and layer.resetMode().fmode is None
    assert layer.resetWeightDescriptors().clearDesc() is layer


REFUSED = [
    (lambda: cudnn.SpatialConvolution(3, 4, 1, 1, 1, 1, 0, 0, 2), "nInputPlane should be divisible"),
    (lambda: cudnn.SpatialConvolution(4, 3, 1, 1, 1, 1, 0, 0, 2), "nOutputPlane should be divisible"),
    (lambda: cudnn.SpatialConvolution(4, 4, 1, 1, 1, 1, 0, 0, 2).forward(torch.randn(2, 3, 3)),
     "input has to contain: 4 feature maps"),
    (lambda: cudnn.ClippedReLU(), "No ceiling was given to ClippedReLU"),
    (lambda: cudnn.BatchNormalization(), "Number of feature planes"),
    (lambda: cudnn.BatchNormalization(3, 1, 1, False), "only affine supported"),
    (lambda: cudnn.SpatialCrossMapLRN(17), "size has to be between 1 and 16"),
    (lambda: cudnn.SoftMax().forward(torch.randn(1, 1, 1, 1, 1)), "dimensions expected"),
    (lambda: cudnn._Pointwise().forward(torch.randn(2)), "mode is not set"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refusals(call, message):
    with pytest.raises(LuaError, match=message):
        call()


@pytest.fixture
def lua():
    interpreter = Interpreter(MAIN)
    cudnn.luaopen(interpreter.globals)
    return lambda text: interpreter.load(text, "=case")()


ANSWERS = [
    ("return cudnn.benchmark, cudnn.fastest, cudnn.version >= 5000", (False, False, True)),
    ("return cudnn.typemap['torch.CudaTensor']", "CUDNN_DATA_FLOAT"),
    ("return cudnn.sizeof(torch.CudaDoubleTensor()), cudnn.sizeof(torch.FloatTensor())", (8, None)),
    ("cudnn.configureMath{['torch.CudaHalfTensor'] = 'CUDNN_DATA_HALF'}"
     " return cudnn.configmap('torch.CudaHalfTensor')", "CUDNN_DATA_HALF"),
    ("cudnn.reset() return cudnn.getHandle()", None),
    ("local net = nn.Sequential():add(nn.ReLU()) return torch.type(cudnn.convert(net, cudnn):get(1))",
     "cudnn.ReLU"),
    ("local m = torch.class('nn.OfMine', 'cudnn.ReLU') return torch.isTypeOf(nn.OfMine(), 'nn.Module')",
     True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_settings(lua, text, answer):
    assert lua(text) == answer
