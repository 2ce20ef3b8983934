"""Layers of tables of tensors, each beside its formula (tables are lists there)."""

from __future__ import annotations

import numpy as np

from th7shell import nn

from .rows import Row

PAIR = [(3,), (3,)]
TRIPLE = [(2, 3), (2, 3), (2, 3)]
ROWS_OF_PAIRS = [(2, 3), (2, 3)]


def cosine(x, m):
    a, b = (np.atleast_2d(v) for v in x)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def distance(p):
    return lambda x, m: (np.abs(np.atleast_2d(x[0] - x[1])) ** p).sum(1) ** (1 / p)


ROWS = [
    Row("CAddTable", (), TRIPLE, lambda x, m: x[0] + x[1] + x[2]),
    Row("CSubTable", (), PAIR, lambda x, m: x[0] - x[1]),
    Row("CMulTable", (), TRIPLE, lambda x, m: x[0] * x[1] * x[2]),
    Row("CDivTable", (), PAIR, lambda x, m: x[0] / x[1], low=0.5),
    Row("CMaxTable", (), TRIPLE, lambda x, m: np.max(x, 0)),
    Row("CMinTable", (), TRIPLE, lambda x, m: np.min(x, 0)),
    Row("CAddTensorTable", (), [(3,), [(3,), (3,)]], lambda x, m: [x[0] + v for v in x[1]]),
    Row(
        "MixtureTable", (), [(2,), [(3,), (3,)]], lambda x, m: x[0][0] * x[1][0] + x[0][1] * x[1][1]
    ),
    Row(
        "MixtureTable",
        (),
        [(4, 2), [(4, 3), (4, 3)]],
        lambda x, m: x[0][:, :1] * x[1][0] + x[0][:, 1:] * x[1][1],
    ),
    Row("MixtureTable", (), [(4, 2), (4, 2, 3)], lambda x, m: (x[0][:, :, None] * x[1]).sum(1)),
    Row("SplitTable", (1,), (3, 2), lambda x, m: list(x)),
    Row("SplitTable", (-1,), (3, 2), lambda x, m: list(x.T)),
    Row("SplitTable", (1, 1), (3, 2), lambda x, m: list(x.T)),
    Row("JoinTable", (1,), [(2,), (3,)], lambda x, m: np.concatenate(x)),
    Row("JoinTable", (1, 1), [(4, 2), (4, 3)], lambda x, m: np.concatenate(x, 1)),
    Row("JoinTable", (-1,), [(4, 2), (4, 3)], lambda x, m: np.concatenate(x, 1)),
    Row("SelectTable", (-1,), [(2,), (3,)], lambda x, m: x[-1], text="nn.SelectTable(-1)"),
    Row("NarrowTable", (2, 2), [(1,), (2,), (3,)], lambda x, m: x[1:3]),
    Row("FlattenTable", (), [(1,), [(2,), [(3,)]]], lambda x, m: [x[0], x[1][0], x[1][1][0]]),
    Row(
        "ZipTable",
        (),
        [[(1,), (2,)], [(3,), (4,)]],
        lambda x, m: [[x[0][0], x[1][0]], [x[0][1], x[1][1]]],
    ),
    Row("ZipTableOneToMany", (), [(2,), [(3,), (4,)]], lambda x, m: [[x[0], v] for v in x[1]]),
    Row("MM", (), [(2, 3), (3, 4)], lambda x, m: x[0] @ x[1]),
    Row(
        "MM",
        (True, True),
        [(5, 3, 2), (5, 4, 3)],
        lambda x, m: x[0].swapaxes(1, 2) @ x[1].swapaxes(1, 2),
    ),
    Row("MV", (), [(2, 3), (3,)], lambda x, m: x[0] @ x[1]),
    Row("MV", (True,), [(5, 3, 2), (5, 3)], lambda x, m: np.einsum("nij,ni->nj", x[0], x[1])),
    Row("DotProduct", (), PAIR, lambda x, m: np.array([x[0] @ x[1]])),
    Row("DotProduct", (), ROWS_OF_PAIRS, lambda x, m: (x[0] * x[1]).sum(1)),
    Row("CosineDistance", (), PAIR, cosine),
    Row("CosineDistance", (), ROWS_OF_PAIRS, cosine),
    Row("PairwiseDistance", (2,), PAIR, distance(2)),
    Row("PairwiseDistance", (1,), ROWS_OF_PAIRS, distance(1)),
    Row("PairwiseDistance", (3,), ROWS_OF_PAIRS, distance(3)),
    Row(
        "CriterionTable",
        (),
        PAIR,
        lambda x, m: ((x[0] - x[1]) ** 2).mean(),
        make=lambda: nn.CriterionTable(nn.MSECriterion()),
        slope=False,
    ),
    Row(
        "ConcatTable",
        (),
        (4,),
        lambda x, m: [x, np.tanh(x)],
        make=lambda: nn.ConcatTable().add(nn.Identity()).add(nn.Tanh()),
    ),
    Row(
        "ParallelTable",
        (),
        [(4,), (3,)],
        lambda x, m: [np.tanh(x[0]), np.abs(x[1])],
        make=lambda: nn.ParallelTable().add(nn.Tanh()).add(nn.Abs()),
    ),
    Row(
        "MapTable",
        (),
        [(4,), (4,)],
        lambda x, m: [v @ m.module.weight.nd.T + m.module.bias.nd for v in x],
        make=lambda: nn.MapTable(nn.Linear(4, 2)),
        parameters=None,
    ),
]
