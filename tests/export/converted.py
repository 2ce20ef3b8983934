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
    "recurrent tanh",
    "recurrent relu of batches first",
    "LSTM of two layers",
    "GRU",
    "LSTM of two directions",
    "GRU of two directions and layers",
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

    def over_time(layer):
        """A linear layer after the last step of a recurrent one."""
        width = int(layer.hiddenSize * layer.numDirections)
        last = nn.Select(2 if layer.batchFirst else 1, -1)
        return chain(layer, last, nn.Linear(width, 2), nn.LogSoftMax())

    steps = draw.uniform(-1, 1, (2, 5, 3))  # of which 2 is the time, or with batchFirst the batch
    parallel = nn.DataParallelTable(1).add(chain(nn.Linear(3, 2), cudnn.Tanh()), 1)
    return {
        "convolutions": (convolutions, draw.uniform(-1, 1, (2, 4, 8, 8))),
        "DataParallelTable": (parallel, draw.uniform(-1, 1, (2, 3))),
        "softmax of samples": (cudnn.SoftMax(), draw.uniform(-1, 1, (2, 3, 2, 2))),
        "softmax of planes": (cudnn.SpatialLogSoftMax(), draw.uniform(-1, 1, (2, 3, 2, 2))),
        "softmax of volumes": (cudnn.VolumetricSoftMax(), draw.uniform(-1, 1, (2, 3, 2, 3, 2))),
        "frames": (cudnn.TemporalConvolution(3, 4, 3, 2, 1), draw.uniform(-1, 1, (2, 7, 3))),
        "recurrent tanh": (cudnn.RNNTanh(3, 4, 1), steps),
        "recurrent relu of batches first": (over_time(cudnn.RNNReLU(3, 4, 2, True)), steps),
        "LSTM of two layers": (over_time(cudnn.LSTM(3, 4, 2, False, 0.5)), steps),
        "GRU": (cudnn.GRU(3, 2, 1, True), steps),
        "LSTM of two directions": (cudnn.BLSTM(3, 2, 1), steps),
        "GRU of two directions and layers": (over_time(cudnn.BGRU(3, 2, 2, True)), steps),
        "volumes": (
            cudnn.VolumetricAveragePooling(2, 2, 2, 2, 2, 2, 1, 1, 1).ceil(),
            draw.uniform(-1, 1, (2, 3, 4, 5, 5)),
        ),
    }
