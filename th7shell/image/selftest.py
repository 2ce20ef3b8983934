"""`image.test()`: geometry, colours, filters and files against what they must give."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from th7shell.lua.stdlib.texts import from_text
from th7shell.torch.namespace import TORCH as torch
from th7shell.torch.namespace import namespace
from th7shell.torch.selftest import Checks, self_test

IMAGE = namespace("image")


def _geometry(t: Any) -> None:
    x = torch.rand(3, 8, 6)
    t.eq(IMAGE.hflip(IMAGE.hflip(x)), x)
    t.eq(IMAGE.vflip(IMAGE.vflip(x)), x)
    t.eq(IMAGE.scale(x, 6, 8, "bilinear"), x, 1e-12)
    t.eq(IMAGE.rotate(x, 0), x, 1e-6)
    t.eq(IMAGE.crop(x, 1, 2, 5, 7), x.sub(1, -1, 3, 7, 2, 5), 1e-6)
    t.eq(IMAGE.translate(x, 1, 0).select(3, 2), x.select(3, 1), 1e-6)


def _colours(t: Any) -> None:
    x = torch.rand(3, 5, 4).mul(0.8).add(0.1)
    for there, back in (("rgb2hsl", "hsl2rgb"), ("rgb2hsv", "hsv2rgb"), ("rgb2yuv", "yuv2rgb")):
        t.eq(IMAGE[back](IMAGE[there](x)), x, 1e-4)
    t.eq(IMAGE.rgb2y(torch.ones(3, 2, 2)), torch.ones(1, 2, 2), 1e-3)


def _filters(t: Any) -> None:
    x, one = torch.rand(7, 7), torch.zeros(3, 3)
    one[2][2] = 1
    t.eq(IMAGE.convolve(x, one, "same"), x, 1e-12)
    t.eq(IMAGE.gaussian(5, 0.25, 1, True).sum(), 1, 1e-12)
    t.eq(IMAGE.erode(IMAGE.dilate(torch.zeros(5, 5))), torch.zeros(5, 5))


def _files(t: Any) -> None:
    x = torch.ByteTensor(3, 6, 5).random(0, 255)
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("png", "ppm"):
            path = from_text(os.path.join(folder, f"x.{ending}"))
            IMAGE.save(path, x)
            t.eq(IMAGE.load(path, 3, "byte"), x)


CHECKS: Checks = {"geometry": _geometry, "colours": _colours, "filters": _filters, "files": _files}

NAMES = {"test": self_test("image", CHECKS)}
