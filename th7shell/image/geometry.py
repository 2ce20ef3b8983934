"""Moving pixels without mixing them: crop, translate and flips."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.tensor import resized
from th7shell.torch.types import number

from .checks import fail, pair, planes, refuse, same_type, tensor, whole
from .scaling import scale

ANCHORS = {"c": None, "tl": (0, 0), "tr": (1, 0), "bl": (0, 1), "br": (1, 1)}
_SRC, _DST = "*torch.Tensor: input image\n", "*torch.Tensor: destination\n"
_CORNERS = """*number: start x
*number: start y
number: end x
number: end y
"""
_ANCHOR = """*string: format: "c" or "tl" or "tr" or "bl" or "br"
*number: width
*number: height
"""
CROP_FORMS = f"{_SRC}{_CORNERS}\n{_DST}{_SRC}{_CORNERS}\n{_SRC}{_ANCHOR}\n{_DST}{_SRC}{_ANCHOR}"
_SHIFT = "*number: horizontal translation\n*number: vertical translation\n"
TRANSLATE_FORMS = f"{_SRC}{_SHIFT}\n{_DST}{_SRC}{_SHIFT}"


def crop(*args: Any) -> Any:
    """Cut a rectangle out of a picture.

    `image.crop([dst,] src, x1, y1, x2, y2)`: 0-based corners, x2 and y2 exclusive;
    `image.crop([dst,] src, anchor, width, height)`: anchor 'c', 'tl', 'tr', 'bl' or 'br';
    `image.crop(dst, src, x1, y1)`: as much as dst holds, nothing is returned. A given dst of
    another size gets the scaled crop. Doubles are handed on as float32.
    Errors: incorrect arguments; the rectangle leaves the picture.
    """
    dst = x2 = y2 = None
    count = len(args)
    if count == 6:
        dst, src, x1, y1, x2, y2 = args
    elif count == 5 and isinstance(args[2], str):
        return _anchored(*args)
    elif count == 5:
        src, x1, y1, x2, y2 = args
    elif count == 4 and isinstance(args[1], str):
        return _anchored(None, *args)
    elif count == 4:
        dst, src, x1, y1 = args
    elif count == 3:
        src, x1, y1 = args
    else:
        raise refuse("crop", "crop an image", CROP_FORMS)
    tensor(src, 1, "crop")
    if x2 is None:
        _cut(src, same_type(dst, src, 2, "cropNoScale"), x1, y1)
        return ()
    planes(src, 1, "crop")
    x1, y1, x2, y2 = (number(v, i) for i, v in enumerate((x1, y1, x2, y2), 2))
    height, width = whole(y2 - y1, 5, "crop"), whole(x2 - x1, 4, "crop")
    if not (0 < height <= src.nd.shape[-2] and 0 < width <= src.nd.shape[-1]):
        raise TorchError("image.crop: crop goes outside bounds of src")
    piece = _cut(src, type(src)(*src.nd.shape[:-2], height, width), x1, y1)
    return piece if dst is None else scale(dst, piece)


def _cut(src: Any, dst: Any, x: Any, y: Any) -> Any:
    """Fill dst from the place (x, y) on."""
    x, y = whole(x, 3, "cropNoScale"), whole(y, 4, "cropNoScale")
    source, target = planes(src, 1, "cropNoScale"), planes(dst, 2, "cropNoScale", "rotate: dst")
    height, width = target.shape[1:]
    if x < 0 or y < 0 or x + width > source.shape[2] or y + height > source.shape[1]:
        raise TorchError("image.crop: crop goes outside bounds of src")
    if src.nd.ndim != dst.nd.ndim or source.shape[0] != target.shape[0]:
        raise TorchError("image.crop: src and dst depths do not match")
    target[...] = source[:, y : y + height, x : x + width].astype(np.float32)
    return dst


def _anchored(dst: Any, src: Any, anchor: str, width: Any, height: Any) -> Any:
    planes(tensor(src, 1, "crop"), 1, "crop")
    width, height = number(width, 3), number(height, 4)
    if anchor not in ANCHORS:
        raise TorchError('crop format must be "c"|"tl"|"tr"|"bl"|"br"')
    room_x, room_y = src.nd.shape[-1] - width, src.nd.shape[-2] - height
    side = ANCHORS[anchor]
    if side is None:
        x, y = room_x / 2, room_y / 2
        x, y = (math.floor(v) if abs(v) < 2**53 else v for v in (x, y))
    else:
        x, y = room_x * side[0], room_y * side[1]
    return crop(dst, src, x, y, x + width, y + height)


def translate(*args: Any) -> Any:
    """Move a picture by (x, y) pixels, fractions cut off; what comes in is zero.

    `image.translate([dst,] src, x, y)`
    """
    if len(args) not in (3, 4):
        raise refuse("translate", "translate an image", TRANSLATE_FORMS)
    *lead, src, x, y = args
    planes(tensor(src, 1, "translate"), 1, "translate")
    dx, dy = whole(x, 3, "translate"), whole(y, 4, "translate")
    dst = _beside(lead, src, "translate")
    dst.zero()
    source, target = pair(src, dst, "translate", "translate")
    height, width = source.shape[1:]
    if abs(dx) < width and abs(dy) < height:
        part = target[:, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
        part[...] = source[:, max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)]
    return dst


def _beside(lead: list[Any], src: Any, function: str) -> Any:
    """The destination that was given, or a new one; of the size of src."""
    if not lead or lead[0] is None:
        dst = type(src)()
    else:
        dst = same_type(lead[0], src, 2, function)
    resized(dst, src.nd.shape)
    return dst


def _flipper(name: str, axis: int, what: str, where: str) -> Any:
    description = f"flips an image {where}"

    def flip_axis(*args: Any) -> Any:
        if len(args) not in (1, 2):
            raise refuse(name, description, f"{_SRC}\n{_DST}{_SRC}")
        *lead, src = args
        tensor(src, 1, name)
        planes(src, 1, name, f"{name}: src")
        if src.nd.ndim == 2 and not src.isContiguous():
            raise fail(name, "2D input tensor is not contiguous")
        dst = _beside(lead, src, name)
        if not dst.isContiguous():
            raise fail(name, "destination tensor is not contiguous")
        dst.nd[...] = np.flip(src.nd, axis).copy()
        return dst

    flip_axis.__doc__ = f"Mirror a picture {what}: `image.{name}([dst,] src)`, in place too."
    return flip_axis


hflip = _flipper("hflip", -1, "left to right", "horizontally (left/right)")
vflip = _flipper("vflip", -2, "top to bottom", "vertically (upside-down)")


def flip(*args: Any) -> Any:
    """Reverse a tensor of up to 5 dimensions along one: `image.flip([dst,] src, dim)`, dim
    1-based."""
    dimension = "*number: Dimension to flip\n"
    if len(args) not in (2, 3):
        forms = f"{_SRC}{dimension}\n{_DST}{_SRC}{dimension}"
        raise refuse("flip", "flips an image along a specified dimension", forms)
    *lead, src, dim = args
    tensor(src, 1, "flip")
    if src.nd.ndim > 5:
        raise TorchError("too many input dims (up to 5D supported)")
    if not 1 <= number(dim, 2) <= src.dim():
        raise TorchError("Bad flip dimension")
    if not src.isContiguous():
        raise fail("flip", "input tensor is not contiguous")
    if lead and lead[0] is src:
        raise TorchError("image.flip: in-place flip not supported")
    dst = _beside(lead, src, "flip")
    if not dst.isContiguous():
        raise fail("flip", "destination tensor is not contiguous")
    dst.nd[...] = np.flip(src.nd, int(dim) - 1).copy()
    return dst


NAMES = {f.__name__: f for f in (crop, translate, flip)} | {"hflip": hflip, "vflip": vflip}
