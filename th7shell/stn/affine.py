"""From the parameters of an affine map to the places where a picture is sampled."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.nn.helpers.checks import check, nd
from th7shell.nn.module import Module, size_text
from th7shell.torch.tensor import default_type, resized

__plays_lua__ = True


class AffineTransformMatrixGenerator(Module, name="nn.AffineTransformMatrixGenerator"):
    """The 2×3 matrices of rotation, scale and translation, R(angle) · scale · T.

    AffineTransformMatrixGenerator([useRotation[, useScale[, useTranslation]]])

    input: (batch, n) or (n) with the angle in radians, the scale, and two lengths, as far as they
    are used; without any, the six entries of the matrix. Output: (batch, 2, 3) or (2, 3).
    Error: another count of parameters. Source: qassemoquab/stnbhwd.
    """

    useRotation: Any = None
    useScale: Any = None
    useTranslation: Any = None

    def __init__(
        self, useRotation: Any = None, useScale: Any = None, useTranslation: Any = None, *_: Any
    ) -> None:
        super().__init__()
        used = [flag not in (None, False) for flag in (useRotation, useScale, useTranslation)]
        self.fullMode = not any(used)
        if not self.fullMode:
            self.useRotation, self.useScale, self.useTranslation = used

    def _parts(self, input: Any) -> tuple[np.ndarray, list[np.ndarray | None]]:
        """The parameters as rows, and the columns of angle, scale and translation."""
        rows = np.atleast_2d(nd(input))
        widths = (1, 1, 2)
        used = (self.useRotation, self.useScale, self.useTranslation)
        expected = 6 if self.fullMode else sum(w for w, flag in zip(widths, used) if flag)
        if rows.ndim != 2 or rows.shape[1] != expected:
            raise TorchError(f"Expected {expected} parameters, got {rows.shape[-1]}")
        columns, place = [], 0
        for width, flag in zip(widths, used):
            columns.append(rows[:, place : place + width] if flag else None)
            place += width if flag else 0
        return rows, columns

    def _turn(self, angle: np.ndarray | None, rows: np.ndarray, derived: bool = False) -> Any:
        """(batch, 2, 2): the rotations, or what they become when the angle grows."""
        if angle is None:
            return np.broadcast_to(np.eye(2, dtype=rows.dtype), (len(rows), 2, 2))
        c, s = np.cos(angle[:, 0]), np.sin(angle[:, 0])
        turned = ((-s, -c), (c, -s)) if derived else ((c, -s), (s, c))
        return np.moveaxis(np.array(turned, rows.dtype), 2, 0)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        rows, (angle, scale, shift) = self._parts(input)
        shape = (*nd(input).shape[:-1], 2, 3)
        out = resized(self.output, shape).reshape(-1, 2, 3)
        if self.fullMode:
            out[...] = rows.reshape(-1, 2, 3)
            return self.output
        out[..., :2] = self._turn(angle, rows)
        if scale is not None:
            out[..., :2] *= scale[:, :, None]
        out[..., 2] = 0 if shift is None else np.einsum("bij,bj->bi", out[..., :2], shift)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        rows, (angle, scale, shift) = self._parts(input)
        g = nd(gradOutput, "gradOutput").reshape(-1, 2, 3)
        grad = resized(self.gradInput, nd(input).shape).reshape(rows.shape)
        if self.fullMode:
            grad[...] = g.reshape(rows.shape)
            return self.gradInput
        turn = self._turn(angle, rows)
        factor = np.ones((len(rows), 1, 1), rows.dtype) if scale is None else scale[:, :, None]
        linear = g[..., :2]  # of the map before the translation
        if shift is not None:
            linear = linear + g[..., 2:] * shift[:, None]
        slopes = [
            angle is not None
            and (linear * factor * self._turn(angle, rows, True)).sum((1, 2))[:, None],
            scale is not None and (linear * turn).sum((1, 2))[:, None],
            shift is not None and np.einsum("bij,bi->bj", factor * turn, g[..., 2]),
        ]
        grad[...] = np.concatenate([s for s in slopes if s is not False], 1)
        return self.gradInput


class AffineGridGeneratorBHWD(Module, name="nn.AffineGridGeneratorBHWD"):
    """The places (y, x) where an affine map samples a picture, from -1 to 1 across it.

    AffineGridGeneratorBHWD(height, width)

    input: (batch, 2, 3) or (2, 3), matrices that are applied to (y, x, 1). Output: (batch, height,
    width, 2) or (height, width, 2). The identity is {{1, 0, 0}, {0, 1, 0}}. Errors: height or
    width of 1; an input that is no matrix of 2×3. Source: qassemoquab/stnbhwd.
    """

    def __init__(self, height: Any = None, width: Any = None, *_: Any) -> None:
        super().__init__()
        check(height > 1)
        check(width > 1)
        self.height, self.width = height, width
        self.baseGrid = default_type()(height, width, 3)
        grid = self.baseGrid.nd
        grid[..., 0] = np.linspace(-1, 1, int(height))[:, None]
        grid[..., 1] = np.linspace(-1, 1, int(width))
        grid[..., 2] = 1

    def _matrices(self, input: Any) -> np.ndarray:
        m = nd(input)
        if m.ndim not in (2, 3) or m.shape[-2:] != (2, 3):
            raise TorchError(
                f"please input affine transform matrices (bx2x3), got {size_text(m.shape)}"
            )
        return m

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        m, grid = self._matrices(input), self.baseGrid.nd
        out = resized(self.output, (*m.shape[:-2], *grid.shape[:2], 2))
        np.matmul(grid.reshape(-1, 3), m.swapaxes(-1, -2), out.reshape(*m.shape[:-2], -1, 2))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        m, grid = self._matrices(input), self.baseGrid.nd
        g = nd(gradOutput, "gradOutput")
        if g.shape != (*m.shape[:-2], *grid.shape[:2], 2):
            raise TorchError(f"gradOutput of size {size_text(g.shape)} does not belong to the grid")
        g = g.reshape(*m.shape[:-2], -1, 2)
        np.matmul(g.swapaxes(-1, -2), grid.reshape(-1, 3), resized(self.gradInput, m.shape))
        return self.gradInput
