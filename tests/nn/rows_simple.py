"""Simple layers, each beside its formula."""

from __future__ import annotations

import math

import numpy as np

from th7shell import nn

from .rows import Row


def norm_rows(x, p, eps=1e-10):
    size = (
        np.abs(x).max(-1, keepdims=True) + eps
        if p == math.inf
        else ((np.abs(x) ** p).sum(-1, keepdims=True) + eps) ** (1 / p)
    )
    return x / size


def affine(x, m):
    return x @ m.weight.nd.T + (0 if m.bias is None else m.bias.nd)


def euclidean(x, m, c=1):
    return np.sqrt(((c * (x[..., None] - m.weight.nd)) ** 2).sum(-2))


def cosine(x, m):
    w = m.weight.nd
    return x @ w.T / np.linalg.norm(w, axis=1) / np.linalg.norm(x, axis=-1, keepdims=True)


def maxout(x, m):
    layer = m.modules[1]
    return affine(x, layer).reshape(4, 2).max(0)


ROWS = [
    Row("Linear", (4, 3), (4,), affine, batch=True, text="nn.Linear(4 -> 3)", parameters=15),
    Row(
        "Linear",
        (4, 3, False),
        (4,),
        affine,
        batch=True,
        text="nn.Linear(4 -> 3) without bias",
        parameters=12,
    ),
    Row(
        "LinearWeightNorm",
        (4, 3),
        (4,),
        affine,
        batch=True,
        text="nn.LinearWeightNorm(4 -> 3)",
        parameters=18,
    ),
    Row(
        "Bilinear",
        (2, 3, 4),
        [(5, 2), (5, 3)],
        lambda x, m: np.einsum("ni,kij,nj->nk", x[0], m.weight.nd, x[1]) + m.bias.nd,
        text="nn.Bilinear(2x3 -> 4) ",
    ),
    Row("Maxout", (3, 2, 4), (3,), maxout, batch=True),
    Row("Add", (4,), (4,), lambda x, m: x + m.bias.nd, batch=True, parameters=4),
    Row("Add", (1, True), (2, 3), lambda x, m: x + m.bias.nd, parameters=1),
    Row("CAdd", (1, 3), (2, 3), lambda x, m: x + m.bias.nd, parameters=3),
    Row("CAdd", (2, 3), (2, 3), lambda x, m: x + m.bias.nd, batch=True),
    Row("Mul", (), (2, 3), lambda x, m: x * m.weight.nd, parameters=1),
    Row("CMul", (3,), (3,), lambda x, m: x * m.weight.nd, batch=True, parameters=3),
    Row("CMul", (1, 3, 1), (2, 3, 4), lambda x, m: x * m.weight.nd),
    Row("Euclidean", (4, 3), (4,), euclidean, batch=True, parameters=12),
    Row(
        "WeightedEuclidean",
        (4, 3),
        (4,),
        lambda x, m: euclidean(x, m, m.diagCov.nd),
        batch=True,
        parameters=24,
    ),
    Row("Cosine", (4, 3), (4,), cosine, batch=True, parameters=12),
    Row("Sum", (1,), (3, 4), lambda x, m: x.sum(0)),
    Row("Sum", (-1, None, True), (3, 4), lambda x, m: x.mean(-1)),
    Row("Sum", (1, 2, False, False), (3, 4), lambda x, m: x.sum(0, keepdims=True), batch=True),
    Row("Sum", (1,), (4,), lambda x, m: x.sum(keepdims=True)),
    Row("Mean", (2,), (3, 4), lambda x, m: x.mean(1)),
    Row("Max", (1, 1), (5,), lambda x, m: x.max(keepdims=True)),
    Row("Max", (1,), (3, 4), lambda x, m: x.max(0)),
    Row("Max", (-1,), (3, 4), lambda x, m: x.max(-1)),
    Row("Min", (2,), (3, 4), lambda x, m: x.min(1)),
    Row("Normalize", (2,), (4,), lambda x, m: norm_rows(x, 2), batch=True, text="nn.Normalize(2)"),
    Row(
        "Normalize",
        (1.5,),
        (4,),
        lambda x, m: norm_rows(x, 1.5),
        batch=True,
        low=0.2,
        text="nn.Normalize(1.500000)",
    ),
    Row("Normalize", (3,), (4,), lambda x, m: norm_rows(x, 3), batch=True),
    Row("Normalize", (math.inf,), (4,), lambda x, m: norm_rows(x, math.inf), batch=True),
    Row("View", (6,), (2, 3), lambda x, m: x.reshape(6), batch=True, text="nn.View(6)"),
    Row("View", (3, 2), (2, 3), lambda x, m: x.reshape(3, 2), text="nn.View(3, 2)"),
    Row(
        "View",
        (-1,),
        (2, 3),
        lambda x, m: x.reshape(6),
        batch=True,
        make=lambda: nn.View(-1).setNumInputDims(2),
    ),
    Row(
        "Reshape", (3, 2), (2, 3), lambda x, m: x.reshape(3, 2), batch=True, text="nn.Reshape(3x2)"
    ),
    Row("Reshape", (6, True), (2, 3, 2), lambda x, m: x.reshape(2, 6)),
    Row("Collapse", (2,), (2, 3), lambda x, m: x.reshape(6), batch=True),
    Row("Contiguous", (), (2, 3), lambda x, m: x),
    Row("Squeeze", (), (2, 1, 3), lambda x, m: x.squeeze()),
    Row("Squeeze", (2,), (2, 1, 3), lambda x, m: x.squeeze(1)),
    Row("Squeeze", (1, 2), (1, 3), lambda x, m: x.squeeze(0), batch=True),
    Row("Unsqueeze", (2,), (2, 3), lambda x, m: x[:, None], text="nn.Unsqueeze(dim 2)"),
    Row("Unsqueeze", (1, 2), (2, 3), lambda x, m: x[None], batch=True),
    Row("Transpose", ([1, 2],), (2, 3), lambda x, m: x.T),
    Row("Transpose", ([1, 2], [2, 3]), (2, 3, 4), lambda x, m: x.transpose(1, 2, 0)),
    Row("Select", (1, -1), (3, 4), lambda x, m: x[-1]),
    Row("Select", (-1, 2), (3, 4), lambda x, m: x[:, 1]),
    Row("Narrow", (1, 2, 2), (4, 3), lambda x, m: x[1:3]),
    Row("Narrow", (-1, 2, -1), (4, 3), lambda x, m: x[:, 1:]),
    Row("Replicate", (3,), (2,), lambda x, m: np.stack([x] * 3)),
    Row("Replicate", (3, 2, 1), (2,), lambda x, m: np.stack([x] * 3, 1), batch=True),
    Row("ZeroGrad", (), (3,), lambda x, m: x, slope=False),
    Row("L1Penalty", (0.1,), (3,), lambda x, m: x, slope=False),
    Row("Constant", (2.5, 1), (3,), lambda x, m: np.array([2.5]), batch=True, slope=False),
    Row(
        "OneHot",
        (4,),
        (5,),
        lambda x, m: np.eye(4)[x.astype(int) - 1],
        low=1,
        high=4.9,
        integer=True,
        slope=False,
    ),
    Row("Copy", (), (3,), lambda x, m: x),
    Row("Copy", ("torch.DoubleTensor", "torch.DoubleTensor", True), (3,), lambda x, m: x),
    Row("Dropout", (0.3,), (4, 5), random=True, text="nn.Dropout(0.300000)"),
    Row("SpatialDropout", (0.4,), (3, 2, 2), random=True, text="nn.SpatialDropout(0.400000)"),
    Row("VolumetricDropout", (0.4,), (3, 2, 2, 2), random=True),
    Row(
        "WhiteNoise",
        (0.5, 0.1),
        (4,),
        random=True,
        text="nn.WhiteNoise mean: 0.500000, std: 0.100000",
    ),
    Row("Convert", ("bchw", "bf"), (2, 3, 2, 2), lambda x, m: x.reshape(2, 12)),
    Row("Convert", ("bf", "fb"), (2, 3), lambda x, m: x.T),
    Row("Convert", ("chw", "bf"), (3, 2, 2), lambda x, m: x.reshape(12)),
    Row(
        "GPU",
        (),
        (4,),
        lambda x, m: affine(x, m.modules[1]),
        make=lambda: nn.GPU(nn.Linear(4, 3), 1),
        text="nn.GPU(1) @ nn.Linear(4 -> 3)",
    ),
    Row("Padding", (1, 2, 1, -1), (3,), lambda x, m: np.concatenate([x, [-1, -1]]), batch=True),
    Row("Padding", (2, -1), (2, 3), lambda x, m: np.pad(x, [(0, 0), (1, 0)])),
    Row("Padding", (1, -2, None, 7, 2), (3,), lambda x, m: np.insert(x, 1, [7, 7])),
    Row("Padding", (1, 1, None, 7, 2), (3,), lambda x, m: np.insert(x, 2, 7)),
    Row(
        "LayerNormalization",
        (4, 0.5),
        (4,),
        lambda x, m: (x - x.mean()) / x.std() + 0.5,
        parameters=8,
    ),
]
