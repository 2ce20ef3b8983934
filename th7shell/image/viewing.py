"""Showing pictures: `image.display` hands a grid to the front end that runs the program."""

from __future__ import annotations

from typing import Any

from th7shell.frontend import Picture, show
from th7shell.lua import BadArgument
from th7shell.torch.types import number

from .checks import fail, named
from .compose import GRID, toDisplayTensor

OPTIONS = {
    "image": ("torch.Tensor | table", "image (HxW or KxHxW or Kx3xHxW or list)", ...),
    "zoom": ("number", "display zoom", 1),
    "min": ("number", "lower-bound for range", None),
    "max": ("number", "upper-bound for range", None),
    "legend": ("string", "legend", None),
    "win": ("qt window", "window descriptor", None),
    "x": ("number", "x offset (only if win is given)", 0),
    "y": ("number", "y offset (only if win is given)", 0),
    "scaleeach": GRID["scaleeach"],
    "gui": ("boolean", "if on, user can zoom in/out (turn off for faster display)", True),
    "offscreen": ("boolean", "offscreen rendering (to generate images)", False),
    "padding": GRID["padding"],
    "symmetric": GRID["symmetric"],
    "nrow": GRID["nrow"],
    "saturate": GRID["saturate"],
}


def display(*args: Any) -> Any:
    """Show a picture, a batch or a table of pictures.

    `image.display(input)` or `image.display{image=, zoom=1, min=, max=, legend=, padding=0, nrow=6,
    scaleeach=false,
    symmetric=false, saturate=true}` → the front end's handle

    The terminal draws with its own graphics or with coloured half-blocks, a notebook shows PNG.
    Options of the
    original's windows (win, x, y, gui, offscreen) are accepted and have no effect.
    """
    words = "displays a single image, with optional saturation/zoom"
    values = named("display", words, args, OPTIONS)
    source, zoom, low, high, legend, *_, each, _, _, padding, symm, nrow, saturate = values
    zoom = number(zoom, 2)
    if not 0 < zoom < 2**31:
        raise BadArgument(2, "a zoom above 0 is needed", "display")
    grid = toDisplayTensor(source, padding, nrow, each, low, high, symm, saturate)
    return show(Picture(grid, legend if isinstance(legend, str) else "", zoom))


def window(*_: Any) -> Any:
    """The original opened a Qt window here; there are none: use `image.display`, or `image.save` to
    a file."""
    raise fail(
        "window", "there are no windows here: use image.display(tensor) or image.save(path, tensor)"
    )


NAMES = {"display": display, "window": window}
