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

CUDA = [
    "convolutions",
    "DataParallelTable",
    "softmax of samples",
    "softmax of planes",
    "softmax of volumes",
    "frames",
    "volumes",
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


def cuda_nets():
    """label → (a net of cuDNN's layers, its input)."""
    from th7shell import cudnn, cunn, nn  # noqa: F401

    draw = np.random.default_rng(4)

    def chain(*layers):
        net = nn.Sequential()
        for layer in layers:
            net.add(layer)
        return net

    convolutions = chain(
        cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 1, 1, 2),
        cudnn.SpatialBatchNormalization(6),
        cudnn.ReLU(True),
        cudnn.SpatialMaxPooling(2, 2, 2, 2),
        cudnn.SpatialAveragePooling(2, 2),
        nn.View(-1).setNumInputDims(3),
        nn.Linear(24, 5),
        cudnn.LogSoftMax(),
    )
    parallel = nn.DataParallelTable(1).add(chain(nn.Linear(3, 2), cudnn.Tanh()), 1)
    return {
        "convolutions": (convolutions, draw.uniform(-1, 1, (2, 4, 8, 8))),
        "DataParallelTable": (parallel, draw.uniform(-1, 1, (2, 3))),
        "softmax of samples": (cudnn.SoftMax(), draw.uniform(-1, 1, (2, 3, 2, 2))),
        "softmax of planes": (cudnn.SpatialLogSoftMax(), draw.uniform(-1, 1, (2, 3, 2, 2))),
        "softmax of volumes": (cudnn.VolumetricSoftMax(), draw.uniform(-1, 1, (2, 3, 2, 3, 2))),
        "frames": (cudnn.TemporalConvolution(3, 4, 3, 2, 1), draw.uniform(-1, 1, (2, 7, 3))),
        "volumes": (
            cudnn.VolumetricAveragePooling(2, 2, 2, 2, 2, 2, 1, 1, 1).ceil(),
            draw.uniform(-1, 1, (2, 3, 4, 5, 5)),
        ),
    }
