"""Reflection and replication padding: each axis is a list of source places; gradients add up
there."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def reflected(n: int, before: int, after: int) -> Array:
    """Source places along one axis, mirrored at the border cells; negative padding crops."""
    places = np.arange(n + before + after) - before
    places = np.where(places < 0, -places, places)
    return np.where(places >= n, 2 * (n - 1) - places, places)


def replicated(n: int, before: int, after: int) -> Array:
    """Source places along one axis, with the border cell repeated; negative padding crops."""
    return np.clip(np.arange(n + before + after) - before, 0, n - 1)


def gather(x: Array, places: list[Array], y: Array) -> None:
    """y[…, i, j] = x[…, places[0][i], places[1][j]] over the last axes."""
    first = x.ndim - len(places)
    for axis, place in enumerate(places[:-1], first):
        x = np.take(x, place, axis)
    np.take(x, places[-1], x.ndim - 1, y, "clip")


def scatter(gy: Array, places: list[Array], gx: Array) -> None:
    """gx = the gradients of gather: each is added to the place its value came from."""
    first = gx.ndim - len(places)
    for axis, place in reversed(list(enumerate(places, first))):
        target = gx
        if axis > first:
            shape = (*gy.shape[:axis], gx.shape[axis], *gy.shape[axis + 1 :])
            target = np.empty(shape, gx.dtype, like=gx)
        target.fill(0)
        _add_along(target, axis, place, gy)
        gy = target


def _add_along(target: Array, axis: int, place: Array, values: Array) -> None:
    """target[…, place[i], …] += values[…, i, …]: the run that copies at once, the rest one by
    one."""
    target, values = np.moveaxis(target, axis, 0), np.moveaxis(values, axis, 0)
    run = np.flatnonzero(np.diff(place) != 1)
    starts = [0, *(run + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(place)]):
        target[place[start] : place[start] + end - start] += values[start:end]
