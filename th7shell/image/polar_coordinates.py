"""Polar and log-polar pictures: rows are angles, columns radii about the centre."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arguments import deliver, destination_first, fail, planes, to_type, working
from .geometry import sample

CHOICES = ("simple", "bilinear"), ("valid", "full")


def _mapper(name: str, logarithmic: bool) -> Any:
    def transform(*args: Any) -> Any:
        dst, src, rest = destination_first(name, args)
        interpolation, mode = [*rest, *[None] * 2][:2]
        # As in the original the defaults are swapped, so a call without them is refused.
        interpolation, mode = interpolation or "valid", mode or "simple"
        if interpolation not in CHOICES[0]:
            raise fail(name, "interpolation must be one of: simple | bilinear")
        if mode not in CHOICES[1]:
            raise fail(name, "mode must be one of: valid | full")
        array = planes(name, src)
        height, width = array.shape[1:]
        side = max(height, width)
        angles, radii = dst.nd.shape[-2:] if dst is not None else (side, side)
        cy, cx = height / 2, width / 2
        reach = math.hypot(cy, cx) if mode == "full" else min(cy, cx)
        step = np.arange(radii)[None] / radii
        radius = reach**step if logarithmic else reach * step
        angle = 2 * math.pi * np.arange(angles)[:, None] / angles
        y, x = cy + radius * np.cos(angle), cx - radius * np.sin(angle)
        if interpolation == "simple":
            y, x = np.floor(y), np.floor(x)
        inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)
        values = np.where(inside, sample(working(array), y, x, interpolation), 0)
        return deliver(to_type(values, array.dtype), src, dst)

    kind = "log-polar" if logarithmic else "polar"
    transform.__doc__ = (
        f"A picture in {kind} coordinates: `image.{name}([dst,] src, interpolation, mode)`.\n\n"
        "interpolation 'simple' or 'bilinear'; mode 'valid' (the largest circle inside) or 'full'\n"
        "(all corners, zero outside). Rows are angles, columns radii; the result is as wide and\n"
        "high as the longer side, or as dst."
    )
    return transform


NAMES = {"polar": _mapper("polar", False), "logpolar": _mapper("logpolar", True)}
