"""SparseLinear, IndexLinear and PartialLinear beside the dense layers they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, array, new_table
from th7shell.torch.tensor import wrap

SAMPLES = [([1, 4, 7], [0.5, -2.0, 1.5]), ([4], [3.0]), ([2, 8], [1.0, 0.0])]
INPUTS, OUTPUTS = 8, 3


def dense(samples=SAMPLES):
    """The samples as rows of numbers."""
    x = np.zeros((len(samples), INPUTS))
    for row, (keys, values) in zip(x, samples):
        np.add.at(row, np.array(keys) - 1, values)
    return x


def pairs(sample):
    """A sample as a tensor of rows {key, value}."""
    return wrap(np.array(sample, float).T.copy())


def keys_of(sample):
    return torch.LongTensor(list(sample[0]))


def values_of(sample):
    return torch.Tensor(list(sample[1]))


SPARSE_FORMS = {
    "one": (lambda: pairs(SAMPLES[0]), SAMPLES[:1]),
    "table": (lambda: new_table([pairs(s) for s in SAMPLES]), SAMPLES),
    "tensor": (
        lambda: wrap(np.array([np.array(s).T for s in (SAMPLES[2], SAMPLES[2])])),
        [SAMPLES[2], SAMPLES[2]],
    ),
}
INDEX_FORMS = {
    "one": (
        lambda: new_table([keys_of(SAMPLES[0]), values_of(SAMPLES[0])]),
        SAMPLES[:1],
    ),
    "tables": (
        lambda: new_table(
            [new_table([keys_of(s) for s in SAMPLES]), new_table([values_of(s) for s in SAMPLES])]
        ),
        SAMPLES,
    ),
    "flat": (
        lambda: new_table(
            [
                torch.LongTensor([k for s in SAMPLES for k in s[0]]),
                torch.Tensor([v for s in SAMPLES for v in s[1]]),
                torch.LongTensor([len(s[0]) for s in SAMPLES]),
            ]
        ),
        SAMPLES,
    ),
}


def sparse_linear():
    torch.manualSeed(1)
    return nn.SparseLinear(INPUTS, OUTPUTS, True)


def index_linear(normalize=False):
    torch.manualSeed(1)
    layer = nn.IndexLinear(INPUTS, OUTPUTS, not normalize, None, None, None, normalize)
    layer.reset()
    return layer


def gradient(layer, x, count, seed=0):
    """Run forward and backward with random gradients: output, gradients as rows, gradInput."""
    out = layer.forward(x).nd.reshape(count, OUTPUTS).copy()
    g = np.random.default_rng(seed).normal(size=(count, OUTPUTS))
    gin = layer.backward(x, wrap(g.reshape(layer.output.nd.shape)))
    return out, g, gin


@pytest.mark.parametrize("form", SPARSE_FORMS)
def test_sparse_linear_is_linear(form):
    make, samples = SPARSE_FORMS[form]
    layer, x = sparse_linear(), dense(samples)
    weight, bias = layer.weight.nd.copy(), layer.bias.nd.copy()
    layer.zeroGradParameters()
    out, g, gin = gradient(layer, make(), len(samples))
    np.testing.assert_allclose(out, x @ weight.T + bias)
    np.testing.assert_allclose(layer.gradWeight.nd, g.T @ x, atol=1e-12)
    np.testing.assert_allclose(layer.gradBias.nd, g.sum(0))
    parts = gin.nd if form == "tensor" else np.array([t.nd for t in array(gin)])
    np.testing.assert_array_equal(parts[..., 0], np.tile(np.arange(1, 9), (len(samples), 1)))
    np.testing.assert_allclose(parts[..., 1], g @ weight)
    layer.updateParameters(0.1)
    np.testing.assert_allclose(layer.weight.nd, weight - 0.1 * g.T @ x)
    np.testing.assert_allclose(layer.bias.nd, bias - 0.1 * g.sum(0))
    layer.zeroGradParameters()
    assert not layer.gradWeight.nd.any() and not layer.gradBias.nd.any()


def test_sparse_linear_over_several_inputs_updates_all_columns():
    layer = sparse_linear()
    layer.zeroGradParameters()
    weight = layer.weight.nd.copy()
    total = np.zeros_like(weight)
    for seed, sample in enumerate(SAMPLES):
        _, g, _ = gradient(layer, pairs(sample), 1, seed)
        total += g.T @ dense([sample])
    layer.updateParameters(1)
    np.testing.assert_allclose(layer.weight.nd, weight - total)
    layer.zeroGradParameters()
    assert not layer.gradWeight.nd.any()


def test_sparse_linear_leaves_other_columns_alone():
    layer = sparse_linear()
    layer.zeroGradParameters()
    gradient(layer, pairs(SAMPLES[1]), 1)
    layer.gradWeight.nd[:, 0] = 7  # a column that the one input does not mention
    before = layer.weight.nd[:, 0].copy()
    layer.updateParameters(1)
    np.testing.assert_array_equal(layer.weight.nd[:, 0], before)


@pytest.mark.parametrize("key", [0, 9])
def test_sparse_linear_refuses_keys_out_of_range(key):
    message = f"index out of bound. updateOutput: {key} not between 1 and 8"
    with pytest.raises(TorchError, match=message):
        sparse_linear().forward(pairs(([key], [1.0])))


@pytest.mark.parametrize("form", INDEX_FORMS)
def test_index_linear_is_linear(form):
    make, samples = INDEX_FORMS[form]
    layer, x = index_linear(), dense(samples)
    weight, bias = layer.weight.nd.copy(), layer.bias.nd.copy()
    layer.zeroGradParameters()
    out, g, gin = gradient(layer, make(), len(samples))
    np.testing.assert_allclose(out, x @ weight + bias)
    np.testing.assert_allclose(layer.gradBias.nd, g.sum(0))
    found = gin[2]
    found = (
        found.nd
        if getattr(found, "nd", None) is not None
        else np.array([t.nd for t in array(found)])
    )
    np.testing.assert_allclose(found.reshape(g.shape[0], -1), g @ weight.T)
    layer.updateParameters(0.1)
    np.testing.assert_allclose(layer.weight.nd, weight - 0.1 * x.T @ g)
    np.testing.assert_allclose(layer.bias.nd, bias - 0.1 * g.sum(0))


def test_index_linear_gathers_the_gradients_of_several_inputs():
    layer = index_linear()
    layer.zeroGradParameters()
    weight, total = layer.weight.nd.copy(), 0
    for seed, sample in enumerate(SAMPLES):
        x = new_table([keys_of(sample), values_of(sample)])
        _, g, _ = gradient(layer, x, 1, seed)
        total = total + dense([sample]).T @ g
    layer.updateParameters(1)
    np.testing.assert_allclose(layer.weight.nd, weight - total)


def test_index_linear_updates_at_once():
    make, samples = INDEX_FORMS["flat"]
    layer = index_linear()
    weight, x = layer.weight.nd.copy(), make()
    out = layer.forward(x)
    g = np.random.default_rng(0).normal(size=out.nd.shape)
    layer.backwardUpdate(x, wrap(g), 0.5)
    np.testing.assert_allclose(layer.weight.nd, weight - 0.5 * dense(samples).T @ g)


def test_index_linear_divides_by_the_largest_value_seen_so_far():
    layer = index_linear(normalize=True)
    weight, bias = layer.weight.nd[:, 4:].copy(), layer.bias.nd.copy()
    x = new_table([torch.LongTensor([4, 2, 4, 4]), torch.Tensor([2.0, -1.0, -4.0, 2.0])])
    out = layer.forward(x).nd  # before training() nothing is learnt: all are beyond the largest
    np.testing.assert_allclose(out, np.sign([2, -1, -4, 2]) @ weight[[3, 1, 3, 3]] + bias)
    layer.training()
    out = layer.forward(x).nd
    np.testing.assert_allclose(out, np.array([1, -1, -1, 0.5]) @ weight[[3, 1, 3, 3]] + bias)
    np.testing.assert_array_equal(layer.weight.nd[3, :3], [4, 0.25, 1])
    layer.evaluate()
    big = new_table([torch.LongTensor([4]), torch.Tensor([300.0])])
    np.testing.assert_allclose(layer.forward(big).nd, weight[3] + bias)


def stepped(weight, keys, g, values, lr, decay, first):
    """The step of IndexLinear written key by key, number by number."""
    for key, gradient, value in zip(keys, g, values):
        row = weight[key - 1]
        rate = row[2] if first else 1
        own = row[first:].copy()
        if first:
            row[3] -= sum(w * d * lr * rate for w, d in zip(own, gradient))
        sign = -1 if first and len(own) == 1 else 1
        row[first:] = own - sign * decay * rate * own - lr * rate * value * gradient
    return weight


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("at_once", [False, True])
def test_index_linear_steps_key_by_key(normalize, decay, outputs, at_once):
    torch.manualSeed(1)
    layer = nn.IndexLinear(INPUTS, outputs, False, None, None, None, normalize)
    layer.reset()
    layer.training()
    layer.weightDecay = decay
    keys, values, sizes = [3, 5, 3, 3, 5, 1], [1.0, -2.0, 3.0, 2.0, 0.5, 1.0], [4, 2]
    x = new_table([torch.LongTensor(keys), torch.Tensor(values), torch.LongTensor(sizes)])
    layer.zeroGradParameters()
    layer.forward(x)
    used = layer.normalizedValues.nd.copy() if normalize else np.array(values)
    g = np.random.default_rng(0).normal(size=(2, outputs))
    first = 4 if normalize else 0
    wanted = stepped(layer.weight.nd.copy(), keys, g.repeat(sizes, 0), used, 0.1, decay, first)
    if at_once:
        layer.accUpdateGradParameters(x, wrap(g), 0.1)
        if normalize and outputs == 1:
            wanted[np.array(keys) - 1, 2] = 0
    else:
        layer.accGradParameters(x, wrap(g), 1)
        layer.updateParameters(0.1)
    np.testing.assert_allclose(layer.weight.nd, wanted)


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: new_table([keys_of(SAMPLES[0]), values_of(SAMPLES[1])]),
            "same number of elements",
        ),
        (lambda: new_table([1, 2]), "Wrong input format."),
        (lambda: new_table([torch.LongTensor([9]), torch.Tensor([1])]), "index out of bound"),
        (
            lambda: new_table([torch.LongTensor(2), torch.Tensor(3), torch.LongTensor([2])]),
            "Keys and values should be of same size",
        ),
    ],
)
def test_index_linear_refuses(make, message):
    with pytest.raises(TorchError, match=message):
        index_linear().forward(make())


def test_partial_linear_computes_the_chosen_outputs():
    torch.manualSeed(1)
    layer = nn.PartialLinear(4, 6)
    x = torch.randn(3, 4)
    layer.bias.uniform()
    everything = layer.forward(x).nd.copy()
    layer.setPartition(torch.Tensor([5, 2]))
    part = layer.forward(x).nd
    np.testing.assert_allclose(part, everything[:, [4, 1]])
    layer.zeroGradParameters()
    g = np.random.default_rng(0).normal(size=(3, 2))
    layer.backward(x, wrap(g))
    weight, bias = (t.nd for t in layer.parameter_lists()[1])
    np.testing.assert_allclose(weight[[4, 1]], g.T @ x.nd)
    np.testing.assert_allclose(bias[0, [4, 1]], g.sum(0))
    assert not weight[[0, 2, 3, 5]].any() and not bias[0, [0, 2, 3, 5]].any()
    layer.resetPartition()
    np.testing.assert_allclose(layer.forward(x).nd, everything)
