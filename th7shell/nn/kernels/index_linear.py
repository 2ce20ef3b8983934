"""IndexLinear's weights with running scales: key by key, as a row that is named twice changes
twice."""

from __future__ import annotations

import numpy as np

from .lookup import add_rows
from .sparse import rounds

Array = np.ndarray
MAX, INVERSE, RATE, SHIFT = range(4)  # what the first four columns of a normalising weight hold


def normalise(weight: Array, rows: Array, values: Array, train: bool, out: Array) -> None:
    """out = the values over the largest of their feature so far, plus the feature's shift; training
    updates the largest."""
    for these in rounds(rows):
        row, value = rows[these], values[these]
        size = np.abs(value)
        if train:
            larger = row[size > weight[row, MAX]]
            weight[larger, MAX] = size[size > weight[row, MAX]]
            weight[larger, INVERSE] = 1 / weight[larger, MAX]
            weight[row, RATE] = 1
        scaled = np.where(size > weight[row, MAX], np.sign(value), value * weight[row, INVERSE])
        out[these] = scaled + weight[row, SHIFT]


def step(
    weight: Array, rows: Array, g: Array, gw: Array, rate: float, decay: float, normal: bool
) -> None:
    """weight[rows] -= rate · gw (and the shifts by g) with sparse weight decay."""
    if not normal and not decay:
        add_rows(weight, rows, gw * -rate)
        return
    first = SHIFT + 1 if normal else 0
    for these in rounds(rows):
        row, own = rows[these], weight[rows[these], first:]
        slowed = weight[row, RATE, None] if normal else 1
        if normal:
            weight[row, SHIFT] -= (own * g[these] * (rate * slowed)).sum(1)
        less = own * (decay * slowed)
        if normal and own.shape[1] == 1:  # there the original's sign of the decay is the other
            less = -less
        weight[row, first:] = own - less - gw[these] * (rate * slowed)
