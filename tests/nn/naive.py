"""Slow, plain forms of what the kernels do, tap by tap or window by window, to compare with.

Arrays have no batch axis: images are (planes, *size), filters (outputs, planes, *kernel).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

Sizes = tuple[int, ...]


def cut(tap: Sizes, stride: Sizes, out: Sizes, dilation: Sizes | None = None) -> tuple:
    """The cells that one tap meets in all windows."""
    dilation = dilation or (1,) * len(tap)
    slices = (
        slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in zip(tap, dilation, out, stride)
    )
    return (slice(None), *slices)


def bordered(x: np.ndarray, pad: Sizes, value: float = 0.0) -> np.ndarray:
    """x with a border of `value` around its last axes."""
    return np.pad(x, [(0, 0), *((p, p) for p in pad)], constant_values=value)


def convolve(x, weight, bias, stride, pad, dilation=None):
    """Cross-correlation of x with every filter, plus bias."""
    kernel = weight.shape[2:]
    dilation = dilation or (1,) * len(kernel)
    out = tuple(
        (n + 2 * p - (d * (k - 1) + 1)) // s + 1
        for n, k, s, p, d in zip(x.shape[1:], kernel, stride, pad, dilation)
    )
    x = bordered(x, pad)
    y = np.zeros((len(weight), *out))
    for tap in np.ndindex(*kernel):
        w = weight[(slice(None), slice(None), *tap)]
        y += np.einsum("oc,c...->o...", w, x[cut(tap, stride, out, dilation)])
    return y if bias is None else y + np.reshape(bias, (-1,) + (1,) * len(kernel))


def convolve_backwards(x, weight, bias, stride, pad, adjust):
    """Full convolution: every value of x spreads its filters (inputs, outputs, *kernel)."""
    kernel = weight.shape[2:]
    size = tuple((n - 1) * s + k + a for n, k, s, a in zip(x.shape[1:], kernel, stride, adjust))
    y = np.zeros((weight.shape[1], *size))
    for tap in np.ndindex(*kernel):
        w = weight[(slice(None), slice(None), *tap)]
        y[cut(tap, stride, x.shape[1:])] += np.einsum("co,c...->o...", w, x)
    y = y[(slice(None), *(slice(p, n - p) for p, n in zip(pad, size)))]
    return y if bias is None else y + np.reshape(bias, (-1,) + (1,) * len(kernel))


def counts(size, kernel, stride, pad, dilation, ceil_mode) -> Sizes:
    """How many windows there are along each axis, by walking from one to the next: those that end
    within the padded plane; in ceil mode one more begins while the last left a rest, unless there
    is padding and it would begin behind the plane."""
    found = []
    for n, k, s, p, d in zip(size, kernel, stride, pad, dilation):
        last = d * (k - 1)
        starts = [-p]
        while True:
            start = starts[-1] + s
            fits = start + last < n + p
            rest = starts[-1] + last < n + p - 1
            if not fits and not (ceil_mode and rest and not (any(pad) and start >= n)):
                break
            starts.append(start)
        found.append(len(starts))
    return tuple(found)


def windows(size, kernel, stride, pad, dilation, out) -> Iterator[tuple[Sizes, list[Sizes]]]:
    """Each window's place, and the cells of it that lie inside."""
    for place in np.ndindex(*out):
        cells = []
        for tap in np.ndindex(*kernel):
            at = tuple(
                o * s - p + t * d for o, s, p, t, d in zip(place, stride, pad, tap, dilation)
            )
            if all(0 <= a < n for a, n in zip(at, size)):
                cells.append(at)
        yield place, cells


def max_pool(x, kernel, stride, pad, dilation, out):
    """Maxima and their places in the plane, from 1 (0 for a window of padding alone)."""
    y = np.full((len(x), *out), -np.inf)
    places = np.zeros((len(x), *out), int)
    for place, cells in windows(x.shape[1:], kernel, stride, pad, dilation, out):
        for cell in cells:
            value = x[(slice(None), *cell)]
            better = value > y[(slice(None), *place)]
            y[(slice(None), *place)][better] = value[better]
            index = int(np.ravel_multi_index(cell, x.shape[1:])) + 1
            places[(slice(None), *place)][better] = index
    return y, places


def average_pool(x, kernel, stride, pad, out, count_pad=True):
    """Means of windows, over their cells inside or those not past the padding."""
    size = x.shape[1:]
    y = np.zeros((len(x), *out))
    for place, cells in windows(size, kernel, stride, pad, (1,) * len(kernel), out):
        total = sum(x[(slice(None), *cell)] for cell in cells)
        starts = [o * s - p for o, s, p in zip(place, stride, pad)]
        ends = [min(a + k, n + p) for a, k, n, p in zip(starts, kernel, size, pad)]
        count = int(np.prod([e - a for a, e in zip(starts, ends)]))
        y[(slice(None), *place)] = total / (count if count_pad else len(cells))
    return y


def interpolate(x, out):
    """Linear interpolation of the last axes that keeps the corners."""
    y = np.zeros((*x.shape[: x.ndim - len(out)], *out))
    for place in np.ndindex(*out):
        corners = []
        for o, n, m in zip(place, x.shape[-len(out) :], out):
            at = o * (n - 1) / (m - 1) if m > 1 else 0.0
            low = min(int(at), n - 1)
            corners.append([(low, 1 - (at - low)), (min(low + 1, n - 1), at - low)])
        for choice in product(*corners):
            share = np.prod([weight for _, weight in choice])
            y[(..., *place)] += share * x[(..., *(cell for cell, _ in choice))]
    return y
