"""Moving pixels: crop, translate, flips, rotate, warp and affine transforms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lua import TorchError
from ..torch.tensor import wrap
from .arguments import deliver, destination_first, fail, is_picture, planes, to_type, working
from .scaling import catmull_rom, resample

ANCHORS = {"c": (0.5, 0.5), "tl": (0, 0), "tr": (0, 1), "bl": (1, 0), "br": (1, 1)}


def crop(*args: Any) -> Any:
    """Cut a rectangle out of a picture.

    `image.crop([dst,] src, x1, y1, x2, y2)`: 0-based corners, x2 and y2 exclusive;
    `image.crop([dst,] src, anchor, width, height)`: anchor 'c', 'tl', 'tr', 'bl' or 'br';
    `image.crop(dst, src, x1, y1)`: as much as dst holds. A given dst of another size gets the
    scaled crop.
    Errors: incorrect arguments; the rectangle leaves the picture.
    """
    dst, src, rest = destination_first("crop", args)
    array = planes("crop", src)
    height, width = array.shape[1:]
    if len(rest) == 3 and isinstance(rest[0], str):
        if rest[0] not in ANCHORS:
            raise fail("crop", 'crop format must be "c"|"tl"|"tr"|"bl"|"br"')
        w, h = int(rest[1]), int(rest[2])
        down, right = ANCHORS[rest[0]]
        x1, y1 = math.floor((width - w) * right), math.floor((height - h) * down)
        x2, y2 = x1 + w, y1 + h
    elif len(rest) == 4:
        x1, y1, x2, y2 = (math.floor(v) for v in rest)
    elif len(rest) == 2 and dst is not None:
        x1, y1 = (math.floor(v) for v in rest)
        x2, y2 = x1 + dst.nd.shape[-1], y1 + dst.nd.shape[-2]
    else:
        raise fail("crop", "incorrect arguments")
    if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
        raise TorchError("image.crop: crop goes outside bounds of src")
    piece = array[:, y1:y2, x1:x2]
    if dst is not None and dst.nd.ndim >= 2 and dst.nd.shape[-2:] != piece.shape[1:]:
        height, width = dst.nd.shape[-2:]
        piece = resample(piece, height, width, "bilinear")
    return deliver(piece.copy(), src, dst)


def translate(*args: Any) -> Any:
    """Move a picture by (x, y) pixels; what comes in is zero: `image.translate([dst,] src, x,
    y)`."""
    dst, src, rest = destination_first("translate", args)
    if len(rest) != 2:
        raise fail("translate", "incorrect arguments")
    dx, dy = (math.floor(v) for v in rest)
    array = planes("translate", src)
    result = np.zeros_like(array)
    height, width = array.shape[1:]
    if abs(dx) < width and abs(dy) < height:
        target = result[:, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
        target[...] = array[:, max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)]
    return deliver(result, src, dst)


def _flipper(name: str, axis: int, what: str) -> Any:
    def flip_axis(*args: Any) -> Any:
        dst, src, _ = destination_first(name, args)
        return deliver(np.flip(src.nd, axis).copy(), src, dst)

    flip_axis.__doc__ = f"Mirror a picture {what}: `image.{name}([dst,] src)`."
    return flip_axis


hflip = _flipper("hflip", -1, "left to right")
vflip = _flipper("vflip", -2, "top to bottom")


def flip(*args: Any) -> Any:
    """Reverse a tensor of up to 5 dimensions along one: `image.flip([dst,] src, dim)`, dim
    1-based."""
    dst, src, rest = destination_first("flip", args)
    if len(rest) != 1 or not 1 <= rest[0] <= src.nd.ndim:
        raise fail("flip", f"a dimension from 1 to {src.nd.ndim} is needed")
    return deliver(np.flip(src.nd, int(rest[0]) - 1).copy(), src, dst)


def _gather(values: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    height, width = values.shape[1:]
    return values[:, np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]


def _inside(y: np.ndarray, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return (y >= 0) & (y <= shape[1] - 1) & (x >= 0) & (x <= shape[2] - 1)


def sample(values: np.ndarray, y: np.ndarray, x: np.ndarray, mode: str) -> np.ndarray:
    """values (planes×height×width) at real positions (any shape), the border continued."""
    if mode == "simple":
        return _gather(
            values, np.floor(y + 0.5).astype(np.int64), np.floor(x + 0.5).astype(np.int64)
        )
    y0, x0 = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    fy, fx = y - y0, x - x0
    if mode == "bilinear":
        rows = [((1 - fy), 0), (fy, 1)]
        columns = [((1 - fx), 0), (fx, 1)]
    else:
        kernel = catmull_rom if mode == "bicubic" else _lanczos
        rows, columns = kernel(fy), kernel(fx)
    total: Any = 0
    for weight_y, j in rows:
        for weight_x, i in columns:
            total = total + weight_y * weight_x * _gather(values, y0 + j, x0 + i)
    return total


def _lanczos(f: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Windowed sinc over three neighbours on each side, normalised."""
    offsets = range(-2, 4)
    weights = [np.sinc(f - o) * np.sinc((f - o) / 3) for o in offsets]
    total = sum(weights)
    return [(w / total, o) for w, o in zip(weights, offsets)]


def rotate(*args: Any) -> Any:
    """Turn a picture about its centre, same size, zero outside.

    `image.rotate([dst,] src, theta, mode)`: theta in radians, counter-clockwise; mode 'simple'
    (default) or 'bilinear'.
    """
    dst, src, rest = destination_first("rotate", args)
    if not rest or len(rest) > 2 or isinstance(rest[0], str):
        raise fail("rotate", "incorrect arguments")
    mode = rest[1] if len(rest) == 2 else "simple"
    if mode not in ("simple", "bilinear"):
        raise fail("rotate", "mode must be one of: simple | bilinear")
    array = planes("rotate", src)
    height, width = array.shape[1:]
    cy, cx = (height - 1) / 2, (width - 1) / 2
    j, i = np.mgrid[0:height, 0:width]
    c, s = math.cos(rest[0]), math.sin(rest[0])
    y = c * (j - cy) + s * (i - cx) + cy
    x = c * (i - cx) - s * (j - cy) + cx
    if mode == "simple":
        y, x = np.floor(y + 0.5), np.floor(x + 0.5)
    values = sample(working(array), y, x, mode)
    values = np.where(_inside(y, x, array.shape), values, 0)
    return deliver(to_type(values, array.dtype), src, dst)


WARP_MODES = ("simple", "bilinear", "bicubic", "lanczos")


def _two_tensors(function: str, args: Sequence[Any]) -> tuple[Any, Any, Any, list[Any]]:
    """Split `[dst,] src, tensor, four options` (nil where left out)."""
    rest = list(args)
    tensors = []
    while rest and is_picture(rest[0]):
        tensors.append(rest.pop(0))
    if len(tensors) not in (2, 3):
        raise fail(function, "incorrect arguments")
    dst = tensors[0] if len(tensors) == 3 else None
    return dst, tensors[-2], tensors[-1], [*rest, *[None] * 4][:4]


def warp(*args: Any) -> Any:
    """Resample a picture by a field of positions.

    `image.warp([dst,] src, field, mode, offset, clamp, pad)`: field 2×height×width holds (y, x),
    added to the pixel's own place when offset is true (default), else absolute and 0-based;
    mode 'bilinear' (default), 'simple', 'bicubic' or 'lanczos'; clamp 'clamp' (default; the border
    goes on) or 'pad' (fill with the value pad, default 0).
    """
    dst, src, flow, (mode, offset, clamp, pad) = _two_tensors("warp", args)
    field = flow.nd
    if mode is not None and mode not in WARP_MODES:
        raise fail("warp", "mode must be one of: " + " | ".join(WARP_MODES))
    if clamp not in (None, "clamp", "pad"):
        raise fail("warp", "clamp must be one of: clamp | pad")
    if field.ndim != 3 or field.shape[0] != 2:
        sizes = "x".join(map(str, field.shape))
        raise fail("warp", f"the flow field must be 2 x height x width, got {sizes}")
    array = planes("warp", src)
    y, x = field.astype(np.float64)
    if offset is not False:
        j, i = np.mgrid[0 : y.shape[0], 0 : y.shape[1]]
        y, x = y + j, x + i
    values = working(array)
    limit_y, limit_x = array.shape[1] - 1, array.shape[2] - 1
    result = sample(values, np.clip(y, 0, limit_y), np.clip(x, 0, limit_x), mode or "bilinear")
    if clamp == "pad":
        result = np.where(_inside(y, x, array.shape), result, 0 if pad is None else pad)
    return deliver(to_type(result, array.dtype), src, dst)


def affinetransform(*args: Any) -> Any:
    """Map a picture by a 2×2 matrix about its centre.

    `image.affinetransform([dst,] src, matrix, mode, translation, clamp, pad)`: matrix maps (y, x)
    of the result to the source; translation: 2 numbers (y, x); mode, clamp and pad as for warp.
    """
    dst, src, matrix, (mode, shift, clamp, pad) = _two_tensors("affinetransform", args)
    if matrix.nd.shape != (2, 2):
        raise fail("affinetransform", "a picture and a 2 x 2 matrix are needed")
    height, width = src.nd.shape[-2:]
    j, i = np.mgrid[0:height, 0:width]
    offsets = np.stack([j - (height - 1) / 2, i - (width - 1) / 2])
    field = np.tensordot(matrix.nd.astype(np.float64), offsets, 1) - offsets
    if shift is not None:
        field += np.asarray([shift[1], shift[2]], np.float64)[:, None, None]
    flow = wrap(np.ascontiguousarray(field))
    lead = (src, flow) if dst is None else (dst, src, flow)
    return warp(*lead, mode, True, clamp, pad)
