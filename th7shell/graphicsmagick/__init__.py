"""graphicsmagick: `gm.Image`, which loads, changes and saves pictures, on Pillow. Upstream:
clementfarabet/graphicsmagick.

`pictures` has the class, `transfer` its exchange with tensors, strings and blobs, `whole` what
works on files: `gm.load`, `gm.save`, `gm.convert`, `gm.info`.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.namespace import need

FILES: dict[str, Any] = {
    "Image": lambda globals: _image(),
    "convert": lambda globals: _whole("convert"),
    "info": lambda globals: _whole("info"),
}


def luaopen(globals: Any) -> Any:
    """What `require 'graphicsmagick'` returns; no global is set."""
    need(globals, "torch", "dok")
    return new_table(
        (),
        {"Image": _image(), **{name: _whole(name) for name in ("load", "save", "convert", "info")}},
    )


def _image() -> Any:
    from .pictures import Image

    return Image


def _whole(name: str) -> Any:
    from . import whole

    return getattr(whole, name)
