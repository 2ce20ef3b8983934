"""State of the pooling layers: indices, sizes, unpooling, regions that stay."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, tostring
from th7shell.torch.tensor import wrap

from .naive import max_pool


def image(*shape):
    return wrap(np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape) / 10)


def test_indices_are_places_in_the_plane_from_one():
    layer, x = nn.SpatialMaxPooling(2, 3, 2, 1), image(2, 3, 5, 6)
    layer.forward(x)
    assert layer.indices.type() == "torch.LongTensor"
    for sample, found in zip(x.nd, layer.indices.nd):
        want = max_pool(sample, (3, 2), (1, 2), (0, 0), (1, 1), (3, 3))[1]
        np.testing.assert_array_equal(found, want)
    assert (layer.iheight, layer.iwidth) == (5, 6)


@pytest.mark.parametrize("size", [2, 3])
def test_the_first_of_equal_values_wins(size):
    layer = nn.SpatialMaxPooling(size, size)
    layer.forward(torch.zeros(1, size, size))
    assert layer.indices.nd.item() == 1
    layer.backward(torch.zeros(1, size, size), torch.ones(1, 1, 1))
    assert layer.gradInput.nd[0, 0, 0] == 1 and layer.gradInput.nd.sum() == 1


def test_indices_tell_where_gradients_go():
    layer, x = nn.SpatialMaxPooling(2, 2), image(1, 4, 4)
    layer.forward(x)
    layer.indices.fill(3)
    gin = layer.backward(x, torch.ones(1, 2, 2))
    assert gin.nd[0, 0, 2] == 1 and gin.nd.sum() == 1


def test_ceil_and_floor():
    layer, x = nn.SpatialMaxPooling(2, 2), image(1, 5, 5)
    assert layer.forward(x).nd.shape == (1, 2, 2)
    assert layer.ceil() is layer and layer.forward(x).nd.shape == (1, 3, 3)
    assert layer.floor() is layer and layer.forward(x).nd.shape == (1, 2, 2)


def test_average_pooling_from_before_there_was_a_divisor():
    layer, x = nn.SpatialAveragePooling(2, 2, 2, 2), image(1, 4, 4)
    mean = layer.forward(x).nd.copy()
    layer.divide = layer.ceil_mode = layer.padW = layer.padH = None
    np.testing.assert_allclose(layer.forward(x).nd, 4 * mean)
    np.testing.assert_allclose(layer.backward(x, torch.ones(1, 2, 2)).nd, 1)


UNPOOLING = [
    ("Spatial", (2, 3), (2, 2, 6, 4)),
    ("Spatial", (2, 2), (3, 5, 5)),
    ("Volumetric", (2, 2, 3), (2, 1, 4, 6, 4)),
    ("Volumetric", (2, 3, 2), (2, 4, 4, 6)),
]


@pytest.mark.parametrize("kind, args, shape", UNPOOLING)
def test_unpooling_puts_the_maxima_back(kind, args, shape):
    pool = getattr(nn, kind + "MaxPooling")(*args)
    layer = getattr(nn, kind + "MaxUnpooling")(pool)
    x = image(*shape)
    best = pool.forward(x)
    back = layer.forward(best)
    assert back.nd.shape == x.nd.shape
    np.testing.assert_array_equal(back.nd, np.where(np.isin(x.nd, best.nd), x.nd, 0))
    gin = layer.backward(best, x)
    np.testing.assert_array_equal(gin.nd, best.nd)
    assert tostring(layer) == f"nn.{kind}MaxUnpooling associated to {tostring(pool)}"


def test_unpooling_refuses():
    with pytest.raises(TorchError, match=r"Argument must be a nn\.SpatialMaxPooling module"):
        nn.SpatialMaxUnpooling(nn.ReLU())
    with pytest.raises(TorchError, match="kernel must be equal to its stride"):
        nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(3, 3, 2, 2))
    pool = nn.SpatialMaxPooling(2, 2)
    layer = nn.SpatialMaxUnpooling(pool)
    pool.forward(image(1, 4, 4))
    with pytest.raises(TorchError, match="input and indices shapes do not match"):
        layer.forward(image(1, 3, 3))
    pool.indices.fill(17)
    with pytest.raises(TorchError, match="found an invalid max index 16"):
        layer.forward(image(1, 2, 2))


def test_temporal_indices_count_inside_the_window():
    layer = nn.TemporalMaxPooling(3, 2)
    layer.forward(torch.Tensor([[1], [5], [5], [2], [9]]))
    np.testing.assert_array_equal(layer.indices.nd, [[1], [2]])


def test_adaptive_indices_are_columns_then_rows():
    layer, x = nn.SpatialAdaptiveMaxPooling(2, 1), image(2, 3, 4)
    layer.forward(x)
    columns, rows = layer.indices.nd - 1
    for plane in range(2):
        for j in range(2):
            cell = x.nd[plane, rows[plane, 0, j], 2 * j + columns[plane, 0, j]]
            assert cell == layer.output.nd[plane, 0, j]


def test_fractional_regions_are_drawn_anew_until_fixed():
    layer, x = nn.SpatialFractionalMaxPooling(2, 2, 5, 5), image(2, 9, 9)
    torch.manualSeed(1)
    first, second = layer.forward(x).nd.copy(), layer.forward(x).nd.copy()
    assert not np.array_equal(first, second)
    assert layer.fixPoolingRegions() is layer
    np.testing.assert_array_equal(layer.forward(x).nd, second)
    gin = layer.backward(x, torch.ones(2, 5, 5))
    np.testing.assert_allclose(gin.nd.sum(), 50)
    assert set(x.nd[gin.nd > 0]) == set(second.reshape(-1))


@pytest.mark.parametrize("size, sides", [((2, 2, 5, 5), 5), ((2, 2, 0.2, 0.2), 3)])
def test_fractional_pooling_must_reduce(size, sides):
    with pytest.raises(TorchError, match=r"too (large|small)"):
        nn.SpatialFractionalMaxPooling(*size).forward(image(1, sides, sides))
