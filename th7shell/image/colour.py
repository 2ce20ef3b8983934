"""Colour spaces. Those that were C in the original work pixel by pixel in the picture's own type
(bytes in float32, as reals in [0, 1]), with doubles where its constants are; the others are tensor
arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import torch
from th7shell.lua import BadArgument, TorchError
from th7shell.torch.tensor import resized
from th7shell.torch.types import number

from .checks import LUMA, refuse, same_type, tensor, to_type, working

Array = np.ndarray
D = np.float64
# of Y'UV, ITU-R BT.601
TO_YUV = (LUMA.tolist(), [-0.14713, -0.28886, 0.436], [0.615, -0.51499, -0.10001])
# sRGB to CIE XYZ and back, D65
TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
FROM_XYZ = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
WHITE = (0.950456, 1.0, 1.088754)
EPSILON, KAPPA = 216 / 24389, 24389 / 27


def _extremes(rgb: Array) -> tuple[Array, Array, Array]:
    top, bottom = rgb[:3].max(0), rgb[:3].min(0)
    return top, bottom, top - bottom


def _over(a: Array, b: Array) -> Array:
    """a / b where b is not 0; grey pixels have their own value anyhow."""
    return a / np.where(b == 0, b.dtype.type(1), b)


def _hue(rgb: Array, top: Array, spread: Array) -> Array:
    """Position on the colour circle in [0, 1); 0 for greys."""
    r, g, b = rgb[:3]
    kind = spread.dtype.type
    hue = np.where(
        top == r,
        _over(g - b, spread) + np.where(g < b, kind(6), kind(0)),
        np.where(top == g, _over(b - r, spread) + kind(2), _over(r - g, spread) + kind(4)),
    )
    return np.where(spread == 0, kind(0), hue / kind(6))


def rgb_to_hsl(rgb: Array) -> Array:
    top, bottom, spread = _extremes(rgb)
    light = np.where(spread == 0, top, (top + bottom) / 2)
    room = np.where(light > 0.5, 2 - top - bottom, top + bottom)
    saturation = np.where(spread == 0, 0, _over(spread, room)).astype(rgb.dtype)
    return np.stack([_hue(rgb, top, spread), saturation, light])


def hsl_to_rgb(hsl: Array) -> Array:
    hue, saturation, light = hsl[:3]
    kind = hsl.dtype
    q = np.where(light < 0.5, light * (1 + saturation), light + saturation - light * saturation)
    p = 2 * light - q
    result = []
    for shift in (1 / 3, 0.0, -1 / 3):
        t = (hue.astype(D) + shift).astype(kind)
        t = np.where(t < 0, t + 1, t)
        t = np.where(t > 1, t - 1, t)
        wide, slope = t.astype(D), (q - p).astype(D)
        rising = (p + slope * 6 * wide).astype(kind)
        falling = (p + slope * (2 / 3 - wide) * 6).astype(kind)
        shade = np.where(wide < 1 / 2, q, np.where(wide < 2 / 3, falling, p))
        shade = np.where(wide < 1 / 6, rising, shade)
        result.append(np.where(saturation == 0, light, shade))
    return np.stack(result)


def rgb_to_hsv(rgb: Array) -> Array:
    top, _, spread = _extremes(rgb)
    saturation = np.where(spread == 0, 0, _over(spread, top)).astype(rgb.dtype)
    return np.stack([_hue(rgb, top, spread), saturation, top])


def hsv_to_rgb(hsv: Array) -> Array:
    hue, saturation, value = hsv[:3]
    sector = np.floor(hue.astype(D) * 6)
    f = hue * 6 - sector.astype(hue.dtype)
    p, q = value * (1 - saturation), value * (1 - f * saturation)
    t = value * (1 - (1 - f) * saturation)
    which = np.fmod(sector, 6)  # as C's %: what lies below 0 is black
    which = np.where(which >= 0, which, 6).astype(np.int64)
    none = np.zeros_like(value)
    table = (
        (value, t, p),
        (q, value, p),
        (p, value, t),
        (p, q, value),
        (t, p, value),
        (value, p, q),
        (none, none, none),
    )
    return np.stack([np.choose(which, [row[c] for row in table]) for c in range(3)])


def _mixed(matrix: Any, planes: Any) -> list[Array]:
    """Each row of a 3×3 matrix times the three planes, summed in doubles from the left."""
    r, g, b = (v.astype(D) for v in planes)
    return [m[0] * r + m[1] * g + m[2] * b for m in matrix]


def rgb_to_y(rgb: Array) -> Array:
    return np.stack(_mixed((LUMA.tolist(),), rgb[:3])).astype(rgb.dtype)


def rgb_to_lab(rgb: Array) -> Array:
    wide = rgb[:3].astype(D)
    linear = np.where(
        wide <= 0.04045, wide / 12.92, np.power((np.maximum(wide, 0) + 0.055) / 1.055, 2.4)
    ).astype(rgb.dtype)
    f = []
    for plane, white in zip(_mixed(TO_XYZ, linear), WHITE):
        v = plane / white
        f.append(np.where(v > EPSILON, np.power(np.maximum(v, 0), 1 / 3), (KAPPA * v + 16) / 116))
    x, y, z = f
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)]).astype(rgb.dtype)


def lab_to_rgb(lab: Array) -> Array:
    light, a, b = lab[:3]
    fy = ((light + 16) / 116).astype(D)
    fz, fx = fy - (b / 200).astype(D), (a / 500).astype(D) + fy
    x, z = (np.where(v**3 <= EPSILON, (116 * v - 16) / KAPPA, v**3) for v in (fx, fz))
    y = np.where(light.astype(D) > KAPPA * EPSILON, fy**3, light.astype(D) / KAPPA)
    linear = np.stack(_mixed(FROM_XYZ, (x * WHITE[0], y, z * WHITE[2]))).astype(lab.dtype)
    wide = linear.astype(D)
    return np.where(
        wide <= 0.0031308,
        12.92 * wide,
        1.055 * np.power(np.maximum(wide, 0), 1 / 2.4) - 0.055,
    ).astype(lab.dtype)


CONVERSIONS: dict[str, tuple[Callable[[Array], Array], str, str]] = {
    "rgb2y": (rgb_to_y, "RGB to Y", "luma (one plane)"),
    "rgb2hsl": (rgb_to_hsl, "RGB to HSL", "hue, saturation and lightness in [0, 1]"),
    "hsl2rgb": (hsl_to_rgb, "HSL to RGB", "red, green and blue from hue, saturation and lightness"),
    "rgb2hsv": (rgb_to_hsv, "RGB to HSV", "hue, saturation and value in [0, 1]"),
    "hsv2rgb": (hsv_to_rgb, "HSV to RGB", "red, green and blue from hue, saturation and value"),
    "rgb2lab": (rgb_to_lab, "sRGB to LAB", "CIE L*a*b* (D65)"),
    "lab2rgb": (lab_to_rgb, "LAB to RGB", "red, green and blue from CIE L*a*b* (D65)"),
}
FORMS = """
*torch.Tensor: input image

*torch.Tensor: output image
*torch.Tensor: input image
"""


def _two(name: str, words: str, args: tuple[Any, ...]) -> tuple[Any, Any]:
    """Split `[output,] input` → the output or None, the input."""
    if len(args) not in (1, 2):
        raise refuse(name, f"transforms an image from {words}", FORMS, "missing input")
    dst, src = args if len(args) == 2 else (None, args[0])
    tensor(src, 1, name)
    return dst, src


def _output(dst: Any, src: Any, name: str, shape: tuple[int, ...]) -> Any:
    dst = type(src)() if dst is None else same_type(dst, src, 2, name)
    resized(dst, shape)
    return dst


def _converter(name: str) -> Callable[..., Any]:
    kernel, words, what = CONVERSIONS[name]

    def convert(*args: Any) -> Any:
        dst, src = _two(name, words, args)
        values = src.nd
        if values.ndim != 3:
            raise BadArgument(1, "tensor must have three dimensions", name)
        if values.shape[0] < 3:
            message = f"out of range: 3 planes are needed, got {values.shape[0]}"
            raise BadArgument(1, message, name)
        bytes = values.dtype == np.uint8
        if bytes and "lab" in name:
            raise TorchError(f"image.{name}: not supported for torch.ByteTensor")
        array = working(values)
        if bytes and name != "rgb2y":
            result = kernel(array / np.float32(255)) * np.float32(255)
        else:
            result = kernel(array)
        lead = 1 if name == "rgb2y" else values.shape[0]
        dst = _output(dst, src, name, (lead, *values.shape[1:]))
        dst.nd[: result.shape[0]] = to_type(result, values.dtype)
        return dst

    convert.__doc__ = (
        f"Convert a picture to {what}: `image.{name}([dst,] src)`, src 3×height×width."
    )
    return convert


def _three(picture: Any, name: str) -> list[Any]:
    if picture.nd.ndim < 2 or picture.nd.shape[0] < 3:
        raise BadArgument(1, "out of range: three planes are needed", name)
    return [picture.select(1, i) for i in (1, 2, 3)]


def rgb2yuv(*args: Any) -> Any:
    """Convert a picture to Y'UV (ITU-R BT.601): `image.rgb2yuv([dst,] src)`, src
    3×height×width."""
    dst, src = _two("rgb2yuv", "RGB to YUV", args)
    planes = _three(src, "rgb2yuv")
    dst = _output(dst, src, "rgb2yuv", src.nd.shape)
    for plane, weights in zip(_three(dst, "rgb2yuv"), TO_YUV):
        plane.zero()
        for weight, colour in zip(weights, planes):
            plane.add(weight, colour)
    return dst


def yuv2rgb(*args: Any) -> Any:
    """Convert a picture to red, green and blue from Y'UV: `image.yuv2rgb([dst,] src)`, src
    3×height×width."""
    dst, src = _two("yuv2rgb", "YUV to RGB", args)
    y, u, v = _three(src, "yuv2rgb")
    dst = _output(dst, src, "yuv2rgb", src.nd.shape)
    red, green, blue = _three(dst, "yuv2rgb")
    red.copy(y).add(1.13983, v)
    green.copy(y).add(-0.39465, u).add(-0.58060, v)
    blue.copy(y).add(2.03211, u)
    return dst


def rgb2nrgb(*args: Any) -> Any:
    """Convert a picture to red, green and blue divided by their sum: `image.rgb2nrgb([dst,] src)`,
    src 3×height×width."""
    dst, src = _two("rgb2nrgb", "RGB to normalized RGB", args)
    if src.nd.ndim != 3:
        raise BadArgument(1, "tensor must have three dimensions", "rgb2nrgb")
    red, green, blue = _three(src, "rgb2nrgb")
    total = type(src)(src.size(2), src.size(3))
    total.copy(red).add(green).add(blue).add(1e-6)
    dst = _output(dst, src, "rgb2nrgb", src.nd.shape)
    dst.copy(src)
    for plane in _three(dst, "rgb2nrgb"):
        plane.cdiv(total)
    return dst


def _count(value: Any, name: str) -> float:
    count = number(value, 1)
    if not 1 <= count < 2**31:
        raise BadArgument(1, f"a number of colours from 1 is needed, got {count:.14g}", name)
    return count


def jetColormap(count: Any = None, *_: Any) -> Any:
    """The jet colours, blue to red → DoubleTensor count×3."""
    count = _count(count, "jetColormap")
    level = 4 * np.arange(1, int(count) + 1) / count
    colours: Any = torch.Tensor(int(count), 3)
    for column, (a, b) in enumerate(((1.5, 4.5), (0.5, 3.5), (-0.5, 2.5))):
        colours.nd[:, column] = np.clip(np.minimum(level - a, b - level), 0, 1)
    return colours


def colormap(count: Any = None, *_: Any) -> Any:
    """Colours spread over hue and saturation → DoubleTensor count×3."""
    colours: Any = torch.Tensor(int(_count(count, "colormap")), 3)
    hue = saturation = 0.0
    for i in range(colours.nd.shape[0]):
        chroma = math.fmod(saturation, 0.7) + 0.3
        sector = math.fmod(hue, 360) / 60
        x = chroma * (1 - abs(math.fmod(sector, 2) - 1))
        low = 0.5 - chroma / 2
        c = chroma
        order = ((c, x, 0), (x, c, 0), (0, c, x), (0, x, c), (x, 0, c), (c, 0, x))
        colours.nd[i] = [v + low for v in order[int(sector)]]
        hue += 39
        saturation += 1 / 9
    return colours


def y2jet(*args: Any) -> Any:
    """Colour a grey picture of integers 1…n by the jet map: `image.y2jet([dst,] src)` →
    3×height×width."""
    if len(args) not in (1, 2):
        raise TorchError("Invalid input for image.y2jet()")
    dst, src = args if len(args) == 2 else (None, args[0])
    levels = tensor(src, 1, "y2jet").nd
    if levels.ndim == 3 and levels.shape[0] == 1:
        levels = levels[0]
    if levels.ndim == 1 and levels.size:
        levels = levels[None]
    if levels.ndim != 2:
        raise BadArgument(1, "tensor must have two dimensions", "colorize")
    colours = jetColormap(levels.max().item()).nd
    index = (
        levels.astype(np.int64) - 1 if levels.dtype == np.uint8 else (levels - 1).astype(np.int64)
    )
    if index.min() < 0 or index.max() >= colours.shape[0]:
        raise BadArgument(2, f"out of range: levels go from 1 to {colours.shape[0]}", "colorize")
    if src.nd.dtype == np.uint8:
        colours = np.floor(colours * 255 + 0.5)
    picture = np.moveaxis(colours.astype(src.nd.dtype)[index], -1, 0)
    dst = _output(dst, src, "colorize", picture.shape)
    dst.nd[...] = picture
    return dst


NAMES: dict[str, Any] = {name: _converter(name) for name in CONVERSIONS}
NAMES |= {f.__name__: f for f in (rgb2yuv, yuv2rgb, rgb2nrgb, jetColormap, colormap, y2jet)}
