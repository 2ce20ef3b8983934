"""Softmax layers: SoftMax, SoftMin, LogSoftMax and their spatial names."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, nd_real, same_shape, same_type
from ..helpers.output_sizes import as_large
from ..kernels import softmax as kernels
from ..kernels.side_by_side import BLOCK_BYTES, in_blocks
from ..module import Module

PART_SIZE = 100_000  # elements that are worth a thread of their own, at least


class Normalised(Module, abstract=True):
    """What all these share: the classes' dimension, and kernels named `_forward`, `_backward`."""

    _forward: Any
    _backward: Any

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        axis = classes_axis(x)
        same_type(x, self.output.nd, 3)
        out = resized(self.output, x.shape)
        if axis and x.nbytes > BLOCK_BYTES:
            in_blocks(self._forward, PART_SIZE, [x, out], axis)
        else:
            self._forward(x, out, axis)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g, y = nd_real(input), nd_real(gradOutput, "gradOutput"), self.output.nd
        same_shape(x, g)
        same_shape(y, g, "output")
        same_type(x, self.gradInput.nd, 4)
        axis, gx = classes_axis(x), resized(self.gradInput, x.shape)
        if axis and x.nbytes > BLOCK_BYTES:
            in_blocks(self._backward, PART_SIZE, [y, g, gx], axis)
        else:
            self._backward(y, g, gx, axis)
        return self.gradInput


class SoftMax(Normalised, name="nn.SoftMax"):
    """y = eˣ / Σ eˣ: positive, summing to 1 along the classes.

    The classes are the first dimension of a 1-D or 3-D input, the second of a 2-D or 4-D one;
    every other position is normalised on its own. Error: "1D, 2D, 3D or 4D tensor expected".

    Source: torch/nn, doc/transfer.md.

    >>> nn.SoftMax().forward(torch.randn(2, 4))
    """

    _forward = staticmethod(kernels.softmax)
    _backward = staticmethod(kernels.softmax_gradient)


class SpatialSoftMax(Normalised, name="nn.SpatialSoftMax"):
    """SoftMax over the planes at each pixel.

    input: (planes, h, w) or (batch, planes, h, w). Source: torch/nn, doc/transfer.md.

    >>> nn.SpatialSoftMax().forward(torch.randn(3, 2, 2))
    """

    _forward = staticmethod(kernels.softmax)
    _backward = staticmethod(kernels.softmax_gradient)


class SoftMin(Normalised, name="nn.SoftMin"):
    """SoftMax of the negated input, y = e⁻ˣ / Σ e⁻ˣ.

    Shapes as for SoftMax. Source: torch/nn, doc/transfer.md.

    >>> nn.SoftMin().forward(torch.randn(2, 4))
    """

    _buffers = ("mininput",)

    @staticmethod
    def _forward(x: NDArray, out: NDArray, axis: int) -> None:
        kernels.softmax(-x, out, axis)

    @staticmethod
    def _backward(y: NDArray, g: NDArray, out: NDArray, axis: int) -> None:
        kernels.softmax_gradient(y, -g, out, axis)


class LogSoftMax(Normalised, name="nn.LogSoftMax"):
    """y = log(eˣ / Σ eˣ): the input of ClassNLLCriterion.

    Shapes as for SoftMax. Source: torch/nn, doc/transfer.md.

    >>> nn.LogSoftMax().forward(torch.randn(2, 4))
    """

    _forward = staticmethod(kernels.log_softmax)
    _backward = staticmethod(kernels.log_softmax_gradient)


class SpatialLogSoftMax(Normalised, name="nn.SpatialLogSoftMax"):
    """LogSoftMax over the planes at each pixel.

    input: (planes, h, w) or (batch, planes, h, w). Source: torch/nn, doc/transfer.md.

    >>> nn.SpatialLogSoftMax().forward(torch.randn(3, 2, 2))
    """

    _forward = staticmethod(kernels.log_softmax)
    _backward = staticmethod(kernels.log_softmax_gradient)


def classes_axis(x: NDArray) -> int:
    """Where the classes are in an input of that many dimensions."""
    if not 1 <= x.ndim <= 4 or x.size == 0:
        bad_argument(2, "1D, 2D, 3D or 4D tensor expected")
    return (x.ndim + 1) % 2
