"""Pictures: files round trip, resampling, moving, colour, filters and grids, against independent formulas."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import frontend, image
from th7shell.lua import LuaError, new_table
from th7shell.torch.tensor import TYPES, wrap

RNG = np.random.default_rng(0)


def picture(*shape, dtype=np.float64):
    values = np.random.default_rng(1).random(shape)
    return wrap((values * 255).astype(np.uint8) if dtype == np.uint8 else values.astype(dtype))


@pytest.mark.parametrize("suffix", ["png", "ppm"])
@pytest.mark.parametrize("shape", [(3, 5, 7), (3, 1, 1)])
def test_lossless_files_round_trip(tmp_path, suffix, shape):
    path, original = str(tmp_path / f"a.{suffix}"), picture(*shape)
    image.save(path, original)
    loaded = image.load(path)
    assert loaded.nd.shape == shape
    np.testing.assert_allclose(loaded.nd, original.nd, atol=1 / 255)
    np.testing.assert_array_equal(image.getSize(path).nd, shape)


@pytest.mark.parametrize("shape", [(5, 7), (1, 5, 7)])
@pytest.mark.parametrize("suffix", ["png", "pgm"])
def test_grey_files_load_with_one_plane(tmp_path, suffix, shape):
    path, original = str(tmp_path / f"a.{suffix}"), picture(*shape)
    image.save(path, original)
    assert image.load(path).nd.shape == (1, 5, 7)
    np.testing.assert_array_equal(image.load(path, 3, "byte").nd.shape, (3, 5, 7))


def test_depth_and_type_are_as_asked(tmp_path):
    path, original = str(tmp_path / "a.png"), picture(3, 4, 6)
    image.save(path, original)
    stored = image.load(path, 3, "byte").nd
    assert stored.dtype == np.uint8
    assert image.load(path, 3, "float").nd.dtype == np.float32
    grey = image.load(path, 1, "double").nd
    expected = np.tensordot([0.299, 0.587, 0.114], stored / 255, 1)
    np.testing.assert_allclose(grey, expected, atol=1e-12)


def test_jpeg_is_close_and_told_by_content(tmp_path):
    smooth = wrap(np.broadcast_to(np.linspace(0, 1, 32), (3, 32, 32)).copy())
    path = tmp_path / "a.jpg"
    image.save(str(path), smooth)
    misnamed = path.rename(tmp_path / "a.png")
    assert np.abs(image.load(str(misnamed)).nd - smooth.nd).max() < 0.06


def test_compressed_bytes_round_trip():
    original = picture(3, 4, 4, dtype=np.uint8)
    data = image.compressPNG(original)
    assert isinstance(data, TYPES["torch.ByteTensor"])
    np.testing.assert_array_equal(image.decompress(data, 3, "byte").nd, original.nd)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    with pytest.raises(LuaError, match="Depth must be 1, 3 or 4"):
        image.save(str(path), picture(5, 4, 4))
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: image.load("/nowhere/a.png"), "No such file or directory"),
        (lambda: image.load(), "missing file name"),
        (lambda: image.save("a.xyz", picture(3, 4, 4)), "unknown image type: xyz"),
        (lambda: image.scale(), "incorrect arguments"),
        (lambda: image.scale(picture(3, 4, 4), "wide"), "could not find valid dest size"),
        (lambda: image.scale(picture(3, 4, 4), 2, 2, "cubic"), "mode must be one of"),
        (lambda: image.crop(picture(3, 4, 4), 0, 0, 9, 9), "crop goes outside bounds of src"),
        (lambda: image.rotate(picture(3, 4, 4), 1, "fast"), "mode must be one of"),
        (lambda: image.rgb2hsv(picture(4, 4)), "tensor must have three dimensions"),
        (lambda: image.polar(picture(3, 4, 4)), "interpolation must be one of"),
        (lambda: image.window(), "there are no windows"),
        (lambda: image.toDisplayTensor(3), "Unknown or incompatbile type of input"),
    ],
)
def test_bad_calls_say_what_is_wrong(call, words):
    with pytest.raises(LuaError, match=words):
        call()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "simple"])
@pytest.mark.parametrize("size", [(5, 9), (20, 30), (7, 7)])
def test_scaling_keeps_a_flat_picture_flat(mode, size):
    flat = wrap(np.full((2, 7, 11), 0.3))
    result = image.scale(flat, size[1], size[0], mode)
    assert result.nd.shape == (2, *size)
    np.testing.assert_allclose(result.nd, 0.3, rtol=1e-6)


def test_reducing_takes_the_mean_of_each_cell():
    original = picture(1, 4, 6)
    result = image.scale(original, 3, 2).nd
    np.testing.assert_allclose(result, original.nd.reshape(1, 2, 2, 3, 2).mean((2, 4)), rtol=1e-6)


def test_enlarging_keeps_the_corners_and_straight_lines():
    ramp = wrap(np.linspace(0, 1, 5)[None].repeat(3, 0))
    for mode in ("bilinear", "bicubic"):
        wide = image.scale(ramp, 9, 3, mode).nd
        np.testing.assert_allclose(wide[0], np.linspace(0, 1, 9), atol=1e-6)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        (6, (4, 6)),
        ("6", (4, 6)),
        ("^8", (8, 12)),
        ("9x5", (5, 9)),
        ("*2", (16, 24)),
        ("*1/2", (4, 6)),
    ],
)
def test_sizes_in_words(size, shape):
    assert image.scale(picture(8, 12), size).nd.shape == shape


def test_scale_into_a_given_picture():
    target = picture(3, 5, 5)
    assert image.scale(target, picture(3, 10, 10)) is target


@pytest.mark.parametrize(
    ("anchor", "rows", "columns"),
    [("c", (1, 3), (2, 5)), ("tl", (0, 2), (0, 3)), ("br", (2, 4), (4, 7)), ("tr", (0, 2), (4, 7))],
)
def test_crop_by_anchor(anchor, rows, columns):
    original = picture(2, 4, 7)
    piece = original.nd[:, slice(*rows), slice(*columns)]
    np.testing.assert_array_equal(  # the original hands doubles on as float32
        image.crop(original, anchor, 3, 2).nd, piece.astype(np.float32)
    )


@pytest.mark.parametrize("shift", [(1, 2), (-2, 1), (0, 0), (9, 0)])
def test_translate_moves_and_fills_with_zero(shift):
    original, (dx, dy) = picture(2, 5, 6), shift
    expected = np.zeros_like(original.nd)
    for y in range(5):
        for x in range(6):
            if 0 <= y - dy < 5 and 0 <= x - dx < 6:
                expected[:, y, x] = original.nd[:, y - dy, x - dx]
    np.testing.assert_array_equal(image.translate(original, dx, dy).nd, expected)


def test_flips_are_their_own_inverse():
    original = picture(3, 4, 5)
    for flip in (image.hflip, image.vflip, lambda p: image.flip(p, 1)):
        np.testing.assert_array_equal(flip(flip(original)).nd, original.nd)
    np.testing.assert_array_equal(image.hflip(original).nd, original.nd[:, :, ::-1])


@pytest.mark.parametrize("mode", ["simple", "bilinear"])
def test_quarter_turns_move_pixels_exactly(mode):
    original = picture(1, 5, 5)
    turned = image.rotate(original, np.pi / 2, mode)
    np.testing.assert_allclose(turned.nd[0], np.rot90(original.nd[0]), atol=1e-7)


@pytest.mark.parametrize("mode", ["simple", "bilinear", "bicubic", "lanczos"])
def test_warp_by_nothing_changes_nothing(mode):
    original = picture(3, 6, 7)
    still = wrap(np.zeros((2, 6, 7)))
    middle = np.s_[:, 1:-2, 1:-2]  # 'bicubic' looks at zeros outside
    result = image.warp(original, still, mode).nd[middle]
    np.testing.assert_allclose(result, original.nd[middle], atol=1e-6)


def test_warp_moves_by_whole_pixels_and_pads():
    original = picture(1, 4, 4)
    field = wrap(np.stack([np.zeros((4, 4)), np.ones((4, 4))]))
    np.testing.assert_allclose(image.warp(original, field).nd[0, :, :3], original.nd[0, :, 1:])
    padded = image.warp(original, field, "bilinear", True, "pad", 0.5).nd
    np.testing.assert_allclose(padded[0, :, 3], 0.5)


@pytest.mark.parametrize(
    ("there", "back", "tolerance"),
    [
        ("rgb2hsv", "hsv2rgb", 1e-12),
        ("rgb2hsl", "hsl2rgb", 1e-12),
        ("rgb2lab", "lab2rgb", 1e-4),
        ("rgb2yuv", "yuv2rgb", 1e-4),
    ],
)
def test_colour_conversions_come_back(there, back, tolerance):
    original = picture(3, 6, 6)
    result = getattr(image, back)(getattr(image, there)(original))
    np.testing.assert_allclose(result.nd, original.nd, atol=tolerance)


def test_known_colours():
    red = wrap(np.array([1.0, 0, 0]).reshape(3, 1, 1))
    np.testing.assert_allclose(image.rgb2hsv(red).nd.ravel(), [0, 1, 1])
    np.testing.assert_allclose(image.rgb2hsl(red).nd.ravel(), [0, 1, 0.5])
    np.testing.assert_allclose(image.rgb2lab(red).nd.ravel(), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(image.rgb2y(red).nd.ravel(), [0.299])


@pytest.mark.parametrize("mode", ["valid", "full", "same"])
def test_convolution_against_sums(mode):
    src, kernel = picture(6, 7), RNG.random((3, 2))
    full = np.zeros((8, 8))
    for i in range(6):
        for j in range(7):
            full[i : i + 3, j : j + 2] += src.nd[i, j] * kernel
    pick = {"full": np.s_[:, :], "valid": np.s_[2:6, 1:7], "same": np.s_[1:7, 0:7]}[mode]
    np.testing.assert_allclose(image.convolve(src, wrap(kernel), mode).nd, full[pick], rtol=1e-12)


def test_kernels():
    np.testing.assert_allclose(image.gaussian({"size": 5, "normalize": True}).nd.sum(), 1)
    line = image.gaussian1D(5).nd
    np.testing.assert_allclose(np.outer(line, line), image.gaussian(5).nd)
    assert image.laplacian(5).nd[2, 2] == 1


def test_erosion_and_dilation():
    dot = wrap(np.zeros((5, 5)))
    dot.nd[2, 2] = 1
    grown = image.dilate(dot)
    assert grown.nd.sum() == 9
    np.testing.assert_array_equal(image.erode(grown).nd, dot.nd)


def test_minmax_and_grid():
    values = wrap(np.array([[-1.0, 3.0]]))
    np.testing.assert_allclose(image.minmax({"tensor": values}).nd, [[0, 1]])
    np.testing.assert_allclose(image.minmax({"tensor": values, "symm": True}).nd, [[1 / 3, 1]])
    clipped = image.minmax({"tensor": values, "min": 0, "max": 2, "saturate": True})
    np.testing.assert_allclose(clipped.nd, [[0, 1]])
    grid = image.toDisplayTensor({"input": picture(5, 3, 4, 6), "padding": 2, "nrow": 3})
    assert grid.nd.shape == (3, 12, 24)
    pack = new_table([picture(4, 6), picture(4, 6)])
    assert image.toDisplayTensor(pack).nd.shape == (1, 4, 12)


def test_display_hands_the_grid_to_the_front_end():
    shown = []
    previous = frontend.install(lambda value, window: shown.append(value))
    try:
        image.display({"image": picture(3, 4, 4), "legend": "four by four"})
    finally:
        frontend.install(previous)
    (value,) = shown
    assert (value.tensor.nd.shape, value.legend, value.zoom) == ((3, 4, 4), "four by four", 1)


def test_drawing_leaves_the_source_alone():
    plain = wrap(np.zeros((3, 30, 60)))
    box = image.drawRect(plain, 5, 5, 20, 25)
    assert plain.nd.sum() == 0
    assert box.nd[0, 4, 4] == 1
    assert box.nd[0, 10, 10] == 0
    text = image.drawText(plain, "hi", 2, 2)
    assert 10 < text.nd[0].sum() < 60
    assert text.nd[1].sum() == 0


@pytest.mark.parametrize("name", [n for n in image.__all__ if not n.startswith("get")])
def test_every_public_name_has_a_page(name):
    assert getattr(image, name).__doc__
