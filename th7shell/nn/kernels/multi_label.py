"""Margins between the labels of a sample and its other classes."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def label_lists(labels: Array) -> list[Array]:
    """The labels of each row, from 0: those (from 1) before its first 0."""
    return [(row[: np.argmin(row)] if (row == 0).any() else row) - 1 for row in labels]


def mark(lists: list[Array], out: Array) -> None:
    """out = 1 at each row's labels, else 0."""
    out.fill(0)
    for row, own in zip(out, lists):
        row[own] = 1


def gradient(x: Array, is_target: Array, lists: list[Array], step: float, gx: Array) -> None:
    """gx = the gradient of step · Σ max(0, 1 - (x[label] - x[other])) in each row."""
    gx.fill(0)
    for row, mask, own, out in zip(x, is_target, lists, gx):
        over = (1 - row[own][:, None] + row[mask == 0]) > 0
        np.subtract.at(out, own, step * over.sum(1))
        out[mask == 0] += step * over.sum(0)
