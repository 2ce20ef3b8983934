"""Putting pictures together for the eye: ranges, grids, rectangles and text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..lua import Table, TorchError, array, lua_type
from ..torch.tensor import default_type, wrap
from .arguments import fail, options, planes, to_type


def stretch(
    values: np.ndarray,
    low: float | None = None,
    high: float | None = None,
    symmetric: bool = False,
    saturate: bool = False,
) -> np.ndarray:
    """Map [low, high] to [0, 1] (the array's own range where nil), in place; saturate clips."""
    saturate = saturate and not (low is None and high is None)
    reach = 0.0
    if low is None:
        if symmetric:
            reach = max(abs(float(values.min())), abs(float(values.max())))
            low = -reach
        else:
            low = float(values.min())
    if low != 0:
        values -= low
    span = (reach * 2 if symmetric else float(values.max())) if high is None else high - low
    if span != 0:
        values /= span
    return np.clip(values, 0, 1, out=values) if saturate else values


def minmax(*args: Any) -> Any:
    """Compress the range of a tensor to [0, 1].

    `image.minmax{tensor=, min=, max=, symm=false, inplace=false, saturate=false, tensorOut=}`
    min, max: the range taken (the tensor's own if nil); symm: centred on zero; saturate: clip to
    [0, 1].
    """
    names = ("tensor", "min", "max", "symm", "inplace", "saturate", "tensorOut")
    tensor, low, high, symm, inplace, saturate, out = options(args, dict.fromkeys(names))
    if not hasattr(tensor, "nd"):
        raise fail("minmax", f"a tensor is needed, got {lua_type(tensor)}")
    if out is not None:
        out.resize(tensor.size()).copy(tensor)
    elif inplace:
        out = tensor
    else:
        out = wrap(tensor.nd.astype(default_type().dtype))
    stretch(out.nd, low, high, bool(symm), bool(saturate))
    return out


def toDisplayTensor(*args: Any) -> Any:
    """Lay pictures out on a grid and stretch them to [0, 1].

    `image.toDisplayTensor{input=, padding=0, nrow=6, scaleeach=false, min=, max=, symmetric=false,
    saturate=true}`
    input: height×width, planes×height×width, n×3×height×width (or n×1), or a table of pictures;
    nrow: pictures a row.
    Result: one picture of the default tensor type, planes×height×width or height×width.
    """
    defaults = {
        "input": None,
        "padding": 0,
        "nrow": 6,
        "scaleeach": False,
        "min": None,
        "max": None,
    }
    defaults |= {"symmetric": False, "saturate": True}
    source, padding, nrow, each, low, high, symmetric, saturate = options(args, defaults)
    dtype = default_type().dtype
    if isinstance(source, Table | list):
        pictures = [p.nd for p in (array(source) if isinstance(source, Table) else source)]
        packed = np.stack([p if p.ndim == 3 else p[None] for p in pictures]).astype(dtype)
    elif hasattr(source, "nd"):
        packed = source.nd.astype(dtype)
    else:
        raise TorchError(f"Unknown or incompatbile type of input: {lua_type(source)}")

    def fit(values: np.ndarray) -> np.ndarray:
        return stretch(values, low, high, bool(symmetric), bool(saturate))

    single = packed.ndim == 2 or (packed.ndim == 3 and packed.shape[0] in (1, 3))
    if single:
        return wrap(fit(packed))
    if packed.ndim not in (3, 4) or (packed.ndim == 4 and packed.shape[1] not in (1, 3)):
        raise fail(
            "toDisplayTensor",
            "packed must be a HxW or KxHxW or Kx3xHxW tensor, or a list of tensors",
        )
    if each:
        for picture in packed:
            fit(picture)
    grid = lay_out(packed, int(nrow), padding)
    return wrap(grid if each else fit(grid))


def lay_out(pictures: np.ndarray, per_row: int, padding: float) -> np.ndarray:
    """n(×planes)×height×width → one (planes×)height×width grid on the brightest value as ground."""
    count, height, width = pictures.shape[0], pictures.shape[-2], pictures.shape[-1]
    columns = min(per_row, count)
    rows = math.ceil(count / columns)
    step_y, step_x = height + padding, width + padding
    shape = (*pictures.shape[1:-2], math.floor(step_y * rows), math.floor(step_x * columns))
    grid = np.full(shape, pictures.max(), pictures.dtype)
    for k, picture in enumerate(pictures):
        y = math.floor((k // columns) * step_y + padding / 2)
        x = math.floor((k % columns) * step_x + padding / 2)
        grid[..., y : y + height, x : x + width] = picture
    return grid


def _colour(value: Any, scale: float) -> np.ndarray:
    triple = array(value) if isinstance(value, Table) else list(value)
    return np.asarray(triple, np.float64)[:, None, None] * (scale / 255)


def _canvas(function: str, src: Any, choices: Any) -> tuple[Any, np.ndarray, float]:
    """The picture to draw on (a copy unless inplace), its planes, and the value of full
    brightness."""
    target = src if choices("inplace") else src.clone()
    values = planes(function, target)
    return target, values, 255.0 if values.dtype == np.uint8 else 1.0


def _choice(opts: Any) -> Any:
    return lambda name, default=None: default if opts is None or opts[name] is None else opts[name]


def drawRect(
    src: Any = None,
    x1: Any = None,
    y1: Any = None,
    x2: Any = None,
    y2: Any = None,
    opts: Any = None,
    *_: Any,
) -> Any:
    """Draw a rectangle: `image.drawRect(src, x1, y1, x2, y2, {lineWidth=1, color={255, 0, 0},
    inplace=false})`.

    src: 3×height×width; corners are 1-based and inclusive. Result: the drawn-on picture.
    """
    choose = _choice(opts)
    target, values, scale = _canvas("drawRect", src, choose)
    colour = _colour(choose("color", (255, 0, 0)), scale)
    thick = int(choose("lineWidth", 1))
    x1, y1, x2, y2 = (int(v) - 1 for v in (x1, y1, x2, y2))
    before, after = thick // 2, thick - thick // 2
    height, width = values.shape[1:]

    def fill(top: int, bottom: int, left: int, right: int) -> None:
        part = values[:, max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
        part[...] = to_type(colour, values.dtype)

    for y in (y1, y2):
        fill(y - before, y + after, x1 - before, x2 + after)
    for x in (x1, x2):
        fill(y1 - before, y2 + after, x - before, x + after)
    return target


def drawText(
    src: Any = None, text: Any = None, x: Any = None, y: Any = None, opts: Any = None, *_: Any
) -> Any:
    """Write text: `image.drawText(src, text, x, y, {color={255, 0, 0}, bg={0, 0, 0}, size=1,
    wrap=true, inplace=false})`.

    src: 3×height×width; (x, y): 1-based top left corner; size: scale of the font; bg: ground (none
    if nil); wrap: go on in
    a new line at the right edge. The letters are Pillow's own bitmap font.
    """
    from PIL import Image, ImageDraw, ImageFont

    choose = _choice(opts)
    target, values, scale = _canvas("drawText", src, choose)
    size = int(choose("size", 1))
    font = ImageFont.load_default_imagefont()
    cell_w, cell_h = 6, 11
    left, top = int(x) - 1, int(y) - 1
    room = max(1, (values.shape[2] - left) // (cell_w * size))
    lines = []
    for line in str(text).split("\n"):
        pieces = [line[i : i + room] for i in range(0, max(len(line), 1), room)]
        lines += pieces if choose("wrap", True) is not False else pieces[:1]
    stencil = Image.new("L", (cell_w * max(map(len, lines)), cell_h * len(lines)))
    pen = ImageDraw.Draw(stencil)
    for row, line in enumerate(lines):
        pen.text((0, row * cell_h), line, fill=255, font=font)
    mask = np.kron(np.asarray(stencil) > 127, np.ones((size, size), bool))
    part = values[:, top : top + mask.shape[0], left : left + mask.shape[1]]
    mask = mask[: part.shape[1], : part.shape[2]]
    if choose("bg") is not None:
        part[...] = to_type(_colour(choose("bg"), scale), values.dtype)
    part[...] = np.where(
        mask, to_type(_colour(choose("color", (255, 0, 0)), scale), values.dtype), part
    )
    return target


NAMES = {f.__name__: f for f in (minmax, toDisplayTensor, drawRect, drawText)}
