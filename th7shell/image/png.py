"""PNG files as the original reads them: planes by colour type, 16 bits kept."""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PLANES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # colour type → planes (a palette's entries have three)
PALETTE = 3


class Header(NamedTuple):
    width: int
    height: int
    depth: int  # bits of a sample
    colour: int

    @property
    def planes(self) -> int:
        return PLANES[self.colour]


def header(data: bytes) -> Header:
    """The first chunk; ValueError says what is wrong with it."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("the header is missing")
    body, check = data[16:29], data[29:33]
    if zlib.crc32(b"IHDR" + body) != int.from_bytes(check, "big"):
        raise ValueError("IHDR: CRC error")
    found = Header(*struct.unpack(">IIBB", body[:10]))
    if not (found.width and found.height and found.colour in PLANES):
        raise ValueError("Invalid IHDR data")
    return found


def pixels(data: bytes, open_picture: Any) -> np.ndarray:
    """planes×height×width of bytes, or of 16-bit numbers. open_picture opens a Pillow picture."""
    head = header(data)
    if head.depth == 16 and head.colour in (2, 6):
        # Pillow keeps one byte of each sample; which one is up to the byte order it assumes.
        mode = "RGB" if head.colour == 2 else "RGBA"
        high, low = (_raw(open_picture(data), f"{mode};16{order}") for order in "BL")
        array = high.astype(np.uint16) << 8 | low
    elif head.depth == 16 and head.colour == 4:
        # Grey and alpha of two bytes each lie as red, green, blue, alpha of one byte do.
        array = np.asarray(open_picture(_relabelled(data, 8, 6)))
        array = np.ascontiguousarray(array).view(">u2").astype(np.uint16)
    else:
        picture = open_picture(data)
        if head.colour == PALETTE:
            picture = picture.convert("RGB")
        elif picture.mode == "1":
            picture = picture.convert("L")
        array = np.asarray(picture)
        if head.depth == 16:
            array = array.astype(np.uint16)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)[: head.planes]


def _raw(picture: Any, layout: str) -> np.ndarray:
    """The pixels with another layout of the stored bytes."""
    tile = picture.tile[0]
    picture.tile = [(tile[0], tile[1], tile[2], layout)]
    return np.asarray(picture)


def _relabelled(data: bytes, depth: int, colour: int) -> bytes:
    """The file with another depth and colour type in its header."""
    body = data[16:24] + bytes((depth, colour)) + data[26:29]
    check = zlib.crc32(b"IHDR" + body).to_bytes(4, "big")
    return data[:16] + body + check + data[33:]
