"""A picture in sixels: 256 colours at most, six rows of pixels in a band, runs of equal columns
counted."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


def draw(pixels: NDArray[np.uint8]) -> str:
    """The DCS sequence that draws `pixels`."""
    from PIL import Image

    h, w = pixels.shape[:2]
    image = Image.fromarray(pixels).quantize(256)
    index = np.asarray(image)
    colours = (image.getpalette() or [])[: 3 * (int(index.max()) + 1)]
    out = [f'\x1bPq"1;1;{w};{h}']
    for n in range(len(colours) // 3):
        r, g, b = (round(v * 100 / 255) for v in colours[3 * n : 3 * n + 3])
        out.append(f"#{n};2;{r};{g};{b}")
    for top in range(0, h, 6):
        out.append("$".join(_band(index[top : top + 6])))
        out.append("-")
    out.append("\x1b\\")
    return "".join(out)


def _band(rows: NDArray[np.uint8]) -> list[str]:
    weights = (1 << np.arange(len(rows)))[:, None]
    return [f"#{n}" + _runs(((rows == n) * weights).sum(0)) for n in np.unique(rows).tolist()]


def _runs(bits: NDArray[np.int64]) -> str:
    edges = np.flatnonzero(np.diff(bits)) + 1
    starts = np.concatenate([[0], edges, [len(bits)]])
    out = []
    for a, b in itertools.pairwise(starts):
        letter, count = chr(63 + int(bits[a])), int(b - a)
        out.append(f"!{count}{letter}" if count > 3 else letter * count)
    return "".join(out)
