"""What works on whole files: `gm.load`, `gm.save`, `gm.convert`, `gm.info`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from PIL import ExifTags
from PIL import Image as pillow

from th7shell.lua import Table, TorchError, lua_type, new_table
from th7shell.lua.stdlib.texts import from_text, to_system
from th7shell.torch.tensor import Tensor, wrap

from .pictures import Image
from .transfer import failed

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_SIZE = re.compile(r"(\d*)x?(\d*)([!^]?)\Z")


def load(path: Any = None, type: Any = None, *_: Any) -> Any:
    """A file as a tensor depth×height×width: `gm.load(path [, type = 'float'])`."""
    return Image(path).toTensor("float" if type is None else type, "RGB", "DHW")


def save(path: Any = None, tensor: Any = None, quality: Any = None, *_: Any) -> tuple[()]:
    """Save a tensor depth×height×width: `gm.save(path, tensor [, quality])`."""
    if not isinstance(tensor, Tensor):
        raise TorchError(f"gm.save: a tensor expected, got {lua_type(tensor)}")
    array = tensor.nd
    if array.ndim == 2 or (array.ndim == 3 and len(array) == 1):
        array = np.broadcast_to(array.reshape(1, *array.shape[-2:]), (3, *array.shape[-2:]))
    Image(wrap(np.ascontiguousarray(array)), "RGB", "DHW").save(path, quality)
    return ()


def convert(options: Any = None, *rest: Any) -> tuple[()]:
    """Convert a file: `gm.convert{input=, output=, size='WxH', rotate=, vflip=, hflip=,
    quality=90}`."""
    names = ("input", "output", "size", "rotate", "vflip", "hflip", "quality")
    if not isinstance(options, Table):
        options = new_table((), dict(zip(names, (options, *rest))))
    if options["input"] is None or options["output"] is None:
        raise TorchError("gm.convert: input and output expected")
    image = Image(options["input"])
    if options["size"] is not None:
        image.size(*fitting(str(options["size"]), *image.picture.size))
    if options["rotate"] is not None:
        image.rotate(options["rotate"])
    if options["vflip"]:
        image.flip()
    if options["hflip"]:
        image.flop()
    image.save(options["output"], 90 if options["quality"] is None else options["quality"])
    return ()


def fitting(size: str, w: int, h: int) -> tuple[int, int]:
    """The size that 'WxH' stands for: within it, with '^' around it, with '!' exactly it."""
    found = _SIZE.match(size)
    if found is None or not (found[1] or found[2]):
        raise TorchError(f"gm.convert: a size such as 128x128 expected, got {size}")
    ratios = [int(n) / m for n, m in ((found[1], w), (found[2], h)) if n]
    if found[3] == "!" and len(ratios) == 2:
        return int(found[1]), int(found[2])
    ratio = max(ratios) if found[3] == "^" else min(ratios)
    return max(1, round(w * ratio)), max(1, round(h * ratio))


def info(path: Any = None, *_: Any) -> Any:
    """Width, height, format and what a camera has noted: `gm.info(path)` gives {width=, height=,
    format=, date=, exif={…}}."""
    if not isinstance(path, str):
        raise TorchError(f"gm.info: a path expected, got {lua_type(path)}")
    try:
        with pillow.open(to_system(path)) as picture:
            exif = picture.getexif()
            known = {"width": picture.width, "height": picture.height, "format": picture.format}
    except (OSError, ValueError, SyntaxError) as error:
        raise failed("error loading image", error) from None
    named = {ExifTags.TAGS.get(tag, str(tag)): value for tag, value in exif.items()}
    table = new_table((), known)
    if named.get("DateTime") is not None:
        table.date = from_text(str(named["DateTime"]))
    if named:
        table.exif = new_table((), {name: from_text(str(v)) for name, v in named.items()})
    return table
