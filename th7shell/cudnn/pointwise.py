"""cudnn.ReLU, Tanh, Sigmoid, ClippedReLU: functions of single values, whose slopes their results
tell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.nn.helpers.checks import check, nd_real, same_type
from th7shell.nn.kernels import activation as kernels
from th7shell.torch.tensor import resized

from .described import Described


class Pointwise(Described, name="cudnn._Pointwise", arguments="inplace=false"):
    """The base of cuDNN's activations: field inplace, compute in the memory of the input and of
    gradOutput.
    """

    inplace: Any = None

    def value(self, x: NDArray, out: NDArray) -> None:
        """out = f(x)."""
        check(False, "mode is not set. (trying to use base class?)")

    def gradient(self, y: NDArray, g: NDArray, out: NDArray) -> None:
        """out = f'(x)·g, given y = f(x)."""

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        if self.inplace:
            self.output.set(input)
        same_type(x, self.output.nd, 3)
        self.value(x, resized(self.output, x.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd_real(input), nd_real(gradOutput, "gradOutput")
        check(g.size == x.size, "input and gradOutput have different number of elements")
        if self.inplace:
            self.gradInput.set(gradOutput)
        self.gradient(self.output.nd, g.reshape(x.shape), resized(self.gradInput, x.shape))
        return self.gradInput


class ReLU(Pointwise, name="cudnn.ReLU"):
    """y = max(0, x).

    >>> cudnn.ReLU().cuda().forward(torch.randn(4).cuda())
    """

    def value(self, x: NDArray, out: NDArray) -> None:
        kernels.threshold(x, out, 0, 0)

    def gradient(self, y: NDArray, g: NDArray, out: NDArray) -> None:
        np.multiply(g, y > 0, out=out)


class Tanh(Pointwise, name="cudnn.Tanh"):
    """y = tanh x.

    >>> cudnn.Tanh().cuda().forward(torch.randn(4).cuda())
    """

    def value(self, x: NDArray, out: NDArray) -> None:
        np.tanh(x, out=out)

    def gradient(self, y: NDArray, g: NDArray, out: NDArray) -> None:
        np.multiply(g, 1 - y * y, out=out)


class Sigmoid(Pointwise, name="cudnn.Sigmoid"):
    """y = 1 / (1 + e⁻ˣ).

    >>> cudnn.Sigmoid().cuda().forward(torch.randn(4).cuda())
    """

    def value(self, x: NDArray, out: NDArray) -> None:
        kernels.sigmoid(x, out)

    def gradient(self, y: NDArray, g: NDArray, out: NDArray) -> None:
        np.multiply(g, y * (1 - y), out=out)


class ClippedReLU(Pointwise, name="cudnn.ClippedReLU", arguments="ceiling inplace=false"):
    """y = min(max(0, x), ceiling).

    Error: "No ceiling was given to ClippedReLU".

    >>> cudnn.ClippedReLU(6).cuda().forward(torch.randn(4).cuda())
    """

    def __post_init__(self) -> None:
        check(self.ceiling, "No ceiling was given to ClippedReLU")

    def value(self, x: NDArray, out: NDArray) -> None:
        kernels.hard_tanh(x, out, 0, self.ceiling)

    def gradient(self, y: NDArray, g: NDArray, out: NDArray) -> None:
        np.multiply(g, (y > 0) & (y < self.ceiling), out=out)
