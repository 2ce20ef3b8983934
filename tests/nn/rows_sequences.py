"""Layers over sequences of frames that learn, each beside its formula."""

from __future__ import annotations

import numpy as np

from th7shell import nn

from .rows import Row


def convolved(x, m):
    starts = range(0, len(x) - m.kW + 1, m.dW)
    frames = np.array([x[t : t + m.kW].reshape(-1) for t in starts])
    return frames @ m.weight.nd.T + m.bias.nd


def summed(x, m):
    starts = range(0, len(x) - m.kW + 1, m.dW)
    return np.array([x[t : t + m.kW].sum(0) for t in starts]) * m.weight.nd + m.bias.nd


def by_rows(x, m):
    x = x.T if m.featFirst else x
    starts = range(0, len(x) - m.kW + 1, m.dW)
    y = np.array([(x[t : t + m.kW] * m.weight.nd[:, 0].T).sum(0) for t in starts])
    y = y if m.bias is None else y + m.bias.nd
    return y.T if m.featFirst else y


ROWS = [
    Row("TemporalConvolution", (3, 4, 2), (7, 3), convolved, batch=True, parameters=28),
    Row("TemporalConvolution", (3, 2, 3, 2), (8, 3), convolved, batch=True),
    Row("TemporalSubSampling", (3, 2), (7, 3), summed),
    Row("TemporalSubSampling", (3, 2, 2), (7, 3), summed),
    Row(
        "TemporalRowConvolution",
        (3, 2),
        (6, 3),
        by_rows,
        batch=True,
        text="nn.TemporalRowConvolution(3, 2)",
    ),
    Row("TemporalRowConvolution", (3, 3, 2, True), (3, 7), by_rows, batch=True),
    Row(
        "TemporalRowConvolution",
        (),
        (6, 3),
        by_rows,
        make=lambda: nn.TemporalRowConvolution(3, 2, 2).noBias(),
        text="nn.TemporalRowConvolution(3, 2, 2) without bias",
        label="TemporalRowConvolution noBias",
    ),
    Row(
        "PartialLinear",
        (4, 5),
        (3, 4),
        lambda x, m: x @ m.network.modules[1].modules[2].weight.nd.T + m.bias.nd,
        text="nn.PartialLinear(4 -> 5)",
        parameters=25,
    ),
    Row(
        "PartialLinear",
        (4, 5, False),
        (3, 4),
        lambda x, m: x @ m.network.modules[1].modules[2].weight.nd.T,
        text="nn.PartialLinear(4 -> 5) without bias",
        parameters=20,
    ),
]
