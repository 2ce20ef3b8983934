"""Pictures read at turned places: rotate, polar and log-polar coordinates.

The original computes places in float32 where its C variables are floats; so does this, step by
step, and values pass through float32 even in doubles.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError
from th7shell.torch.types import number

from .checks import fail, pair, planes, real, refuse, tensor, to_type, working
from .geometry import _beside

Array = np.ndarray
F, D = np.float32, np.float64
ROTATE_FORMS = """
*torch.Tensor: input image
*number: rotation angle (in radians)
string: mode: simple | bilinear

*torch.Tensor: destination
*torch.Tensor: input image
*number: rotation angle (in radians)
string: mode: simple | bilinear
"""
POLAR_FORMS = """
*torch.Tensor: input image
string: interpolation: simple | bilinear
string: mode: valid | full

*torch.Tensor: destination
*torch.Tensor: input image
string: interpolation: simple | bilinear
string: mode: valid | full
"""


def _long(place: Array) -> Array:
    """Whole numbers as C's long; what no picture holds is put far outside."""
    return np.where(np.abs(place) < 2**40, place, -(2**40)).astype(np.int64)


def _pick(source: Array, y: Array, x: Array, inside: Array) -> Array:
    """The pixels at whole places (planes×result), 0 outside."""
    height, width = source.shape[1:]
    values = source[:, np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)].astype(F)
    return np.where(inside, values, F(0))


def _within(y: Array, x: Array, source: Array) -> Array:
    return (y >= 0) & (y < source.shape[1]) & (x >= 0) & (x < source.shape[2])


def _blend(
    source: Array, rows: tuple[Array, Array], columns: tuple[Array, Array], wy: Array, wx: Array
) -> Array:
    """The mean of four pixels, weighted in doubles as the original does; → float32."""
    height, width = source.shape[1:]
    values = working(source)
    y0, y1 = (np.clip(v, 0, height - 1) for v in rows)
    x0, x1 = (np.clip(v, 0, width - 1) for v in columns)
    ry, rx = 1.0 - wy.astype(D), 1.0 - wx.astype(D)
    total = rx * ry * values[:, y0, x0] + wx * ry * values[:, y0, x1]
    total = total + rx * wy * values[:, y1, x0] + wx * wy * values[:, y1, x1]
    return total.astype(F)


def _turned(source: Array, shape: tuple[int, int], theta: float) -> Array:
    """The nearest pixels of a picture turned by theta about its centre."""
    height, width = source.shape[1:]
    yc, xc = F((height - 1) / 2), F((width - 1) / 2)
    angle = float(F(theta))
    s, c = F(np.sin(angle)), F(np.cos(angle))
    j, i = (v.astype(F) for v in np.mgrid[0 : shape[0], 0 : shape[1]])
    x = c * (i - xc) - s * (j - yc) + xc
    y = c * (j - yc) + s * (i - xc) + yc
    x, y = (_long(np.copysign(np.floor(np.abs(v.astype(D)) + 0.5), v)) for v in (x, y))
    return _pick(source, y, x, _within(y, x, source))


def _turned_smoothly(source: Array, shape: tuple[int, int], theta: float) -> Array:
    """The same with bilinear pixels; up to half a pixel outside takes the border's."""
    height, width = source.shape[1:]
    kind = real(source)
    yc, xc = F((height - 1) / 2), F((width - 1) / 2)
    angle = float(F(theta))
    s, c = np.sin(angle), np.cos(angle)
    j, i = (v.astype(F) for v in np.mgrid[0 : shape[0], 0 : shape[1]])
    dy, dx = (j - yc).astype(D), (i - xc).astype(D)
    x, y = (
        (v.astype(kind) + o).astype(kind) for v, o in ((c * dx - s * dy, xc), (c * dy + s * dx, yc))
    )
    x0, y0 = _long(np.floor(x)), _long(np.floor(y))
    wx, wy = x - x0.astype(kind), y - y0.astype(kind)
    inside = np.ones(x.shape, bool)
    ends = []
    for low, w, size in ((x0, wx, width), (y0, wy, height)):
        high = low + 1
        at_end = (high == size) & (w < 0.5)
        at_start = (low == -1) & (w > 0.5)
        inside &= ((high < size) | at_end) & ((low >= 0) | at_start)
        ends.append((np.where(at_start, high, low), np.where(at_end, low, high)))
    values = _blend(source, ends[1], ends[0], wy, wx)
    return np.where(inside, values, F(0))


def rotate(*args: Any) -> Any:
    """Turn a picture about its centre, same size, zero outside.

    `image.rotate([dst,] src, theta, mode)`: theta in radians, counter-clockwise; mode 'simple'
    (default) or 'bilinear'.
    """
    dst = mode = None
    if len(args) == 4:
        dst, src, theta, mode = args
    elif len(args) == 3 and isinstance(args[1], int | float):
        src, theta, mode = args
    elif len(args) == 3:
        dst, src, theta = args
    elif len(args) == 2:
        src, theta = args
    else:
        raise refuse("rotate", "rotate an image by theta radians", ROTATE_FORMS)
    planes(tensor(src, 1, "rotate"), 1, "rotate")
    mode = mode or "simple"
    if mode not in ("simple", "bilinear"):
        raise fail("rotate", "mode must be one of: simple | bilinear")
    theta = _angle(theta)
    if dst is src:
        raise TorchError("image.rotate: in-place rotate not supported")
    dst = _beside([dst], src, "rotate")
    source, target = pair(src, dst, "rotate", "rotate")
    turn = _turned if mode == "simple" else _turned_smoothly
    target[...] = to_type(turn(source, target.shape[1:], theta), target.dtype)
    return dst


def _angle(theta: Any) -> float:
    try:
        return number(theta, 3)
    except BadArgument as error:
        raise BadArgument(3, error.message, "rotate") from None


def _polar(source: Array, shape: tuple[int, int], mode: str, smooth: bool, log: bool) -> Array:
    """Rows are angles, columns radii about the centre, up to `mode`'s reach."""
    height, width = source.shape[1:]
    rows, columns = shape
    yc, xc = F(height / 2), F(width / 2)
    if mode == "full":
        diagonal = F(width) * F(width) + F(height) * F(height)
        reach = F(math.sqrt(diagonal) / 2)
    else:
        reach = xc if width < height else yc
    j, i = np.arange(rows).astype(F)[:, None], np.arange(columns).astype(F)[None]
    angle = (2 * math.pi * j.astype(D) / D(rows)).astype(F).astype(D)
    if log:
        step = F(math.log(reach) / columns)
        radius = np.exp((i * step).astype(D)).astype(F)
    else:
        radius = (reach * i) / F(columns)
    y = radius.astype(D) * np.cos(angle) + yc.astype(D)
    x = -radius.astype(D) * np.sin(angle) + xc.astype(D)
    if not smooth:
        y, x = _long(np.floor(y)), _long(np.floor(x))
        return _pick(source, y, x, _within(y, x, source))
    kind = F if log else real(source)
    y, x = y.astype(kind), x.astype(kind)
    y0, x0 = _long(np.floor(y)), _long(np.floor(x))
    between = _within(y0, x0, source) & _within(y0 + 1, x0 + 1, source)
    blended = _blend(source, (y0, y0 + 1), (x0, x0 + 1), y - y0.astype(kind), x - x0.astype(kind))
    return np.where(between, blended, _pick(source, y0, x0, _within(y0, x0, source)))


def _mapper(name: str, c_name: str, words: str, log: bool) -> Any:
    def transform(*args: Any) -> Any:
        rest = list(args)
        if not 1 <= len(rest) <= 4:
            raise refuse(name, f"convert an image to {words} coordinates", POLAR_FORMS)
        plain = len(rest) == 1 or (len(rest) < 4 and isinstance(rest[1], str))
        dst = None if plain else rest.pop(0)
        src, interpolation, mode = [*rest, None, None][:3]
        tensor(src, 1, name)
        # As in the original the defaults are swapped, so a call without them is refused.
        interpolation, mode = interpolation or "valid", mode or "simple"
        if dst is None:
            side = max(src.size(2), src.size(3))
            dst = type(src)(src.size(1), side, side)
        if interpolation not in ("simple", "bilinear"):
            raise fail(name, "interpolation must be one of: simple | bilinear")
        if mode not in ("valid", "full"):
            raise fail(name, "mode must be one of: valid | full")
        smooth = interpolation == "bilinear"
        source, target = pair(src, dst, c_name + ("Bilinear" if smooth else ""), "polar")
        values = _polar(source, target.shape[1:], mode, smooth, log)
        target[...] = to_type(values, target.dtype)
        return dst

    transform.__doc__ = (
        f"A picture in {words} coordinates: `image.{name}([dst,] src, interpolation, mode)`.\n\n"
        "interpolation 'simple' or 'bilinear'; mode 'valid' (the largest circle inside) or 'full'\n"
        "(all corners, zero outside). Rows are angles, columns radii; the result is as wide and\n"
        "high as the longer side, or as dst."
    )
    return transform


NAMES = {
    "rotate": rotate,
    "polar": _mapper("polar", "polar", "polar", False),
    "logpolar": _mapper("logpolar", "logPolar", "log-polar", True),
}
