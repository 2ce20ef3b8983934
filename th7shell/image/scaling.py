"""image.scale: resampling as two small matrix products, one along each axis."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from .arguments import deliver, destination_first, fail, planes, to_type, working


def linear_weights(src: int, dst: int) -> np.ndarray:
    """dst×src matrix: interpolation between the ends when enlarging, the mean over each cell when
    reducing."""
    weights = np.zeros((dst, src))
    if dst == src:
        return np.eye(src)
    if dst > src:
        position = np.arange(dst) * np.float32((src - 1) / max(dst - 1, 1))
        left = np.minimum(position.astype(np.int64), max(src - 2, 0))
        fraction = position - left
        rows = np.arange(dst)
        weights[rows, left] = 1 - fraction
        weights[rows, np.minimum(left + 1, src - 1)] += fraction
        weights[-1] = 0
        weights[-1, -1] = 1
        return weights
    edges = np.arange(dst + 1) * (src / dst)
    cells = np.arange(src)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights = np.maximum(overlap, 0)
    return weights / weights.sum(1, keepdims=True)


def catmull_rom(f: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Weights and offsets of the four neighbours of a place a fraction f beyond a sample."""
    return [
        (0.5 * f * (-1 + f * (2 - f)), -1),
        (1 + 0.5 * f * f * (-5 + 3 * f), 0),
        (0.5 * f * (1 + f * (4 - 3 * f)), 1),
        (0.5 * f * f * (f - 1), 2),
    ]


def cubic_weights(src: int, dst: int) -> np.ndarray:
    """dst×src matrix of the Catmull-Rom spline; beyond the ends the line is continued."""
    if dst == src:
        return np.eye(src)
    weights = np.zeros((dst, src))
    if src > 1:
        position = np.arange(dst) * np.float32((src - 1) / max(dst - 1, 1))
        left = np.minimum(position.astype(np.int64), src - 2)
        x = position - left
        rows = np.arange(dst)
        for tap, offset in catmull_rom(x):
            column = left + offset
            inside = (column >= 0) & (column < src)
            weights[rows[inside], column[inside]] += tap[inside]
            # p[-1] = 2 p[0] - p[1] and p[n] = 2 p[n-1] - p[n-2]
            for outside, near, far in ((column < 0, 0, 1), (column >= src, src - 1, src - 2)):
                weights[rows[outside], near] += 2 * tap[outside]
                weights[rows[outside], far] -= tap[outside]
    else:
        weights[:, 0] = 1
    weights[-1] = 0
    weights[-1, -1] = 1
    return weights


def nearest_weights(src: int, dst: int) -> np.ndarray:
    """Index of the source row or column of each result row or column, the ends clamped."""
    ratio = np.float32(src) / np.float32(dst)
    index = np.floor(np.arange(dst, dtype=np.float32) * ratio).astype(np.int64)
    return np.clip(index, 0, src - 1)


WEIGHTS = {"bilinear": linear_weights, "bicubic": cubic_weights}


def resample(array: np.ndarray, height: int, width: int, mode: str) -> np.ndarray:
    """planes×height×width of the array's own real type."""
    if mode == "simple":
        rows = nearest_weights(array.shape[1], height)
        return array[:, rows][:, :, nearest_weights(array.shape[2], width)]
    values = working(array)
    make = WEIGHTS[mode]
    across = make(array.shape[2], width).astype(values.dtype)
    down = make(array.shape[1], height).astype(values.dtype)
    rows = values @ across.T
    if array.dtype == np.uint8:  # the original rounds between the two passes
        rows = to_type(rows, array.dtype).astype(values.dtype)
    return down @ rows


def wanted_size(size: Any, height: int, width: int) -> tuple[float, float] | None:
    """Height and width for 'WxH', MAX, '^MIN', '*SCALE' or '*A/B'."""
    text = str(size)
    number = r"(\d+(?:\.\d+)?)"
    if isinstance(size, int | float) or re.fullmatch(number, text):
        return height * float(size) / max(height, width), width * float(size) / max(height, width)
    if match := re.match(r"(\d+)x(\d+)", text):
        return float(match[2]), float(match[1])
    if match := re.match(r"\^(\d+)", text):
        factor = float(match[1]) / min(height, width)
        return height * factor, width * factor
    if match := re.match(r"\*(\d+)/(\d+)", text):
        factor = float(match[1]) / float(match[2])
        return height * factor, width * factor
    if match := re.match(r"\*" + number, text):
        return height * float(match[1]), width * float(match[1])
    return None


def scale(*args: Any) -> Any:
    """Resize a picture.

    `image.scale(src, width, height, mode)`, `image.scale(src, size, mode)`, `image.scale(dst, src,
    mode)`

    src: planes×height×width or height×width; size: 'WxH', a number (longest side), '^N' (shortest
    side), '*S' or
    '*A/B' (factor); mode: 'bilinear' (default; the mean of each cell when reducing), 'bicubic' or
    'simple' (nearest).
    Result: of the source's type. Errors: incorrect arguments, unknown mode, no valid size.
    """
    dst, src, rest = destination_first("scale", args)
    named = bool(rest) and rest[-1] in (*WEIGHTS, "simple")
    mode = rest.pop() if named else None
    array = planes("scale", src)
    if dst is not None:
        size = dst.nd.shape[-2:]
        if dst.nd.ndim != src.nd.ndim or dst.nd.shape[:-2] != src.nd.shape[:-2]:
            raise fail("scale", "src and dst depths do not match")
    elif len(rest) >= 2 and all(isinstance(v, int | float) for v in rest[:2]):
        size = (rest[1], rest[0])
        rest = rest[2:]
    elif rest:
        size = wanted_size(rest.pop(0), *array.shape[1:])
    else:
        raise fail("scale", "incorrect arguments")
    if rest:
        raise fail("scale", "mode must be one of: simple | bicubic | bilinear")
    if size is None:
        raise fail("scale", "could not find valid dest size")
    height, width = (math.floor(max(v, 1)) for v in size)
    return deliver(resample(array, height, width, mode or "bilinear"), src, dst)
