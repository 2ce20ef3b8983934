"""A picture as the file that kitty's and iTerm2's protocols carry: a PNG in base64, shown at its
own size."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def kitty(pixels: NDArray[np.uint8]) -> str:
    """Kitty's graphics protocol: transmit and display, in pieces of 4096 characters."""
    data = base64.b64encode(png(pixels)).decode()
    pieces = [data[i : i + 4096] for i in range(0, len(data), 4096)]
    out = []
    for i, piece in enumerate(pieces):
        head = "a=T,f=100,q=2," if i == 0 else ""
        out.append(f"\x1b_G{head}m={int(i < len(pieces) - 1)};{piece}\x1b\\")
    return "".join(out)


def iterm2(pixels: NDArray[np.uint8]) -> str:
    """iTerm2's inline files (also WezTerm, VS Code, Konsole)."""
    data = png(pixels)
    body = base64.b64encode(data).decode()
    return f"\x1b]1337;File=inline=1;size={len(data)};width=auto:{body}\a"


def through_tmux(text: str) -> str:
    """Wrapped so that tmux hands it to the terminal outside (needs `allow-passthrough`)."""
    return "\x1bPtmux;" + text.replace("\x1b", "\x1b\x1b") + "\x1b\\"
