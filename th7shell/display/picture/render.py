"""From a tensor to the text that draws it: pixels, the method that suits this terminal, the
drawing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.torch.tensor import Tensor

from .. import palette
from . import blocks, fitting, inline, probe, sixel

Pixels = NDArray[np.uint8]
METHODS: dict[str, Callable[[Pixels], str]] = {
    "kitty": inline.kitty,
    "iterm2": inline.iterm2,
    "sixel": sixel.draw,
    "blocks": blocks.draw,
}

_chosen: str | None = None


def rgb(value: Any, stretch: bool = True) -> Pixels:
    """(h, w, 3) uint8 of an (h, w) or (1|3, h, w) tensor or array: bytes as they are, reals 0 … 1
    (others are stretched from their smallest to their largest value, or clipped)."""
    a = np.asarray(value.nd if isinstance(value, Tensor) else value)
    if a.ndim == 3 and a.shape[0] in (1, 3):
        a = a.transpose(1, 2, 0)
    elif a.ndim == 2:
        a = a[:, :, None]
    else:
        raise ValueError(
            f"a picture is h x w, 1 x h x w or 3 x h x w, not {'x'.join(map(str, a.shape))}"
        )
    if a.dtype != np.uint8:
        a = a.astype(np.float64)
        finite = a[np.isfinite(a)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
        if stretch and (low < 0 or high > 1):
            a = (a - low) / ((high - low) or 1.0)
        a = (np.nan_to_num(np.clip(a, 0, 1)) * 255).round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(a, (*a.shape[:2], 3)))


def choose(wanted: str = "auto", stream: Any = None) -> str:
    """The method for `stream`: 'off' on anything but a terminal; else the wanted one, or the best
    the terminal admits to (asked once, 200 ms at most), half blocks when it does not answer."""
    global _chosen
    stream = stream or sys.stdout
    if wanted == "off" or not _is_terminal(stream):
        return "off"
    if wanted != "auto":
        return wanted
    if not palette.wanted(stream):
        return "off"
    if _chosen is None:
        _chosen = probe.ask()
    return _chosen


def render(pixels: Pixels, method: str, zoom: float = 1, left: int = fitting.LEFT) -> str:
    """The text that draws `pixels`, as large as `zoom` says and the window allows, `left` lines of
    which stay free."""
    if method not in METHODS:
        raise ValueError(f"unknown picture method {method!r}; known: {', '.join(METHODS)}")
    halves = method == "blocks"
    room = fitting.window(blocks.CELL if halves else None, left)
    own = fitting.own_zoom(pixels, halves)
    text = METHODS[method](fitting.fitted(pixels, room, zoom, own))
    if method in ("kitty", "sixel", "iterm2") and os.environ.get("TMUX"):
        text = inline.through_tmux(text)
    return text + "\n"


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
