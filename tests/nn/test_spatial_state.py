"""Buffers, weights that move, evaluation, running statistics, inputs that tell the output's
size.
"""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import array, new_table
from th7shell.torch.tensor import wrap

from .naive import convolve


def expected(layer, x):
    return np.array([convolve(v, layer.weight.nd, layer.bias.nd, (1, 1), (1, 1)) for v in x.nd])


@pytest.fixture
def layer():
    torch.manualSeed(1)
    return nn.SpatialConvolution(3, 2, 3, 3, 1, 1, 1, 1)


def test_buffers_are_reused(layer):
    x = torch.randn(2, 3, 5, 5)
    out = layer.forward(x)
    memory = out.nd
    gin = layer.backward(x, out)
    assert layer.forward(torch.randn(2, 3, 5, 5)) is out and out.nd is memory
    assert layer.backward(x, out) is gin
    assert layer.finput is not None and layer.fgradInput is not None


@pytest.mark.parametrize("training", [True, False])
def test_weights_that_move_are_followed(layer, training):
    x = torch.randn(2, 3, 5, 5)
    (layer.training if training else layer.evaluate)()
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    flat, _ = layer.getParameters()
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    flat.mul(2)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    layer.weight = torch.randn(2, 3, 3, 3)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    layer.weight = torch.randn(3, 2, 3, 3).transpose(1, 2)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    layer.weight.mul(3)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))


def test_sizes_and_strides_may_change_between_calls(layer):
    for shape in ((2, 3, 5, 5), (1, 3, 7, 4), (2, 3, 5, 5)):
        x = torch.randn(*shape)
        np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    x = torch.randn(2, 3, 4, 5).transpose(3, 4)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))
    layer.dW = 2
    assert layer.forward(x).nd.shape == (2, 2, 5, 2)


def test_an_input_changed_in_place_is_seen(layer):
    x = torch.randn(2, 3, 5, 5)
    layer.forward(x)
    x.mul(2)
    np.testing.assert_allclose(layer.forward(x).nd, expected(layer, x))


def test_without_gradinput_only_parameters_are_trained(layer):
    x = torch.randn(3, 5, 5)
    layer.gradInput = None
    layer.zeroGradParameters()
    out = layer.forward(x)
    assert layer.backward(x, out) is None
    assert layer.gradWeight.nd.any()


def test_weights_of_older_models_are_matrices(layer):
    x = torch.randn(2, 3, 5, 5)
    want = layer.forward(x).nd.copy()
    layer.weight, layer.gradWeight = layer.weight.view(2, 27), layer.gradWeight.view(2, 27)
    layer.padding, layer.padW, layer.padH = 1, None, None
    np.testing.assert_allclose(layer.forward(x).nd, want)
    assert layer.weight.nd.shape == (2, 3, 3, 3) and layer.padW == 1


@pytest.mark.parametrize(
    "make, shape, wanted",
    [
        (lambda: nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2, 1, 1), (2, 4, 3), (3, 8, 6)),
        (
            lambda: nn.VolumetricFullConvolution(2, 3, 3, 3, 3, 2, 2, 2, 1, 1, 1),
            (2, 3, 4, 3),
            (3, 6, 8, 5),
        ),
    ],
)
@pytest.mark.parametrize("batch", [(), (2,)])
def test_a_second_input_tells_the_output_size(make, shape, wanted, batch):
    torch.manualSeed(1)
    layer = make()
    pair = new_table([torch.randn(*batch, *shape), torch.randn(*batch, *wanted)])
    out = layer.forward(pair)
    assert out.nd.shape == (*batch, *wanted)
    for _again in range(2):
        gin = array(layer.backward(pair, out))
        assert gin[0].nd.shape == (*batch, *shape)
        assert gin[1].nd.shape == (*batch, *wanted) and not gin[1].nd.any()
    alone = layer.forward(pair[1])
    assert alone.nd.shape != (*batch, *wanted)


def test_running_statistics():
    layer, x = nn.BatchNormalization(3, 1e-3, 0.25), torch.randn(8, 3)
    layer.forward(x)
    np.testing.assert_allclose(layer.running_mean.nd, 0.25 * x.nd.mean(0))
    np.testing.assert_allclose(layer.running_var.nd, 0.75 + 0.25 * x.nd.var(0, ddof=1))
    np.testing.assert_allclose(layer.save_std.nd, 1 / np.sqrt(x.nd.var(0) + 1e-3))
    layer.evaluate()
    kept = layer.running_mean.nd.copy()
    y = layer.forward(x).nd
    scale = layer.weight.nd / np.sqrt(layer.running_var.nd + 1e-3)
    np.testing.assert_allclose(y, (x.nd - kept) * scale + layer.bias.nd)
    np.testing.assert_array_equal(layer.running_mean.nd, kept)
    g = torch.randn(8, 3)
    layer.zeroGradParameters()
    np.testing.assert_allclose(layer.backward(x, g).nd, g.nd * scale)
    np.testing.assert_allclose(layer.gradBias.nd, g.nd.sum(0))
    single = layer.forward(wrap(x.nd[0].copy()))
    np.testing.assert_allclose(single.nd[0], y[0])


def test_a_batch_of_one_uses_the_running_statistics():
    layer = nn.SpatialBatchNormalization(2)
    layer.forward(torch.randn(1, 2, 3, 3))
    np.testing.assert_array_equal(layer.running_mean.nd, 0)
    np.testing.assert_array_equal(layer.running_var.nd, 1)


def test_the_standard_deviations_of_older_models():
    layer = nn.BatchNormalization(2)
    layer.running_std = torch.Tensor([0.5, 2])
    copy = nn.BatchNormalization(2)

    class File:
        def readObject(self):
            return layer

    copy.read(File(), 1)
    np.testing.assert_allclose(copy.running_var.nd, np.array([4, 0.25]) - 1e-5)


def test_connection_tables():
    np.testing.assert_array_equal(nn.tables.full(2, 2).nd, [[1, 1], [2, 1], [1, 2], [2, 2]])
    np.testing.assert_array_equal(nn.tables.oneToOne(3).nd, [[1, 1], [2, 2], [3, 3]])
    torch.manualSeed(1)
    table = nn.tables.random(4, 6, 2).nd.astype(int)
    assert (np.bincount(table[:, 1])[1:] == 2).all()
    assert all(len(set(table[table[:, 1] == j, 0])) == 2 for j in range(1, 7))
