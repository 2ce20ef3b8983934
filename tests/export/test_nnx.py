"""nnx's layers in today's formats: equal outputs, or a reason and what else to do."""

from __future__ import annotations

import numpy as np
import pytest

from tests.nn.rows import plain
from tests.nnx.test_nnx import LAYERS
from th7shell import torch
from th7shell.export import ExportError
from th7shell.export.tracing import trace
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

from .converted import expected, flat_arrays, shapes

REFUSED = {
    "SpatialReSamplingEx{rwidth=.5, rheight=.5}": "use mode 'bilinear'",
    "SpatialReSamplingEx{owidth=5, oheight=6, mode='bilinear', yDim=1, xDim=2}": "nn.Transpose",
    "SpatialUpSampling{dW=2, dH=3}": "use nn.SpatialUpSamplingNearest",
    "SpatialMaxSampling{owidth=2, oheight=3}": "use nn.SpatialAdaptiveMaxPooling",
    "SpatialNormalization(2, torch.ones(3, 3), 1e-5)": "nn.SpatialContrastiveNormalization",
    "SpatialNormalization(2, {torch.rand(1, 3), torch.rand(3, 1)}, 1e-5)": "nnx itself",
    "SaturatedLU(-.3, 0, .4, .4)": "build it of nn.Threshold",
    "FunctionWrapper(function() end, function(_, x) return x end)": "of nn's layers",
}
MORE = {
    "SpatialUpSampling{dW=2, dH=2}": "2, 3, 4",
    "SpatialUpSampling{dW=3, dH=3, yDim=3, xDim=4}": "2, 2, 3, 4",
    "SpatialMaxSampling{owidth=2, oheight=3}": "2, 6, 4",
    "SpatialReSamplingEx{owidth=5, oheight=7, mode='bilinear'}": "2, 4, 3",
    "SaturatedLU(-.3, 0, .4, .4)": "5, 4",
    "FunctionWrapper(function() end, function(_, x) return x end)": "2, 3",
    "PixelSort(3)": "2, 1, 6, 3",
    "Sequential():add(nn.SpatialPadding(-1, 1, 0, 2)):add(nn.Minus())": "3, 4, 5",
    "Balance()": "2, 3",
}
CASES = [*LAYERS.items(), *MORE.items()]


@pytest.fixture(scope="module")
def lua():
    return Environment(MAIN)


def built(lua, make, sizes):
    net = lua.load(f"require 'nnx' torch.manualSeed(2) return nn.{make}", "=test")()
    shape = tuple(int(n) for n in sizes.split(","))
    return net, np.random.default_rng(4).uniform(-1, 1, shape)


def refused(make, x):
    if make == "SpatialMaxSampling{owidth=2, oheight=3}" and x.shape[1] == 6:
        return None
    return REFUSED.get(make)


@pytest.mark.parametrize(("make", "sizes"), CASES, ids=[f"{m} {s}" for m, s in CASES])
def test_layers(make, sizes, lua, tmp_path):
    net, x = built(lua, make, sizes)
    if refused(make, x):
        from th7shell.export.pytorch import to_torch_source

        with pytest.raises(ExportError, match=rf"^nn\.\w+ at the top: .*{refused(make, x)}"):
            to_torch_source(net, x.shape)
        return
    trace(net, x.shape)
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from .test_pytorch import check

    check(net, x, tmp_path, gradients=make != "Balance()")
    pytest.importorskip("onnxruntime")
    from .test_onnx import both_ways

    both_ways(net, x)


def test_what_a_table_loses_and_gets_back(lua, tmp_path):
    net = lua.load(
        """require 'nnx'
        local push = nn.PushTable(2)
        local pull = push:pull(1)
        return nn.Sequential():add(push):add(nn.SelectTable(1)):add(nn.Linear(3, 4)):add(nn.Tanh())
           :add(pull):add(nn.ParallelTable():add(nn.Minus()):add(nn.MulConstant(2)))""",
        "=test",
    )()
    x = [np.random.default_rng(1).uniform(-1, 1, size) for size in ((2, 3), (2, 5))]
    a, b = (plain(torch.Tensor(2, n)) for n in (5, 4))
    assert [v.shape for v in trace(net, shapes(x)).output] == [a.shape, b.shape]
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from .test_pytorch import check

    check(net, x, tmp_path)
    pytest.importorskip("onnxruntime")
    from .test_onnx import both_ways

    both_ways(net, x)
    assert len(flat_arrays(expected(net, x))) == 2
