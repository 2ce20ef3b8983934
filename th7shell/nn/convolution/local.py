"""Convolutions with unusual weights: SpatialConvolutionLocal, SpatialDepthWiseConvolution."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type, shape_text, torch_shape
from ..helpers.output_sizes import elements, run
from ..helpers.utils import factor
from ..kernels import depthwise as kernel
from ..kernels.convolution import output_size
from ..kernels.unfold import fold, unfold
from .base import Convolution, refuse_gradient


class SpatialConvolutionLocal(
    Convolution,
    name="nn.SpatialConvolutionLocal",
    arguments="nInputPlane nOutputPlane iW iH kW kH dW=1 dH=1 padW=0 padH=padW",
):
    """Convolve with different filters at every place (locally connected, weights not shared).

    input: (nInputPlane, iH, iW) or (batch, nInputPlane, iH, iW); output: planes of oH × oW pixels,
    oH = floor((iH + 2·padH - kH) / dH) + 1.
    weight: (oH, oW, nOutputPlane, nInputPlane, kH, kW), bias: (nOutputPlane, oH, oW), both from
    U(-b, b) with b = 1/√(kW·kH·nInputPlane), or √3·stdv after `reset(stdv)`.

    Errors: "Given input size: … inconsistent with expected input size: …", "illegal configuration
    …". Source: torch/nn, doc/convolution.md#nn.SpatialConvolutionLocal.

    >>> nn.SpatialConvolutionLocal(3, 8, 12, 12, 5, 5).forward(torch.randn(3, 12, 12))
    """

    def __post_init__(self) -> None:
        self.oW = (self.padW * 2 + self.iW - self.kW) // self.dW + 1
        self.oH = (self.padH * 2 + self.iH - self.kH) // self.dH + 1
        if self.oW < 1 or self.oH < 1:
            raise TorchError("illegal configuration: output width or height less than 1")
        tensor = default_type()
        shape = (self.oH, self.oW, self.nOutputPlane, self.nInputPlane, self.kH, self.kW)
        self.weight, self.gradWeight = tensor(*shape), tensor(*shape)
        planes = (self.nOutputPlane, self.oH, self.oW)
        self.bias, self.gradBias = tensor(*planes), tensor(*planes)
        self.reset()

    def _check(self, a: NDArray[Any], planes: Any, h: Any, w: Any, what: str) -> NDArray[Any]:
        """The array with a batch axis, if it has the size that the layer was made for."""
        shape = torch_shape(a)
        if len(shape) not in (3, 4):
            raise TorchError("3D or 4D(batch mode) tensor expected")
        if shape[-3:] != (planes, h, w):
            wanted = "x".join(map(tostring, (planes, h, w)))
            batch = "batchsize x" if len(shape) == 4 else ""
            raise TorchError(
                f"Given {what} size: ({'x'.join(map(str, shape))}) inconsistent with expected "
                f"{what} size: ({batch}{wanted})."
            )
        return a if a.ndim == 4 else a[None]

    def _input(self, input: Any) -> NDArray[Any]:
        x = self._check(nd_real(input), self.nInputPlane, self.iH, self.iW, "input")
        same_type(x, self.weight.nd, 3)
        for name in ("finput", "fgradInput"):
            if getattr(self, name) is None:
                setattr(self, name, input.new())
        return x

    def _gradient(self, input: Any, gradOutput: Any) -> NDArray[Any]:
        g = nd(gradOutput, "gradOutput")
        if g.ndim != input.nd.ndim:
            raise TorchError("inconsistent dimension between output and input.")
        g = self._check(g, self.nOutputPlane, self.oH, self.oW, "output")
        same_type(input.nd, g, 3)
        return g

    def _pairs(self) -> tuple[Any, ...]:
        """Kernel, stride, padding and output size as (h, w)."""
        names = (("kH", "kW"), ("dH", "dW"), ("padH", "padW"), ("oH", "oW"))
        return tuple(tuple(int(getattr(self, n)) for n in pair) for pair in names)

    def _places(self, a: NDArray[Any], rows: int) -> NDArray[Any]:
        """A weight as (places, nOutputPlane, k), or columns (n, c, kH, kW, oH, oW) as (places, k,
        n)."""
        if rows:
            return a.reshape(int(self.oH * self.oW), rows, a.size // int(self.oH * self.oW) // rows)
        n, places = a.shape[0], int(self.oH * self.oW)
        return a.reshape(n, a.size // n // places, places).transpose(2, 1, 0)

    def _shape_after(self, shape: Any) -> Any:
        return run(self, shape)

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(output) * prod(self.weight.nd.shape[3:])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self._input(input)
        columns = self._places(unfold(x, *self._pairs()), 0)
        weight = self._places(self.weight.nd, int(self.nOutputPlane))
        out = resized(self.output, (*input.nd.shape[:-3], *map(int, self.bias.size())))
        y = np.matmul(weight, columns).transpose(2, 1, 0)  # (n, o, places)
        batch = (len(x), *self.bias.nd.shape)
        np.add(y.reshape(batch), self.bias.nd, out.reshape(batch))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = self._input(input), self._gradient(input, gradOutput)
        if self.gradInput is None:
            return nothing()
        kernel, stride, pad, out = self._pairs()
        weight = self._places(self.weight.nd, int(self.nOutputPlane))
        columns = np.matmul(weight.transpose(0, 2, 1), self._places(g, 0))  # (places, k, n)
        shape = (len(x), int(self.nInputPlane), *kernel, *out)
        gx = resized(self.gradInput, input.nd.shape).reshape(x.shape)
        fold(np.ascontiguousarray(columns.transpose(2, 1, 0)).reshape(shape), stride, pad, gx)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x, g = self._input(input), self._gradient(input, gradOutput)
        columns = self._places(unfold(x, *self._pairs()), 0)
        total = np.matmul(self._places(g, 0), columns.transpose(0, 2, 1))  # (places, o, k)
        self.gradWeight.nd[...] += total.reshape(self.gradWeight.nd.shape) * scale
        self.gradBias.nd[...] += g.sum(0) * scale
        return nothing()

    def __str__(self) -> str:
        planes = f"({tostring(self.nInputPlane)} -> {tostring(self.nOutputPlane)}, "
        size = f"{tostring(self.iW)}x{tostring(self.iH)}, "
        return super().__str__().replace(planes, planes + size, 1)

    TELLS_BIAS = False


class SpatialDepthWiseConvolution(
    Convolution,
    name="nn.SpatialDepthWiseConvolution",
    arguments="nInputPlane nOutputPlane kW kH dW=1 dH=1 padW=0 padH=padW",
):
    """Convolve each input plane with nOutputPlane filters of its own.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output: nInputPlane·nOutputPlane
    planes, those of an input plane together. As in the original, an image is read as w × h
    instead of h × w, so only square images give what one expects and can run backward.
    weight: (nOutputPlane, nInputPlane·kH·kW), after the first forward (nOutputPlane, nInputPlane,
    kH, kW); bias:
    (nOutputPlane, nInputPlane), both from U(-b, b), b = 1/√(kW·kH·nInputPlane). `noBias()`
    removes the bias.

    Errors: "Given input size …", "Need input of dimension …", "Need gradOutput of dimension …".
    Source: torch/nn, doc/convolution.md#nn.SpatialDepthWiseConvolution.

    >>> nn.SpatialDepthWiseConvolution(3, 2, 3, 3).forward(torch.randn(3, 8, 8))
    """

    def __post_init__(self) -> None:
        tensor = default_type()
        columns = (
            None
            if None in (self.nInputPlane, self.kW, self.kH)
            else self.nInputPlane * self.kH * self.kW
        )
        self.weight, self.gradWeight = (
            tensor(self.nOutputPlane, columns),
            tensor(self.nOutputPlane, columns),
        )
        self.bias, self.gradBias = (
            tensor(self.nOutputPlane, self.nInputPlane),
            tensor(self.nOutputPlane, self.nInputPlane),
        )
        self.reset()

    def _filters(self, tensor: Any) -> NDArray[Any]:
        """A weight as (c, o, kH, kW), having given the tensor its four dimensions."""
        o, k = tensor.nd.shape[0], (int(self.kH), int(self.kW))
        if tensor.nd.ndim == 2:
            tensor.resize(o, tensor.nd.size // o // (k[0] * k[1]), *k)
        return tensor.nd.reshape(o, tensor.nd.shape[1], *k).transpose(1, 0, 2, 3)

    def _input(self, input: Any) -> tuple[NDArray[Any], tuple[Any, ...]]:
        """The image as the original reads it, (n, c, w, h), and kernel, stride, padding, output
        size."""
        self.update_fields()
        x = nd_real(input)
        same_type(x, self.weight.nd, 3)
        kernel, stride, pad = (
            tuple(int(getattr(self, name + a)) for a in self.AXES) for name in ("k", "d", "pad")
        )
        self.check_geometry(kernel, stride, (1, 1))
        planes = self._filters(self.weight).shape[0]
        if x.ndim not in (3, 4) or x.size == 0:
            bad_argument(2, self.INPUT.format(shape_text(torch_shape(x))))
        h, w = x.shape[-2:]
        out = [tuple(map(output_size, size, kernel, stride, pad)) for size in ((h, w), (w, h))]
        if min(map(min, out)) < 1:
            self.refuse_size((planes, h, w), (self.weight.nd.shape[0] * planes, *out[0]))
        if x.shape[-3] != planes:
            self.refuse_planes(x, planes)
        batch = x.shape[0] if x.ndim == 4 else 1
        return x.reshape(batch, planes, w, h), (kernel, stride, pad, out[1])

    def _shape_after(self, shape: Any) -> Any:
        return run(self, shape)

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(output) * int(self.kH * self.kW)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, geometry = self._input(input)
        out_size = geometry[3]
        n, c = x.shape[:2]
        o = self.weight.nd.shape[0]
        out = resized(self.output, (*input.nd.shape[:-3], c * o, *out_size))
        y = out.reshape(n, c, o, *out_size)
        bias = None if self.bias is None else self.bias.nd.T
        arrays = [x[:, :, None], self._filters(self.weight), bias, y]
        kernel.by_planes(kernel.forward, self._layout(x, geometry), arrays)
        return self.output

    def _layout(self, x: NDArray[Any], geometry: tuple[Any, ...]) -> kernel.Layout:
        """Where the planes stand while they are computed with; that of the last call if it fits."""
        key = x.shape, geometry
        kept = scratch(self).get("layout")
        if kept is None or kept[0] != key:
            n, _, *size = x.shape
            kept = scratch(self)["layout"] = key, kernel.Layout(n, tuple(size), *geometry)
        return kept[1]

    def _gradient(self, x: NDArray[Any], gradOutput: Any, input: Any) -> NDArray[Any]:
        """gradOutput as (n, c, o, oH, oW)."""
        n, c, w, h = x.shape
        g = nd(gradOutput, "gradOutput", "cdata")
        single = input.nd.ndim == 3
        o = self.weight.nd.shape[0]
        lead = () if single else (g.shape[0],)
        if g.ndim == (3 if single else 4) and g.shape[len(lead)] == c * o:
            g = g.reshape(*lead, c, o, *g.shape[-2:])
        sizes = (int(self.kH), int(self.kW)), (int(self.dH), int(self.dW))
        pads = (int(self.padH), int(self.padW))
        shape = (*lead, c, o, *map(output_size, (h, w), *sizes, pads))
        if g.shape != shape:
            refuse_gradient(g, shape, 3)
        same_type(x, g, 3)
        return g.reshape(n, *shape[-4:])

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, geometry = self._input(input)
        g = self._gradient(x, gradOutput, input)
        gx = resized(self.gradInput, input.nd.shape).reshape(x.shape)
        arrays = [g, self._filters(self.weight), gx[:, :, None]]
        kernel.by_planes(kernel.grad_input, self._layout(x, geometry), arrays)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x, geometry = self._input(input)
        g = self._gradient(x, gradOutput, input)
        arrays = [x[:, :, None], self._filters(self.gradWeight), g]
        kernel.by_planes(kernel.grad_weight, self._layout(x, geometry), arrays, (scale,))
        if self.gradBias is not None:
            sums = g.reshape(*g.shape[:3], -1).sum(3)
            self.gradBias.nd[...] += sums.sum(0).T * scale
        return nothing()
