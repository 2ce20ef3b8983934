"""Rows of a table by index, and the gradient that adds to them."""

from __future__ import annotations

import numpy as np

from .updates import add_multiple

Array = np.ndarray
ROUNDS = 3  # passes that peel one winner off each repeated row before falling back


def add_rows(table: Array, rows: Array, values: Array, factor: float = 1) -> None:
    """table[rows[i]] += factor · values[i] for every i; rows may repeat.

    Each round adds the rows whose last mention it is, all distinct; what repeats most often is left
    to a flat `add.at`.
    """
    last = np.empty(len(table), np.intp, like=table)
    for _ in range(ROUNDS):
        n = len(rows)
        if n == 0:
            return
        order = np.arange(n, like=rows)
        last[rows] = order
        winner = last[rows] == order
        count = np.count_nonzero(winner)
        if 2 * count >= n and table.__class__ is Array:  # NumPy lets the last mention write last
            fresh = table.take(rows, 0)
            add_multiple(fresh, factor, values)
            table[rows] = fresh
        else:
            values, factor = scaled(values, factor), 1
            table[rows[winner]] += values[winner]
        if count == n:
            return
        others = np.flatnonzero(~winner)
        rows, values = rows[others], values[others]
        if 4 * count < n:
            break
    values = scaled(values, factor)
    width = values.shape[1]
    flat = (rows[:, None] * width + np.arange(width, like=rows)).reshape(-1)
    if table.flags.c_contiguous:
        np.add.at(table.reshape(-1), flat, np.ascontiguousarray(values).reshape(-1))
    else:
        np.add.at(table, rows, values)


def scaled(values: Array, factor: float) -> Array:
    """factor · values."""
    return values if factor == 1 else values * values.dtype.type(factor)


def renormalise(table: Array, rows: Array, limit: float, norm: float) -> None:
    """Scale each mentioned row whose p-norm is above `limit` down to it."""
    rows = np.unique(rows)
    chosen = table[rows].astype(np.float64)
    if norm == 1:
        length = np.abs(chosen).sum(1)
    elif norm == 2:
        length = np.sqrt((chosen * chosen).sum(1))
    else:
        length = (np.abs(chosen) ** norm).sum(1) ** (1 / norm)
    long = length > limit
    factor = limit / (length[long] + 1e-7)
    table[rows[long]] *= factor[:, None].astype(table.dtype)
