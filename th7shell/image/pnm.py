"""PPM and PGM files: a magic number, width, height and greatest value in decimal, then pixels."""

from __future__ import annotations

import numpy as np

from th7shell.lua.regular import pattern

_NUMBER = pattern(rb"(?:[\s,]|#[^\n\r]*[\n\r])*(\d+)")
PLANES = {b"2": 1, b"5": 1, b"3": 3, b"6": 3}


def _numbers(data: bytes, start: int, count: int) -> tuple[list[int], int]:
    """`count` numbers from `start` on, comments skipped, and where what follows begins."""
    found = []
    for _ in range(count):
        match = _NUMBER.match(data, start)
        if match is None or len(match[1]) > 9:
            raise ValueError("corrupted file")
        found.append(int(match[1]))
        start = match.end()
    return found, start + 1


def header(data: bytes) -> tuple[int, int, int]:
    """Planes, height and width; ValueError says what is wrong."""
    if data[:1] != b"P":
        raise ValueError("corrupted file")
    if data[1:2] not in PLANES:
        raise ValueError(f"unsupported magic number: P{data[1:2].decode('latin-1')}")
    (width, height), _ = _numbers(data, 2, 2)
    if not (width and height):
        raise ValueError("corrupted file")
    return PLANES[data[1:2]], height, width


def pixels(data: bytes) -> np.ndarray:
    """planes×height×width: bytes, or numbers of two bytes where the greatest value is above 255.

    As in the original only numbers in decimal are stretched to 0…255, and two bytes are read low
    one first.
    """
    planes, height, width = header(data)
    (*_, greatest), start = _numbers(data, 2, 3)
    count = planes * height * width
    if data[1:2] in b"23":
        try:
            values = np.array(data[start - 1 :].split(None, count)[:count], np.int64)
        except (ValueError, OverflowError):
            values = np.empty(0, np.int64)
        if len(values) < count or not greatest:
            raise ValueError("corrupted file or read error")
        array = (255 * values // greatest).astype(np.uint8)
    else:
        kind = np.dtype("<u2" if greatest > 255 else np.uint8)
        if len(data) - start < count * kind.itemsize:
            raise ValueError("corrupted file or read error")
        array = np.frombuffer(data, kind, count, start)
    return array.reshape(height, width, planes).transpose(2, 0, 1)


def encode(pixels: np.ndarray) -> bytes:
    """A file of height×width (grey) or height×width×3 bytes."""
    magic = "P6" if pixels.ndim == 3 else "P5"
    height, width = pixels.shape[:2]
    return f"{magic}\n{width} {height}\n255\n".encode() + pixels.tobytes()
