"""The size of a picture in a window: the zoom that was asked for, or a whole one that makes small
pictures visible, as far as width and height allow."""

from __future__ import annotations

import shutil
import sys

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
CELL = (8, 16)  # pixels of a character where the terminal does not tell
SMALL = 80  # pixels of the larger side up to which a picture is small
VISIBLE = 40  # characters that its larger side takes at least
LEAST = 4  # lines that a picture has in the smallest window
LEFT = 2  # lines of the window that stay free: the legend and one more


def window(cell: tuple[int, int] | None, left: int = LEFT) -> tuple[int, int]:
    """Width and height of the room for a picture, in its pixels, `left` lines of the window kept
    free. cell: the pixels of a character, None for the terminal's own."""
    size = shutil.get_terminal_size()
    wide, high = cell or cell_size() or CELL
    return size.columns * wide, max(size.lines - left, LEAST) * high


def cell_size() -> tuple[int, int] | None:
    """Pixels of a character as the terminal tells them, None where it does not."""
    try:
        import fcntl
        import struct
        import termios

        answer = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    except (ImportError, OSError, ValueError, AttributeError):
        return None
    lines, columns, width, height = struct.unpack("HHHH", answer)
    if not (lines and columns and width and height):
        return None
    return width // columns, height // lines


def own_zoom(pixels: Pixels, halves: bool) -> int:
    """The zoom of a picture for which none is asked. A small one is as large by every method: a
    pixel takes a character's width, several where it is tiny. halves: pixels are half blocks."""
    side = max(pixels.shape[:2])
    several = max(1, VISIBLE // side)
    if halves:
        return several
    return several * (cell_size() or CELL)[0] if side <= SMALL else 1


def fitted(pixels: Pixels, room: tuple[int, int], zoom: float = 1, own: int = 1) -> Pixels:
    """The picture `zoom` times as large, or as much as the room (width, height) allows; without a
    zoom `own` times, or the largest whole number below that fits."""
    h, w = pixels.shape[:2]
    if zoom == 1:
        zoom = own
        while zoom > 1 and (zoom * w > room[0] or zoom * h > room[1]):
            zoom -= 1
    scale = min(zoom, room[0] / w, room[1] / h)
    height, width = max(1, round(h * scale)), max(1, round(w * scale))
    if (height, width) == (h, w):
        return pixels
    if scale < 1:
        return shrink(pixels, height, width)
    rows, columns = np.arange(height) * h // height, np.arange(width) * w // width
    return np.ascontiguousarray(pixels[rows][:, columns])


def shrink(pixels: Pixels, height: int, width: int) -> Pixels:
    """Mean of the pixels that fall into each of height × width cells."""
    h, w = pixels.shape[:2]
    ys = np.minimum(np.arange(height + 1) * h // height, h)
    xs = np.minimum(np.arange(width + 1) * w // width, w)
    ys[:-1] = np.minimum(ys[:-1], h - 1)
    xs[:-1] = np.minimum(xs[:-1], w - 1)
    total = np.add.reduceat(np.add.reduceat(pixels.astype(np.float64), ys[:-1], 0), xs[:-1], 1)
    count = np.maximum(np.diff(ys), 1)[:, None] * np.maximum(np.diff(xs), 1)[None, :]
    return (total / count[:, :, None]).round().astype(np.uint8)
