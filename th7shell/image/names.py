"""The functions of image by their names."""

from __future__ import annotations

from typing import Any

from . import (
    colour,
    compose,
    drawing,
    files,
    filters,
    geometry,
    sample,
    scaling,
    selftest,
    turning,
    viewing,
    warping,
)

NAMES: dict[str, Any] = {"scale": scaling.scale}
for part in (
    files,
    geometry,
    turning,
    warping,
    colour,
    filters,
    compose,
    drawing,
    viewing,
    sample,
    selftest,
):
    NAMES |= part.NAMES
