"""nn.LookupTable: gradients, padding, frequencies, norms, and inputs of any type."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError
from th7shell.torch.tensor import wrap

INDICES = np.array([[3, 1, 3], [5, 3, 1]])


@pytest.fixture
def table():
    torch.manualSeed(1)
    layer = nn.LookupTable(5, 2)
    layer.zeroGradParameters()
    return layer


def gradient(layer, indices=INDICES, scale=1):
    """gradWeight after a backward pass with random gradients; those gradients."""
    x = wrap(indices.astype(float))
    out = layer.forward(x)
    g = np.random.default_rng(0).normal(size=out.nd.shape)
    gin = layer.backward(x, wrap(g), scale)
    assert gin.nd.shape == indices.shape and not gin.nd.any()
    return layer.gradWeight.nd, g.reshape(-1, 2)


def expected(g, keep=lambda i: True, weight=lambda i: 1.0):
    want = np.zeros((5, 2))
    for i, row in zip(INDICES.reshape(-1), g):
        if keep(i):
            want[i - 1] += row * weight(i)
    return want


def test_gradients_add_up_at_each_index(table):
    got, g = gradient(table)
    np.testing.assert_allclose(got, expected(g))


def test_scale(table):
    got, g = gradient(table, scale=0.25)
    np.testing.assert_allclose(got, 0.25 * expected(g))


def test_the_padding_index_learns_nothing(table):
    assert table.setPadding(3) is table
    got, g = gradient(table)
    np.testing.assert_allclose(got, expected(g, keep=lambda i: i != 3))


def test_gradients_divided_by_frequency(table):
    assert table.scaleGradByFreq() is table
    counts = {3: 3, 1: 2, 5: 1}
    got, g = gradient(table)
    np.testing.assert_allclose(got, expected(g, weight=lambda i: 1 / counts[i]))


def test_mentioned_vectors_are_kept_short(table):
    before = table.weight.nd.copy()
    table.setMaxNorm(0.1).setNormType(1)
    table.forward(torch.LongTensor([4, 2, 4]))
    norms = np.abs(table.weight.nd).sum(1)
    np.testing.assert_allclose(norms[[1, 3]], 0.1, rtol=1e-5)
    np.testing.assert_array_equal(table.weight.nd[[0, 2, 4]], before[[0, 2, 4]])


@pytest.mark.parametrize("kind", ["Byte", "Int", "Long", "Float", "Double"])
def test_inputs_of_any_type(table, kind):
    x = torch.Tensor([2, 5]).type(f"torch.{kind}Tensor")
    np.testing.assert_array_equal(table.forward(x).nd, table.weight.nd[[1, 4]])
    gin = table.backward(x, torch.ones(2, 2))
    assert gin.type() == x.type() and not gin.nd.any()


def test_update_at_once_equals_update_later(table):
    x, g = torch.LongTensor([1, 3, 1]), torch.ones(3, 2)
    other = table.clone()
    table.forward(x)
    table.accUpdateGradParameters(x, g, 0.5)
    other.zeroGradParameters()
    other.forward(x)
    other.backward(x, g)
    other.updateParameters(0.5)
    np.testing.assert_allclose(table.weight.nd, other.weight.nd)


@pytest.mark.parametrize(
    "indices, message",
    [
        ([6], "index out of range"),
        ([0], "index out of range"),
        (np.ones((1, 1, 1)), "input must be a vector or matrix"),
    ],
)
def test_bad_indices_change_nothing(table, indices, message):
    kept = table.forward(torch.LongTensor([2])).nd.copy()
    with pytest.raises(TorchError, match=message):
        table.forward(wrap(np.asarray(indices, float)))
    np.testing.assert_array_equal(table.output.nd, kept)


def test_a_gradient_of_another_size_is_refused(table):
    x = torch.LongTensor([2, 3])
    table.forward(x)
    with pytest.raises(TorchError, match="gradOutput of size 3x2 does not belong"):
        table.accGradParameters(x, torch.ones(3, 2), 1)
    assert not table.gradWeight.nd.any()


def test_norms_and_gradients_name_the_wrong_index(table):
    bad = torch.LongTensor([2, 9])
    with pytest.raises(TorchError, match="inputs need to be in the range 1 <= input < 6, but got"):
        table.accGradParameters(bad, torch.ones(2, 2), 1)
    table.setMaxNorm(1)
    with pytest.raises(TorchError, match=r"input need to be in the range .* of value: 9"):
        table.forward(bad)
