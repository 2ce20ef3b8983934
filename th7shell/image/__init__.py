"""image: load, save, show and transform pictures; a picture is a tensor planes×height×width.

`files` reads and writes, `scaling` and `geometry` move pixels, `colour` converts, `filters`
convolves, `compose` lays out
and draws, `viewing` shows. Each module lists its public names in a table NAMES.
"""

from __future__ import annotations

from typing import Any

from ..torch.namespace import namespace
from . import (
    colour,
    compose,
    files,
    filters,
    geometry,
    polar_coordinates,
    sample,
    scaling,
    viewing,
)

NAMES: dict[str, Any] = {"scale": scaling.scale}
NAMES |= {
    f.__name__: f for f in (geometry.crop, geometry.translate, geometry.flip, geometry.rotate)
}
NAMES |= {"hflip": geometry.hflip, "vflip": geometry.vflip}
NAMES |= {"warp": geometry.warp, "affinetransform": geometry.affinetransform}
for part in (files, colour, filters, compose, viewing, polar_coordinates, sample):
    NAMES |= part.NAMES

__all__ = sorted(NAMES)


def __getattr__(name: str) -> Any:
    try:
        return NAMES[name]
    except KeyError:
        raise AttributeError(f"module 'th7shell.image' has no attribute {name!r}") from None


FILES = {"test": None}  # what the original consists of, besides init


def luaopen(globals: Any) -> Any:
    """Put `image` into Lua's globals and return it."""
    table = namespace("image")
    for name, value in NAMES.items():
        table[name] = value
    globals.image = table
    return table
