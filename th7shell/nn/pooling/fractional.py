"""Fractional max pooling: windows of one size at pseudorandom places, over planes and over
volumes."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import resized

from ..helpers.checks import (
    bad_argument,
    long_buffer,
    nd,
    nd_real,
    same_type,
    shape_text,
    torch_shape,
)
from ..kernels import fractional_pooling as kernel
from ..module import Module, size_text


class FractionalMaxPooling(Module, abstract=True):
    """Base of the two; AXES in the order of the constructor, MEMORY in that of the tensor's last
    axes."""

    AXES: tuple[str, ...] = ("W", "H")
    MEMORY: tuple[str, ...] = ("H", "W")
    LONG_NAMES = {"T": "time", "H": "height", "W": "width"}
    RANKS = (3, 4)
    randomSamples: Any = None
    indices: Any = None
    outT: Any = None
    outW: Any = None
    outH: Any = None
    ratioT: Any = None
    ratioW: Any = None
    ratioH: Any = None
    newRandomPool: Any = None

    def set_sizes(self, pools: tuple[Any, ...], sizes: tuple[Any, ...]) -> None:
        """Set the fields of the windows' sizes and of the output's, or of its ratio to the
        input's."""
        if any(p is None for p in (*pools, *sizes)):
            raise TorchError("attempt to compare nil with number")
        for axis, pool in zip(self.AXES, pools):
            if pool < 2:
                raise TorchError("assertion failed!")
            setattr(self, "poolSize" + axis, pool)
        self.newRandomPool = False
        exact = all(size >= 1 for size in sizes)
        for axis, size in zip(self.AXES, sizes):
            if not exact and not 0 < size < 1:
                raise TorchError("assertion failed!")
            setattr(self, ("out" if exact else "ratio") + axis, size)

    def getBufferSize_(self, input: Any = None, *_: Any) -> Any:
        """Size of the random numbers: batch × planes × axes."""
        x = nd(input)
        if x.ndim not in self.RANKS:
            raise TorchError(f"input must be dim {self.RANKS[0]} or {self.RANKS[1]}")
        batch = 1 if x.ndim == self.RANKS[0] else x.shape[0]
        size = STORAGES["Long"](3)
        size[1], size[2], size[3] = batch, x.shape[x.ndim - len(self.AXES) - 1], len(self.AXES)
        return size

    def initSampleBuffer_(self, input: Any = None, *_: Any) -> Any:
        """Draw the random numbers anew, unless the regions are fixed and the sizes are the
        same."""
        size = self.getBufferSize_(input)
        if self.randomSamples is None:
            self.randomSamples = input.new().resize(size).uniform()
        elif tuple(self.randomSamples.nd.shape[:2]) != (size[1], size[2]):
            self.randomSamples.resize(size).uniform()
        elif not self.newRandomPool:
            self.randomSamples.uniform()
        return nothing()

    def getOutputSizes_(self, input: Any = None, *_: Any) -> Any:
        """The output sizes, in the order of the constructor."""
        x = nd(input)
        sizes = []
        for axis in self.AXES:
            size = getattr(self, "out" + axis)
            ratio = getattr(self, "ratio" + axis)
            if ratio is not None:
                if x.ndim not in self.RANKS:
                    raise TorchError(f"input must be dim {self.RANKS[0]} or {self.RANKS[1]}")
                size = math.floor(x.shape[self.MEMORY.index(axis) - len(self.MEMORY)] * ratio)
                if size < 1:
                    raise TorchError(f"reduction ratio or input {self.LONG_NAMES[axis]} too small")
            sizes.append(size)
        return tuple(sizes)

    def fixPoolingRegions(self, val: Any = None, *_: Any) -> Any:
        """Keep the regions of the last forward from now on (or, with false, draw anew); return
        self."""
        self.newRandomPool = True if val is None else val
        return self

    def _shape(self, x: NDArray[Any], input: Any) -> tuple[int, ...]:
        """The output's shape."""
        sizes = dict(zip(self.AXES, self.getOutputSizes_(input)))
        return (*x.shape[: -len(self.MEMORY)], *(int(sizes[a]) for a in self.MEMORY))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        dims = len(self.MEMORY)
        if x.ndim not in self.RANKS or x.size == 0:
            ranks = " or ".join(f"{r}D" for r in self.RANKS)
            told = shape_text(torch_shape(x))
            bad_argument(2, f"{ranks} (batch mode) tensor expected for input, but got: {told}")
        self.indices = long_buffer(self.indices, input)
        self.initSampleBuffer_(input)
        shape = self._shape(x, input)
        pools = [int(getattr(self, "poolSize" + a)) for a in self.MEMORY]
        for axis, n, out, pool in zip(self.MEMORY, x.shape[-dims:], shape[-dims:], pools):
            if out + pool - 1 >= n:
                place = 6 + self.AXES.index(axis)
                bad_argument(
                    place,
                    f"poolSize{axis} ({pool}) too large relative to input "
                    f"{self.LONG_NAMES[axis]} ({n})",
                )
        samples = self.randomSamples.nd.reshape(-1, dims)
        samples = samples[:, [self.AXES.index(axis) for axis in self.MEMORY]]
        cells = kernel.cells_of(samples, x.shape[-dims:], shape[-dims:], tuple(pools))
        values, places = kernel.forward(x.reshape(len(samples), -1), cells)
        resized(self.output, shape)[...] = values.reshape(shape)
        resized(self.indices, shape)[...] = places.reshape(shape) + 1
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.randomSamples is None:
            raise TorchError("must call updateOutput/forward first")
        x, g = nd_real(input), nd(gradOutput, "gradOutput", "cdata")
        dims = len(self.MEMORY)
        shape = self._shape(x, input)
        if g.ndim == x.ndim:
            for axis, have, want in zip(self.MEMORY, g.shape[-dims:], shape[-dims:]):
                if have != want:
                    bad_argument(3, f"gradOutput {self.LONG_NAMES[axis]} unexpected")
        if g.shape != shape or self.indices.nd.shape != shape:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text(shape)}"
            )
        same_type(x, g, 3)
        gx = resized(self.gradInput, x.shape)
        kernel.backward(g, self.indices.nd - 1, gx.reshape(math.prod(shape[:-dims]), -1))
        return self.gradInput

    def empty(self, *_: Any) -> Any:
        """Older name of `clearState`."""
        self.clearState()
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs, indices and random numbers; return self."""
        self.indices = self.randomSamples = None
        return super().clearState()

    def __str__(self) -> str:
        sizes = [getattr(self, "out" + a) or getattr(self, "ratio" + a) for a in self.AXES]
        pools = [getattr(self, "poolSize" + a) for a in self.AXES]
        told = "x".join(tostring(int(s)) for s in sizes), ",".join(map(tostring, pools))
        return f"{torch_type(self)}({told[0]}, {told[1]})"


class SpatialFractionalMaxPooling(
    FractionalMaxPooling,
    name="nn.SpatialFractionalMaxPooling",
    arguments="poolSizeW poolSizeH outW outH",
):
    """Take the maximum of windows placed so that the output has any given size.

    Ratios between 0 and 1 may be given in the place of the last two: the input's sizes are
    multiplied with them.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, outH, outW). The windows of
    poolSizeW×poolSizeH pixels overlap and are drawn anew for each plane at each forward, until
    `fixPoolingRegions()`. indices: the place of each maximum in its plane, from 1.

    Errors: "poolSizeH (…) too large relative to input height (…)", "must call
    updateOutput/forward first". Source: torch/nn,
    doc/convolution.md#nn.SpatialFractionalMaxPooling; B. Graham, arXiv:1412.6071.

    >>> nn.SpatialFractionalMaxPooling(2, 2, 5, 5).forward(torch.randn(3, 9, 9))
    """

    def __post_init__(self, poolSizeW: Any, poolSizeH: Any, outW: Any, outH: Any) -> None:
        self.set_sizes((poolSizeW, poolSizeH), (outW, outH))


class VolumetricFractionalMaxPooling(
    FractionalMaxPooling,
    name="nn.VolumetricFractionalMaxPooling",
    arguments="poolSizeT poolSizeW poolSizeH outT outW outH",
):
    """Take the maximum of windows of a volume placed so that the output has any given size.

    Ratios between 0 and 1 may be given in the place of the last three.

    input: (planes, h, w, t) or (batch, planes, h, w, t), with time last; output: (…, outH, outW,
    outT). The rest is as in nn.SpatialFractionalMaxPooling.
    Source: torch/nn, doc/convolution.md#nn.VolumetricFractionalMaxPooling.

    >>> nn.VolumetricFractionalMaxPooling(2, 2, 2, 3, 3, 3).forward(torch.randn(1, 6, 6, 6))
    """

    AXES = ("T", "W", "H")
    MEMORY = ("H", "W", "T")
    RANKS = (4, 5)

    def __post_init__(
        self, poolSizeT: Any, poolSizeW: Any, poolSizeH: Any, outT: Any, outW: Any, outH: Any
    ) -> None:
        self.set_sizes((poolSizeT, poolSizeW, poolSizeH), (outT, outW, outH))
