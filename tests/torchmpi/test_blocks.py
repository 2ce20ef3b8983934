"""Which memory one call of MPI takes: no MPI is needed to tell."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError
from th7shell.torchmpi.blocks import blocks, runs
from th7shell.torchmpi.collectives import memory


def net(width=10):
    return nn.Sequential().add(nn.Linear(width, width)).add(nn.Linear(width, width))


def test_flat_parameters_are_one_block_in_place():
    m = net(200)
    flat, _ = m.getParameters()
    (block,) = blocks(m.parameter_lists()[0])
    assert np.shares_memory(block.array, flat.nd) and block.array.size == flat.nElement()
    assert block.parts == []


def test_large_ones_are_taken_in_place_and_small_ones_together():
    m = nn.Sequential().add(nn.Linear(100, 100)).add(nn.Linear(100, 3))
    weights = m.parameter_lists()[0]
    large, small = blocks(weights)
    assert np.shares_memory(large.array, weights[0].nd)
    assert small.array.size == 100 + 300 + 3
    small.array[...] = 5
    small.back()
    assert all((w.nd == 5).all() for w in weights[1:]) and not (weights[0].nd == 5).any()


def test_neighbours_in_memory_by_accident_are_not_one_run():
    base = torch.zeros(20)
    own = [torch.Tensor(base.storage(), 1, 10), torch.Tensor(base.storage(), 11, 10)]
    assert [(r.start, r.end) for r in runs(own)] == [(0, 20)]
    assert [(r.start, r.end) for r in runs(own[::-1])] == [(10, 20), (0, 10)]
    assert len(runs([torch.zeros(5), torch.zeros(5)])) == 2


def test_shared_memory_counts_once():
    t = torch.zeros(6)
    assert len(runs([t, t, t.narrow(1, 2, 3), torch.Tensor()])) == 1


def test_types_are_kept_apart():
    pairs = [torch.FloatTensor(3), torch.DoubleTensor(3), torch.FloatTensor(4)]
    assert sorted((b.array.dtype.name, b.array.size) for b in blocks(pairs)) == [
        ("float32", 7),
        ("float64", 3),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [(3, "a tensor expected, got number"), (torch.ones(3, 2).t(), "contiguous")],
)
def test_what_mpi_cannot_take(value, words):
    with pytest.raises(TorchError, match=words):
        memory(value, 1)


def test_a_tensors_memory_is_passed_itself():
    t = torch.ones(4, 5)
    assert memory(t, 1) is t.nd
