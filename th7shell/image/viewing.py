"""Showing pictures: `image.display` hands a grid to the front end that runs the program."""

from __future__ import annotations

from typing import Any

from ..frontend import show
from .arguments import fail, options
from .compose import toDisplayTensor

OPTIONS = {
    "image": None,
    "zoom": 1,
    "min": None,
    "max": None,
    "legend": None,
    "win": None,
    "x": 0,
    "y": 0,
}
OPTIONS |= {
    "scaleeach": False,
    "gui": True,
    "offscreen": False,
    "padding": 0,
    "symm": False,
    "nrow": 6,
}
OPTIONS |= {"saturate": True}


def display(*args: Any) -> Any:
    """Show a picture, a batch or a table of pictures.

    `image.display(input)` or `image.display{image=, zoom=1, min=, max=, legend=, padding=0, nrow=6,
    scaleeach=false,
    symm=false, saturate=true}` → the front end's handle

    The terminal draws with its own graphics or with coloured half-blocks, a notebook shows PNG.
    Options of the
    original's windows (win, x, y, gui, offscreen) are accepted and have no effect.
    """
    source, zoom, low, high, legend, *_, each, _, _, padding, symm, nrow, saturate = options(
        args, OPTIONS
    )
    if source is None:
        raise fail("display", "an image, a batch or a table of images is needed")
    grid = toDisplayTensor(source, padding, nrow, each, low, high, symm, saturate)
    return show("image", grid, zoom=zoom, legend=legend)


def window(*_: Any) -> Any:
    """The original opened a Qt window here; there are none: use `image.display`, or `image.save` to
    a file."""
    raise fail(
        "window", "there are no windows here: use image.display(tensor) or image.save(path, tensor)"
    )


NAMES = {"display": display, "window": window}
