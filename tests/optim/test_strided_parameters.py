"""Optimisers on parameters and gradients whose elements lie apart, and on gradients of another shape
than x: what plain ones give."""

from __future__ import annotations

import numpy as np
import pytest

from tests.torch.strides import spread, spread_rows
from th7shell import optim
from th7shell.lua import TorchError, new_table
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


@pytest.mark.parametrize("name", METHODS)
def test_the_gradient_may_have_another_shape(name):
    def bowl(shape):
        def f(t):
            return float((t.nd**2).sum()), wrap((2 * t.nd).reshape(shape))

        return f

    start, config = np.linspace(-1, 1, 12), {"learningRate": 0.05, "momentum": 0.5, "maxIter": 3}
    x, image = wrap(start.copy()), wrap(start.reshape(3, 2, 2).copy())
    plain, other = new_table((), config), new_table((), config)
    for _ in range(2):
        getattr(optim, name)(bowl(12), x, plain)
        getattr(optim, name)(bowl(12), image, other)
    np.testing.assert_array_equal(image.nd.ravel(), x.nd)
    getattr(optim, name)(bowl(12), image, plain)  # with the state of the vector
    getattr(optim, name)(bowl(12), x, other)
    np.testing.assert_array_equal(image.nd.ravel(), x.nd)
    with pytest.raises(TorchError, match="inconsistent tensor size"):
        getattr(optim, name)(lambda t: (0, wrap(np.ones(5))), image, new_table())
