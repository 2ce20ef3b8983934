"""nn.Padding: put constant slices into a tensor along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..torch.storage import long_storage
from ..torch.tensor import resized
from .checks import nd
from .module import Module


class Padding(Module, name="nn.Padding"):
    """The input with |pad| slices of a value put in along a dimension: before it where pad < 0,
    after it where pad > 0.

    Padding(dim, pad[, nInputDim[, value = 0[, index = 1]]]): with nInputDim, an input of
    another number of dimensions has a batch dimension first; index puts the slices index - 1
    slices further inside. Fields: dim, pad, nInputDim, value, index, outputSize. Source:
    torch/nn, doc/simple.md.

    >>> nn.Padding(1, 2, 1, -1).forward(torch.ones(3))
    """

    nInputDim: Any = None
    value = 0
    index = 1

    def __init__(
        self,
        dim: Any = None,
        pad: Any = None,
        nInputDim: Any = None,
        value: Any = None,
        index: Any = None,
        *_: Any,
    ) -> None:
        self.value = 0 if value is None else value
        self.index = 1 if index is None else index
        self.dim = dim
        self.pad = pad
        self.nInputDim = nInputDim
        self.outputSize = long_storage([])
        super().__init__()

    def _parts(self, x: NDArray) -> tuple[int, int, int]:
        """The axis, before which slice the padding goes, and how many slices it has."""
        axis = self.dim - 1 + int(self.nInputDim is not None and x.ndim != self.nInputDim)
        before = self.index - 1 if self.pad < 0 else x.shape[axis] - (self.index - 1)
        return axis, before, abs(self.pad)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        axis, before, count = self._parts(x)
        shape = list(x.shape)
        shape[axis] += count
        self.outputSize = long_storage(shape)
        out = np.moveaxis(resized(self.output, tuple(shape)), axis, 0)
        x = np.moveaxis(x, axis, 0)
        out[:before] = x[:before]
        out[before : before + count] = self.value
        out[before + count :] = x[before:]
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x = nd(input)
        axis, before, count = self._parts(x)
        g = np.moveaxis(nd(gradOutput, "gradOutput"), axis, 0)
        gx = np.moveaxis(resized(self.gradInput, x.shape), axis, 0)
        gx[:before] = g[:before]
        gx[before:] = g[before + count :]
        return self.gradInput
