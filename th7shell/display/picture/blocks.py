"""A picture as coloured half blocks: each character is two pixels, the upper in ink, the lower
behind it."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

CELL = (1, 2)  # pixels of a character


def draw(pixels: NDArray[np.uint8]) -> str:
    """Lines of `▀`."""
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, np.zeros_like(pixels[:1])])
    code = _true if _deep() else _palette
    return "\n".join(_row(a, b, code) for a, b in zip(pixels[::2], pixels[1::2]))


def _row(
    top: NDArray[np.uint8], bottom: NDArray[np.uint8], code: Callable[[list[int]], str]
) -> str:
    out, last = [], None
    for a, b in zip(top.tolist(), bottom.tolist()):
        now = f"\x1b[38;{code(a)};48;{code(b)}m"
        out.append("▀" if now == last else now + "▀")
        last = now
    return "".join(out) + "\x1b[0m"


def _deep() -> bool:
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return True
    return (
        "256" not in os.environ.get("TERM", "")
        and os.environ.get("TERM_PROGRAM") != "Apple_Terminal"
    )


def _true(rgb: list[int]) -> str:
    return "2;{};{};{}".format(*rgb)


def _palette(rgb: list[int]) -> str:
    """The nearest of the 256 colours: the gray ramp for grays, else the 6×6×6 cube."""
    r, g, b = rgb
    if max(rgb) - min(rgb) < 10:
        level = round((r + g + b) / 3)
        if level < 8:
            return "5;16"
        return f"5;{min(232 + (level - 3) // 10, 255)}"
    six = [0 if v < 48 else 1 if v < 115 else (v - 35) // 40 for v in rgb]
    return f"5;{16 + 36 * six[0] + 6 * six[1] + six[2]}"
