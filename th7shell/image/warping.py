"""Pictures read at the places of a field: warp and affine transforms.

Places are float32, as in the original's C; each interpolation goes step by step as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from th7shell import torch
from th7shell.lua import BadArgument, Table, TorchError, array
from th7shell.torch.tensor import Tensor, default_type, resized
from th7shell.torch.types import number

from .checks import (
    fail,
    planes,
    refuse,
    same_type,
    sizes,
    tensor,
    to_type,
    working,
)
from .scaling import catmull_rom

Array = np.ndarray
F, D = np.float32, np.float64
LANCZOS = 3  # neighbours on each side
_MODE = "string: mode: lanczos | bicubic | bilinear | simple\n"
_CLAMP = """string: clamp mode: how to handle interp of samples off the input image (clamp | pad)
"""
_PAD = """number: pad value: value to pad image. Can only be set when clamp mode equals "pad"
"""
_WARP = f"""*torch.Tensor: input image (KxHxW)
*torch.Tensor: (y,x) flow field (2xHxW)
{_MODE}string: offset mode (add (x,y) to flow field)
{_CLAMP}"""
_AFFINE = f"""*torch.Tensor: input image (KxHxW)
*torch.Tensor: (y,x) affine translation matrix
{_MODE}torch.Tensor: extra (y,x) translation to be done before transform
{_CLAMP}"""
WARP_FORMS = f"{_WARP}\n*torch.Tensor: destination\n{_WARP}{_PAD}"
AFFINE_FORMS = f"{_AFFINE}\n{_AFFINE}{_PAD}"


def _simple(source: Array, y: Array, x: Array, pad: float) -> Array:
    """The nearest pixel, exactly."""
    return source[:, _whole(y.astype(D) + 0.5), _whole(x.astype(D) + 0.5)]


def _whole(place: Array) -> Array:
    return np.floor(place).astype(np.int64)


def _bilinear(source: Array, y: Array, x: Array, pad: float) -> Array:
    values = working(source)
    y0, x0 = _whole(y), _whole(x)
    y1, x1 = (np.minimum(v + 1, n - 1) for v, n in ((y0, source.shape[1]), (x0, source.shape[2])))
    up, left = y - y0.astype(F), x - x0.astype(F)
    down, right = (y0 + 1).astype(F) - y, (x0 + 1).astype(F) - x
    total = values[:, y0, x0] * (right * down) + values[:, y0, x1] * (left * down)
    return total + values[:, y1, x0] * (right * up) + values[:, y1, x1] * (left * up)


def _bicubic(source: Array, y: Array, x: Array, pad: float) -> Array:
    """Catmull-Rom; neighbours outside the picture are the pad value."""
    values = np.pad(working(source), ((0, 0), (1, 2), (1, 2)), constant_values=pad)
    y0, x0 = _whole(y), _whole(x)
    kind = values.dtype
    fy, fx = ((v - w.astype(F)).astype(kind) for v, w in ((y, y0), (x, x0)))
    rows = []
    for i in range(4):
        taps = [values[:, y0 + i, x0 + j] for j in range(4)]
        rows.append(catmull_rom(taps, fx))
    return catmull_rom(rows, fy)


def _lanczos_weights(place: Array, first: Array) -> list[Array]:
    """Windowed sinc at the 2·LANCZOS samples from `first` on, not yet normalised."""
    weights = []
    for k in range(2 * LANCZOS):
        d = np.abs(place - (first + k).astype(F))
        angle = F(np.pi) * d
        wave = F(LANCZOS) * np.sin(angle.astype(D)) * np.sin((angle / F(LANCZOS)).astype(D))
        w = (wave / np.where(d == 0, F(1), F(np.pi * np.pi) * d * d)).astype(F)
        w = np.where(d > F(LANCZOS), F(0), w)
        weights.append(np.where(d.astype(D) < D(F(0.000001)), F(1), w))
    return weights


def _lanczos(source: Array, y: Array, x: Array, pad: float) -> Array:
    values = working(source)
    height, width = source.shape[1:]
    y0, x0 = _whole(y) - LANCZOS + 1, _whole(x) - LANCZOS + 1
    down, across = _lanczos_weights(y, y0), _lanczos_weights(x, x0)
    total: Any = F(0)
    for u in across:
        for v in down:
            total = total + u * v
    result: Any = values.dtype.type(0)
    for i, u in enumerate(across):
        column = np.clip(x0 + i, 0, width - 1)
        for j, v in enumerate(down):
            row = np.clip(y0 + j, 0, height - 1)
            result = result + values[:, row, column] * (u * v)
    return result / total


MODES = {"simple": _simple, "bilinear": _bilinear, "bicubic": _bicubic, "lanczos": _lanczos}


def _read(source: Array, flow: Any, mode: str, offset: bool, clamp: bool, pad: float) -> Array:
    """The picture at the places of a field 2×height×width, (y, x) from 0."""
    y, x = (v.astype(F) for v in flow)
    if offset:
        y = np.arange(y.shape[0]).astype(F)[:, None] + y
        x = np.arange(x.shape[1]).astype(F)[None] + x
    limits = F(source.shape[1] - 1), F(source.shape[2] - 1)
    outside = (y < 0) | (y > limits[0]) | (x < 0) | (x > limits[1])
    y, x = (
        np.where(v > 0, np.where(v < limit, v, limit), F(0)) for v, limit in zip((y, x), limits)
    )
    values = to_type(MODES[mode](source, y, x, pad), source.dtype)
    return values if clamp else np.where(outside, source.dtype.type(pad), values)


def _arguments(
    function: str, args: Sequence[Any], description: str, forms: str
) -> tuple[Any, Any, Any, str, Any, bool, Any]:
    """Split `[dst,] src, tensor, mode, option, clamp, pad` and check the two modes."""
    dst = None
    rest = list(args)
    if len(rest) >= 3 and not isinstance(rest[2], str):
        dst = rest.pop(0)
    src, other, *options = [*rest, None, None][: max(len(rest), 2)]
    if len(options) > 4:
        raise refuse(function, description, forms)
    defaults: tuple[Any, ...] = ("bilinear", None, "clamp", 0)
    mode, option, clamp, pad = (*options, *defaults[len(options) :])
    if len(options) == 4 and clamp != "pad":
        raise TorchError('pad_value can only be specified if clamp_mode = "pad"')
    if mode not in MODES:
        words = "Incorrect arguments (mode is not lanczos | bicubic | bilinear | simple)!"
        raise fail("warp", words)
    if clamp not in ("clamp", "pad"):
        raise fail("warp", "Incorrect arguments (clamp_mode is not clamp | pad)!")
    if len(options) < 2:
        option = ...
    tensor(src, 1, function)
    return dst, src, other, mode, option, clamp == "clamp", pad


def _deliver(src: Any, dst: Any, values: Array) -> Any:
    """The result in dst, planes×height×width, or its one plane where src had no planes."""
    if dst is None:
        dst = type(src)()
    resized(dst, values.shape)[...] = values
    return dst.select(1, 1) if src.nd.ndim == 2 else dst


def warp(*args: Any) -> Any:
    """Resample a picture by a field of positions.

    `image.warp([dst,] src, field, mode, offset, clamp, pad)`: field 2×height×width holds (y, x),
    added to the pixel's own place when offset is true (default), else absolute and 0-based;
    mode 'bilinear' (default), 'simple', 'bicubic' or 'lanczos'; clamp 'clamp' (default; the border
    goes on) or 'pad' (fill with the value pad, default 0). Neighbours that 'bicubic' looks for
    outside are the pad value.
    """
    words = "warp an image, according to a flow field"
    dst, src, flow, mode, offset, clamp, pad = _arguments("warp", args, words, WARP_FORMS)
    source = planes(src, 1, "warp", "warp: src")
    field = tensor(flow, 3, "warp").nd
    if field.ndim != 3 or field.shape[0] != 2:
        message = f"the flow field must be 2 x height x width, got {sizes(field)}"
        raise BadArgument(3, message, "warp")
    if dst is not None:
        same_type(dst, src, 1, "warp")
    values = _read(source, field, mode, bool(offset), clamp, _number(pad))
    return _deliver(src, dst, values)


def _number(pad: Any) -> float:
    """The pad value; as in C, what is no number is 0."""
    try:
        return float(number(pad, 7))
    except BadArgument:
        return 0.0


def affinetransform(*args: Any) -> Any:
    """Map a picture by a 2×2 matrix about its centre.

    `image.affinetransform([dst,] src, matrix, mode, translation, clamp, pad)`: matrix maps (y, x)
    of the result to the source; translation: 2 numbers (y, x), taken away; mode, clamp and pad as
    for warp.
    """
    words = "warp an image, according to given affine transform"
    dst, src, matrix, mode, shift, clamp, pad = _arguments(
        "affinetransform", args, words, AFFINE_FORMS
    )
    source = planes(src, 1, "affinetransform", "warp: src")
    if not isinstance(matrix, Tensor) or matrix.nd.shape != (2, 2):
        got = sizes(matrix.nd) if isinstance(matrix, Tensor) else "none"
        raise BadArgument(2, f"2x2 matrix expected, got {got}", "affinetransform")
    if dst is not None:
        same_type(dst, src, 1, "affinetransform")
    field = _affine_field(matrix.nd, _translation(shift), *source.shape[1:])
    return _deliver(src, dst, _read(source, field, mode, True, clamp, _number(pad)))


def _translation(shift: Any) -> list[float]:
    if shift is ...:
        return [0.0, 0.0]
    values = shift.nd.ravel().tolist() if isinstance(shift, Tensor) else None
    if isinstance(shift, Table | list | tuple):
        values = array(shift) if isinstance(shift, Table) else list(shift)
    if values is None or len(values) < 2 or not all(isinstance(v, int | float) for v in values):
        raise BadArgument(4, "a translation of two numbers (y, x) is needed", "affinetransform")
    return values[:2]


def _affine_field(matrix: Array, shift: list[float], height: int, width: int) -> Array:
    """Offsets 2×height×width in the default type: the grid less its image under the matrix."""
    kind = default_type().dtype
    lines = []
    for n in (height, width):
        line = np.asarray(torch.linspace(-1, 1, n)) if n > 1 else np.zeros(1, kind)
        lines.append(line * kind.type((n - 1) / 2) * kind.type(-1))
    grid = np.stack(np.broadcast_arrays(lines[0][:, None], lines[1][None]))
    m = matrix.astype(kind)
    mapped = m[:, 0, None, None] * grid[0] + m[:, 1, None, None] * grid[1]
    return grid - mapped - np.asarray(shift, kind)[:, None, None]


NAMES = {"warp": warp, "affinetransform": affinetransform}
