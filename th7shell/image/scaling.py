"""image.scale: pixels are resampled along the rows, then along the columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.lua.numerals import parse_number
from th7shell.torch.types import number

from .checks import fail, is_number, pair, refuse, tensor, to_type, working

Array = np.ndarray
DESCRIPTION = "rescale an image (geometry)"
SIZES = 'destination size: "WxH" or "MAX" or "^MIN" or "*SC" or "*SCd/SCn" or MAX'
FORMS = f"""
*torch.Tensor: input image
*number: destination width
*number: destination height
string: mode: bilinear | bicubic |simple

*torch.Tensor: input image
*string | number: {SIZES}
string: mode: bilinear | bicubic | simple

*torch.Tensor: destination image
*torch.Tensor: input image
string: mode: bilinear | bicubic | simple
"""


def _places(src: int, dst: int) -> tuple[Array, Array]:
    """Sample left of each result but the last, and how far beyond it that lies (float32): the ends
    meet."""
    scale = np.float32(src - 1) / np.float32(max(dst - 1, 1))
    place = np.arange(dst - 1).astype(np.float32) * scale
    left = np.minimum(place.astype(np.int64), max(src - 2, 0))
    return left, place - left.astype(np.float32)


def enlarge(values: Array, dst: int) -> Array:
    """n×src → n×dst by straight lines between samples; values of a working type."""
    src = values.shape[1]
    if src == 1:
        return np.repeat(values, dst, 1)
    left, f = _places(src, dst)
    inner = (1 - f) * values[:, left] + f * values[:, left + 1]
    return np.concatenate([inner, values[:, -1:]], 1)


def reduce(values: Array, dst: int) -> Array:
    """n×src → n×dst: the mean over each cell, gathered in float32 sample by sample."""
    src = values.shape[1]
    scale = np.float32(src) / np.float32(dst)
    edge = np.arange(dst + 1).astype(np.float32) * scale
    cell = edge.astype(np.int64)
    f = edge - cell.astype(np.float32)
    first, last = cell[:-1], cell[1:]
    weight = 1 - f[:-1]
    total = (weight * values[:, first]).astype(np.float32)
    count = weight.copy()
    for k in range(1, int((last - first).max())):
        inside = first + k < last
        sample = values[:, np.minimum(first + k, src - 1)]
        total = np.where(inside, (total + sample).astype(np.float32), total)
        count = np.where(inside, count + 1, count)
    partial = last < src
    sample = values[:, np.minimum(last, src - 1)]
    more = (total + f[1:] * sample).astype(np.float32)
    return np.where(partial, more, total) / np.where(partial, count + f[1:], count)


def catmull_rom(p: Sequence[Array], x: Array) -> Array:
    """The cubic through four neighbours at a fraction x between the second and the third."""
    p0, p1, p2, p3 = p
    kind = p1.dtype
    a1 = p2 - p0
    a2 = 2 * p0 - 5 * p1 + 4 * p2 - p3
    a3 = 3 * (p1 - p2) + p3 - p0
    x = x.astype(kind)
    return (p1 + np.float64(0.5) * x.astype(np.float64) * (a1 + x * (a2 + x * a3))).astype(kind)


def cubic(values: Array, dst: int) -> Array:
    """n×src → n×dst by the Catmull-Rom spline; beyond the ends the line is continued."""
    src = values.shape[1]
    if src == 1:
        return np.repeat(values, dst, 1)
    left, f = _places(src, dst)
    p1, p2 = values[:, left], values[:, left + 1]
    p0 = np.where(left > 0, values[:, np.maximum(left - 1, 0)], 2 * p1 - p2)
    p3 = np.where(left + 2 < src, values[:, np.minimum(left + 2, src - 1)], 2 * p2 - p1)
    return np.concatenate([catmull_rom((p0, p1, p2, p3), f), values[:, -1:]], 1)


def linear(values: Array, dst: int) -> Array:
    return (enlarge if dst > values.shape[1] else reduce)(values, dst)


KERNELS: dict[str, Callable[[Array, int], Array]] = {"bilinear": linear, "bicubic": cubic}
C_NAMES = {"bilinear": "scaleBilinear", "bicubic": "scaleBicubic", "simple": "scaleSimple"}


def _along(kernel: Callable[[Array, int], Array], array: Array, dst: int) -> Array:
    """Resample the last axis; the result has the array's own type."""
    if array.shape[-1] == dst:
        return array
    flat = working(array).reshape(-1, array.shape[-1])
    return to_type(kernel(flat, dst), array.dtype).reshape(*array.shape[:-1], dst)


def _nearest(src: int, dst: int) -> Array:
    """The sample that each result takes."""
    scale = np.float32(src) / np.float32(dst)
    return np.minimum((np.arange(dst).astype(np.float32) * scale).astype(np.int64), src - 1)


def resample(array: Array, height: int, width: int, mode: str) -> Array:
    """planes×height×width of the array's own type; 'simple' hands doubles on as float32, as the
    original does."""
    if mode == "simple":
        rows, columns = _nearest(array.shape[1], height), _nearest(array.shape[2], width)
        return array[:, rows][:, :, columns].astype(np.float32).astype(array.dtype)
    wide = _along(KERNELS[mode], array, width)
    return _along(KERNELS[mode], wide.swapaxes(1, 2), height).swapaxes(1, 2)


def _wanted(size: Any, height: int, width: int) -> tuple[float, float] | None:
    """Height and width for 'WxH', MAX, '^MIN', '*SCALE' or '*A/B'."""
    text = str(size)
    longest = parse_number(text) if isinstance(size, str) else size
    if longest is not None:
        return height * longest / max(height, width), width * longest / max(height, width)
    if match := re.search(r"(\d+)x(\d+)", text, re.ASCII):
        return float(match[2]), float(match[1])
    if match := re.search(r"\^(\d+)", text, re.ASCII):
        shortest = min(height, width)
        return height * float(match[1]) / shortest, width * float(match[1]) / shortest
    if (match := re.search(r"\*(\d+)/(\d+)", text, re.ASCII)) and float(match[2]):
        return height * float(match[1]) / float(match[2]), width * float(match[1]) / float(match[2])
    if match := re.search(r"\*(.+)", text, re.DOTALL):
        factor = parse_number(match[1])
        return None if factor is None else (height * factor, width * factor)
    return None


def scale(*args: Any) -> Any:
    """Resize a picture.

    `image.scale(src, width, height, mode)`, `image.scale(src, size, mode)`, `image.scale(dst, src,
    mode)`

    src: planes×height×width or height×width; size: 'WxH', a number (longest side), '^N' (shortest
    side), '*S' or '*A/B' (factor); mode: 'bilinear' (default; the mean of each cell when reducing),
    'bicubic' or 'simple' (nearest).
    Result: of the source's type. Errors: incorrect arguments, unknown mode, no valid size.
    """
    dst = width = height = size = mode = None
    if len(args) == 4:
        src, width, height, mode = args
    elif len(args) == 3 and isinstance(args[2], str):
        if _is_size(args[1]):
            src, size, mode = args
        else:
            dst, src, mode = args
    elif len(args) == 3:
        src, width, height = args
    elif len(args) == 2 and _is_size(args[1]):
        src, size = args
    elif len(args) == 2:
        dst, src = args
    else:
        raise refuse("scale", DESCRIPTION, FORMS)
    tensor(src, 1, "scale")
    if size is not None:
        wanted = _wanted(size, *src.nd.shape[-2:]) if src.nd.ndim > 1 else None
        height, width = wanted or (None, None)
    if dst is None:
        if width is None or height is None:
            raise fail("scale", "could not find valid dest size")
        dst = _made(src, max(number(height, 3), 1), max(number(width, 2), 1))
    if mode is None:
        mode = "bilinear"
    if mode not in C_NAMES:
        raise fail("scale", "mode must be one of: simple | bicubic | bilinear")
    source, target = pair(src, dst, C_NAMES[mode], "scale")
    height, width = target.shape[1:]
    target[...] = resample(source, height, width, mode)
    return dst


def _is_size(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


def _made(src: Any, height: float, width: float) -> Any:
    """A picture of this size, of the type and planes of src."""
    if not (height < 2**31 and width < 2**31):  # also what is no number
        raise TorchError(f"image.scale: cannot make a picture of {height:g} x {width:g} pixels")
    lead = src.nd.shape[:-2]
    return type(src)(*lead[:1], int(height), int(width))
