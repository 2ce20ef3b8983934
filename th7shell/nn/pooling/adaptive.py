"""Pooling to a given output size: SpatialAdaptiveMaxPooling, SpatialAdaptiveAveragePooling."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import resized

from ..convolution.base import refuse_gradient
from ..helpers.checks import (
    bad_argument,
    long_buffer,
    nd,
    nd_real,
    same_type,
    shape_text,
    torch_shape,
)
from ..kernels import adaptive_pooling as kernel
from ..module import Module

INPUT = "3D or 4D (batch mode) tensor expected for input, but got: {}"


class AdaptivePooling(Module, abstract=True, arguments="W H"):
    """Base of the two: sizes and checks."""

    CUTS = staticmethod(kernel.exact_cuts)

    def _input(
        self, input: Any, gradOutput: Any = None
    ) -> tuple[NDArray[Any], tuple[int, ...], list[tuple[Any, ...]]]:
        """The planes, the output's shape, and every window as (i, j, rows, columns).

        Backward needs no W and H: gradOutput has them.
        """
        x = nd_real(input)
        if x.ndim not in (3, 4) or x.size == 0:
            bad_argument(2, INPUT.format(shape_text(torch_shape(x))))
        h, w = x.shape[-2:]
        high, wide = self.H, self.W
        if None in (high, wide) and gradOutput is not None and gradOutput.nd.ndim == x.ndim:
            high, wide = gradOutput.nd.shape[-2:]
        rows, columns = self.CUTS(h, int(high)), self.CUTS(w, int(wide))
        windows = kernel.windows(rows, columns)
        return x.reshape(-1, h, w), (*x.shape[:-2], len(rows), len(columns)), windows

    def _gradient(self, x: NDArray[Any], gradOutput: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        """gradOutput as planes, checked."""
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != shape:
            refuse_gradient(g, shape, 2)
        same_type(x, g, 3)
        return g.reshape(len(x), *shape[-2:])

    def empty(self, *_: Any) -> Any:
        """Older name of `clearState`."""
        self.clearState()
        return nothing()


class SpatialAdaptiveMaxPooling(AdaptivePooling, name="nn.SpatialAdaptiveMaxPooling"):
    """Divide every plane into W×H windows and take the maximum of each.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, H, W); window (i, j) covers rows
    floor(i·h/H) to ceil((i+1)·h/H), columns likewise. indices (LongTensor): column, then row, of
    each maximum in its window, from 1.

    Errors: "3D or 4D (batch mode) tensor expected for input".
    Source: torch/nn, doc/convolution.md#nn.SpatialAdaptiveMaxPooling.

    >>> nn.SpatialAdaptiveMaxPooling(4, 4).forward(torch.randn(3, 9, 10))
    """

    CUTS = staticmethod(kernel.rounded_cuts)
    indices: Any = None

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, shape, windows = self._input(input)
        self.indices = long_buffer(self.indices, input)
        planes = len(x)
        out = resized(self.output, shape).reshape(planes, *shape[-2:])
        indices = resized(self.indices, (2, *shape)).reshape(2, planes, *shape[-2:])
        kernel.maximum(x, windows, out, indices)
        indices += 1
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, shape, windows = self._input(input, gradOutput)
        g = self._gradient(x, gradOutput, shape)
        if self.indices is None or self.indices.nd.shape != (2, *shape):
            raise TorchError("indices do not belong to this input: call forward first")
        indices = self.indices.nd.reshape(2, len(x), *shape[-2:]) - 1
        gx = resized(self.gradInput, input.nd.shape)
        kernel.maximum_gradient(g, windows, indices, gx.reshape(x.shape))
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and indices; return self."""
        if self.indices is not None:
            self.indices.set()
        return super().clearState()


class SpatialAdaptiveAveragePooling(AdaptivePooling, name="nn.SpatialAdaptiveAveragePooling"):
    """Divide every plane into W×H windows and take the mean of each.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, H, W); window (i, j) covers rows
    floor(i·h/H) to ceil((i+1)·h/H), columns likewise.

    Errors: "3D or 4D (batch mode) tensor expected for input".
    Source: torch/nn, doc/convolution.md#nn.SpatialAdaptiveAveragePooling.

    >>> nn.SpatialAdaptiveAveragePooling(4, 4).forward(torch.randn(3, 9, 10))
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, shape, windows = self._input(input)
        out = resized(self.output, shape).reshape(len(x), *shape[-2:])
        kernel.mean(x, windows, out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, shape, windows = self._input(input, gradOutput)
        g = self._gradient(x, gradOutput, shape)
        gx = resized(self.gradInput, input.nd.shape)
        kernel.mean_gradient(g, windows, gx.reshape(x.shape))
        return self.gradInput
