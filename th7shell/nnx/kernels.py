"""The functions of libnnx on plain arrays: they resize tensors of the layer, a table of fields, and
fill them. Resampling works on the last two axes, or on axes 1 and 2 of four."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.torch.tensor import resized

Array = NDArray[Any]


def corners(n: int, m: int) -> tuple[Array, Array, Array, Array]:
    """For each of m places between n points: the points at both sides and the shares of both, as in
    C's single precision."""
    ratio = np.float32(n - 1) / np.float32(m - 1)
    at = ratio * np.arange(m, dtype=np.float32)
    if m == 1:
        at = np.zeros(1, np.float32)  # 0 times infinity in C: there is one point to take
    low = np.floor(at).astype(np.intp)
    low = np.minimum(low, n - 1)
    high = np.minimum(low + 1, n - 1)
    upper = at - low.astype(np.float32)
    return low, high, (low + 1).astype(np.float32) - at, upper


def bilinear(x: Array, out: Array) -> None:
    """x: (…, h, w), out: (…, h', w'): the four neighbours of each place, weighted."""
    y0, y1, b0, b1 = corners(x.shape[-2], out.shape[-2])
    x0, x1, a0, a1 = corners(x.shape[-1], out.shape[-1])
    top, bottom = x[..., y0, :], x[..., y1, :]
    total = top[..., x0].astype(float) * np.outer(b0, a0)
    total += top[..., x1] * np.outer(b0, a1)
    total += bottom[..., x0] * np.outer(b1, a0)
    total += bottom[..., x1] * np.outer(b1, a1)
    out[...] = total


def bilinear_back(g: Array, gx: Array) -> None:
    """Spread the gradient of each place over its four neighbours."""
    y0, y1, b0, b1 = corners(gx.shape[-2], g.shape[-2])
    x0, x1, a0, a1 = corners(gx.shape[-1], g.shape[-1])
    gx[...] = 0
    for rows, b in ((y0, b0), (y1, b1)):
        for columns, a in ((x0, a0), (x1, a1)):
            place: Any = ..., rows[:, None], columns[None]
            np.add.at(gx, place, g * np.outer(b, a).astype(g.dtype))


def indices(m: int, step: int) -> Array:
    """The point that each of m places repeats."""
    return np.arange(m) // step


def repeat(x: Array, out: Array, dh: int, dw: int) -> None:
    """x: (p, h, w, q), out: (p, h', w', q): each point dh by dw times."""
    out[...] = x[:, indices(out.shape[1], dh)][:, :, indices(out.shape[2], dw)]


def repeat_back(g: Array, gx: Array, dh: int, dw: int) -> None:
    """Add up the gradients of the places that repeat a point."""
    gx[...] = 0
    place: Any = slice(None), indices(g.shape[1], dh)[:, None], indices(g.shape[2], dw)[None]
    np.add.at(gx, place, g)


def blocks(x: Array, h: int, w: int, dh: int, dw: int) -> Array:
    """x: (p, H, W, q) as h by w blocks of dh by dw points: (p, h, dh, w, dw, q)."""
    s = x.strides
    shape = (x.shape[0], h, dh, w, dw, x.shape[3])
    strides = (s[0], s[1] * dh, s[1], s[2] * dw, s[2], s[3])
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def average(x: Array, out: Array, dh: int, dw: int) -> None:
    """The mean of each block."""
    out[...] = blocks(x, out.shape[1], out.shape[2], dh, dw).sum((2, 4), dtype=out.dtype)
    out *= out.dtype.type(np.float32(1) / np.float32(dh * dw))


def average_back(g: Array, gx: Array, dh: int, dw: int) -> None:
    """Give each point of a block its part of the gradient."""
    gx[...] = 0
    part = g * g.dtype.type(np.float32(1) / np.float32(dh * dw))
    blocks(gx, g.shape[1], g.shape[2], dh, dw)[...] = part[:, :, None, :, None]


def windows(n: int, m: int) -> list[tuple[int, int]]:
    """Where each of m windows over n points begins and ends."""
    step = np.float32(n) / np.float32(m)
    edges = [int(np.float32(i) * step) for i in range(m + 1)]
    return [(a, max(a + 1, b)) for a, b in pairwise(edges)]


def max_sampling(x: Array, out: Array, places: Array) -> None:
    """The greatest point of each window, and its row and column there, from 1."""
    columns = windows(x.shape[2], out.shape[2])
    for i, (top, bottom) in enumerate(windows(x.shape[1], out.shape[1])):
        for j, (left, right) in enumerate(columns):
            window = x[:, top:bottom, left:right].reshape(len(x), -1)
            best = window.argmax(1)
            out[:, i, j] = window[np.arange(len(x)), best]
            places[0, :, i, j], places[1, :, i, j] = np.divmod(best, right - left)
    places += 1


def max_sampling_back(g: Array, gx: Array, places: Array) -> None:
    """Give each gradient to the point that was the greatest."""
    gx[...] = 0
    top = np.array([a for a, _ in windows(gx.shape[1], g.shape[1])])
    left = np.array([a for a, _ in windows(gx.shape[2], g.shape[2])])
    rows = places[0].astype(np.intp) - 1 + top[:, None]
    columns = places[1].astype(np.intp) - 1 + left
    np.add.at(gx, (np.arange(len(gx))[:, None, None], rows, columns), g)


def margin(x: Array, targets: Array, gradient: Array | None) -> float:
    """The sum of 1 - the worst target + each other one where positive; the gradient of it goes
    into `gradient`. targets: class numbers from 1, 0 ends a row."""
    total = 0.0
    for t, row in enumerate(x):
        ids = targets[t].astype(np.intp)
        ends = np.flatnonzero(ids == 0)
        ids = ids[: ends[0]] - 1 if ends.size else ids - 1
        worst = ids[row[ids].argmin()] if ids.size else -1
        excess = 1 - (row[worst] if ids.size else np.inf) + row
        counts = excess > 0
        counts[ids] = False
        total += float(excess[counts].sum())
        if gradient is not None:
            gradient[t] = counts
            gradient[t, worst] = -counts.sum()
    return total


def tree_path(layer: Any, target: int) -> list[tuple[int, int, int, int]]:
    """From a leaf to the root: the parent's number, its first row, the number of its children and
    which of them is on the path."""
    path = []
    child_parent, parent_children = layer.childParent.nd, layer.parentChildren.nd
    node = target
    while True:
        parent, place = (int(v) for v in child_parent[node - 1])
        if parent == -1:
            raise TorchError("bad argument #2 (Non-root node has no parent in tree.)")
        start, count = (int(v) for v in parent_children[parent - 1])
        path.append((parent, start - 1, count, place - 1))
        if parent == layer.rootId:
            return path
        node = parent


def tree_forward(layer: Any, x: Array, target: Array) -> None:
    """The logarithm of each target's probability; those of all children on the way stay in the
    buffer."""
    weight, bias, kept = layer.weight.nd, layer.bias.nd, layer._multiBuffer.nd
    out = resized(layer.output, (len(x),))
    for i, row in enumerate(x):
        at, total = i * int(layer.maxFamilyPath), 0.0
        for _, start, count, place in tree_path(layer, int(target[i])):
            scores = weight[start : start + count] @ row + bias[start : start + count]
            top = scores.max()
            scores -= top + np.log(np.exp(scores - top).sum())
            kept[at : at + count] = scores
            at += count
            total += float(scores[place])
        out[i] = total


def tree_backward(layer: Any, g: Array, target: Array, gx: Array) -> None:
    """The input's gradient; those of the scores replace what the buffer holds."""
    weight, kept = layer.weight.nd, layer._multiBuffer.nd
    gx[...] = 0
    for i, grad in enumerate(g):
        at = i * int(layer.maxFamilyPath)
        for _, start, count, place in tree_path(layer, int(target[i])):
            scores = kept[at : at + count]
            scores[...] = -np.exp(scores) * grad
            scores[place] += grad
            gx[i] += weight[start : start + count].T @ scores
            at += count


def tree_accumulate(layer: Any, x: Array, target: Array, scale: float) -> None:
    """Add the parameters' gradients, and each parent's share in them to `updates`."""
    kept, updates = layer._multiBuffer.nd, layer.updates
    for i, row in enumerate(x):
        at = i * int(layer.maxFamilyPath)
        for parent, start, count, _ in tree_path(layer, int(target[i])):
            scores = kept[at : at + count] * scale
            layer.gradWeight.nd[start : start + count] += np.outer(scores, row)
            layer.gradBias.nd[start : start + count] += scores
            updates[parent] = (updates[parent] or 0) + scale
            at += count
