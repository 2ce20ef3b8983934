"""What nn.Module does for every layer: parameters, sharing, types, errors, walking, summaries."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, array, items, new_table, tostring
from th7shell.torch.tensor import wrap


def mlp():
    torch.manualSeed(1)
    return nn.Sequential().add(nn.Linear(4, 3)).add(nn.Tanh()).add(nn.Linear(3, 2))


def ones(*shape):
    return wrap(np.ones(shape))


def test_parameters_come_in_order():
    params, grads = mlp().parameters()
    assert [p.nd.shape for p in array(params)] == [(3, 4), (3,), (2, 3), (2,)]
    assert [g.nd.shape for g in array(grads)] == [(3, 4), (3,), (2, 3), (2,)]
    assert nn.Tanh().parameters() is None


def test_get_parameters_makes_views_of_one_storage():
    net = mlp()
    before = np.concatenate([p.nd.reshape(-1) for p in array(net.parameters()[0])])
    weight = net.get(1).weight
    flat, grad = net.getParameters()
    assert np.array_equal(flat.nd, before)
    assert net.get(1).weight is weight
    assert weight.storage() is flat.storage() and net.get(3).bias.storageOffset() == 22
    flat.fill(2)
    assert weight.nd.sum() == 24
    net.zeroGradParameters()
    net.forward(ones(5, 4))
    net.backward(ones(5, 4), ones(5, 2))
    assert grad.nd.any()
    assert np.array_equal(grad.nd[-2:], net.get(3).gradBias.nd)


def test_get_parameters_keeps_what_is_shared_once():
    first = nn.Linear(3, 3)
    second = first.clone("weight", "bias", "gradWeight", "gradBias")
    net = nn.Sequential().add(first).add(second).add(nn.Linear(3, 2))
    flat, grad = net.getParameters()
    assert flat.nElement() == grad.nElement() == 12 + 8
    flat.fill(1)
    assert first.weight.nd.sum() == second.weight.nd.sum() == 9


def test_get_parameters_leaves_out_what_no_parameter_uses():
    net = nn.Linear(2, 2)
    big = ones(10)
    net.weight.set(big.storage(), 3, torch.LongStorage([2, 2]))
    net.bias.set(big.storage(), 9, torch.LongStorage([2]))
    flat, _grad = net.getParameters()
    assert flat.nElement() == 6
    assert (net.weight.storageOffset(), net.bias.storageOffset()) == (1, 5)
    assert net.weight.nd.tolist() == [[1, 1], [1, 1]]


def test_get_parameters_refuses_holes_within_a_parameter():
    net = nn.Linear(2, 2)
    net.weight.set(ones(10).storage(), 1, torch.LongStorage([2, 2]), torch.LongStorage([4, 2]))
    with pytest.raises(Exception, match="Cannot gather tensors that are not compact"):
        net.getParameters()


def test_get_parameters_refuses_gradients_that_do_not_match():
    net = mlp()
    net.get(1).gradBias = None
    net.get(1).gradBias = ones(5)
    with pytest.raises(Exception, match="check that you are sharing parameters and gradParameters"):
        net.getParameters()


@pytest.mark.parametrize("method", ["accUpdateGradParameters", "backwardUpdate"])
def test_updating_at_once_is_a_step_with_fresh_gradients(method):
    net, other = mlp(), mlp()
    x, g = ones(5, 4), wrap(np.linspace(-1, 1, 10).reshape(5, 2))
    net.zeroGradParameters()
    for each in (net, other):
        each.forward(x)
    net.backward(x, g)
    net.updateParameters(0.1)
    if method == "accUpdateGradParameters":
        other.updateGradInput(x, g)
    getattr(other, method)(x, g, 0.1)
    for mine, theirs in zip(array(net.parameters()[0]), array(other.parameters()[0])):
        if method == "accUpdateGradParameters" or mine.nd.ndim:
            np.testing.assert_allclose(mine.nd[-1:], theirs.nd[-1:], rtol=0.2)
    np.testing.assert_allclose(net.get(3).weight.nd, other.get(3).weight.nd, rtol=1e-12)


def test_sharing_names_tensors():
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    assert a.share(b, "weight", "nothing") is a
    b.weight.fill(3)
    assert a.weight.nd.sum() == 12
    assert a.shared and b.shared
    assert a.bias.storage() is not b.bias.storage()


def test_types_keep_sharing():
    net = mlp()
    net.get(3).alias = net.get(3).weight
    net.get(1).view = net.get(1).weight.view(12)
    net.float()
    assert net.type() == "torch.FloatTensor"
    assert net.get(3).alias is net.get(3).weight
    assert net.get(1).view.storage() is net.get(1).weight.storage()
    assert net.get(1).weight.type() == "torch.FloatTensor"
    with pytest.raises(Exception, match="attempt to index a nil value"):
        net.type("torch.Nope")


def test_a_cache_of_types_keeps_sharing_between_nets():
    a = nn.Linear(2, 2)
    b = a.clone("weight")
    cache = new_table()
    a.type("torch.FloatTensor", cache)
    b.type("torch.FloatTensor", cache)
    assert a.weight.storage() is b.weight.storage()
    assert a.bias.storage() is not b.bias.storage()


def test_clone_copies_once_what_is_used_twice():
    layer = nn.Linear(2, 2)
    net = nn.Sequential().add(layer).add(nn.Tanh()).add(layer)
    copy = net.clone()
    assert copy.get(1) is copy.get(3) and copy.get(1) is not layer
    net.get(2).me = net
    assert net.clone().get(2).me is not net


def test_clone_wants_tensors_to_share():
    layer = nn.Linear(2, 2)
    layer.note = "text"
    with pytest.raises(Exception, match="Shared parameters have to be Tensors"):
        layer.clone("note")


def test_modes_reach_all_children():
    net = nn.Sequential().add(nn.Dropout()).add(nn.Concat(1).add(nn.Dropout()).add(nn.Linear(2, 2)))
    net.evaluate()
    assert [m.train for m in array(net.listModules())] == [False] * 5
    net.training()
    assert [m.train for m in array(net.listModules())] == [True] * 5


def test_reset_draws_anew():
    net = mlp()
    before = net.get(1).weight.nd.copy()
    net.reset(0.01)
    assert not np.array_equal(before, net.get(1).weight.nd)
    assert np.abs(net.get(1).weight.nd).max() <= 0.01 * np.sqrt(3)


def test_insert_and_remove():
    net = nn.Sequential().add(nn.Linear(2, 2)).add(nn.Tanh())
    net.insert(nn.Abs(), 1)
    assert [type(m).__name__ for m in array(net.modules)] == ["Abs", "Linear", "Tanh"]
    assert net.gradInput is net.get(1).gradInput
    net.remove(2)
    assert net.size() == len(net) == 2
    net.remove()
    net.remove()
    assert net.size() == 0
    with pytest.raises(Exception, match="index out of range"):
        net.remove(1)
    with pytest.raises(Exception, match="index should be contiguous to existing modules"):
        net.insert(nn.Abs(), 3)


CHAIN = [
    (
        lambda: nn.Sequential().add(nn.Linear(3, 2)).add(nn.Linear(3, 2)),
        ["\nIn 2 module of nn.Sequential:\n", "size mismatch, [2 x 3], [2]"],
    ),
    (
        lambda: (
            nn.Sequential()
            .add(nn.Tanh())
            .add(nn.Concat(1).add(nn.Linear(3, 2)).add(nn.Linear(4, 2)))
        ),
        [
            "\nIn 2 module of nn.Sequential:\nIn 2 module of nn.Concat:\n",
            "size mismatch, [2 x 4], [3]",
        ],
    ),
    (
        lambda: nn.ConcatTable().add(nn.Linear(4, 2)),
        [
            "\nIn 1 module of nn.ConcatTable:\n",
            "stack traceback:",
            "WARNING: If you see a stack trace below",
        ],
    ),
]


@pytest.mark.parametrize("make, parts", CHAIN)
def test_errors_tell_the_place_in_the_net(make, parts):
    with pytest.raises(Exception) as caught:
        make().forward(ones(3))
    for part in parts:
        assert part in caught.value.value
    assert caught.value.value.count("WARNING") == 1
    sentence = str(caught.value)  # what a program in Python reads
    assert (
        sentence.startswith("in module ") and "size mismatch" in sentence and "\n" not in sentence
    )
    assert caught.value.lua_traceback.startswith("stack traceback:\n\t")


def test_backward_with_another_size_names_both_sizes_and_the_net():
    net = mlp()
    net.forward(ones(5, 4))
    with pytest.raises(Exception) as caught:
        net.backward(ones(7, 4), ones(5, 2))
    assert "nn.Sequential: backward was given an input of size 7x4, forward one of size 5x4" in str(
        caught.value
    )


BAD = [
    (lambda: nn.Linear(3, 2), ones(4), "size mismatch, [2 x 3], [4]"),
    (lambda: nn.Linear(3, 2), ones(5, 4), "size mismatch, m1: [5 x 4], m2: [3 x 2]"),
    (lambda: nn.Linear(3, 2), ones(2, 2, 3), "input must be vector or matrix"),
    (lambda: nn.Linear(3, 2), None, "attempt to index local 'input' (a nil value)"),
    (lambda: nn.Linear(3, 2), 5, "attempt to index local 'input' (a number value)"),
    (lambda: nn.Linear(3, 2), new_table(), "attempt to call method 'dim' (a nil value)"),
    (
        lambda: nn.Linear(3, 2).float(),
        ones(3),
        "invalid arguments: FloatTensor number FloatTensor DoubleTensor",
    ),
    (nn.Tanh, None, "attempt to index local 'input' (a nil value)"),
    (nn.Tanh, new_table(), "attempt to index field 'THNN' (a nil value)"),
    (
        lambda: nn.Tanh().float(),
        ones(3),
        "cannot convert 'struct THFloatTensor *' to 'struct THDoubleTensor *'",
    ),
    (nn.SoftMax, ones(1, 1, 1, 1, 1), "1D, 2D, 3D or 4D tensor expected"),
    (lambda: nn.View(7), ones(2, 3), "input view (2x3) and desired view (7) do not match"),
    (lambda: nn.Reshape(7), ones(2, 3), "Wrong size for view. Input size: 2x3. Output size: 2x7"),
    (lambda: nn.Narrow(1, 2, 5), ones(3), "out of range"),
    (lambda: nn.PReLU(3), ones(2, 2, 3), "Wrong number of input planes. Expected 3 but got 2."),
    (nn.GatedLinearUnit, ones(3), "Halving dimension must be even. Dim 1 is size 3"),
    (
        nn.CAddTable,
        ones(3),
        "bad argument #1 to 'resizeAs' (torch.DoubleTensor expected, got userdata)",
    ),
    (nn.CAddTable, new_table([ones(3), ones(4)]), "inconsistent tensor size"),
    (
        lambda: nn.JoinTable(1),
        new_table([ones(2, 3), ones(2, 4)]),
        "inconsistent tensor size, expected tensor [2 x 3] and src [2 x 4] to have the same number of elements, but got 6 and 8 elements respectively",
    ),
    (nn.JoinTable, new_table([ones(2)]), "attempt to compare nil with number"),
    (lambda: nn.SelectTable(3), new_table([ones(3)]), "index does not exist in the input table"),
    (nn.MM, new_table([ones(2, 3), ones(2, 3)]), "matrix sizes do not match"),
    (nn.FlattenTable, ones(3), "input must be a table"),
    (lambda: nn.Euclidean(3, 2), ones(2, 2, 3), "1D or 2D input expected"),
    (lambda: nn.Bilinear(2, 2, 2), ones(3), "input should be a table containing two data Tensors"),
    (
        lambda: nn.SpatialDropout(),
        ones(3),
        "Input must be 4D (nbatch, nfeat, h, w) or 3D (nfeat, h, w)",
    ),
    (lambda: nn.Sum(3), ones(2, 2), "dimension exceeds input dimensions"),
    (lambda: nn.Normalize(2), ones(1, 2, 3), "only 1d layer supported"),
    (lambda: nn.OneHot(2), ones(1).mul(3), "Invalid index in scatter"),
]


@pytest.mark.parametrize("make, input, message", BAD)
def test_bad_input_is_refused_in_the_words_of_the_original(make, input, message):
    layer = make()
    before = {k: tostring(v) for k, v in items(layer)}
    with pytest.raises(Exception) as caught:
        layer.forward(input)
    assert message in str(caught.value)
    after = {k: tostring(v) for k, v in items(layer) if k not in ("output", "size", "noise")}
    assert {k: v for k, v in before.items() if k in after} == after


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nn.Dropout(2), "<Dropout> illegal percentage, must be 0 <= p < 1"),
        (lambda: nn.HardTanh(1, 0), "max_value must be larger than min_value"),
        (
            lambda: nn.Threshold(0, 1, True),
            "in-place processing requires value (1) not exceed threshold (0)",
        ),
        (lambda: nn.Threshold("a"), "nn.Threshold(threshold, value)"),
        (lambda: nn.ReLU(1), "in-place flag must be boolean"),
        (nn.Power, "nn.Power(power)"),
        (nn.Narrow, "nn.Narrow(dimension, offset, length)"),
        (nn.NarrowTable, "nn.NarrowTable(offset, length)"),
        (nn.MulConstant, "input is not scalar!"),
        (lambda: nn.View(-1, -1), "only one dimension can be at -1"),
        (lambda: nn.Sequential().add(None), "attempt to index local 'module' (a nil value)"),
        (lambda: nn.Kmeans(0, 1), "Clusters cannot be 0 or negative."),
        (lambda: nn.Convert("b*", "bf"), "Both or neither shapes must be b*"),
        (nn.Linear, "bad argument #1"),
        (lambda: nn.MapTable(nn.Tanh()).add(nn.Tanh()), "Single module required"),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(Exception) as caught:
        make()
    assert message in str(caught.value)


def test_a_failed_backward_changes_nothing():
    layer = nn.Linear(3, 2)
    layer.forward(ones(3))
    layer.gradWeight.fill(1)
    before = layer.gradInput.nd.copy()
    with pytest.raises(Exception, match="size mismatch"):
        layer.backward(ones(3), ones(4))
    assert layer.gradWeight.nd.sum() == 6
    assert np.array_equal(layer.gradInput.nd, before)


def test_summary_counts_layers():
    net = mlp()
    found = net.summary(5, 4)
    assert [row.output for row in found.rows if row.leaf] == [(5, 3), (5, 3), (5, 2)]
    assert [row.parameters for row in found.rows if row.leaf] == [15, 0, 8]
    assert "nn.Linear" in str(found)
    assert net.output.nElement() == 0


def test_nested_tables_of_tensors():
    a = new_table([ones(2), new_table([ones(3)])])
    copy, _ = nn.utils.recursiveCopy(new_table(), a)
    assert copy[2][1].nd.tolist() == [1, 1, 1] and copy[1] is not a[1]
    nn.utils.recursiveAdd(copy, 2, a)
    assert copy[1].nd.tolist() == [3, 3]
    nn.utils.recursiveFill(copy, 0)
    assert copy[2][1].nd.sum() == 0
    shrunk, _ = nn.utils.recursiveResizeAs(copy, new_table([ones(4)]))
    assert len(shrunk) == 1 and shrunk[1].nElement() == 4
    with pytest.raises(Exception, match="expecting nested tensors or tables"):
        nn.utils.recursiveCopy(None, 3)
    assert nn.utils.addSingletonDimension(ones(2, 3), 2).nd.shape == (2, 1, 3)
    with pytest.raises(Exception, match="invalid dimension: 4"):
        nn.utils.addSingletonDimension(ones(2, 3), 4)
    view = nn.utils.contiguousView(None, ones(2, 3).t(), 6)
    assert view.nd.shape == (6,)


def test_stochastic_gradient_learns(capsys):
    data = new_table(
        [new_table([wrap(np.array([x, 1.0])), wrap(np.array([2 * x]))]) for x in (-1.0, 0.5, 1.0)]
    )
    data.size = lambda *_: 3
    trainer = nn.StochasticGradient(nn.Linear(2, 1), nn.MSECriterion())
    seen = []
    trainer.maxIteration, trainer.learningRate, trainer.learningRateDecay = 4, 0.1, 0.01
    trainer.hookIteration = lambda self, i, error: seen.append((i, error))
    trainer.train(data)
    assert [i for i, _ in seen] == [1, 2, 3, 4]
    assert seen[-1][1] < seen[0][1]
    assert (
        "# StochasticGradient: you have reached the maximum number of iterations"
        in capsys.readouterr().out
    )


def test_kmeans_moves_centres_to_samples():
    torch.manualSeed(2)
    samples = wrap(np.concatenate([np.zeros((5, 2)), np.full((5, 2), 4.0)]))
    layer = nn.Kmeans(2, 2)
    layer.initKmeansPlus(samples)
    for _ in range(5):
        layer.zeroGradParameters()
        layer.forward(samples)
        layer.backward(samples, layer.output)
        layer.updateParameters(1)
    assert sorted(layer.weight.nd[:, 0].round(3).tolist()) == [0, 4]
    assert layer.loss == pytest.approx(0, abs=1e-6)
    assert layer.clusterSampleCount.nd.tolist() == [5, 5]


def test_jacobian_finds_a_wrong_gradient():
    wrong = nn.Tanh()
    wrong.updateGradInput = lambda self, x, g: self.gradInput.resizeAs(g).copy(g)
    x = torch.rand(3)
    assert nn.Jacobian.testJacobian(nn.Tanh(), x) < 1e-6
    assert nn.Jacobian.testJacobian(wrong, x) > 1e-3
    layer = nn.Linear(3, 2)
    assert nn.Jacobian.testJacobianParameters(layer, x, layer.weight, layer.gradWeight) < 1e-6
    assert nn.Jacobian.testJacobianUpdateParameters(layer, x, layer.bias) < 1e-6
    assert max(nn.Jacobian.testIO(layer, x)) == 0
    errors = nn.Jacobian.testAllUpdate(layer, x, "weight", "gradWeight")
    assert all(error < 1e-12 for _name, error in items(errors)) and len(list(items(errors))) == 4


def test_numbers_in_texts_round_as_in_the_original():
    assert str(nn.Dropout(2**-7)) == "nn.Dropout(0.007813)"  # 0.0078125
    assert str(nn.ELU(1 + 2**-7)) == "nn.ELU (alpha:1.007813)"


ADDED = [
    ("nn.Sequential():add(nn.Tanh)", "nn.Tanh is a class: nn.Tanh()"),
    ("nn.Concat(1):add(nn.Tanh)", "nn.Tanh is a class: nn.Tanh()"),
    ("nn.Sequential():add('x')", "a module expected, got a string"),
    ("nn.Concat(1):add(nil)", "a module expected, got nil"),
    ("nn.Sequential():add(nil)", "attempt to index local 'module' (a nil value)"),
    ("nn.MultiCriterion():add(nn.MSECriterion)", "nn.MSECriterion is a class: nn.MSECriterion()"),
    ("nn.Sequential():insert(nn.Tanh, 1)", "nn.Tanh is a class: nn.Tanh()"),
]


@pytest.mark.parametrize(("call", "message"), ADDED)
def test_what_is_no_module_is_refused_where_it_is_typed(call, message, tmp_path):
    from th7shell.session.environment import Environment

    environment = Environment()
    with pytest.raises(TorchError) as caught:
        environment.load(f"require 'nn' {call}", "=stdin")()
    assert str(caught.value).endswith(message)
    file = tmp_path / "a.lua"  # a file keeps the original's rule
    file.write_text(
        f"require 'nn' local ok, net = pcall(function() return {call} end) return ok, net"
    )
    assert environment.load_file(str(file))()[0] is ("Sequential():add(nil)" not in call)
