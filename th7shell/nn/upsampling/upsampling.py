"""Enlarging images and volumes: SpatialUpSamplingNearest, SpatialUpSamplingBilinear, UpSampling,
PixelShuffle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type, torch_shape
from ..helpers.utils import clear
from ..kernels import upsampling as kernel
from ..module import Module, size_text

SPATIAL, VOLUMETRIC = ("H", "W"), ("D", "H", "W")


def integer_scale(scale: Any) -> None:
    """Refuse scales that are no integers from 1."""
    if scale is None:
        raise TorchError("attempt to compare nil with number")
    if scale < 1:
        raise TorchError("scale_factor must be greater than 1")
    if math.floor(scale) != scale:
        raise TorchError("scale_factor must be integer")


class Resampling(Module, abstract=True):
    """Base of the layers that enlarge: sizes, checks, and the two ways to do it."""

    scale_factor: Any = None
    odepth: Any = None
    oheight: Any = None
    owidth: Any = None
    inputSize: Any
    outputSize: Any
    RANKS: tuple[int, ...] = (3, 4)
    LINEAR = False

    def set_sizes(self, x: NDArray[Any]) -> tuple[int, ...]:
        """Note the sizes in the layer's storages; return the output's shape."""
        shape = self.enlarged(x)
        for i, (n, m) in enumerate(zip(x.shape, shape), 1):
            self.inputSize[i] = n
            self.outputSize[i] = m
        return shape

    def enlarged(self, x: NDArray[Any]) -> tuple[int, ...]:
        """The output's shape."""
        dims = 3 if x.ndim == 5 else 2
        if self.scale_factor is not None:
            new = tuple(n * int(self.scale_factor) for n in x.shape[-dims:])
        else:
            if dims == 3 and self.odepth is None:
                raise TorchError("No output depth dimension was supplied for volumetric upsampling")
            new = tuple(int(n) for n in (self.odepth, self.oheight, self.owidth)[-dims:])
        return (*x.shape[:-dims], *new)

    def linear(self) -> bool:
        """Whether to interpolate."""
        return self.LINEAR

    def refuse_rank(self) -> None:
        """The input has another number of dimensions."""
        raise TorchError(f"{type(self).__name__} only supports 3D or 4D tensors")

    def noted(self, x: NDArray[Any]) -> tuple[int, ...]:
        """The output's shape as backward knows it: by the scale, or as forward noted it."""
        if not self.linear():
            return self.enlarged(x)
        spatial = 3 if x.ndim == 5 else 2
        known = [self.outputSize[i + 1] for i in range(x.ndim)]
        return (*x.shape[:-spatial], *known[-spatial:])

    def _input(self, input: Any, sizes_from: Any) -> tuple[NDArray[Any], tuple[int, ...], int]:
        x = nd_real(input)
        if x.ndim not in self.RANKS or x.size == 0:
            self.refuse_rank()
        shape = sizes_from(x)
        dims = 3 if x.ndim == 5 else 2
        if self.linear():
            if min(shape[-dims:]) < 1:
                sizes = [
                    ", ".join(
                        f"{a}: {n}" for a, n in zip((SPATIAL, VOLUMETRIC)[dims - 2], s[-dims:])
                    )
                    for s in (x.shape, shape)
                ]
                bad_argument(
                    2,
                    "input and output sizes should be greater than 0, "
                    f"but got input ({sizes[0]}) output ({sizes[1]})",
                )
        elif self.scale_factor <= 1:
            scale = tostring(self.scale_factor)
            bad_argument(4, f"scale_factor must be greater than 1, but got: {scale}")
        return x, shape, dims

    def _matrices(self, x: NDArray[Any], shape: tuple[int, ...], dims: int) -> list[NDArray[Any]]:
        """The interpolation along each axis, kept for the next call."""
        key = (x.dtype, x.shape[-dims:], shape[-dims:])
        kept = scratch(self).get("interpolation")
        if kept is None or kept[0] != key:
            pairs = zip(x.shape[-dims:], shape[-dims:])
            kept = key, [kernel.interpolation(n, m, x.dtype) for n, m in pairs]
            scratch(self)["interpolation"] = kept
        return kept[1]

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, shape, dims = self._input(input, self.set_sizes)
        out = resized(self.output, shape)
        if self.linear():
            kernel.apply_along(x, self._matrices(x, shape, dims), out)
        else:
            kernel.nearest(x, int(self.scale_factor), dims, out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, shape, dims = self._input(input, self.noted)
        g = nd(gradOutput, "gradOutput")
        if g.ndim != x.ndim:
            raise TorchError("Input and gradOutput should be of same dimension")
        if g.shape != shape:
            self.refuse_gradient(g, shape)
        same_type(x, g, 3)
        gx = resized(self.gradInput, x.shape)
        if self.linear():
            kernel.apply_along(g, [m.T for m in self._matrices(x, shape, dims)], gx)
        else:
            kernel.nearest_backward(g, int(self.scale_factor), dims, gx)
        return self.gradInput

    def refuse_gradient(self, g: NDArray[Any], shape: tuple[int, ...]) -> None:
        """gradOutput has not the output's shape: name the first size that is wrong."""
        have = torch_shape(g)
        at = next(i for i, (a, b) in enumerate(zip(have, shape)) if a != b)
        told = " x ".join(map(str, have))
        raise TorchError(
            f"Need gradOutput of dimension {len(shape)} and gradOutput.size[{at}] == {shape[at]} "
            f"but got gradOutput to be of shape: [{told}]"
        )


class SpatialUpSamplingNearest(Resampling, name="nn.SpatialUpSamplingNearest", arguments="scale"):
    """Enlarge every plane by repeating its pixels.

    scale: an integer above 1.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, h·scale, w·scale).

    Errors: "scale_factor must be integer", "SpatialUpSamplingNearest only support 3D or 4D
    tensors". Source: torch/nn, doc/convolution.md#nn.SpatialUpSamplingNearest.

    >>> nn.SpatialUpSamplingNearest(2).forward(torch.randn(3, 4, 4))
    """

    def __post_init__(self, scale: Any) -> None:
        integer_scale(scale)
        self.scale_factor = scale
        self.inputSize = STORAGES["Long"](4)
        self.outputSize = STORAGES["Long"](4)

    def refuse_rank(self) -> None:
        """The input has another number of dimensions."""
        raise TorchError("SpatialUpSamplingNearest only support 3D or 4D tensors")


class SpatialUpSamplingBilinear(Resampling, name="nn.SpatialUpSamplingBilinear", arguments="scale"):
    """Enlarge every plane by linear interpolation in both directions; the corners keep their
    values.

    scale: an integer, or a table {oheight=…, owidth=…}.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, h·scale, w·scale) or (…, oheight,
    owidth).

    Errors: "scale_factor must be integer", "SpatialUpSamplingBilinear only supports 3D or 4D
    tensors". Source: torch/nn, doc/convolution.md#nn.SpatialUpSamplingBilinear.

    >>> nn.SpatialUpSamplingBilinear(2).forward(torch.randn(3, 4, 4))
    """

    LINEAR = True

    def __post_init__(self, scale: Any) -> None:
        if isinstance(scale, Table):
            self.owidth, self.oheight = scale["owidth"], scale["oheight"]
        else:
            integer_scale(scale)
            self.scale_factor = scale
        self.inputSize = STORAGES["Long"](4)
        self.outputSize = STORAGES["Long"](4)

    def setSize(self, input: Any = None, *_: Any) -> Any:
        """Note the sizes of this input and its output."""
        self.set_sizes(nd(input))
        return nothing()

    def __str__(self) -> str:
        if self.scale_factor is not None:
            return f"{torch_type(self)}({tostring(self.scale_factor)})"
        return f"{torch_type(self)}({tostring(self.oheight)}, {tostring(self.owidth)})"


class UpSampling(Resampling, name="nn.UpSampling", arguments="scale mode='nearest'"):
    """Enlarge images or volumes by repetition or by linear interpolation.

    mode 'nearest' or 'linear'; or, linear only, UpSampling({oheight=…, owidth=…[, odepth=…]},
    'linear').

    input: (batch, planes, h, w) or (batch, planes, t, h, w); output: the last two or three sizes
    times scale, or as given.

    Errors: "Nearest neighbour upsampling requires a scale_factor", "UpSampling only supports 4D
    or 5D tensors". Source: torch/nn, doc/convolution.md#nn.UpSampling.

    >>> nn.UpSampling(2, 'linear').forward(torch.randn(1, 3, 4, 4))
    """

    RANKS = (4, 5)

    def __post_init__(self, scale: Any, mode: Any) -> None:
        self.mode = "linear" if mode in ("linear", "bilinear", "trilinear") else "nearest"
        if isinstance(scale, Table):
            if self.mode == "nearest":
                raise TorchError("Nearest neighbour upsampling requires a scale_factor")
            self.odepth, self.owidth, self.oheight = (
                scale[name] for name in ("odepth", "owidth", "oheight")
            )
            if self.owidth is None or self.oheight is None:
                raise TorchError("Output height and width parameters are required")
        else:
            integer_scale(scale)
            self.scale_factor = scale
        self.inputSize = STORAGES["Long"](5).fill(0)
        self.outputSize = STORAGES["Long"](5).fill(0)

    def setSize(self, input: Any = None, *_: Any) -> Any:
        """Note the sizes of this input and its output."""
        self.set_sizes(nd(input))
        return nothing()

    def linear(self) -> bool:
        """Whether to interpolate."""
        return self.mode != "nearest"

    def refuse_rank(self) -> None:
        """The input has another number of dimensions."""
        raise TorchError("UpSampling only supports 4D or 5D tensors")

    def __str__(self) -> str:
        if self.scale_factor is not None:
            size = f"{tostring(self.scale_factor)}x"
        else:
            sizes = (self.odepth, self.oheight, self.owidth)
            size = "x".join(tostring(n) for n in sizes if n is not None)
        return f"{torch_type(self)}({size}, {tostring(self.mode)})"


class PixelShuffle(Module, name="nn.PixelShuffle", arguments="upscaleFactor"):
    """Turn groups of r² planes into planes r times as high and wide.

    input: (c·r², h, w) or (batch, c·r², h, w); output: (c, h·r, w·r) or (batch, c, h·r, w·r),
    where y[c, i·r + a, j·r + b] = x[c·r² + a·r + b, i, j].

    Errors: "Wrong size for view" where the planes do not divide by r².
    Source: torch/nn, doc/simple.md#nn.PixelShuffle; W. Shi et al., arXiv:1609.05158.

    >>> nn.PixelShuffle(2).forward(torch.randn(8, 4, 4))
    """

    upscaleFactor: Any
    _intermediateShape = _outShape = _shuffleIn = _shuffleOut = None

    def __post_init__(self) -> None:
        self.upscaleFactorSquared = self.upscaleFactor * self.upscaleFactor

    def _shapes(self, x: NDArray[Any]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Input as (n, c, r, r, h, w), output as (n, c, h, r, w, r), and the output's shape."""
        r = int(self.upscaleFactor)
        if x.ndim < 3:
            told = f"dimension 3 out of range of {len(torch_shape(x))}D tensor"
            raise TorchError(f"bad argument #1 to 'size' ({told})")
        planes, h, w = x.shape[-3:]
        if x.ndim > 4 or planes % (r * r):
            have = "x".join(map(str, x.shape))
            batch = x.shape[0] if x.ndim == 4 else 1
            view = "x".join(map(str, (batch, planes // (r * r), r, r, h, w)))
            raise TorchError(f"Wrong size for view. Input size: {have}. Output size: {view}")
        n, c = (x.shape[0] if x.ndim == 4 else 1), planes // (r * r)
        return (n, c, r, r, h, w), (n, c, h, r, w, r), (*x.shape[:-3], c, h * r, w * r)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        split, mixed, shape = self._shapes(x)
        if self.output.__class__ is not input.__class__:
            self.output = input.new()
        out = resized(self.output, shape)
        np.copyto(out.reshape(mixed), x.reshape(split).transpose(0, 1, 4, 2, 5, 3))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        split, mixed, shape = self._shapes(x)
        if g.shape != shape:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text(shape)}"
            )
        if self.gradInput.__class__ is not gradOutput.__class__:
            self.gradInput = gradOutput.new()
        gx = resized(self.gradInput, x.shape)
        np.copyto(gx.reshape(split), g.reshape(mixed).transpose(0, 1, 3, 5, 2, 4))
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs and gradients of inputs; return self."""
        clear(self, "_intermediateShape", "_outShape", "_shuffleIn", "_shuffleOut")
        return super().clearState()
