"""A method that a class lends to an unrelated one finds its own helpers, and the public fields."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import rawitems

from .rows import plain

X = torch.range(1, 16).view(1, 4, 4)
LENDERS = [
    (nn.Linear, (16, 2), X.view(16)),
    (nn.SpatialAdaptiveMaxPooling, (2, 2), X),
    (nn.SpatialAdaptiveAveragePooling, (2, 2), X),
    (nn.SpatialUpSamplingNearest, (2,), X),
    (nn.SpatialZeroPadding, (1, 2), X),
    (nn.Replicate, (2,), X),
    (nn.Reshape, (2, 8), X),
    (nn.HardTanh, (0, 1), X),
    (nn.LogSoftMax, (), X.view(16)),
    (nn.Max, (2,), X),
    (nn.Euclidean, (16, 2), X.view(16)),
]


@pytest.mark.parametrize(("lender", "arguments", "x"), LENDERS)
def test_forward_and_backward_of_another_class(lender, arguments, x):
    torch.manualSeed(1)
    own = lender(*arguments)
    other = nn.Identity()
    for key, value in rawitems(own.clone()):
        other[key] = value
    want = plain(own.forward(x))
    np.testing.assert_allclose(plain(lender.updateOutput(other, x)), want)
    gradient = own.output.clone()
    want = plain(own.updateGradInput(x, gradient))
    np.testing.assert_allclose(plain(lender.updateGradInput(other, x, gradient)), want)


def test_containers_lend_what_their_own_class_does():
    """Concat and Parallel share code: each lends its own."""
    concat = nn.Concat(1).add(nn.Identity()).add(nn.Identity())
    parallel = nn.Parallel(1, 1).add(nn.Identity()).add(nn.Identity())
    for own in (concat, parallel):
        other = nn.Identity()
        for key, value in rawitems(own):
            other[key] = value
        x = torch.range(1, 6).view(2, 3)
        want = plain(own.forward(x))
        np.testing.assert_allclose(plain(type(own).updateOutput(other, x)), want)
