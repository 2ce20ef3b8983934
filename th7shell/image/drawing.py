"""Drawing on pictures: rectangles and text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, Table, TorchError
from th7shell.torch.tensor import Tensor

from .checks import tensor, whole
from .glyphs import HEIGHT, WIDTH, glyph

Array = np.ndarray
CELL_WIDTH, CELL_HEIGHT = WIDTH + 1, HEIGHT + 1
RED, NONE = (255, 0, 0), (-1, -1, -1)


def _options(opts: Any, function: str) -> Callable[..., Any]:
    """A reader of the options' table (or dict)."""
    if opts is None or opts is False:
        opts = {}
    if not isinstance(opts, Table | dict):
        raise BadArgument(6, "a table of options is needed", function)

    def read(name: str, default: Any = None) -> Any:
        value = opts.get(name) if isinstance(opts, dict) else opts[name]
        return default if value is None or value is False else value

    return read


def _canvas(src: Any) -> Any:
    if not isinstance(src, Tensor) or src.nd.ndim != 3 or src.nd.shape[0] != 3:
        raise TorchError("input image has to be a 3D tensor of shape 3 x H x W ")
    return tensor(src, 1, "drawText")


def _colour(value: Any, position: int, function: str) -> list[int]:
    """Three whole numbers."""
    try:
        parts = [value[i] for i in (range(3) if isinstance(value, list | tuple) else (1, 2, 3))]
    except (TypeError, IndexError):
        parts = [None]
    return [whole(part, position + k, function) for k, part in enumerate(parts)]


def _ink(colour: list[int], dtype: np.dtype) -> Array:
    """A colour of 0…255 in the picture's type, 3×1×1."""
    values = np.asarray(colour, np.float32)
    if dtype == np.uint8:
        return np.asarray(colour, np.int64).astype(np.uint8)[:, None, None]
    return (values / np.float32(255)).astype(dtype)[:, None, None]


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
    option = _options(opts, "drawRect")
    target = _canvas(src)
    out = target if option("inplace") else target.clone()
    if None in (x1, y1, x2, y2):
        return out
    x1, y1, x2, y2 = (whole(v, i, "drawRect") for i, v in enumerate((x1, y1, x2, y2), 2))
    thick = whole(option("lineWidth", 1), 6, "drawRect")
    colour = _colour(option("color", RED), 7, "drawRect")
    before = int(thick / 2) + 1
    after = thick - before
    height, width = out.nd.shape[1:]
    ink = _ink(colour, out.nd.dtype)

    def band(place: int, size: int) -> slice:
        """The pixels across a line at `place`."""
        low = max(0, place - before)
        return slice(low, max(low, min(size, place + after)))

    columns, rows = (band(x1, width), band(x2, width)), (band(y1, height), band(y2, height))
    whole_x = slice(columns[0].start, max(columns[0].start, columns[1].stop))
    whole_y = slice(rows[0].start, max(rows[0].start, rows[1].stop))
    for column in columns:
        out.nd[:, whole_y, column] = ink
    for row in rows:
        out.nd[:, row, whole_x] = ink
    return out


def drawText(
    src: Any = None, text: Any = None, x: Any = None, y: Any = None, opts: Any = None, *_: Any
) -> Any:
    """Write text: `image.drawText(src, text, x, y, {color={255, 0, 0}, bg={0, 0, 0}, size=1,
    wrap=true, inplace=false})`.

    src: 3×height×width; (x, y): 0-based top left corner; size: scale of the letters, which are
    5×7 pixels in cells of 6×8; bg: ground (none if nil); wrap: go on in a new line at the right
    edge. Errors: a letter that sticks out of the picture (one wholly outside is left out).
    """
    option = _options(opts, "drawText")
    target = _canvas(src)
    out = target if option("inplace") else target.clone()
    if text is not None and not isinstance(text, str | int | float):
        raise BadArgument(2, "string expected", "drawText")
    if text is None or not str(text).rstrip(" \t\n\v\f\r"):
        return out
    left = whole(1 if x is None else x, 3, "drawText")
    top = whole(1 if y is None else y, 4, "drawText")
    size = whole(option("size", 1), 5, "drawText")
    colour = _colour(option("color", RED), 6, "drawText")
    ground = _colour(option("bg", NONE), 9, "drawText")
    given = opts.get("wrap") if isinstance(opts, dict) else None
    if opts is not None and opts is not False and not isinstance(opts, dict):
        given = opts["wrap"]
        if given is None:
            opts["wrap"] = True
    if size < 1:
        return out
    height, width = out.nd.shape[1:]
    drawn = out.nd.copy()  # a letter that does not fit changes nothing
    inks = _ink(colour, drawn.dtype), _ink(ground, drawn.dtype) if -1 not in ground else None
    for character, cx, cy in _places(
        str(text), left, top, size, width if given is not False else None
    ):
        outside = cx >= width or cy >= height
        if not outside and cx + CELL_WIDTH * size > 0 and cy + CELL_HEIGHT * size > 0:
            _stamp(drawn, character, cx, cy, size, inks)
    out.nd[...] = drawn
    return out


def _places(text: str, left: int, top: int, size: int, edge: int | None) -> Any:
    """Each character with its cell's corner; lines begin at left, wrapped ones at 0."""
    x, y = left, top
    for character in text.split("\0")[0]:
        if character == "\n":
            x, y = left, y + CELL_HEIGHT * size
        elif character != "\r":
            if edge is not None and x + CELL_WIDTH * size >= edge:
                x, y = 0, y + CELL_HEIGHT * size
            yield character, x, y
            x += CELL_WIDTH * size


def _stamp(canvas: Array, character: str, x: int, y: int, size: int, inks: Any) -> None:
    cell = np.zeros((CELL_HEIGHT, CELL_WIDTH), bool)
    cell[:HEIGHT, :WIDTH] = glyph(character)
    cell = np.kron(cell, np.ones((size, size), bool))
    colour, ground = inks
    rows, columns = np.nonzero(cell) if ground is None else np.indices(cell.shape).reshape(2, -1)
    height, width = canvas.shape[1:]
    fits = (y + rows >= 0) & (y + rows < height) & (x + columns >= 0) & (x + columns < width)
    if not fits.all():
        raise BadArgument(2, f"out of range: a letter at {x}, {y} sticks out", "text")
    part = canvas[:, y + rows, x + columns]
    painted = np.where(cell[rows, columns], colour[:, 0], part if ground is None else ground[:, 0])
    canvas[:, y + rows, x + columns] = painted


NAMES = {"drawRect": drawRect, "drawText": drawText}
