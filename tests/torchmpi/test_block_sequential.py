"""nn.BlockSequential, which needs no MPI."""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, array
from th7shell.torchmpi.block_sequential import BlockSequential


def pair(partitions=3, layers=7):
    torch.manualSeed(2)
    plain, net = nn.Sequential(), BlockSequential(partitions)
    for i in range(layers):
        layer = nn.Tanh() if i % 3 == 1 else nn.Linear(6, 6)
        plain.add(layer)
        net.add(layer.clone())
    return plain, net


@pytest.mark.parametrize("partitions", [1, 2, 3, 50])
def test_it_computes_what_a_sequential_does(partitions):
    plain, net = pair(partitions)
    x, dy = torch.randn(4, 6), torch.randn(4, 6)
    for step in range(2):
        for m in (plain, net):
            m.forward(x)
            m.zeroGradParameters()
        assert torch.all(net.output.eq(plain.output))
        before = plain.backward(x, dy)
        if step:
            assert torch.all(net.backward(x, dy).eq(before))
        else:
            found = dy
            while (step_back := net.backwardStep(x, found))[0] is not None:
                found = step_back[0]
            assert torch.all(found.eq(before))
        for m in (plain, net):
            m.updateParameters(0.1)
    assert torch.all(net.forward(x).eq(plain.forward(x)))


def test_blocks_are_flat_and_about_equal():
    _, net = pair(partitions=3, layers=10)
    weights, gradients = net.parameterBlocks()
    sizes = [w.nElement() for w in array(weights)]
    assert 3 <= len(sizes) <= 4 and sum(sizes) == 7 * 42
    assert max(sizes) <= 42 * 3
    assert [g.nElement() for g in array(gradients)] == sizes
    assert net.modules[1].get(1).weight.storage() is weights[1].storage()
    with pytest.raises(TorchError, match="only call this function once"):
        net.getParameterBlocks()


def test_layers_without_parameters_are_not_lost():
    net = BlockSequential(2).add(nn.Tanh()).add(nn.Linear(2, 2)).add(nn.Linear(2, 2)).add(nn.Tanh())
    y = net.forward(torch.ones(3, 2))
    assert [m.size() for m in net] == [2, 2]
    assert y.abs().max() < 1


def test_wrong_arguments_and_text():
    for wrong in (0, "three"):
        with pytest.raises(Exception, match=r"partition|number"):
            BlockSequential(wrong)
    _, net = pair()
    net.parameterBlocks()
    assert "nn.BlockSequential (3) {" in str(net) and "(2): nn.Sequential" in str(net)
    net.forward(torch.ones(2, 6))
    with pytest.raises(TorchError, match="gradOutput has to be a tensor"):
        net.backwardStep(torch.ones(2, 6), None)


def test_it_goes_through_a_file(tmp_path):
    _, net = pair()
    x = torch.ones(2, 6)
    y = net.forward(x).clone()
    torch.save(str(tmp_path / "n.t7"), net)
    again = torch.load(str(tmp_path / "n.t7"))
    assert torch.all(again.forward(x).eq(y))
    weights, _ = again.parameterBlocks()
    weights[1].fill(0)
    assert again.modules[1].get(1).weight.abs().max() == 0
