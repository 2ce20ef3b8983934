"""Pictures sampled at given places: each value is the mean of four neighbours by distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from th7shell.lua import TorchError, array, new_table
from th7shell.nn.helpers.checks import nd
from th7shell.nn.module import Module, size_text
from th7shell.torch.tensor import resized

__plays_lua__ = True
Array = np.ndarray


class Corners:
    """Where the places of a grid (b, h, w, 2) lie in pictures of a height and width."""

    def __init__(self, height: int, width: int, grid: Array) -> None:
        self.height, self.width = height, width
        self.batch = np.arange(len(grid))[:, None, None]
        y, x = ((grid[..., i] + 1) * (size - 1) / 2 for i, size in enumerate((height, width)))
        self.top, self.left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
        self.down, self.right = y - self.top, x - self.left  # shares of the later neighbours

    def __iter__(self) -> Iterator[tuple[int, int, Any, Array, Array, Array]]:
        """Each corner: is it the lower, the right one; its index; whether it lies inside; its
        shares by height and by width. What lies outside is looked up at the edge."""
        for low in (0, 1):
            for right in (0, 1):
                y, x = self.top + low, self.left + right
                inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
                place = self.batch, y.clip(0, self.height - 1), x.clip(0, self.width - 1)
                by_height = self.down if low else 1 - self.down
                by_width = self.right if right else 1 - self.right
                yield low, right, place, inside[..., None], by_height, by_width


def sample(x: Array, grid: Array, out: Array) -> None:
    """out (b, h, w, planes): the pictures x at the places of the grid."""
    out.fill(0)
    for _low, _right, place, inside, v, w in Corners(x.shape[1], x.shape[2], grid):
        out += np.where(inside, x[place], 0) * (v * w)[..., None]


def sample_back(x: Array, grid: Array, g: Array, of_pictures: Array | None, of_grid: Array) -> None:
    """Add the gradients of the pictures, where they are wanted, and of the grid."""
    slopes = np.zeros_like(grid)
    for low, right, place, inside, v, w in Corners(x.shape[1], x.shape[2], grid):
        if of_pictures is not None:
            np.add.at(of_pictures, place, np.where(inside, g * (v * w)[..., None], 0))
        along = (np.where(inside, x[place], 0) * g).sum(3)
        slopes[..., 0] += along * w * (1 if low else -1)
        slopes[..., 1] += along * v * (1 if right else -1)
    slopes *= (np.array(x.shape[1:3], x.dtype) - 1) / 2
    of_grid += slopes


class BilinearSamplerBHWD(Module, name="nn.BilinearSamplerBHWD"):
    """Sample pictures at the places of a grid; outside of a picture is 0.

    BilinearSamplerBHWD()

    input: {pictures, grid} of (batch, height, width, planes) and (batch, h, w, 2) with (y, x) from
    -1 to 1 across the picture, or both without the batch. Output: (batch, h, w, planes). Both have
    a gradient. Error: sizes that do not belong together. Source: qassemoquab/stnbhwd; Jaderberg et
    al., 2015.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.gradInput = new_table()

    def _given(self, input: Any) -> tuple[Any, Any, Array, Array, bool]:
        pictures, grid = (array(input) + [None, None])[:2]
        x, places = nd(pictures), nd(grid, "grid")
        single = x.ndim == 3
        if single:
            x, places = x[None], places[None]
        if x.ndim != 4 or places.ndim != 4 or len(x) != len(places) or places.shape[3] != 2:
            raise TorchError(
                "pictures of (batch, height, width, planes) and a grid of (batch, h, w, 2) "
                f"expected, got {size_text(nd(pictures).shape)} and {size_text(nd(grid).shape)}"
            )
        return pictures, grid, x, places, single

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, places, single = self._given(input)[2:]
        shape = (*places.shape[:3], x.shape[3])
        out = resized(self.output, shape[1:] if single else shape).reshape(shape)
        sample(x, places, out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        pictures, grid, x, places, _single = self._given(input)
        g = nd(gradOutput, "gradOutput").reshape(-1)
        shape = (*places.shape[:3], x.shape[3])
        if g.size != np.prod(shape):
            raise TorchError(f"gradOutput of size {size_text(shape)} expected")
        g = g.reshape(shape)
        for i, like in ((1, pictures), (2, grid)):
            if self.gradInput[i] is None:
                self.gradInput[i] = type(like)()
        of_pictures = resized(self.gradInput[1], nd(pictures).shape)
        of_grid = resized(self.gradInput[2], nd(grid).shape)
        of_pictures.fill(0)
        of_grid.fill(0)
        sample_back(x, places, g, of_pictures.reshape(x.shape), of_grid.reshape(places.shape))
        return self.gradInput
