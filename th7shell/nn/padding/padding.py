"""nn.Padding: put constant slices into a tensor along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import resized

from ..helpers.checks import axis_of, nd, torch_shape
from ..helpers.utils import sizes_of
from ..module import Module, size_text


class Padding(Module, name="nn.Padding", arguments="dim pad nInputDim? value=0 index=1"):
    """The input with |pad| slices of a value put in along a dimension: before it where pad < 0,
    after it where pad > 0.

    With nInputDim, an input of another number of dimensions has a batch dimension first; index
    puts the slices index - 1 slices further inside. Fields: dim, pad, nInputDim, value, index,
    outputSize. Source: torch/nn, doc/simple.md.

    >>> nn.Padding(1, 2, 1, -1).forward(torch.ones(3))
    """

    nInputDim: Any = None
    value = 0
    index = 1

    def __post_init__(self) -> None:
        self.outputSize = long_storage([])

    def _parts(self, input: Any) -> tuple[int, int, int]:
        """The axis, before which slice the padding goes, and how many slices it has."""
        dims = input.dim()
        dimension = self.dim + int(self.nInputDim is not None and dims != self.nInputDim)
        axis = axis_of(dimension, dims, lambda: long_storage(sizes_of(input))[dimension])
        size, index = input.nd.shape[axis], int(self.index)
        index = size - index + 2 if self.pad > 0 else index
        if not 1 <= index <= size + 1:
            input.narrow(dimension, 1, index - 1)
            input.narrow(dimension, index, size - (index - 1))
        return axis, index - 1, abs(int(self.pad))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        axis, before, count = self._parts(input)
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
        axis, before, count = self._parts(input)
        g = nd(gradOutput, "gradOutput", "narrow")
        if g.ndim != x.ndim or any(
            n != m + count * (i == axis) for i, (n, m) in enumerate(zip(g.shape, x.shape))
        ):
            wanted = list(x.shape)
            wanted[axis] += count
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text(tuple(wanted))}"
            )
        g = np.moveaxis(g, axis, 0)
        gx = np.moveaxis(resized(self.gradInput, x.shape), axis, 0)
        gx[:before] = g[:before]
        gx[before:] = g[before + count :]
        return self.gradInput
