"""Convolution and cross-correlation of images and volumes, one or many planes: conv2 xcorr2 conv3
xcorr3.

`'V'` keeps the places where the kernel lies inside the input, `'F'` all where they touch.
Convolution turns the kernel round, cross-correlation does not.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from th7shell.lua import BadArgument

from ..memory import resized
from .arrays import Array
from .declare import Pair, operation, plain


def slide(x: Array, kernel: Array, space: int, mode: str, turned: bool, name: str) -> Array:
    """Sum, over all positions of the kernel, its elements times the shifted input; the last `space`
    axes are space.

    x: (…, size) or (c, size); kernel: of x's leading axes, or (o, c, size) which sums over c.
    """
    sizes, taps = x.shape[-space:], kernel.shape[-space:]
    if mode == "F":
        margin = [(0, 0)] * (x.ndim - space) + [(k - 1, k - 1) for k in taps]
        x = np.pad(x, margin)
    elif any(n < k for n, k in zip(sizes, taps)):
        raise BadArgument(2, f"{name} : Input image is smaller than kernel")
    shape = tuple(n - k + 1 for n, k in zip(x.shape[-space:], taps))
    mixes = kernel.ndim > x.ndim
    lead = kernel.shape[:1] if mixes else x.shape[:-space]
    out = np.zeros(lead + shape, x.dtype)
    for tap in product(*(range(k) for k in taps)):
        window: Any = (..., *(slice(i, i + n) for i, n in zip(tap, shape)))
        place: Any = (..., *(k - 1 - i for i, k in zip(tap, taps))) if turned else (..., *tap)
        weight, x_there = kernel[place], x[window]
        if mixes:
            out += np.tensordot(weight, x_there, 1)
        else:
            out += weight.reshape(weight.shape + (1,) * space) * x_there
    return out


KINDS = {"one": "mul", "each": "cmul", "mixed": "mv"}  # the original's names, for error texts


def kernel_of(space: int, turned: bool, planes: str) -> Callable[[Any, Any, Any, str], None]:
    """`planes`: `'one'`, `'each'` (one kernel for each plane) or `'mixed'` (a kernel for each pair
    of planes)."""
    name = f"conv{space}D{KINDS[planes]}"

    def kernel(res: Any, t: Any, weights: Any, mode: str) -> None:
        x, k = t.nd, weights.nd
        if planes == "each" and x.shape[0] != k.shape[0]:
            raise BadArgument(2, "invalid number of input/kernel planes")
        if planes == "mixed" and x.shape[0] != k.shape[1]:
            raise BadArgument(2, "invalid number of input planes")
        value = slide(x, k, space, mode, turned, name)
        resized(res, value.shape)[...] = value

    return kernel


def forms(space: int, turned: bool) -> list[Pair]:
    shapes = [
        ("one", space, space),
        ("each", space + 1, space + 1),
        ("mixed", space + 1, space + 2),
    ]
    return [
        plain(f"*res:T?, t:T~{a}, kernel:T~{b}, mode:V|F=V", kernel_of(space, turned, planes))
        for planes, a, b in shapes
    ]


for _space, _word in ((2, "an image"), (3, "a volume")):
    for _name, _turned, _does in (
        (f"conv{_space}", True, "Convolve"),
        (f"xcorr{_space}", False, "Cross-correlate"),
    ):
        operation(
            _name,
            f"""{_does} {_word} with a kernel; 'V' (the default) valid or 'F' full.

With planes in front: n planes with n kernels give n planes; p planes with (k x p) kernels give k
planes, summed over p.""",
            *forms(_space, _turned),
        )
