"""A picture as the file that kitty's and iTerm2's protocols carry: a PNG in base64, shown at its
own size."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray

CELL = 8  # pixels in a character's width, as assumed when a picture is wider than the window


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def kitty(pixels: NDArray[np.uint8], columns: int = 80) -> str:
    """Kitty's graphics protocol: transmit and display, in pieces of 4096 characters."""
    data = base64.b64encode(png(_visible(pixels))).decode()
    pieces = [data[i : i + 4096] for i in range(0, len(data), 4096)]
    width = f",c={columns}" if pixels.shape[1] > columns * CELL else ""
    out = []
    for i, piece in enumerate(pieces):
        head = f"a=T,f=100,q=2{width}," if i == 0 else ""
        out.append(f"\x1b_G{head}m={int(i < len(pieces) - 1)};{piece}\x1b\\")
    return "".join(out)


def iterm2(pixels: NDArray[np.uint8], columns: int = 80) -> str:
    """iTerm2's inline files (also WezTerm, VS Code, Konsole)."""
    data = png(_visible(pixels))
    width = "100%" if pixels.shape[1] > columns * CELL else "auto"
    body = base64.b64encode(data).decode()
    return f"\x1b]1337;File=inline=1;size={len(data)};width={width}:{body}\a"


def through_tmux(text: str) -> str:
    """Wrapped so that tmux hands it to the terminal outside (needs `allow-passthrough`)."""
    return "\x1bPtmux;" + text.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _visible(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tiny pictures enlarged by a whole factor, so that a 28×28 digit can be seen."""
    factor = max(1, 112 // max(pixels.shape[:2]))
    return pixels.repeat(factor, 0).repeat(factor, 1)
