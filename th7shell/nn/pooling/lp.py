"""Pooling by p-norms: SpatialLPPooling over pixels, FeatureLPPooling over neighbouring
features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..containers.sequential import Sequential
from ..helpers.checks import bad_argument, nd, nd_real, same_type
from ..module import Module
from ..simple.arithmetic import Power, Sqrt, Square
from ..transfer.constants import MulConstant
from .average import SpatialAveragePooling


class SpatialLPPooling(
    Sequential, name="nn.SpatialLPPooling", arguments="nInputPlane pnorm kW kH dW=kW dH=kH"
):
    """Take the p-norm of each kW×kH window of every plane.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); y = (Σ x^p)^(1/p). A Sequential of
    Square or Power, SpatialAveragePooling, MulConstant and Sqrt or Power; it has no parameters.

    Source: torch/nn, doc/convolution.md#nn.SpatialLPPooling.

    >>> nn.SpatialLPPooling(3, 2, 2, 2).forward(torch.randn(3, 8, 8))
    """

    def __post_init__(self, nInputPlane: Any, pnorm: Any) -> None:
        self.add(Square() if pnorm == 2 else Power(pnorm))
        self.add(SpatialAveragePooling(self.kW, self.kH, self.dW, self.dH))
        self.add(MulConstant(self.kW * self.kH))
        self.add(Sqrt() if pnorm == 2 else Power(1 / pnorm))

    def reset(self, *_: Any) -> Any:
        """Nothing is learnt."""
        return nothing()

    accGradParameters = accUpdateGradParameters = reset  # type: ignore[assignment]
    zeroGradParameters = updateParameters = reset  # type: ignore[assignment]


class FeatureLPPooling(
    Module, name="nn.FeatureLPPooling", arguments="width stride power batch_mode"
):
    """Take the p-norm over windows of neighbouring features.

    width 2 to 16, stride 1 to 4.

    input: (features[, a[, b]]), in batch mode (batch, features[, a[, b]]); output:
    floor((features - width) / stride) + 1 features, y = (Σ x^power)^(1/power). Where y is 0 the
    gradient is 0.

    Errors: "width must be within 2 to 16", "input: feature dimension must be >= width".
    Source: torch/nn, FeatureLPPooling.

    >>> nn.FeatureLPPooling(2, 2, 2, True).forward(torch.randn(4, 8))
    """

    def __post_init__(self) -> None:
        if self.width < 2 or self.width > 16:
            raise TorchError("width must be within 2 to 16")
        if self.stride < 1 or self.stride > 4:
            raise TorchError("stride must be within 1 to 4")
        self.output, self.gradInput = default_type()(), default_type()()

    def _input(self, input: Any, place: int) -> tuple[NDArray[Any], tuple[int, ...]]:
        """The array with a batch axis, and the output's shape."""
        x = nd_real(input)
        if not isinstance(self.batch_mode, bool):
            bad_argument(7, "cannot convert 'nil' to 'bool'")
        low, high = (2, 4) if self.batch_mode else (1, 3)
        if not low <= x.ndim <= high or x.size == 0:
            mode = "batch mode" if self.batch_mode else "non-batch mode"
            bad_argument(place, f"input must be {low}-{high} dimensions for {mode}")
        axis = 1 if self.batch_mode else 0
        features, width = x.shape[axis], int(self.width)
        if features < width:
            bad_argument(3, "input: feature dimension must be >= width")
        out = (features - width) // int(self.stride) + 1
        shape = (*x.shape[:axis], out, *x.shape[axis + 1 :])
        return (x if self.batch_mode else x[None]), shape

    def _windows(self, x: NDArray[Any], out: int) -> list[NDArray[Any]]:
        """The i-th feature of every window, for each i."""
        stride = int(self.stride)
        return [x[:, i : i + (out - 1) * stride + 1 : stride] for i in range(int(self.width))]

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, shape = self._input(input, 2)
        y = resized(self.output, shape)
        y = y if self.batch_mode else y[None]
        total = sum(np.power(window, self.power) for window in self._windows(x, y.shape[1]))
        np.power(total, 1 / self.power, y)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, shape = self._input(input, 3)
        g, y = nd(gradOutput, "gradOutput", "cdata"), self.output.nd
        if g.shape != shape or y.shape != shape:
            raise TorchError("output and gradOutput sizes do not match")
        same_type(x, g, 3)
        gx = resized(self.gradInput, input.nd.shape)
        gx.fill(0)
        if not self.batch_mode:
            g, y, gx = g[None], y[None], gx[None]
        some = y != 0
        safe, g = np.where(some, y, 1), np.where(some, g, 0)
        for window, target in zip(self._windows(x, y.shape[1]), self._windows(gx, y.shape[1])):
            target += g * np.power(window / safe, self.power - 1)
        return self.gradInput

    def __str__(self) -> str:
        width, stride, power = map(tostring, (self.width, self.stride, self.power))
        mode = tostring(self.batch_mode)
        return f"{torch_type(self)}(w{width} s{stride} power {power} batch {mode})"
