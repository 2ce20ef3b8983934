"""Convolutions over sequences of frames: TemporalConvolution, TemporalRowConvolution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type, shape_text, torch_shape
from ..helpers.parameters import (
    draw_parameters,
    make_parameters,
    noBias,
    sharedAccUpdateGradParameters,
)
from ..helpers.utils import clear, factor
from ..kernels import linear
from ..kernels.frames import add_windows, unfolded, windows
from ..kernels.products import buffer
from ..module import Module
from .base import either, refuse_gradient

RANKS = "2D or 3D (batch mode) tensor expected for input, but got: {}"


class Temporal(Module, abstract=True):
    """Kernel and stride along the frames, learnt weight and bias."""

    make_parameters = make_parameters
    kW: Any
    dW: Any
    inputFrameSize: Any

    def fan_in(self) -> Any:
        """How many inputs an output has."""
        return self.kW * self.inputFrameSize

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw weight and bias from U(-b, b), b = √3·stdv or 1/√(inputs of an output)."""
        bound = 1 / math.sqrt(self.fan_in()) if not stdv else stdv * math.sqrt(3)
        draw_parameters(self, bound)
        return nothing()

    def check_geometry(self, kernel_at: int, stride_at: int) -> tuple[int, int]:
        """Kernel and stride, which must be positive."""
        k, d = int(self.kW), int(self.dW)
        if k <= 0:
            bad_argument(kernel_at, f"kernel size should be greater than zero, but got kW: {k}")
        if d <= 0:
            bad_argument(stride_at, f"stride should be greater than zero, but got dW: {d}")
        return k, d

    def check_frame_size(self, size: int, of_weight: int, told: str) -> None:
        """Refuse frames of another size than the layer's, or its weight's where it lacks one."""
        expected = of_weight if self.inputFrameSize is None else self.inputFrameSize
        if size != expected:
            bad_argument(2, f"{told} Got: {size}, Expected: {tostring(expected)}")

    def gradient(self, x: NDArray[Any], gradOutput: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        """The array of gradOutput, checked against the output's shape."""
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != shape:
            refuse_gradient(g, shape, 1)
        same_type(x, g, 3)
        return g


class TemporalConvolution(
    Temporal, name="nn.TemporalConvolution", arguments="inputFrameSize outputFrameSize kW dW=1"
):
    """Convolve a sequence of frames: each output frame is a linear map of kW input frames.

    input: (frames, inputFrameSize) or (batch, frames, inputFrameSize); output:
    (…, floor((frames - kW) / dW) + 1, outputFrameSize).
    weight: (outputFrameSize, kW·inputFrameSize), the window's frames one after the other, bias:
    (outputFrameSize); both from U(-b, b), b = 1/√(kW·inputFrameSize), or √3·stdv after
    `reset(stdv)`.

    Errors: "invalid input frame size. Got: …", "input sequence smaller than kernel size. Got: …".
    Source: torch/nn, doc/convolution.md#nn.TemporalConvolution.

    >>> nn.TemporalConvolution(10, 16, 3).forward(torch.randn(20, 10))
    """

    sharedAccUpdateGradParameters = sharedAccUpdateGradParameters

    def __post_init__(self) -> None:
        columns = None if None in (self.inputFrameSize, self.kW) else self.inputFrameSize * self.kW
        self.make_parameters(self.outputFrameSize, self.outputFrameSize, columns)

    def _input(self, input: Any) -> tuple[NDArray[Any], int, int, tuple[int, ...]]:
        """The array with a batch axis, kernel, stride and the output's shape."""
        x = nd_real(input)
        same_type(x, self.weight.nd, 4)
        k, d = self.check_geometry(9, 11)
        if x.ndim not in (2, 3) or x.size == 0:
            bad_argument(2, RANKS.format(shape_text(torch_shape(x))))
        frames, size = x.shape[-2:]
        self.check_frame_size(size, self.weight.nd.shape[1] // k, "invalid input frame size.")
        if frames < k:
            bad_argument(
                2, f"input sequence smaller than kernel size. Got: {frames}, Expected: {k}"
            )
        shape = (*x.shape[:-2], (frames - k) // d + 1, self.weight.nd.shape[0])
        return (x if x.ndim == 3 else x[None]), k, d, shape

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, k, d, shape = self._input(input)
        out = resized(self.output, shape)
        flat = out.reshape(-1, shape[-1])
        columns = unfolded(x, k, d, scratch(self))
        linear.forward(columns, self.weight.nd, self.bias.nd, flat, scratch(self))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, k, d, shape = self._input(input)
        g = self.gradient(x, gradOutput, shape)
        g = g.reshape(-1, shape[-1])
        columns = buffer(scratch(self), "columns", (len(g), k * x.shape[2]), x)
        linear.backward(g, self.weight.nd, columns, scratch(self))
        gx = resized(self.gradInput, input.nd.shape)
        gx.fill(0)
        add_windows(columns.reshape(len(x), shape[-2], k, x.shape[2]), d, gx.reshape(x.shape))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x, k, d, shape = self._input(input)
        g = self.gradient(x, gradOutput, shape).reshape(-1, shape[-1])
        columns = unfolded(x, k, d, scratch(self))
        linear.accumulate(columns, g, self.gradWeight.nd, self.gradBias.nd, scale, scratch(self))
        return nothing()


class TemporalRowConvolution(
    Temporal, name="nn.TemporalRowConvolution", arguments="inputFrameSize kW dW=1 featFirst=false"
):
    """Convolve each feature of a sequence with a filter of its own ("lookahead").

    input: (frames, inputFrameSize) or (batch, frames, inputFrameSize), with featFirst the last
    two exchanged; output likewise with floor((frames - kW) / dW) + 1 frames: y[t, f] = bias[f] +
    Σ_k weight[f, k] · x[dW·t + k, f]. weight: (inputFrameSize, 1, kW), bias: (inputFrameSize),
    both from U(-b, b), b = 1/√(kW·inputFrameSize). `noBias()` removes the bias.

    Errors: "Given input size … Output size is too small", "Need input of dimension …".
    Source: torch/nn, doc/convolution.md#nn.TemporalRowConvolution; D. Amodei et al.,
    arXiv:1512.02595.

    >>> nn.TemporalRowConvolution(10, 3).forward(torch.randn(20, 10))
    """

    finput = fgradInput = None
    noBias = noBias

    def __post_init__(self, featFirst: Any) -> None:
        self.featFirst = bool(either(featFirst, False))
        self.make_parameters(self.inputFrameSize, self.inputFrameSize, 1, self.kW)

    def _frames_first(self, a: NDArray[Any]) -> NDArray[Any]:
        """A view (batch, frames, features) of an array in the layer's own order."""
        a = a if a.ndim == 3 else a[None]
        return a.transpose(0, 2, 1) if self.featFirst else a

    def _input(self, input: Any) -> tuple[NDArray[Any], int, int, tuple[int, ...]]:
        x = nd_real(input)
        same_type(x, self.weight.nd, 3)
        k, d = self.check_geometry(5, 6)
        if x.ndim not in (2, 3) or x.size == 0:
            shape = torch_shape(x)
            if not self.featFirst:
                if len(shape) < 2:
                    bad_argument(2, "out of range")
                shape = (*shape[:-2], shape[-1], shape[-2])
            told = shape_text(shape)
            bad_argument(1, f"2D or 3D (batch mode) input tensor expected, but got :{told}")
        f, s = (x.shape if self.featFirst else x.shape[:-2] + x.shape[:-3:-1])[-2:]
        size = self.weight.nd.shape[0]
        frames = (s - k) // d + 1
        if frames < 1:
            raise TorchError(
                f"Given input size: ({size} x {s}). Calculated output size: ({size} x {frames}). "
                "Output size is too small"
            )
        if f != size:
            shape = (*x.shape[:-2], f, s)
            raise TorchError(
                f"Need input of dimension {x.ndim} and input.size[{x.ndim - 2}] == {size} "
                f"but got input to be of shape: {shape_text(shape)}"
            )
        for name in ("finput", "fgradInput"):
            if self[name] is None:
                self[name] = input.new()
        last = (size, frames) if self.featFirst else (frames, size)
        return self._frames_first(x), k, d, (*x.shape[:-2], *last)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, k, d, shape = self._input(input)
        out = self._frames_first(resized(self.output, shape))
        out[...] = np.einsum("ntkf,fk->ntf", windows(x, k, d), self.weight.nd[:, 0])
        if self.bias is not None:
            out += self.bias.nd
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, _k, d, shape = self._input(input)
        g = self._frames_first(self.gradient(x, gradOutput, shape))
        gx = resized(self.gradInput, input.nd.shape)
        gx.fill(0)
        columns = g[:, :, None] * self.weight.nd[:, 0].T
        add_windows(columns, d, self._frames_first(gx))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x, k, d, shape = self._input(input)
        g = self._frames_first(self.gradient(x, gradOutput, shape))
        self.gradWeight.nd[:, 0] += np.einsum("ntkf,ntf->fk", windows(x, k, d), g) * scale
        if self.gradBias is not None:
            self.gradBias.nd[...] += g.sum((0, 1)) * scale
        return nothing()

    def type(self, type: str | None = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert to another tensor type; the work buffers are dropped."""
        for name in ("finput", "fgradInput"):
            if type is not None and self[name] is not None:
                self[name].set()
        return super().type(type, tensorCache)

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and work buffers; return self."""
        clear(self, "finput", "fgradInput", "_input", "_gradOutput")
        return super().clearState()

    def __str__(self) -> str:
        text = f"{torch_type(self)}({tostring(self.inputFrameSize)}, {tostring(self.kW)}"
        if self.dW != 1:
            text += f", {tostring(self.dW)}"
        return text + (")" if self.bias is not None else ") without bias")
