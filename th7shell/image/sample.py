"""Sample pictures, drawn by formula: `image.lena()` (colour) and `image.fabio()` (grey).

The original shipped two photographs; these stand in for them with the same sizes and ranges: smooth
shading, edges,
texture and saturated colours, so that filters and colour conversions have something to work on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.torch.tensor import default_type, wrap

from .checks import LUMA


def scene(size: int) -> np.ndarray:
    """3×size×size in [0, 1]: hills under a sunset, a sun, rippled water."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    sky = np.stack([0.95 - 0.35 * y, 0.55 - 0.15 * y + 0.1 * x, 0.35 + 0.35 * (1 - y)])
    sun = np.exp(-(((x - 0.68) ** 2 + (y - 0.36) ** 2) / 0.006))
    disk = ((x - 0.68) ** 2 + (y - 0.36) ** 2) < 0.008
    picture = sky + sun * np.array([0.3, 0.35, 0.1])[:, None, None]
    picture = np.where(disk, np.array([1.0, 0.93, 0.62])[:, None, None], picture)
    for k, (level, tone) in enumerate(((0.50, 0.55), (0.57, 0.38), (0.64, 0.24))):
        ridge = (
            level
            + 0.05 * np.sin(9 * x + 2 * k) * np.cos(4 * x + k)
            + 0.012 * np.sin(61 * x + 5 * k)
        )
        shade = tone * (0.7 + 0.3 * np.sin(40 * (y - ridge) + 25 * x))
        hill = shade * np.array([0.55, 0.75 - 0.1 * k, 0.85 - 0.25 * k])[:, None, None]
        picture = np.where(y > ridge, hill, picture)
    depth = np.maximum(y - 0.72, 0) / 0.28
    ripple = 0.5 + 0.5 * np.sin(180 * np.sqrt(depth + 0.02) + 6 * np.sin(7 * x + 3 * depth))
    glitter = np.exp(-((x - 0.68) ** 2) / 0.02) * (ripple > 0.7) * 0.6
    water = np.stack([0.10 + 0.12 * ripple, 0.22 + 0.16 * ripple, 0.38 + 0.22 * ripple])
    picture = np.where(
        y > 0.72, water + glitter * np.array([1.0, 0.8, 0.4])[:, None, None], picture
    )
    return np.clip(picture, 0, 1)


def _quantised(values: np.ndarray) -> Any:
    """As if read from a file of bytes."""
    return wrap((np.round(values * 255) / 255).astype(default_type().dtype))


def lena(*_: Any) -> Any:
    """A 3×512×512 colour picture in [0, 1], drawn by formula (the original's photograph is not
    shipped)."""
    return _quantised(scene(512))


def fabio(*_: Any) -> Any:
    """A 257×271 grey picture in [0, 1], drawn by formula (the original's photograph is not
    shipped)."""
    return _quantised(np.tensordot(LUMA, scene(271), 1)[7:264])


NAMES = {"lena": lena, "fabio": fabio}
