"""SpatialSubSampling, TemporalSubSampling: window sums with a learnt factor and offset for each
plane or feature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.tensor import default_type, resized

from ..convolution.base import refuse_gradient
from ..convolution.temporal import RANKS, Temporal
from ..helpers.checks import bad_argument, nd, nd_real, same_type, shape_text, torch_shape
from ..helpers.utils import factor
from ..kernels.average_pooling import AveragePoolingPlan, scale_planes
from ..kernels.convolution import output_size
from ..kernels.frames import add_windows, windows
from ..module import Module


class SpatialSubSampling(
    Module, name="nn.SpatialSubSampling", arguments="nInputPlane kW kH dW=1 dH=1"
):
    """Sum each kW×kH window of a plane, times the plane's learnt weight, plus its learnt bias.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output height: floor((h - kH) / dH)
    + 1. weight, bias: (nInputPlane) from U(-b, b), b = 1/√(kW·kH), or √3·stdv after `reset(stdv)`.

    Errors: "invalid number of input planes", "input image smaller than kernel size".
    Source: torch/nn, doc/convolution.md#nn.SpatialSubSampling.

    >>> nn.SpatialSubSampling(3, 2, 2, 2, 2).forward(torch.randn(3, 8, 8))
    """

    def __post_init__(self) -> None:
        tensor = default_type()
        self.weight, self.bias = tensor(self.nInputPlane), tensor(self.nInputPlane)
        self.gradWeight, self.gradBias = tensor(self.nInputPlane), tensor(self.nInputPlane)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw weight and bias from U(-b, b), b = √3·stdv or 1/√(kW·kH)."""
        bound = stdv * math.sqrt(3) if stdv else 1 / math.sqrt(self.kW * self.kH)
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)
        return nothing()

    def _by_plane(self, tensor: Any) -> NDArray[Any]:
        """The first elements of a contiguous tensor, one a plane: a weight may have further
        dimensions.
        """
        if not tensor.isContiguous():
            bad_argument(4, "weight must be contiguous")
        return tensor.nd.reshape(-1)[: self.weight.nd.shape[0]]

    def _sums(self, input: Any) -> tuple[NDArray[Any], AveragePoolingPlan, tuple[int, ...]]:
        """The window sums (n, c, oH, oW), the plan that makes them, and the output's shape."""
        x = nd_real(input)
        same_type(x, self.weight.nd, 4)
        if x.ndim not in (3, 4) or x.size == 0:
            bad_argument(2, f"3D or 4D input tensor expected but got: {shape_text(torch_shape(x))}")
        planes, *size = x.shape[-3:]
        kernel, stride = (int(self.kH), int(self.kW)), (int(self.dH), int(self.dW))
        if planes != self.weight.nd.shape[0]:
            bad_argument(2, "invalid number of input planes")
        if size[0] < kernel[0] or size[1] < kernel[1]:
            bad_argument(2, "input image smaller than kernel size")
        n = x.shape[0] if x.ndim == 4 else 1
        out = tuple(output_size(m, k, s, 0) for m, k, s in zip(size, kernel, stride))
        key = (x.dtype, n * planes, tuple(size), out, kernel, stride)
        kept = scratch(self).get("plan")
        if kept is None or kept[0] != key:
            kept = scratch(self)["plan"] = key, AveragePoolingPlan(*key, divide=False, like=x)
        plan = kept[1]
        sums = np.empty((n, planes, *out), x.dtype)
        plan.forward(x.reshape(n * planes, *size), sums.reshape(n * planes, *out))
        return sums, plan, (*x.shape[:-3], planes, *out)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        sums, _plan, shape = self._sums(input)
        out = resized(self.output, shape)
        scale_planes(
            sums, self._by_plane(self.weight), self._by_plane(self.bias), out.reshape(sums.shape)
        )
        return self.output

    def _gradient(
        self, gradOutput: Any, sums: NDArray[Any], shape: tuple[int, ...]
    ) -> NDArray[Any]:
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != shape:
            refuse_gradient(g, shape, 2)
        same_type(sums, g, 3)
        return g.reshape(sums.shape)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        sums, plan, shape = self._sums(input)
        g = self._gradient(gradOutput, sums, shape) * self._by_plane(self.weight)[:, None, None]
        gx = resized(self.gradInput, input.nd.shape)
        plan.backward(g.reshape(plan.planes, *plan.out), gx.reshape(plan.planes, *plan.size))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        sums, _plan, shape = self._sums(input)
        g = self._gradient(gradOutput, sums, shape)
        weights, biases = self._by_plane(self.gradWeight), self._by_plane(self.gradBias)
        weights += np.einsum("nchw,nchw->c", sums, g) * scale
        biases += g.sum((0, 2, 3)) * scale
        return nothing()


class TemporalSubSampling(
    Temporal, name="nn.TemporalSubSampling", arguments="inputFrameSize kW dW=1"
):
    """Sum each feature over kW frames, times a learnt weight, plus a learnt bias.

    input: (frames, inputFrameSize); output: (floor((frames - kW) / dW) + 1, inputFrameSize), where
    y[t, f] = weight[f] · Σ_k x[dW·t + k, f] + bias[f]. weight, bias: (inputFrameSize) from
    U(-1/√kW, 1/√kW), or U(-√3·stdv, √3·stdv) after `reset(stdv)`.

    Errors: "invalid input frame size.  Got: …", "input sequence smaller than kernel size.  Got …".
    Source: torch/nn, doc/convolution.md#nn.TemporalSubSampling.

    >>> nn.TemporalSubSampling(10, 2, 2).forward(torch.randn(20, 10))
    """

    def __post_init__(self) -> None:
        self.make_parameters(self.inputFrameSize, self.inputFrameSize)

    def fan_in(self) -> Any:
        """How many inputs an output has."""
        return self.kW

    def _input(self, input: Any) -> tuple[NDArray[Any], int, int, tuple[int, ...]]:
        x = nd_real(input)
        same_type(x, self.weight.nd, 4)
        k, d = self.check_geometry(6, 7)
        if x.ndim != 2:
            bad_argument(2, RANKS.format(shape_text(torch_shape(x))))
        frames, size = x.shape
        self.check_frame_size(size, self.weight.nd.size, "invalid input frame size. ")
        if frames < k:
            bad_argument(
                2, f"input sequence smaller than kernel size.  Got {frames}, Expected: {k}"
            )
        return x[None], k, d, ((frames - k) // d + 1, size)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, k, d, shape = self._input(input)
        out = resized(self.output, shape)
        np.add.reduce(windows(x, k, d), 2, out=out[None])
        out *= self.weight.nd
        out += self.bias.nd
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, k, d, shape = self._input(input)
        g = self.gradient(x, gradOutput, shape) * self.weight.nd
        gx = resized(self.gradInput, input.nd.shape)
        gx.fill(0)
        add_windows(np.broadcast_to(g[None, :, None], (1, shape[0], k, shape[1])), d, gx[None])
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x, k, d, shape = self._input(input)
        g = self.gradient(x, gradOutput, shape)
        sums = windows(x, k, d)[0].sum(1)
        self.gradWeight.nd[...] += np.einsum("tf,tf->f", sums, g) * scale
        self.gradBias.nd[...] += g.sum(0) * scale
        return nothing()
