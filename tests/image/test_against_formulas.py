"""Every function that moves or mixes pixels, against the formula of one pixel: types × ways of
interpolation × places inside, on and beyond the border. float32 where the original's C has a
float."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from th7shell import image
from th7shell.torch.tensor import wrap

F = np.float32
TYPES = [np.uint8, np.float32, np.float64]
SHAPES = [(2, 5, 7), (1, 6, 3), (4, 1), (1, 5)]


def picture(shape, dtype, seed=0):
    values = np.random.default_rng(seed).random(shape)
    return (values * 255).astype(np.uint8) if dtype == np.uint8 else values.astype(dtype)


def real(dtype):
    """The type of the original's intermediate results."""
    return np.float64 if dtype == np.float64 else np.float32


def stored(value, dtype):
    """A result as a pixel: bytes rounded and kept in 0…255."""
    if dtype != np.uint8:
        return value
    return min(max(math.floor(F(float(F(value)) + 0.5)), 0), 255)


def planes(array):
    return array if array.ndim == 3 else array[None]


def pixelwise(array, height, width, one):
    """The picture that `one(plane, row, column)` gives, height×width."""
    source = planes(array)
    result = np.zeros((len(source), height, width), array.dtype)
    for k, y, x in product(range(len(source)), range(height), range(width)):
        result[k, y, x] = stored(one(source[k], y, x), array.dtype)
    return result if array.ndim == 3 else result[0]


def agree(got, expected, dtype):
    """Equal but for the last bit, which the order of a sum may turn."""
    if dtype == np.uint8:
        np.testing.assert_array_equal(got, expected)
    else:
        np.testing.assert_allclose(got, expected, rtol=3e-7, atol=3e-7)


def inside(plane, y, x):
    return 0 <= y < plane.shape[0] and 0 <= x < plane.shape[1]


def four(plane, y0, y1, x0, x1, wy, wx):
    p = plane.astype(real(plane.dtype))
    wy, wx = float(wy), float(wx)
    top = (1 - wx) * (1 - wy) * p[y0, x0] + wx * (1 - wy) * p[y0, x1]
    return F(top + (1 - wx) * wy * p[y1, x0] + wx * wy * p[y1, x1])


def turn(plane, y, x, theta, smooth):
    height, width = plane.shape
    kind = real(plane.dtype)
    yc, xc = F((height - 1) / 2), F((width - 1) / 2)
    angle = float(F(theta))
    if not smooth:
        s, c = F(math.sin(angle)), F(math.cos(angle))
        px = float(c * F(F(x) - xc) - s * F(F(y) - yc) + xc)
        py = float(c * F(F(y) - yc) + s * F(F(x) - xc) + yc)
        ix, iy = (int(math.copysign(math.floor(abs(v) + 0.5), v)) for v in (px, py))
        return F(plane[iy, ix]) if inside(plane, iy, ix) else 0
    dy, dx = float(F(y) - yc), float(F(x) - xc)
    px = kind(kind(math.cos(angle) * dx - math.sin(angle) * dy) + kind(xc))
    py = kind(kind(math.cos(angle) * dy + math.sin(angle) * dx) + kind(yc))
    ends = []
    for p, size in ((py, height), (px, width)):
        low = math.floor(p)
        high, w = low + 1, kind(p - kind(low))
        if high == size and w < 0.5:
            high = low
        elif high >= size:
            return 0
        if low == -1 and w > 0.5:
            low = high
        elif low < 0:
            return 0
        ends.append((low, high, w))
    (y0, y1, wy), (x0, x1, wx) = ends
    return four(plane, y0, y1, x0, x1, wy, wx)


ANGLES = (0, 0.1, -0.3, math.pi / 4, math.pi / 2, 2, math.pi)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", ["simple", "bilinear"])
@pytest.mark.parametrize("shape", SHAPES)
def test_rotate(shape, mode, dtype):
    array = picture(shape, dtype)
    for theta in ANGLES:
        expected = pixelwise(
            array, *shape[-2:], lambda p, y, x, t=theta: turn(p, y, x, t, mode == "bilinear")
        )
        agree(image.rotate(wrap(array), theta, mode).nd, expected, dtype)


def polar(plane, y, x, rows, columns, smooth, full, log):
    height, width = plane.shape
    kind = F if log else real(plane.dtype)
    yc, xc = F(height / 2), F(width / 2)
    reach = F(math.sqrt(width**2 + height**2) / 2) if full else (xc if width < height else yc)
    a = float(F(2 * math.pi * y / rows))
    r = F(math.exp(F(x) * F(math.log(reach) / columns))) if log else F(F(reach * F(x)) / F(columns))
    py = float(r) * math.cos(a) + float(yc)
    px = -float(r) * math.sin(a) + float(xc)
    if smooth:
        py, px = kind(py), kind(px)
    y0, x0 = math.floor(py), math.floor(px)
    if smooth and inside(plane, y0, x0) and inside(plane, y0 + 1, x0 + 1):
        return four(plane, y0, y0 + 1, x0, x0 + 1, kind(py - kind(y0)), kind(px - kind(x0)))
    return F(plane[y0, x0]) if inside(plane, y0, x0) else 0


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("mode", ["valid", "full"])
@pytest.mark.parametrize("interpolation", ["simple", "bilinear"])
def test_polar_coordinates(interpolation, mode, log, dtype):
    function = image.logpolar if log else image.polar
    for shape in ((2, 5, 7), (1, 8, 4)):
        array = picture(shape, dtype)
        side = max(shape)
        for rows, columns in ((side, side), (3, 9)):
            given = [] if rows == side else [wrap(np.zeros((shape[0], rows, columns), dtype))]
            expected = pixelwise(
                array,
                rows,
                columns,
                lambda p, y, x, n=(rows, columns): polar(
                    p, y, x, *n, interpolation == "bilinear", mode == "full", log
                ),
            )
            agree(function(*given, wrap(array), interpolation, mode).nd, expected, dtype)


def cubic(p0, p1, p2, p3, x):
    kind = type(p1)
    a1 = p2 - p0
    a2 = kind(2) * p0 - kind(5) * p1 + kind(4) * p2 - p3
    a3 = kind(3) * (p1 - p2) + p3 - p0
    return kind(float(p1) + 0.5 * float(x) * float(a1 + kind(x) * (a2 + kind(x) * a3)))


def lanczos(d):
    d = F(abs(d))
    if d < F(0.000001):
        return F(1)
    if d > 3:
        return F(0)
    a = F(F(np.pi) * d)
    return F(3 * math.sin(a) * math.sin(F(a / F(3))) / float(F(F(F(np.pi**2) * d) * d)))


def read(plane, fy, fx, mode, clamp, pad):
    """A pixel at a place (float32), the border as warp treats it."""
    height, width = plane.shape
    kind = real(plane.dtype)
    outside = fy < 0 or fy > height - 1 or fx < 0 or fx > width - 1
    if outside and not clamp:
        return plane.dtype.type(pad)
    fy, fx = (F(min(max(v, 0), n - 1)) for v, n in ((fy, height), (fx, width)))
    p = plane.astype(kind)
    y0, x0 = math.floor(fy), math.floor(fx)
    if mode == "simple":
        return plane[math.floor(fy + 0.5), math.floor(fx + 0.5)]
    if mode == "bilinear":
        y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
        up, left, down, right = fy - F(y0), fx - F(x0), F(y0 + 1) - fy, F(x0 + 1) - fx
        top = p[y0, x0] * kind(right * down) + p[y0, x1] * kind(left * down)
        return kind(top + p[y1, x0] * kind(right * up)) + p[y1, x1] * kind(left * up)
    if mode == "bicubic":
        rows = []
        for v in range(y0 - 1, y0 + 3):
            taps = [p[v, u] if inside(p, v, u) else kind(pad) for u in range(x0 - 1, x0 + 3)]
            rows.append(cubic(*taps, kind(fx - F(x0))))
        return cubic(*rows, kind(fy - F(y0)))
    total, weights = kind(0), F(0)
    for u, v in product(range(x0 - 2, x0 + 4), range(y0 - 2, y0 + 4)):
        w = F(lanczos(fx - F(u)) * lanczos(fy - F(v)))
        weights = F(weights + w)
        total = total + p[min(max(v, 0), height - 1), min(max(u, 0), width - 1)] * kind(w)
    return total / kind(weights)


MODES = ["simple", "bilinear", "bicubic", "lanczos"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_warp(mode, dtype):
    rng = np.random.default_rng(3)
    array = picture((2, 5, 6), dtype)
    field = (rng.random((2, 6, 7)) * 10 - 3).astype(np.float32)
    field[:, 0] = np.round(field[:, 0] * 2) / 2  # borders and halves exactly
    field[:, 1] = [[0, 4, 4.5, -0.5, 2, 0, 3.5], [5, 0, 0, 5.5, -0.5, 4.5, 5]]
    grid = np.mgrid[0:6, 0:7].astype(np.float32)
    for offset, clamp, pad in ((False, "clamp", 0), (False, "pad", 0.25), (True, "pad", 3)):
        flow = field - grid if offset else field
        place = (grid + flow).astype(np.float32) if offset else field
        expected = pixelwise(
            array,
            6,
            7,
            lambda p, y, x, at=place, c=clamp, v=pad: read(
                p, at[0, y, x], at[1, y, x], mode, c == "clamp", v
            ),
        )
        options = [mode, offset, clamp] + ([pad] if clamp == "pad" else [])
        got = image.warp(wrap(array), wrap(flow.astype(real(dtype))), *options).nd
        agree(got, expected, dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_affinetransform(mode, dtype):
    array = picture((1, 5, 4), dtype)
    cases = [([[1, 0], [0, 1]], [0, 1]), ([[0.5, 0.25], [-0.25, 1]], [0.25, -0.5])]
    for matrix, shift in cases:

        def one(plane, y, x, m=matrix, t=shift):
            gy, gx = -(y - 2.0), -(x - 1.5)
            fy = gy - (m[0][0] * gy + m[0][1] * gx) - t[0]
            fx = gx - (m[1][0] * gy + m[1][1] * gx) - t[1]
            return read(plane, F(y) + F(fy), F(x) + F(fx), mode, True, 0)

        got = image.affinetransform(wrap(array), wrap(np.array(matrix, float)), mode, shift).nd
        agree(got, pixelwise(array, 5, 4, one), dtype)


def line(values, dst, mode):
    """One line resampled, in the type of its intermediate results."""
    src, kind = len(values), type(values[0])
    if dst == src:
        return list(values)
    if mode == "bilinear" and dst < src:
        scale, out, start, f0 = F(F(src) / F(dst)), [], 0, F(0)
        for d in range(dst):
            edge = F(F(d + 1) * scale)
            stop = int(edge)
            f1 = F(edge - F(stop))
            total, n = F((F(1) - f0) * values[start]), F(1) - f0
            for s in range(start + 1, stop):
                total, n = F(total + values[s]), F(n + F(1))
            if stop < src:
                total, n = F(total + kind(f1) * values[stop]), F(n + f1)
            out.append(F(total / n))
            start, f0 = stop, f1
        return out
    out = []
    scale = F(F(src - 1) / F(max(dst - 1, 1)))
    for d in range(dst - 1):
        if src == 1:
            out.append(values[0])
            continue
        f = F(F(d) * scale)
        s = int(f)
        f = F(f - F(s))
        p1, p2 = values[s], values[s + 1]
        if mode == "bilinear":
            out.append(kind(F(1) - f) * p1 + kind(f) * p2)
        else:
            p0 = values[s - 1] if s else kind(2) * p1 - p2
            p3 = values[s + 2] if s + 2 < src else kind(2) * p2 - p1
            out.append(cubic(p0, p1, p2, p3, f))
    return [*out, values[-1]]


def resized(array, height, width, mode):
    def along_last(a, size):
        flat = a.astype(real(a.dtype)).reshape(-1, a.shape[-1])
        rows = [[stored(v, a.dtype) for v in line(list(row), size, mode)] for row in flat]
        return np.array(rows).astype(a.dtype).reshape(*a.shape[:-1], size)

    wide = along_last(array, width)
    return along_last(wide.swapaxes(-1, -2), height).swapaxes(-1, -2)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", ["simple", "bilinear", "bicubic"])
@pytest.mark.parametrize("shape", [(2, 5, 7), (9, 3), (1, 1, 6)])
def test_scale(shape, mode, dtype):
    array = picture(shape, dtype)
    for height, width in ((3, 11), (5, 7), (12, 2), (1, 1), (8, 6)):
        if mode == "simple":
            ratio = F(F(shape[-2]) / F(height)), F(F(shape[-1]) / F(width))
            expected = pixelwise(
                array, height, width, lambda p, y, x, r=ratio: F(p[int(y * r[0]), int(x * r[1])])
            )
        else:
            expected = resized(array, height, width, mode)
        agree(image.scale(wrap(array), width, height, mode).nd, expected, dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shift", [(-1.5, 0), (1.5, 2), (0.9, -0.9), (-9, 0), (0, 5), (-7, 1)])
def test_translate_cuts_fractions_off(shift, dtype):
    array = picture((2, 5, 7), dtype)
    dx, dy = (int(v) for v in shift)
    expected = pixelwise(
        array, 5, 7, lambda p, y, x: p[y - dy, x - dx] if inside(p, y - dy, x - dx) else 0
    )
    np.testing.assert_array_equal(image.translate(wrap(array), *shift).nd, expected)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("box", [(0, 0, 7, 5), (1, 2, 4, 3), (1.7, 0.4, 5.9, 4), (6, 4, 7, 5)])
def test_crop(box, dtype):
    array = picture((2, 5, 7), dtype)
    x1, y1, x2, y2 = box
    height, width, top, left = int(y2 - y1), int(x2 - x1), int(y1), int(x1)
    expected = pixelwise(array, height, width, lambda p, y, x: F(p[y + top, x + left]))
    np.testing.assert_array_equal(image.crop(wrap(array), *box).nd, expected)


@pytest.mark.parametrize("dtype", TYPES)
def test_flips(dtype):
    array = picture((2, 5, 7), dtype)
    for flip, axis in ((image.hflip, 2), (image.vflip, 1)):
        np.testing.assert_array_equal(flip(wrap(array)).nd, np.flip(array, axis))
        own = wrap(array.copy())
        assert flip(own, own) is own  # in place
        np.testing.assert_array_equal(own.nd, np.flip(array, axis))


def hue(r, g, b, top, spread):
    if top == r:
        return (g - b) / spread + (6 if g < b else 0)
    return (b - r) / spread + 2 if top == g else (r - g) / spread + 4


def hsl(r, g, b):
    top, low = max(r, g, b), min(r, g, b)
    if top == low:
        return 0, 0, top
    light = (top + low) / 2
    spread = top - low
    return (
        hue(r, g, b, top, spread) / 6,
        spread / (2 - top - low if light > 0.5 else top + low),
        light,
    )


def hsv(r, g, b):
    top, low = max(r, g, b), min(r, g, b)
    return (0, 0, top) if top == low else (hue(r, g, b, top, top - low) / 6, (top - low) / top, top)


def from_hsl(h, s, v):
    if s == 0:
        return v, v, v
    q = v * (1 + s) if v < 0.5 else v + s - v * s
    p = 2 * v - q

    def channel(t):
        t = t + 1 if t < 0 else t - 1 if t > 1 else t
        if t < 1 / 6:
            return p + (q - p) * 6 * t
        return q if t < 1 / 2 else p + (q - p) * (2 / 3 - t) * 6 if t < 2 / 3 else p

    return channel(h + 1 / 3), channel(h), channel(h - 1 / 3)


def from_hsv(h, s, v):
    sector = math.floor(h * 6)
    f = h * 6 - sector
    p, q, t = v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s)
    if sector < 0 and sector % 6:
        return 0, 0, 0
    return ((v, t, p), (q, v, p), (p, v, t), (p, q, v), (t, p, v), (v, p, q))[sector % 6]


def luma(r, g, b):
    return (0.299 * r + 0.587 * g + 0.114 * b,)


COLOURS = {
    "rgb2hsl": hsl,
    "rgb2hsv": hsv,
    "hsl2rgb": from_hsl,
    "hsv2rgb": from_hsv,
    "rgb2y": luma,
}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", COLOURS)
def test_colours(name, dtype):
    rng = np.random.default_rng(5)
    array = picture((3, 6, 40), dtype)
    array[:, 0] = picture((1, 40), dtype, 1)  # greys
    corners = np.array(list(product((0, 1), repeat=3))).T
    array[:, 1, :8] = corners * (255 if dtype == np.uint8 else 1)
    array[rng.integers(0, 3, 40), 2, np.arange(40)] = 0
    kind = real(dtype)
    scale = kind(255 if dtype == np.uint8 and name != "rgb2y" else 1)
    got = getattr(image, name)(wrap(array)).nd
    expected = np.zeros_like(got)
    for y, x in product(range(6), range(40)):
        pixel = COLOURS[name](*(kind(v) / scale for v in array[:, y, x]))
        expected[:, y, x] = [stored(kind(kind(v) * scale), dtype) for v in pixel]
    if dtype == np.uint8:  # a sum in another order may turn a half
        assert np.abs(got.astype(int) - expected).max() <= 1
        assert (got != expected).mean() < 0.01
    else:
        np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lab(dtype):
    array = picture((3, 4, 5), dtype)

    def one(r, g, b):
        lin = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (r, g, b)]
        rows = (
            (0.412453, 0.357580, 0.180423),
            (0.212671, 0.715160, 0.072169),
            (0.019334, 0.119193, 0.950227),
        )
        xyz = [sum(m * v for m, v in zip(row, lin)) for row in rows]
        xyz = [v / w for v, w in zip(xyz, (0.950456, 1, 1.088754))]
        f = [v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz]
        return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])

    lab = image.rgb2lab(wrap(array)).nd
    for y, x in product(range(4), range(5)):
        expected = one(*(float(v) for v in array[:, y, x]))
        np.testing.assert_allclose(lab[:, y, x], expected, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(image.lab2rgb(wrap(lab)).nd, array, atol=2e-4)


@pytest.mark.parametrize("dtype", TYPES)
def test_gaussian(dtype):
    out = wrap(np.zeros((4, 5), dtype))
    names = {"amplitude": 200, "sigma_horz": 0.3, "sigma_vert": 0.2, "mean_horz": 0.4}
    image.gaussian({**names, "tensor": out})
    for y, x in product(range(4), range(5)):
        u = (x + 1 - (0.4 * 5 + 0.5)) / (0.3 * 5)
        v = (y + 1 - (0.5 * 4 + 0.5)) / (0.2 * 4)
        value = 200 * math.exp(-0.5 * (u * u + v * v))
        np.testing.assert_allclose(out.nd[y, x], stored(value, dtype), rtol=1e-5)


def test_laplacian_takes_the_horizontal_figures_for_rows():
    got = image.laplacian({"width": 4, "height": 3, "sigma_horz": 0.3, "mean_vert": 0.4}).nd
    for i, j in product(range(1, 4), range(1, 5)):
        a = ((i - (0.5 * 4 + 0.5)) / (0.3 * 4)) ** 2 / 2
        b = ((j - (0.4 * 3 + 0.5)) / (0.1 * 3)) ** 2 / 2
        expected = (1 - (a + b)) * math.exp(-(a + b))
        np.testing.assert_allclose(got[i - 1, j - 1], expected, rtol=1e-12, atol=1e-15)
