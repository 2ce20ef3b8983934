"""What the tests of both writers share: the rows of the layer tables with inputs, and runs."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from tests.nn import __path__ as tables
from tests.nn.rows import Row, plain, tensors
from th7shell import torch
from th7shell.export.graph import leaves

ROWS: list[Row] = [
    row
    for module in pkgutil.iter_modules(tables)
    if module.name.startswith("rows_")
    for row in importlib.import_module(f"tests.nn.{module.name}").ROWS
]


def shapes(arrays):
    """The sizes of nested arrays."""
    if isinstance(arrays, list):
        return [shapes(a) for a in arrays]
    return tuple(np.shape(arrays))


def expected(net, arrays, kind="torch.DoubleTensor"):
    """The net's output in evaluation mode, as arrays."""
    net.evaluate()
    torch.manualSeed(3)
    return plain(net.forward(tensors(arrays, kind)))


def flat_arrays(tree):
    """The arrays of nested lists in order."""
    return list(leaves(tree))
