"""Every optimiser steps over CUDA tensors as over floats, and keeps its state beside them."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import optim, torch
from th7shell.lua import Table, items, new_table
from th7shell.torch.tensor import Tensor

NAMES = ("sgd adam adagrad adadelta adamax rmsprop rprop nag asgd cg lbfgs lbfgs+lswolfe").split()
START = [1.5, -0.5, 2.0]


def host_places(value, seen, path=""):
    """Where a state holds tensors of real numbers that are not CUDA ones."""
    if id(value) not in seen:
        seen.add(id(value))
        if isinstance(value, Tensor):
            if not type(value).element_type.prefix and type(value).element_type.real:
                yield path
        elif isinstance(value, Table):
            for key, inner in items(value):
                yield from host_places(inner, seen, f"{path}.{key}")


def trained(name, kind):
    """The place after some steps over a bowl, and the state."""
    x = torch.FloatTensor(START).type(kind)
    scale = torch.FloatTensor([1, 2, 3]).type(kind)
    torch.manualSeed(1)

    def bowl(at):
        return at.clone().cmul(at).cmul(scale).sum(), at.clone().cmul(scale).mul(2)

    method, _plus, search = name.partition("+")
    state = new_table((), {"learningRate": 0.05, "maxIter": 4})
    if search:
        state["lineSearch"] = getattr(optim, search)
    for _step in range(3):
        getattr(optim, method)(bowl, x, state)
    return x, state


@pytest.mark.parametrize("name", NAMES)
def test_steps_over_cuda_tensors(name):
    want, _ = trained(name, "torch.FloatTensor")
    got, state = trained(name, "torch.CudaTensor")
    assert got.type() == "torch.CudaTensor"
    np.testing.assert_allclose(got.nd, want.nd, rtol=1e-5)
    assert np.abs(got.nd - START).max() > 0
    assert {*host_places(state, set())} <= {".al", ".ro"}  # of the default type in the original too


def test_confusion_of_cuda_predictions():
    scores = torch.FloatTensor([[3, 1, 2], [1, 2, 3], [0, 5, 1]])
    matrices = [optim.ConfusionMatrix(3) for _ in range(2)]
    for matrix, kind in zip(matrices, ("torch.FloatTensor", "torch.CudaTensor")):
        matrix.batchAdd(scores.type(kind), torch.FloatTensor([1, 3, 3]).type(kind))
        matrix.add(scores[1].type(kind), 2)
        matrix.updateValids()
    assert str(matrices[0]) == str(matrices[1]) and matrices[1].mat.sum() == 4
