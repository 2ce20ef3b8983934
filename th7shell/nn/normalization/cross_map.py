"""nn.SpatialCrossMapLRN: local response normalisation across planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.torch.tensor import resized

from ..convolution.base import refuse_gradient
from ..helpers.checks import nd, nd_real, same_type
from ..helpers.output_sizes import as_large
from ..helpers.utils import clear
from ..kernels.cross_map import neighbour_sums
from ..module import Module


class SpatialCrossMapLRN(
    Module, name="nn.SpatialCrossMapLRN", arguments="size alpha=0.0001 beta=0.75 k=1"
):
    """Divide each value by a power of the sum of squares at its place in neighbouring planes.

    input: (planes, h, w) or (batch, planes, h, w), output the same:
    y[c] = x[c] / (k + alpha/size · Σ x[c']²)^beta, the sum over the `size` (odd) planes around c.
    scale: the base of that power at the last forward.

    Errors: "Input must be 3D or 4D".
    Source: torch/nn, doc/convolution.md#nn.SpatialCrossMapLRN; A. Krizhevsky et al., 2012.

    >>> nn.SpatialCrossMapLRN(5).forward(torch.randn(16, 4, 4))
    """

    scale: Any = None
    paddedRatio = accumRatio = None

    def _input(self, input: Any) -> NDArray[Any]:
        """The input as a batch."""
        x = nd_real(input)
        if x.ndim not in (3, 4) or x.size == 0:
            raise TorchError("Input must be 3D or 4D")
        return x if x.ndim == 4 else x[None]

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self._input(input)
        if self.scale is None:
            self.scale = input.new()
        out = resized(self.output, input.nd.shape).reshape(x.shape)
        scale = resized(self.scale, x.shape)
        np.multiply(x, x, out)
        neighbour_sums(out, self.size, scale)
        scale *= self.alpha / self.size
        scale += self.k
        np.power(scale, -self.beta, out)
        out *= x
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = self._input(input), nd(gradOutput, "gradOutput")
        if g.shape != input.nd.shape:
            refuse_gradient(g, input.nd.shape, 2)
        same_type(x, g, 3)
        if self.scale is None or self.scale.nd.shape != x.shape:
            raise TorchError("attempt to index field 'scale' (a nil value)")
        g, scale = g.reshape(x.shape), self.scale.nd
        gx = resized(self.gradInput, input.nd.shape).reshape(x.shape)
        ratio = g * self.output.nd.reshape(x.shape)
        ratio /= scale
        spread = np.empty_like(ratio)
        neighbour_sums(ratio, self.size, spread)
        np.power(scale, -self.beta, gx)
        gx *= g
        spread *= x
        spread *= 2 * self.alpha * self.beta / self.size
        gx -= spread
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and buffers; return self."""
        clear(self, "scale", "paddedRatio", "accumRatio")
        return super().clearState()
