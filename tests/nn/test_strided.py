"""Inputs and gradients that are not contiguous in memory give what contiguous ones give."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch.tensor import wrap

from . import rows_convolution, rows_pooling, rows_sequences, rows_spatial
from .rows import like

TABLES = (rows_convolution, rows_pooling, rows_sequences, rows_spatial)
ROWS = [row for table in TABLES for row in table.ROWS]


def strided(values):
    """A tensor over memory in the opposite order, inside a larger one."""
    room = np.zeros([2 * n for n in values.shape[::-1]])
    view = room[tuple(slice(None, None, 2) for _ in values.shape)].T
    view[...] = values
    tensor = wrap(view)
    assert tensor.nd.base is not None and (values.size < 2 or not tensor.isContiguous())
    return tensor


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_strided_tensors(row):
    values = row.arrays()
    found = []
    for form in (lambda a: wrap(np.array(a)), strided):
        layer = row.build()
        torch.manualSeed(3)
        x = form(values)
        out = layer.forward(x).nd.copy()
        layer.zeroGradParameters()
        gin = layer.backward(x, form(like(out))).nd.copy()
        found.append([out, gin, *(g.nd.copy() for g in layer.parameter_lists()[1])])
    for contiguous, other in zip(*found):
        np.testing.assert_allclose(other, contiguous, rtol=1e-9, atol=1e-12)
