"""Values of the original: borders, cut-off fractions, the drawn letters, pictures of unusual
kinds, and the words of refused calls."""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
import pytest

from tests.wild_calls import leaks
from th7shell import image
from th7shell.lua import LuaError, new_table, state
from th7shell.torch.tensor import wrap


def ramp():
    return wrap(np.arange(1.0, 10).reshape(3, 3))


def test_rotation_takes_the_border_up_to_half_a_pixel_outside():
    ones = wrap(np.ones((1, 3, 3)))
    np.testing.assert_array_equal(image.rotate(ones, 0.1, "bilinear").nd, 1)


@pytest.mark.parametrize("mode", ["simple", "bilinear"])
def test_no_angle_gives_no_picture(mode):
    np.testing.assert_array_equal(image.rotate(ramp(), math.inf, mode).nd, 0)


def test_fractions_of_a_translation_are_cut_off():
    np.testing.assert_array_equal(
        image.translate(ramp(), -1.5, 0).nd, [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    )


def test_affine_transform_takes_its_translation_away():
    eye = wrap(np.eye(2))
    shift = wrap(np.array([0.0, 1.0]))
    got = image.affinetransform(ramp(), eye, "simple", shift).nd
    np.testing.assert_array_equal(got, [[1, 1, 2], [4, 4, 5], [7, 7, 8]])


def test_bicubic_warp_sees_the_pad_value_outside():
    ones = wrap(np.ones((1, 4, 4)))
    field = wrap(np.full((2, 4, 4), 0.5))
    got = image.warp(ones, field, "bicubic").nd[0]
    np.testing.assert_allclose(got[0, :2], [1.12890625, 1.0625])
    padded = image.warp(ones, field, "bicubic", True, "pad", 1).nd[0]
    np.testing.assert_allclose(padded[:3, :3], 1)


def test_bytes_are_computed_in_float32():
    pixel = wrap(np.array([242, 157, 178], np.uint8).reshape(3, 1, 1))
    assert image.rgb2hsv(pixel).nd[0, 0, 0] == 245


def test_doubles_pass_through_float32_where_the_original_lets_them():
    third = wrap(np.full((1, 2, 2), 1 / 3))
    for moved in (
        image.crop(third, 0, 0, 2, 2),
        image.rotate(third, 0),
        image.scale(third, 2, 2, "simple"),
    ):
        np.testing.assert_array_equal(moved.nd, np.float32(1 / 3))
    for kept in (image.translate(third, 0, 0), image.hflip(third), image.scale(third, 2, 2)):
        np.testing.assert_array_equal(kept.nd, 1 / 3)


def test_a_pyramid_scales_and_blurs_level_by_level():
    src = wrap(np.random.default_rng(0).random((8, 8)))
    levels = image.gaussianpyramid(src, new_table([1, 0.5, 0.25]))
    np.testing.assert_array_equal(levels[1].nd, src.nd)
    kernel = image.gaussian({"width": 3, "normalize": True})
    blurred = image.convolve(levels[1], kernel, "same")
    np.testing.assert_array_equal(levels[2].nd, image.scale(blurred, 4, 4, "simple").nd)
    assert levels[3].nd.shape == (2, 2)


def test_grey_levels_outside_the_jet_map_are_refused():
    with pytest.raises(LuaError, match="out of range"):
        image.y2jet(wrap(np.array([[0.0, 1.0, 2.0]])))


# ---- letters


def inked(picture):
    rows, columns = np.nonzero(picture.nd[0])
    return (rows.min() + 1, rows.max() + 1), (columns.min() + 1, columns.max() + 1)


def test_letters_are_five_by_seven_in_cells_of_six_by_eight():
    blank = wrap(np.zeros((3, 16, 16)))
    assert inked(image.drawText(blank, "I", 2, 4)) == ((5, 11), (4, 6))
    assert inked(image.drawText(blank, "HH", 0, 0)) == ((1, 7), (1, 11))
    assert inked(image.drawText(blank, "H", 0, 0, new_table((), {"size": 2})))[0] == (1, 14)


def test_long_lines_go_on_at_the_left_border():
    blank = wrap(np.zeros((3, 24, 20)))
    wrapped = image.drawText(blank, "HHHH", 2, 0).nd[0]
    assert wrapped[:7, :14].any(axis=1).all()
    assert not wrapped[:7, 14:].any()  # the third would reach the border
    assert wrapped[8:15, 0].all()
    opts = new_table((), {"wrap": False, "bg": new_table([1, 2, 3])})
    assert not image.drawText(blank, "HHH", 2, 0, opts).nd[0, 8:].any()
    assert opts.wrap is False


def test_ground_fills_the_cell_and_newlines_return_to_the_start():
    blank = wrap(np.zeros((3, 24, 24), np.uint8))
    opts = new_table((), {"bg": new_table([0, 0, 9]), "color": new_table([255, 255, 0])})
    got = image.drawText(blank, "a\nb", 2, 4, opts).nd
    assert (got[2] == 9).sum() + (got[0] == 255).sum() == 2 * 6 * 8
    assert got[2, 4:20, 2:8].any(axis=0).all()


def test_a_letter_that_sticks_out_changes_nothing():
    blank = wrap(np.zeros((3, 10, 10)))
    with pytest.raises(LuaError, match="sticks out"):
        image.drawText(blank, "H", 0, 5, new_table((), {"inplace": True}))
    assert not blank.nd.any()
    assert not image.drawText(blank, "H", 0, 50).nd.any()  # wholly outside: left out


def test_every_printable_character_has_its_own_glyph():
    from th7shell.image.glyphs import glyph

    shapes = {glyph(chr(c)).tobytes() for c in range(32, 127)}
    assert len(shapes) == 95
    assert all(glyph(chr(c)).shape == (7, 5) for c in range(256))


# ---- unusual files


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(array, depth, colour, extra=b"", filters=(0, 1, 2, 3, 4)):
    """A PNG file of height×width×planes samples; each row by another filter."""
    height, width, planes = array.shape
    if depth == 16:
        rows = array.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        rows = array.astype(np.uint8).reshape(height, -1)
    else:
        bits = np.unpackbits(array.astype(np.uint8).reshape(height, -1, 1), axis=2)[..., -depth:]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    step = max(1, depth * planes // 8)
    data = b""
    above = np.zeros(rows.shape[1], int)
    for y, row in enumerate(rows.astype(int)):
        left = np.concatenate([np.zeros(step, int), row[:-step]])[: len(row)]
        corner = np.concatenate([np.zeros(step, int), above[:-step]])[: len(row)]
        guess = left + above - corner
        order = np.stack([left, above, corner])
        paeth = order[np.abs(order - guess).argmin(0), np.arange(len(row))]
        kind = filters[y % len(filters)]
        predicted = (0, left, above, (left + above) // 2, paeth)[kind]
        data += bytes([kind]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
        above = row
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}


@pytest.mark.parametrize("planes", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", [8, 16])
def test_pngs_keep_their_planes_and_bits(tmp_path, depth, planes):
    top = 2**depth - 1
    array = np.random.default_rng(planes).integers(0, top + 1, (7, 5, planes))
    path = tmp_path / "a.png"
    path.write_bytes(png(array, depth, COLOURS[planes]))
    expected = array.transpose(2, 0, 1)
    loaded = image.load(str(path)).nd
    np.testing.assert_array_equal(loaded, expected * (1 / top))
    high = image.load(str(path), None, "byte").nd
    np.testing.assert_array_equal(high, expected >> (depth - 8))
    np.testing.assert_array_equal(image.getSize(str(path)).nd, [planes, 7, 5])
    np.testing.assert_array_equal(image.load(str(path), 4).nd, loaded)  # no such depth: as stored


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_grey_pngs_of_few_bits_have_one_plane_of_the_full_range(tmp_path, depth):
    top = 2**depth - 1
    array = np.random.default_rng(0).integers(0, top + 1, (4, 9, 1))
    path = tmp_path / "a.png"
    path.write_bytes(png(array, depth, 0, filters=(0,)))
    np.testing.assert_array_equal(
        image.load(str(path), None, "byte").nd[0], array[..., 0] * 255 // top
    )


def test_palettes_have_three_planes_and_no_size(tmp_path):
    colours = bytes([1, 2, 3, 250, 251, 252])
    path = tmp_path / "a.png"
    index = np.array([[[0], [1]]])
    path.write_bytes(png(index, 8, 3, chunk(b"PLTE", colours), (0,)))
    got = image.load(str(path), None, "byte").nd
    np.testing.assert_array_equal(got[:, 0].T, [[1, 2, 3], [250, 251, 252]])
    with pytest.raises(LuaError, match="unsupported type: PALETTE"):
        image.getSize(str(path))


def test_depth_one_rounds_bytes_and_drops_alpha(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (3, 5, 4))
    path = tmp_path / "a.png"
    path.write_bytes(png(array, 8, 6))
    grey = image.load(str(path), 1, "byte").nd
    weighed = array[..., :3] @ [0.299, 0.587, 0.114]
    assert grey.shape == (3, 5)
    np.testing.assert_array_equal(grey, np.floor(weighed + 0.5))
    assert image.load(str(path), 3).nd.shape == (3, 3, 5)
    path.write_bytes(png(array[..., :2], 8, 4))
    assert image.load(str(path), 1).nd.shape == (1, 3, 5)
    with pytest.raises(LuaError, match="wrong #channels"):
        image.load(str(path), 3)


def test_four_planes_of_a_jpeg_are_as_stored(tmp_path):
    from PIL import Image

    path = tmp_path / "a.jpg"
    Image.new("CMYK", (8, 8), (10, 60, 120, 200)).save(path, quality=100)
    got = image.load(str(path), None, "byte").nd
    assert got.shape == (4, 8, 8)
    stored = 255 - np.array([10, 60, 120, 200])  # Pillow writes them turned round, as Adobe does
    assert np.abs(got[:, 4, 4].astype(int) - stored).max() <= 3
    assert image.load(str(path), 3).nd.shape == (3, 8, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"P2 # grey\n2 1\n15\n3 15", [[[51, 255]]]),
        (b"P3\n1 1\n255\n1 2 3", [[[1]], [[2]], [[3]]]),
        (b"P5\n2 1\n100\n\x07\xff", [[[7, 255]]]),
        (b"P6 1,1 255\n\x01\x02\x03", [[[1]], [[2]], [[3]]]),
    ],
)
def test_portable_maps(tmp_path, text, expected):
    path = tmp_path / "a.ppm"
    path.write_bytes(text)
    np.testing.assert_array_equal(image.load(str(path), None, "byte").nd, expected)
    np.testing.assert_array_equal(image.getSize(str(path)).nd, np.shape(expected))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"P4\n1 1\n\x00", "unsupported magic number: P4"),
        (b"P6\n2 2\n255\n\x00", "corrupted file or read error"),
        (b"P6\n999999999 999999999\n255\n", "corrupted file or read error"),
        (b"P5\nx", "corrupted file"),
        (b"P2\n1 1\n0\n1", "corrupted file or read error"),
        (b"P2\n1 1\n9\nx", "corrupted file or read error"),
        (b"", "corrupted file"),
    ],
)
def test_broken_portable_maps(tmp_path, text, words):
    path = tmp_path / "a.ppm"
    path.write_bytes(text)
    with pytest.raises(LuaError, match=words):
        image.loadPPM(str(path))


def damaged(data, count):
    rng = np.random.default_rng(1)
    for n in range(count):
        bytes_ = bytearray(data)
        if n % 3 == 0:
            del bytes_[int(rng.integers(0, len(data))) :]
        for _ in range(int(rng.integers(0, 4)) if n % 3 == 0 else int(rng.integers(1, 9))):
            if bytes_:
                bytes_[int(rng.integers(0, len(bytes_)))] = int(rng.integers(0, 256))
        yield bytes(bytes_)


def test_damaged_files_are_read_or_refused_in_our_words(tmp_path):
    """Three kinds of file, cut short and with bytes turned: a picture or an error of ours."""
    array = np.random.default_rng(0).integers(0, 256, (9, 7, 3))
    picture = wrap(array.transpose(2, 0, 1).astype(np.uint8))
    files = {
        "png": png(array, 8, 2),
        "wide.png": png(array * 257, 16, 2),
        "jpg": image.compressJPG(picture).nd.tobytes(),
        "ppm": b"P6\n7 9\n255\n" + array.astype(np.uint8).tobytes(),
    }
    refused = 0
    for name, data in files.items():
        path = tmp_path / f"a.{name}"
        for piece in damaged(data, 120):
            path.write_bytes(piece)
            for call in (image.load, image.getSize):
                try:
                    call(str(path))
                except LuaError as error:
                    refused += 1
                    assert not any(w in str(error) for w in ("Error:", "PIL", "numpy", "object"))
    assert refused > 100


# ---- refused calls


def usage_of(call, capsys):
    with pytest.raises(LuaError):
        call()
    return capsys.readouterr().out


def test_a_call_of_no_known_form_prints_how_the_function_is_called(capsys):
    text = usage_of(lambda: image.scale(), capsys)
    assert "rescale an image (geometry)" in text
    assert "    number                              -- destination width\n" in text
    assert "    [string]                            -- mode: bilinear | bicubic |simple\n" in text
    for name in ("crop", "translate", "rotate", "polar", "logpolar", "hflip", "vflip", "flip"):
        assert f"image.{name}(" in usage_of(getattr(image, name), capsys)


def test_no_wrong_argument_reaches_python(tmp_path, monkeypatch, capsys):
    """Every function with random arguments: a result, or an error in Lua's terms."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(state.MAIN, "shower", lambda *_, **__: None)
    names = [n for n in image.__all__ if n not in ("window", "lena", "fabio")]
    words = ("bilinear", "simple", "pad", "full", "valid", "c", "a.png")
    keys = ("tensor", "input", "min", "max", "size", "width", "symm", "nrow", "padding")
    found = leaks([(n, getattr(image, n)) for n in names], words, keys=keys)
    assert not found, f"{len(found)}: {found[:20]}"
