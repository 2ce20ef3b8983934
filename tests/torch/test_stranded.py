"""Tensors whose storage is resized under them: geometry stays, values stay as far as there is memory,
and what cannot be done is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import LuaError
from th7shell.torch.memory import array_bytes

pytestmark = pytest.mark.usefixtures("young")
TOO_FEW = "the storage of this tensor was resized to"


def report(*arguments: str) -> str:
    program = Path(__file__).with_name("stranded_calls.py")
    command = [sys.executable, str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    return done.stdout + done.stderr


def test_every_method_gives_a_value_or_an_error():
    assert report() == "41280 calls, 0 faults\n"


@pytest.mark.long
def test_every_method_of_other_types():
    assert report("all").endswith(" calls, 0 faults\n")


def test_geometry_and_values_outlast_a_small_storage():
    x = torch.range(1, 10)
    part, matrix, turned = x.narrow(1, 6, 5), x.view(2, 5), x.view(2, 5).t()
    x.storage().resize(7)
    assert [x.dim(), part.storageOffset(), matrix.nElement(), matrix.stride(1)] == [1, 6, 10, 5]
    assert turned.stride().nd.tolist() == [1, 5]
    assert (matrix.isContiguous(), turned.isContiguous()) == (True, False)
    assert torch.type(x) == "torch.DoubleTensor"
    assert isinstance(x, torch.DoubleTensor)
    assert x.isSameSizeAs(torch.ones(10))
    for use in (lambda: part.sum(), lambda: matrix.clone(), lambda: x[1], lambda: str(turned),
                lambda: torch.ones(10) + x, lambda: torch.add(torch.ones(10), x)):  # fmt: skip
        with pytest.raises(LuaError, match=TOO_FEW):
            use()
    x.storage().resize(12)
    assert part[1] == 6
    assert part[2] == 7
    part.fill(3)
    assert matrix.nd.tolist() == [[1, 2, 3, 4, 5], [3] * 5]
    assert turned[5][2] == 3


def test_parts_that_still_have_memory_stay_as_they_are():
    x = torch.range(1, 10)
    head, end = x.narrow(1, 1, 2), x.narrow(1, 2, 1)
    x.storage().resize(2)
    assert head.fill(5).sum() == 10
    assert (end[1], end.storageOffset(), end.storage().size()) == (5, 2, 2)


def test_memory_is_given_back():
    x = torch.ones(1_000_000)
    held = array_bytes()
    x.storage().resize(0)
    assert held - array_bytes() == 8_000_000


def test_resize_and_set_make_it_whole():
    x = torch.ones(4, 5)
    x.storage().resize(0)
    assert x.resize(4, 5).fill(2).sum() == 40
    x.storage().resize(1)
    with pytest.raises(LuaError):
        x.set(torch.FloatTensor(2))
    with pytest.raises(LuaError, match=TOO_FEW):
        x.sum()
    assert x.set(torch.ones(3)).sum() == 3
    x.storage().resize(0)
    assert x.set().dim() == 0


def test_models_whose_weights_were_freed():
    net = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Tanh())
    layer = net.get(1)
    want = net.forward(torch.ones(3)).nd.copy()
    kept = layer.weight.clone()
    layer.weight.storage().resize(0)
    net.zeroGradParameters()  # gradients have memory of their own
    for use in (net.getParameters, lambda: net.forward(torch.ones(3))):
        with pytest.raises(LuaError, match=TOO_FEW):
            use()
    for copy in (net.clone(), torch.deserialize(torch.serialize(net)), net):
        weight = copy.get(1).weight
        assert weight.size().nd.tolist() == [2, 3]
        weight.storage().resize(6)
        weight.copy(kept)
        np.testing.assert_array_equal(copy.forward(torch.ones(3)).nd, want)


def test_partly_freed_tensors_are_not_saved():
    x = torch.ones(10)
    x.storage().resize(3)
    with pytest.raises(LuaError, match=TOO_FEW):
        torch.serialize(x)
