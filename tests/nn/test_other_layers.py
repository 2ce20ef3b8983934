"""Layers whose input is not of numbers alone, or whose point is not their output: tested one by
one.
"""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.tensor import wrap

X = np.arange(6.0).reshape(3, 2)


def test_index_takes_slices_and_returns_their_gradients():
    layer = nn.Index(1)
    pair = new_table([wrap(X.copy()), torch.LongTensor([3, 1, 3])])
    assert layer.forward(pair).nd.tolist() == [[4, 5], [0, 1], [4, 5]]
    grad = layer.backward(pair, wrap(np.ones((3, 2))))
    assert grad[1].nd.tolist() == [[1, 1], [0, 0], [2, 2]]
    assert grad[2].nd.tolist() == [0, 0, 0]
    assert layer.clearState() is layer and layer.output.nElement() == 0
    assert torch.deserialize(torch.serialize(layer)).forward(pair).nd.shape == (3, 2)


def test_masked_select_takes_elements_and_returns_their_gradients():
    layer = nn.MaskedSelect()
    mask = torch.ByteTensor([[1, 0], [0, 1], [0, 0]])
    pair = new_table([wrap(X.copy()), mask])
    assert layer.forward(pair).nd.tolist() == [0, 3]
    grad = layer.backward(pair, wrap(np.array([5.0, 7.0])))
    assert grad[1].nd.tolist() == [[5, 0], [0, 7], [0, 0]]
    assert grad[2].nd.tolist() == [[0, 0]] * 3 and grad[2].type() == "torch.ByteTensor"
    single = layer.float()
    assert (
        single.forward(new_table([wrap(X.astype(np.float32)), mask])).type() == "torch.FloatTensor"
    )


def test_print_size_prints_what_passes(capsys):
    layer = nn.PrintSize("here")
    x = wrap(X.copy())
    assert layer.forward(x) is x
    assert layer.backward(x, x) is x
    assert layer.forward(None) is None
    text = capsys.readouterr().out
    assert "here:input" in text and "here:gradOutput" in text and "missing size" in text
    assert " 3\n 2\n" in text


@pytest.mark.parametrize("castin", [True, False])
def test_dont_cast_keeps_the_type_of_its_module(castin):
    layer = nn.DontCast(nn.Linear(2, 3), castin)
    net = nn.Sequential().add(layer).float()
    assert layer.get(1).weight.type() == "torch.DoubleTensor"
    if not castin:
        return
    x = wrap(X.astype(np.float32))
    assert net.forward(x).type() == "torch.FloatTensor"
    net.zeroGradParameters()
    grad = net.backward(x, wrap(np.ones((3, 3), np.float32)))
    assert grad.type() == "torch.FloatTensor"
    np.testing.assert_allclose(grad.nd, np.ones((3, 3)) @ layer.get(1).weight.nd, rtol=1e-6)
    assert layer.get(1).gradBias.nd.tolist() == [3, 3, 3]


def test_dont_cast_must_know_the_type():
    with pytest.raises(Exception, match="Cannot extrapolate moduleType"):
        nn.DontCast(nn.ConcatTable(), True)


def test_nan_says_where_it_came_from():
    layer = nn.NaN(nn.Linear(2, 2), "mine")
    bad = np.array([np.nan, 1.0])
    with pytest.raises(Exception) as caught:
        layer.forward(wrap(bad))
    assert "NaN found in input of module :\nnn.NaN(mine) @ nn.Linear(2 -> 2)" in str(caught.value)
    layer.get(1).weight.fill(np.nan)
    with pytest.raises(Exception, match="NaN found in parameters of module"):
        layer.forward(wrap(np.ones(2)))
    layer.get(1).reset()
    layer.forward(wrap(np.ones(2)))
    with pytest.raises(Exception, match="NaN found in gradOutput of module"):
        layer.backward(wrap(np.ones(2)), wrap(bad))


def test_profile_prints_every_so_often(capsys):
    layer = nn.Profile(nn.Tanh(), 2, "tanh")
    x = wrap(np.ones(3))
    for _ in range(2):
        layer.forward(x)
        layer.backward(x, x)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" took ")[0] for line in lines] == ["tanh", "tanh"]
    assert lines[0].endswith("2 forward passes") and lines[1].endswith("2 backward passes")


def test_map_table_makes_and_drops_clones():
    layer = nn.MapTable(nn.Linear(2, 2))
    layer.forward(new_table([wrap(np.ones(2))] * 3))
    assert layer.size() == 3
    assert layer.get(3).weight.storage() is layer.get(1).weight.storage()
    layer.resize(2)
    assert layer.size() == 2
    layer.clearState()
    assert layer.size() == 1
    apart = nn.MapTable(nn.Linear(2, 2), False)
    apart.forward(new_table([wrap(np.ones(2))] * 2))
    assert apart.get(2).weight.storage() is not apart.get(1).weight.storage()


def test_weight_norm_files_leave_out_the_weight():
    layer = nn.WeightNorm(nn.Linear(4, 3))
    x = wrap(np.ones(4))
    want = layer.forward(x).nd.copy()
    text = torch.serialize(layer)
    assert layer.weight is not None
    again = torch.deserialize(text)
    assert again.weight.nd.shape == (3, 4) and again.weight is again.get(1).weight
    np.testing.assert_allclose(again.forward(x).nd, want, rtol=1e-12)


def test_linear_weight_norm_becomes_linear_and_back():
    linear = nn.Linear(4, 3)
    x = wrap(np.ones(4))
    normed = nn.LinearWeightNorm.fromLinear(linear)
    np.testing.assert_allclose(normed.forward(x).nd, linear.forward(x).nd, rtol=1e-12)
    np.testing.assert_allclose(normed.toLinear().forward(x).nd, linear.forward(x).nd, rtol=1e-12)


def test_hessian_of_a_linear_layer():
    nn.hessian.enable()
    kept = nn.Module.parameters
    try:
        layer = nn.Linear(3, 2)
        x = wrap(np.array([1.0, -2.0, 0.5]))
        assert nn.Jacobian.testDiagHessianWeight(layer, x.clone()) < 1e-9
        assert nn.Jacobian.testDiagHessianBias(layer, x.clone()) < 1e-9
        assert nn.Jacobian.testDiagHessianInput(layer, x.clone()) < 1e-9
        net = nn.Sequential().add(layer).add(nn.Tanh())
        net.initDiagHessianParameters()
        assert len(net.getParameters()) == 3
        with pytest.raises(Exception, match=r"updateDiagHessianInput\(\) is undefined"):
            nn.Abs().updateDiagHessianInput(x, x)
    finally:
        restore_hessian()
    assert nn.Module.parameters is not kept


def restore_hessian():
    """Take back what nn.hessian.enable() put into the classes."""
    from th7shell.nn import container, module

    nn.Module.parameters = PARAMETERS
    nn.Module.getParameters = GET_PARAMETERS
    nn.Sequential.parameters = None
    assert module.Module.parameters is PARAMETERS
    assert nn.Sequential.parameters is container.Container.parameters


PARAMETERS = nn.Module.parameters
GET_PARAMETERS = nn.Module.getParameters


def test_linear_passes_over_what_a_view_took_before_it():
    """Its backward alone, with the input of a net that begins with a view."""
    layer = nn.Linear(6, 4)
    layer.zeroGradParameters()
    x, g = torch.randn(5, 2, 3), torch.randn(5, 4)
    gradient = layer.backward(x, g)
    assert gradient.nd.shape == (5, 2, 3) and not gradient.nd.any()
    assert not layer.gradWeight.nd.any() and not layer.gradBias.nd.any()
    with pytest.raises(LuaError, match="vector or matrix"):
        layer.forward(x)
