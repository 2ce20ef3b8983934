"""Optimisers on parameters and gradients whose elements lie apart: what contiguous ones give."""

from __future__ import annotations

import numpy as np
import pytest

from tests.torch.strides import spread, spread_rows
from th7shell import optim
from th7shell.lua import new_table
from th7shell.torch.tensor import wrap

METHODS = ("adadelta", "adagrad", "adam", "adamax", "asgd", "cg", "lbfgs", "nag", "rmsprop",
           "rprop", "sgd")  # fmt: skip


def minimised(name, x, stride):
    """Two runs on a bowl; the gradient has gaps of its own."""
    weights = np.linspace(1, 2, x.nd.size).reshape(x.nd.shape)

    def bowl(t):
        gradient = (2 * weights * t.nd).astype(t.nd.dtype)
        laid = spread_rows(gradient, stride) if stride > 1 else gradient
        return float((weights * t.nd**2).sum()), wrap(laid)

    config = new_table(
        (), {"learningRate": 0.05, "momentum": 0.5, "maxIter": 3, "weightDecay": 0.1}
    )
    for _ in range(2):
        getattr(optim, name)(bowl, x, config)
    return x.nd


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", METHODS)
def test_optimisers(name, dtype):
    for size in (3, 5, 17):
        start = np.linspace(-1, 1.5, size).astype(dtype)
        want = minimised(name, wrap(start.copy()), 1)
        for stride in (2, 4, 8):
            for place in (stride, 1):
                got = minimised(name, wrap(spread(start, place, 1)), stride)
                np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
