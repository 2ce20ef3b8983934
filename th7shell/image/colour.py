"""Colour spaces: each conversion is one function from 3 planes (float64, red green blue in [0, 1])
to planes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..torch.tensor import resized, wrap
from .arguments import LUMA, deliver, destination_first, fail, to_type, working

# Y'UV of ITU-R BT.601
TO_YUV = np.array([LUMA, [-0.14713, -0.28886, 0.436], [0.615, -0.51499, -0.10001]])
FROM_YUV = np.array([[1, 0, 1.13983], [1, -0.39465, -0.58060], [1, 2.03211, 0]])
# sRGB to CIE XYZ, D65
TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE = np.array([0.950456, 1.0, 1.088754])[:, None, None]
EPSILON, KAPPA = 216 / 24389, 24389 / 27


def _linear(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda planes: np.tensordot(matrix.astype(planes.dtype), planes, 1)


def _hue(rgb: np.ndarray, top: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Position on the colour circle in [0, 1); 0 for greys."""
    r, g, b = rgb
    safe = np.where(spread == 0, 1, spread)
    hue = np.where(
        top == r,
        (g - b) / safe + np.where(g < b, 6, 0),
        np.where(top == g, (b - r) / safe + 2, (r - g) / safe + 4),
    )
    return np.where(spread == 0, 0, hue / 6)


def _extremes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    top, bottom = rgb.max(0), rgb.min(0)
    return top, bottom, top - bottom


def rgb_to_hsl(rgb: np.ndarray) -> np.ndarray:
    top, bottom, spread = _extremes(rgb)
    light = (top + bottom) / 2
    room = np.where(light > 0.5, 2 - top - bottom, top + bottom)
    saturation = np.where(spread == 0, 0, spread / np.where(room == 0, 1, room))
    return np.stack([_hue(rgb, top, spread), saturation, light])


def hsl_to_rgb(hsl: np.ndarray) -> np.ndarray:
    hue, saturation, light = hsl
    q = np.where(light < 0.5, light * (1 + saturation), light + saturation - light * saturation)
    p = 2 * light - q
    result = []
    for shift in (1 / 3, 0, -1 / 3):
        t = (hue + shift) % 1
        rising, falling = p + (q - p) * 6 * t, p + (q - p) * 6 * (2 / 3 - t)
        result.append(
            np.where(t < 1 / 6, rising, np.where(t < 1 / 2, q, np.where(t < 2 / 3, falling, p)))
        )
    return np.stack(result)


def rgb_to_hsv(rgb: np.ndarray) -> np.ndarray:
    top, _, spread = _extremes(rgb)
    saturation = np.where(top == 0, 0, spread / np.where(top == 0, 1, top))
    return np.stack([_hue(rgb, top, spread), saturation, top])


def hsv_to_rgb(hsv: np.ndarray) -> np.ndarray:
    hue, saturation, value = hsv
    sector = np.floor(hue * 6)
    f = hue * 6 - sector
    p, q = value * (1 - saturation), value * (1 - f * saturation)
    t = value * (1 - (1 - f) * saturation)
    which = sector.astype(np.int64) % 6
    table = (
        (value, t, p),
        (q, value, p),
        (p, value, t),
        (p, q, value),
        (t, p, value),
        (value, p, q),
    )
    return np.stack([np.choose(which, [row[c] for row in table]) for c in range(3)])


def _to_linear(rgb: np.ndarray) -> np.ndarray:
    """sRGB's gamma undone."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)


def _to_gamma(linear: np.ndarray) -> np.ndarray:
    return np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    )


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.tensordot(TO_XYZ, _to_linear(rgb), 1) / WHITE
    x, y, z = np.where(xyz > EPSILON, np.cbrt(xyz), (KAPPA * xyz + 16) / 116)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    y = (lab[0] + 16) / 116
    f = np.stack([y + lab[1] / 500, y, y - lab[2] / 200])
    xyz = np.where(f**3 > EPSILON, f**3, (116 * f - 16) / KAPPA) * WHITE
    return _to_gamma(np.tensordot(np.linalg.inv(TO_XYZ), xyz, 1))


def rgb_to_nrgb(rgb: np.ndarray) -> np.ndarray:
    total = rgb.sum(0) + 1e-6
    return rgb / total


CONVERSIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "rgb2yuv": (_linear(TO_YUV), "Y'UV (ITU-R BT.601)"),
    "yuv2rgb": (_linear(FROM_YUV), "red, green and blue from Y'UV"),
    "rgb2y": (_linear(TO_YUV[:1]), "luma (one plane)"),
    "rgb2hsl": (rgb_to_hsl, "hue, saturation and lightness in [0, 1]"),
    "hsl2rgb": (hsl_to_rgb, "red, green and blue from hue, saturation and lightness"),
    "rgb2hsv": (rgb_to_hsv, "hue, saturation and value in [0, 1]"),
    "hsv2rgb": (hsv_to_rgb, "red, green and blue from hue, saturation and value"),
    "rgb2lab": (rgb_to_lab, "CIE L*a*b* (D65)"),
    "lab2rgb": (lab_to_rgb, "red, green and blue from CIE L*a*b* (D65)"),
    "rgb2nrgb": (rgb_to_nrgb, "red, green and blue divided by their sum"),
}


def _converter(name: str) -> Callable[..., Any]:
    kernel, what = CONVERSIONS[name]

    def convert(*args: Any) -> Any:
        dst, src, _ = destination_first(name, args)
        array = src.nd
        if array.ndim != 3 or array.shape[0] != 3:
            sizes = "x".join(map(str, array.shape))
            raise fail(name, f"a 3 x height x width picture is needed, got {sizes}")
        if array.dtype == np.uint8 and "lab" in name:
            raise fail(name, "not supported for torch.ByteTensor")
        scale = 255 if array.dtype == np.uint8 else 1
        result = kernel(working(array) / scale) * scale
        return deliver(result, src, dst)

    convert.__doc__ = (
        f"Convert a picture to {what}: `image.{name}([dst,] src)`, src 3×height×width."
    )
    return convert


def jetColormap(count: Any = None, *_: Any) -> Any:
    """The jet colours, blue to red → DoubleTensor count×3."""
    level = 4 * np.arange(1, int(count) + 1) / count
    columns = [np.minimum(level - a, b - level) for a, b in ((1.5, 4.5), (0.5, 3.5), (-0.5, 2.5))]
    return wrap(np.clip(np.stack(columns, 1), 0, 1))


def colormap(count: Any = None, *_: Any) -> Any:
    """Colours spread over hue and saturation → DoubleTensor count×3."""
    i = np.arange(int(count))
    hue, saturation = (39.0 * i) % 360 / 360, (i / 9) % 0.7 + 0.3
    rgb = hsl_to_rgb(np.stack([hue, saturation, np.full(len(i), 0.5)])[:, None])
    return wrap(np.ascontiguousarray(rgb[:, 0].T))


def y2jet(*args: Any) -> Any:
    """Colour a grey picture of integers 1…n by the jet map: `image.y2jet([dst,] src)` →
    3×height×width."""
    dst, src, _ = destination_first("y2jet", args)
    levels = src.nd[0] if src.nd.ndim == 3 else src.nd
    index = np.maximum(levels.astype(np.int64), 1)
    colours = jetColormap(int(index.max())).nd
    picture = np.moveaxis(colours[index - 1], -1, 0).reshape(3, -1, index.shape[-1])
    if dst is None:
        dst = type(src)()
    full = 255 if src.nd.dtype == np.uint8 else 1
    resized(dst, picture.shape)[...] = to_type(picture * full, src.nd.dtype)
    return dst


NAMES = {name: _converter(name) for name in CONVERSIONS}
NAMES |= {"jetColormap": jetColormap, "colormap": colormap, "y2jet": y2jet}
