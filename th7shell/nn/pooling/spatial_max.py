"""Max pooling over planes of pixels, with and without dilation, and its inverse."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, long_buffer, nd, nd_real, shape_text, torch_shape
from ..module import Module
from .max import MaxPooling, State


class SpatialMaxPooling(
    MaxPooling, name="nn.SpatialMaxPooling", arguments="kW kH dW=kW dH=kH padW=0 padH=0"
):
    """Take the maximum of each kW×kH window of every plane.

    input: (planes, h, w) or (batch, planes, h, w); output height: floor((h + 2·padH - kH) / dH) +
    1, or with `ceil()` instead of `floor()` rounded up; width likewise. Padding is -inf and at
    most half a kernel. indices (LongTensor of the output's shape): the place of each maximum in
    its plane, from 1, by rows; of equal values the first. gradInput adds each gradient there.

    Errors: "pad should be smaller than half of kernel size", "Given input size … Output size is
    too small". Source: torch/nn, doc/convolution.md#nn.SpatialMaxPooling.

    >>> nn.SpatialMaxPooling(2, 2, 2, 2).forward(torch.randn(16, 10, 10))
    """

    iheight = iwidth = None

    def __post_init__(self) -> None:
        self.ceil_mode = False
        self.indices = long_buffer(None, None)

    def bind(self, x: Any) -> State:
        """Also keep the input's size, for nn.SpatialMaxUnpooling."""
        if x.ndim == 1:
            dims = len(torch_shape(x))
            raise TorchError(
                f"bad argument #1 to 'size' (dimension 0 out of range of {dims}D tensor)"
            )
        state = super().bind(x)
        self.iheight, self.iwidth = x.shape[-2:]
        return state


class SpatialDilatedMaxPooling(
    SpatialMaxPooling, name="nn.SpatialDilatedMaxPooling", arguments="… dilationW=1 dilationH=1"
):
    """Take the maximum of windows whose cells are `dilation` pixels apart.

    Output height: floor((h + 2·padH - dilationH·(kH - 1) - 1) / dH) + 1; the rest is as in
    nn.SpatialMaxPooling. Source: torch/nn, doc/convolution.md#nn.SpatialDilatedMaxPooling.

    >>> nn.SpatialDilatedMaxPooling(3, 3, 1, 1, 0, 0, 2, 2).forward(torch.randn(16, 10, 10))
    """

    def more_text(self) -> str:
        """The dilation is always told."""
        return f", {tostring(self.dilationW)},{tostring(self.dilationH)}"


class MaxUnpooling(Module, abstract=True, arguments="poolingModule"):
    """Base of the layers that put values back where a pooling layer took its maxima."""

    POOLING = ""
    AXES: tuple[str, ...] = ("H", "W")
    INPUT = "3D or 4D (batch mode) tensor expected for input, but got: {}"
    indices: Any = None
    pooling: Any
    setParams: Any  # takes indices and sizes from the pooling layer

    def __post_init__(self, poolingModule: Any) -> None:
        if torch_type(poolingModule) != self.POOLING:
            raise TorchError(f"Argument must be a {self.POOLING} module")
        if any(poolingModule["k" + a] != poolingModule["d" + a] for a in self.AXES):
            raise TorchError("The size of pooling module's kernel must be equal to its stride")
        self.pooling = poolingModule

    def output_size(self) -> tuple[int, ...]:
        """Size of the planes that the pooling layer was given."""
        sizes = tuple(self["o" + name] for name in ("time", "height", "width")[-len(self.AXES) :])
        if None in sizes:
            raise TorchError("the pooling module has seen no input yet: call its forward first")
        return tuple(int(n) for n in sizes)

    def places(self, shape: tuple[int, ...]) -> Any:
        """Flat places in the whole output for every input element."""
        indices = self.indices.nd.reshape(-1, *shape[-len(self.AXES) :])
        size = self.output_size()
        local = self.local_places(indices, size)
        cells = prod(size)
        if local.min() < 0 or local.max() >= cells:
            wrong = local[(local < 0) | (local >= cells)][-1]
            raise TorchError(
                f"found an invalid max index {wrong} (output volumes are of size "
                f"{'x'.join(map(str, size))})"
            )
        planes = np.arange(len(local)).reshape(-1, *(1,) * len(size))
        return (local + planes * cells).reshape(shape)

    def local_places(self, indices: Any, size: tuple[int, ...]) -> Any:
        """Places inside a plane, from 0."""
        return indices - 1

    def check(self, input: Any) -> Any:
        """The array of the input, checked against the indices."""
        self.setParams()
        x = nd_real(input)
        dims = len(self.AXES)
        if x.ndim not in (dims + 1, dims + 2) or x.size == 0:
            bad_argument(2, self.INPUT.format(shape_text(torch_shape(x))))
        if self.indices is None or self.indices.nd.shape != x.shape:
            have = () if self.indices is None else torch_shape(self.indices.nd)
            raise TorchError(
                f"input and indices shapes do not match: input {shape_text(x.shape)}, "
                f"indices {shape_text(have)}"
            )
        return x

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self.check(input)
        places = self.places(x.shape)
        out = resized(self.output, (*x.shape[: -len(self.AXES)], *self.output_size()))
        out.fill(0)
        out.reshape(-1)[places.reshape(-1)] = x.reshape(-1)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = self.check(input), nd(gradOutput, "gradOutput", "cdata")
        places = self.places(x.shape)
        size = self.output_size()
        if g.shape != (*x.shape[: -len(size)], *size):
            self.refuse_gradient(g, size)
        gx = resized(self.gradInput, x.shape)
        np.copyto(gx, g.reshape(-1)[places])
        return self.gradInput

    def refuse_gradient(self, g: Any, size: tuple[int, ...]) -> None:
        """gradOutput has not the size that the pooling layer's input had."""
        h, w = size
        have = "x".join(map(str, g.shape[-2:]))
        raise TorchError(
            f"Inconsistent gradOutput size. oheight= {h}, owidth= {w}, gradOutput: {have}"
        )

    def empty(self, *_: Any) -> Any:
        """Older name of `clearState`."""
        self.clearState()
        return nothing()

    def __str__(self) -> str:
        return f"{torch_type(self)} associated to {tostring(self.pooling)}"


class SpatialMaxUnpooling(MaxUnpooling, name="nn.SpatialMaxUnpooling"):
    """Put each value back where a pooling layer found its maximum; everything else is 0.

    poolingModule: an nn.SpatialMaxPooling whose stride equals its kernel, and which has been run
    forward.

    input: the shape of that layer's output; output: the shape of its input.

    Errors: "Argument must be a nn.SpatialMaxPooling module", "input and indices shapes do not
    match". Source: torch/nn, doc/convolution.md#nn.SpatialMaxUnpooling.

    >>> pool = nn.SpatialMaxPooling(2, 2)
    >>> nn.SpatialMaxUnpooling(pool).forward(pool.forward(torch.randn(3, 4, 4)))
    """

    POOLING = "nn.SpatialMaxPooling"
    oheight = owidth = None

    def setParams(self, *_: Any) -> Any:
        """Take indices and sizes from the pooling layer."""
        self.indices = self.pooling.indices
        self.oheight, self.owidth = self.pooling.iheight, self.pooling.iwidth
        return nothing()
