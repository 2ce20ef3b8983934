"""Kernels and layers on inputs, gradients and outputs whose elements lie apart: what contiguous ones
give."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from tests.torch.strides import layouts, same, spread, spread_rows
from th7shell import torch
from th7shell.lua import LuaError, Table, array, new_table
from th7shell.nn.kernels import activation
from th7shell.torch.tensor import wrap

from .rows import Row, flat, like, plain, tensors
from .test_layers import ROWS

CONSTANTS = {
    "limit": 0.5, "value": 0.1, "low": -0.5, "high": 0.5, "slope": 0.1, "alpha": 0.7, "beta": 2.0,
    "eps": 0.0, "exponent": 2.0,
}  # fmt: skip
KERNELS = [f for _, f in inspect.getmembers(activation, inspect.isfunction)
           if f.__module__ == activation.__name__]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda f: f.__name__)
def test_elementwise_kernels(kernel, dtype):
    names = list(inspect.signature(kernel).parameters)
    arrays = [n for n in names if n in ("x", "y", "g")]
    constants = [CONSTANTS[n] for n in names if n in CONSTANTS]
    assert len(arrays) + len(constants) + 1 == len(names)
    draw = np.random.default_rng(0)
    for i, (size, stride, other, offset) in enumerate(layouts()):
        values = [draw.uniform(0.1, 2, size).astype(dtype) for _ in arrays]
        laid = [spread(v, s, offset) for v, s in zip(values, (stride, other, 4))]
        want = np.zeros(size, dtype)
        kernel(*(v.copy() for v in laid), want, *constants)
        out = spread(np.zeros(size, dtype), (1, 2, 4, 8)[i % 4], offset)
        kernel(*laid, out, *constants)
        assert same(out, want), (size, stride, other, offset)
        place = laid[-1]  # in place: the output is the input, or gradInput the gradient
        if place.strides[0]:
            kernel(*laid, place, *constants)
            assert same(place, want), (size, stride, other, offset, "in place")


def apart(value, stride):
    """The same tensors with `stride` elements of memory for each element."""
    if isinstance(value, Table):
        return new_table([apart(v, stride) for v in array(value)])
    return wrap(spread_rows(value.nd, stride))


def passed(layer, x, kind, laid):
    """Output, gradient and the parameters' gradients, up to where a layer wants contiguous
    tensors."""
    torch.manualSeed(3)
    layer.zeroGradParameters()
    found = []
    try:
        found.append(plain(layer.forward(laid(x))))
        g = tensors(like(found[0]), kind)
        found.append(plain(layer.backward(laid(x), laid(g))))
    except LuaError as error:
        assert "contiguous" in error.value
        return found
    return [*found, [p.nd.copy() for p in layer.parameter_lists()[1]]]


@pytest.mark.parametrize("row", [r for r in ROWS if not r.random], ids=str)
def test_layers(row: Row):
    """Float and double inputs with gaps of three and seven elements."""
    for kind, stride in (("torch.FloatTensor", 4), ("torch.DoubleTensor", 8)):
        layer = row.build().type(kind)
        x = tensors(row.arrays(), kind)
        want = passed(layer, x, kind, lambda v: v)
        got = passed(layer, x, kind, lambda v: apart(v, stride))  # noqa: B023
        assert len(want) == 3
        for mine, theirs in zip(got, want):
            np.testing.assert_allclose(flat(mine), flat(theirs), rtol=2e-5, atol=2e-6)
