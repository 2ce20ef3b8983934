"""Putting pictures together for the eye: ranges and grids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell import torch
from th7shell.lua import BadArgument, Table, TorchError, array, lua_type
from th7shell.lua.arithmetic import truth
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import number

from .checks import fail, is_number, named

Array = np.ndarray
MINMAX = ("tensor", "min", "max", "symm", "inplace", "saturate", "tensorOut")
GRID = {
    "input": ("torch.Tensor | table", "input (HxW or KxHxW or Kx3xHxW or list)", ...),
    "padding": ("number", "number of padding pixels between images", 0),
    "nrow": ("number", "number of images per row", 6),
    "scaleeach": ("boolean", "individual scaling for list of images", False),
    "min": ("number", "lower-bound for range", None),
    "max": ("number", "upper-bound for range", None),
    "symmetric": (
        "boolean",
        "if on, images will be displayed using a symmetric dynamic range, useful for drawing"
        " filters",
        False,
    ),
    "saturate": ("boolean", "saturate (useful when min/max are lower than actual min/max", True),
}
NO_GRID = "packed must be a HxW or KxHxW or Kx3xHxW tensor, or a list of tensors"


def _bound(value: Any, name: str) -> float | None:
    if value is None or is_number(value):
        return value
    raise TorchError(f"image.minmax: {name} must be a number, got {lua_type(value)}")


def minmax(options: Any = None, *_: Any) -> Any:
    """Compress the range of a tensor to [0, 1].

    `image.minmax{tensor=, min=, max=, symm=false, inplace=false, saturate=false, tensorOut=}`
    min, max: the range taken (the tensor's own if nil); symm: centred on zero; saturate: clip to
    [0, 1] (where a bound is given).
    """
    if not isinstance(options, Table | dict):
        raise BadArgument(1, f"table expected, got {lua_type(options)}", "minmax")
    tensor: Any
    out: Any
    tensor, low, high, symmetric, inplace, saturate, out = (
        options.get(k) if isinstance(options, dict) else options[k] for k in MINMAX
    )
    for value, name in ((tensor, "tensor"), (out, "tensorOut")):
        if not isinstance(value, Tensor) and (value is not None or name == "tensor"):
            raise fail("minmax", f"{name}: a tensor is needed, got {lua_type(value)}")
    low, high = _bound(low, "min"), _bound(high, "max")
    if tensor.nElement() == 0:
        raise fail("minmax", "tensor: an empty tensor has no range")
    saturate = truth(saturate) and not (low is None and high is None)
    if out is not None:
        out.resize(tensor.size()).copy(tensor)
    elif truth(inplace):
        out = tensor
    else:
        out = torch.Tensor(tensor.size()).copy(tensor)
    reach = 0.0
    if low is None:
        reach = max(abs(out.min()), abs(out.max())) if truth(symmetric) else 0.0
        low = -reach if truth(symmetric) else out.min()
    if low != 0:
        out.add(-low)
    if high is not None:
        high = high - low
    else:
        high = reach * 2 if truth(symmetric) else out.max()
    if high != 0:
        out.div(high)
    if saturate and out.nd.dtype != np.uint8:
        np.clip(out.nd, 0, 1, out=out.nd)
    return out


def _packed(source: Any) -> Any:
    """The pictures in one tensor of the default type."""
    packed = torch.Tensor()
    if isinstance(source, Table | list | tuple):
        pictures = array(source) if isinstance(source, Table) else list(source)
        for i, picture in enumerate(pictures, 1):
            if not isinstance(picture, Tensor):
                raise fail("toDisplayTensor", f"element {i} is no tensor: {lua_type(picture)}")
        if not pictures or pictures[0].nd.ndim not in (2, 3):
            raise fail("toDisplayTensor", NO_GRID)
        first = pictures[0].nd
        planes = 1 if first.ndim == 2 else first.shape[0]
        packed.resize(len(pictures), planes, *first.shape[-2:])
        for i, picture in enumerate(pictures, 1):
            packed.select(1, i).copy(picture)
        return packed
    if isinstance(source, Tensor):
        if source.nElement() == 0:
            raise fail("toDisplayTensor", NO_GRID)
        return packed.resize(source.size()).copy(source)
    raise TorchError(f"Unknown or incompatbile type of input: {lua_type(source)}")


def toDisplayTensor(*args: Any) -> Any:
    """Lay pictures out on a grid and stretch them to [0, 1].

    `image.toDisplayTensor{input=, padding=0, nrow=6, scaleeach=false, min=, max=, symmetric=false,
    saturate=true}`
    input: height×width, planes×height×width, n×3×height×width (or n×1), or a table of pictures;
    nrow: pictures a row.
    Result: one picture of the default tensor type, planes×height×width or height×width.
    """
    description = (
        "given a pack of tensors, returns a single tensor that contains a grid of all in the pack"
    )
    source, padding, nrow, each, low, high, symmetric, saturate = named(
        "toDisplayTensor", description, args, GRID
    )
    packed = _packed(source)
    padding, nrow = number(padding, 2), number(nrow, 3)

    def fit(values: Any) -> Any:
        return minmax(
            {
                "tensor": values,
                "inplace": True,
                "min": low,
                "max": high,
                "symm": symmetric,
                "saturate": saturate,
            }
        )

    shape = packed.nd.shape
    coloured = len(shape) == 4 and shape[1] in (1, 3)
    single = len(shape) == 2 or (len(shape) == 3 and shape[0] in (1, 3))
    if single:
        return fit(packed)
    if not coloured and len(shape) != 3:
        raise fail("toDisplayTensor", NO_GRID)
    if not (1 <= nrow < 2**31 and 0 <= padding < 2**31):
        raise fail("toDisplayTensor", "nrow must be 1 or more, padding 0 or more")
    if truth(each):
        for i in range(1, shape[0] + 1):
            fit(packed.select(1, i))
    grid = lay_out(packed, nrow, padding)
    return grid if truth(each) else fit(grid)


def lay_out(pictures: Any, per_row: float, padding: float) -> Any:
    """n(×planes)×height×width → one (planes×)height×width grid on the brightest value as ground."""
    array = pictures.nd
    count, (height, width) = array.shape[0], array.shape[-2:]
    columns = min(per_row, count)
    rows = math.ceil(count / columns)
    step_y, step_x = height + padding, width + padding
    grid: Any = torch.Tensor(*array.shape[1:-2], int(step_y * rows), int(step_x * columns))
    grid.nd[...] = array.max()
    for k, picture in enumerate(array):
        row, column = divmod(k, math.floor(columns))
        y = math.floor(row * step_y + 1 + padding / 2) - 1
        x = math.floor(column * step_x + 1 + padding / 2) - 1
        grid.nd[..., y : y + height, x : x + width] = picture
    return grid


NAMES = {"minmax": minmax, "toDisplayTensor": toDisplayTensor}
