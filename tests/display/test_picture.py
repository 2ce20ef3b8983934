"""Pictures as text: pixels, half blocks, kitty, iTerm2, sixel, and the question to the terminal."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from th7shell.display.picture import METHODS, choose, render, rgb
from th7shell.display.picture.fitting import fitted, own_zoom, shrink, window
from th7shell.display.picture.inline import through_tmux
from th7shell.display.picture.probe import read_answer

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.zeros((4, 5)), (4, 5, 3)),
        (np.zeros((1, 4, 5)), (4, 5, 3)),
        (np.zeros((3, 4, 5)), (4, 5, 3)),
    ],
)
def test_rgb_shapes(array, shape):
    assert rgb(array).shape == shape and rgb(array).dtype == np.uint8


def test_rgb_values():
    assert rgb(np.array([[0.0, 0.5, 1.0]]))[0, :, 0].tolist() == [0, 128, 255]
    assert rgb(np.array([[-2.0, 0.0, 2.0]]))[0, :, 0].tolist() == [0, 128, 255]
    assert rgb(np.array([[0, 7, 255]], np.uint8))[0, :, 0].tolist() == [0, 7, 255]
    assert rgb(np.array([[np.nan, 1.0]]))[0, 0, 0] == 0
    with pytest.raises(ValueError, match="2x3x4x5"):
        rgb(np.zeros((2, 3, 4, 5)))


def test_half_blocks_hold_two_rows_each(monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    pixels = RNG.integers(0, 256, (6, 50, 3)).astype(np.uint8)
    lines = METHODS["blocks"](pixels).split("\n")
    assert len(lines) == 3 and all(line.count("▀") == 50 for line in lines)
    r, g, b = pixels[0, 0]
    assert lines[0].startswith(f"\x1b[38;2;{r};{g};{b};48;2;")


def test_half_blocks_fit_the_window(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "30")
    pixels = RNG.integers(0, 256, (90, 200, 3)).astype(np.uint8)
    text = render(pixels, "blocks").rstrip("\n")
    assert all(line.count("▀") == 40 for line in text.split("\n"))
    monkeypatch.setenv("LINES", "10")
    lines = render(pixels, "blocks").rstrip("\n").split("\n")
    assert len(lines) == 8 and {line.count("▀") for line in lines} == {36}, "90x200 as 16x36"
    assert ";2;" not in text and "38;5;" in text


def test_shrink_takes_means():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2, :2] = 200
    assert shrink(pixels, 2, 2)[:, :, 0].tolist() == [[200, 0], [0, 0]]


def test_kitty_carries_the_picture():
    pixels = RNG.integers(0, 256, (120, 130, 3)).astype(np.uint8)
    text = METHODS["kitty"](pixels)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert all(len(body) <= 4096 for _, body in parts) and "m=0" in parts[-1][0]
    data = base64.b64decode("".join(body for _, body in parts))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)


def test_iterm_carries_the_picture():
    text = METHODS["iterm2"](np.full((200, 200, 3), 9, np.uint8))
    data = base64.b64decode(text[text.index(":") + 1 : -1])
    assert Image.open(io.BytesIO(data)).size == (200, 200)


def test_sixel_draws_every_pixel_once():
    pixels = np.zeros((120, 130, 3), np.uint8)
    pixels[:60, :, 0] = 255
    text = METHODS["sixel"](pixels)
    assert text.startswith('\x1bPq"1;1;130;120') and text.endswith("\x1b\\")
    drawn = 0
    words = re.findall(r"#\d+(?:;\d+)*|[$-]|(?:!\d+)?[?-~]", text[text.index("#") : -2])
    for word in words:
        if word[0] not in "#$-":
            drawn += int(word[1:-1] or 1) * bin(ord(word[-1]) - 63).count("1")
    assert drawn == 120 * 130


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        (b"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c", "kitty"),
        (b"\x1b[?62;4;22c", "sixel"),
        (b"\x1b[?62;22c", "blocks"),
        (b"\x1b[?64;14c", "blocks"),
        (b"", "blocks"),
    ],
)
def test_answers(answer, method):
    assert read_answer(answer) == method


def test_nothing_on_a_pipe():
    assert choose("auto", io.StringIO()) == "off"
    assert choose("kitty", io.StringIO()) == "off"


def test_unknown_method():
    with pytest.raises(ValueError, match="kitty, iterm2, sixel, blocks"):
        render(np.zeros((2, 2, 3), np.uint8), "ascii")


def test_tmux_gets_doubled_escapes():
    assert through_tmux("\x1b_Gx\x1b\\") == "\x1bPtmux;\x1b\x1b_Gx\x1b\x1b\\\x1b\\"


FITTED = [  # picture (h, w), room (w, h), zoom, own zoom, what is drawn (h, w)
    ((10, 20), (80, 40), 1, 1, (10, 20)),
    ((10, 20), (80, 40), 3, 1, (30, 60)),
    ((10, 20), (80, 40), 9, 1, (40, 80)),
    ((10, 20), (80, 40), 0.5, 1, (5, 10)),
    ((100, 20), (80, 40), 1, 1, (40, 8)),
    ((100, 400), (80, 40), 1, 1, (20, 80)),
    ((8, 8), (80, 40), 1, 7, (40, 40)),
    ((28, 28), (200, 200), 1, 4, (112, 112)),
    ((1, 1000), (80, 40), 1, 1, (1, 80)),
]


@pytest.mark.parametrize(("size", "room", "zoom", "own", "drawn"), FITTED)
def test_a_picture_fits_width_and_height(size, room, zoom, own, drawn):
    pixels = RNG.integers(0, 256, (*size, 3)).astype(np.uint8)
    assert fitted(pixels, room, zoom, own).shape == (*drawn, 3)


def test_the_window_in_pixels(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "20")
    assert window((1, 2)) == (50, 36) and window((10, 20)) == (500, 360)


def test_reals_may_be_clipped_instead_of_stretched():
    assert rgb(np.array([[-2.0, 0.5, 2.0]]), stretch=False)[0, :, 0].tolist() == [0, 128, 255]
    assert rgb(np.array([[0.0, 0.5, 2.0]]), stretch=False)[0, :, 0].tolist() == [0, 128, 255]


def test_a_small_picture_is_as_large_by_every_method(monkeypatch):
    small, large = np.zeros((10, 60, 3), np.uint8), np.zeros((100, 90, 3), np.uint8)
    tiny = np.zeros((8, 8, 3), np.uint8)
    zooms = [own_zoom(p, halves) for p in (tiny, small, large) for halves in (True, False)]
    assert zooms == [5, 40, 1, 8, 1, 1]
