"""Average pooling over planes of pixels and over volumes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..convolution.base import either, refuse_gradient
from ..helpers.checks import bad_argument, nd, nd_real, same_type, shape_text, torch_shape
from ..helpers.layer_text import fields, integers
from ..helpers.output_sizes import planes_checked, positive
from ..kernels.average_pooling import AveragePoolingPlan
from ..kernels.max_pooling import window_counts
from ..module import Module
from .ceil_mode import CeilMode
from .max import refuse_size

Sizes = tuple[int, ...]


class AveragePooling(Module, abstract=True):
    """Base of the two: geometry, checks and the plan."""

    AXES: tuple[str, ...] = ("H", "W")
    TEXT_AXES: tuple[str, ...] = ("W", "H")
    padT: Any = None
    padW: Any = None
    padH: Any = None
    ceil_mode: Any = None
    count_include_pad: Any = None
    divide: Any = None
    ALWAYS_DIVIDES = False

    def geometry(self) -> list[tuple[int, ...]]:
        """Kernel, stride and padding, in the order of the tensor's axes."""
        return [
            tuple(int(either(getattr(self, name + a), 0)) for a in self.AXES)
            for name in ("k", "d", "pad")
        ]

    def modes(self) -> tuple[bool, bool]:
        """ceil mode, and whether the padding counts in the divisor."""
        return bool(self.ceil_mode), bool(self.count_include_pad)

    def _shape_after(self, shape: Any) -> Any:
        kernel, stride, pad = self.geometry()
        sizes = planes_checked(shape, len(kernel))
        out = window_counts(sizes, kernel, stride, pad, (1,) * len(kernel), self.modes()[0])
        return positive((*shape[: -len(kernel)], *out), shape)

    def bound(self, input: Any) -> tuple[AveragePoolingPlan, NDArray[Any], tuple[int, ...]]:
        """The plan for this input, its array as planes, and the output's shape."""
        x = nd_real(input)
        kernel, stride, pad = self.geometry()
        ceil_mode, count_pad = self.modes()
        key = (x.dtype, x.shape, kernel, stride, pad, ceil_mode, count_pad)
        kept = scratch(self).get("plan")
        if kept is None or kept[0] != key:
            self.check_geometry(kernel, stride, pad, x)
            dims = len(kernel)
            size = x.shape[-dims:]
            out = window_counts(size, kernel, stride, pad, (1,) * dims, ceil_mode)
            if min(out) < 1:
                refuse_size(x.shape[-dims - 1], size, out)
            plan = AveragePoolingPlan(
                x.dtype, prod(x.shape[:-dims]), size, out, kernel, stride, pad, count_pad, like=x
            )
            kept = scratch(self)["plan"] = key, plan, (*x.shape[:-dims], *out)
        plan, shape = kept[1:]
        return plan, x.reshape(plan.planes, *plan.size), shape

    def check_geometry(
        self,
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        x: NDArray[Any],
    ) -> None:
        """Refuse what is not positive, too much padding, and inputs of other dimensions."""
        for position, word, name, values in (
            (5, "kernel size", "k", kernel),
            (8, "stride", "d", stride),
        ):
            if min(values) <= 0:
                told = " ".join(f"{name}{axis}: {v}" for axis, v in zip(self.AXES, values))
                bad_argument(position, f"{word} should be greater than zero, but got {told}")
        if x.ndim not in (len(kernel) + 1, len(kernel) + 2) or x.size == 0:
            bad_argument(2, self.INPUT.format(shape_text(torch_shape(x))))
        if any(k // 2 < p for k, p in zip(kernel, pad)):
            bad_argument(
                2,
                "pad should be smaller than half of kernel size, but got "
                f"padW = {pad[-1]}, padH = {pad[-2]}, kW = {kernel[-1]}, kH = {kernel[-2]}",
            )

    INPUT = "3D or 4D input tensor expected but got: {}"

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        plan, x, shape = self.bound(input)
        out = resized(self.output, shape)
        plan.forward(x, out.reshape(plan.planes, *plan.out))
        if not (self.divide or self.ALWAYS_DIVIDES):  # a model from before there was a divisor
            out *= prod(plan.kernel)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        plan, x, shape = self.bound(input)
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != shape:
            refuse_gradient(g, shape, len(self.AXES))
        if g.dtype != x.dtype:
            same_type(x, g, 3)
        gx = resized(self.gradInput, input.nd.shape)
        plan.backward(g.reshape(plan.planes, *plan.out), gx.reshape(plan.planes, *plan.size))
        if not (self.divide or self.ALWAYS_DIVIDES):
            np.multiply(gx, prod(plan.kernel), gx)
        return self.gradInput

    def __str__(self) -> str:
        axes = self.TEXT_AXES
        sizes = integers(fields(self, "k", axes) + fields(self, "d", axes))
        pads = fields(self, "pad", axes)
        text = f"{torch_type(self)}({'x'.join(sizes[: len(axes)])}, {','.join(sizes[len(axes) :])}"
        if any(p not in (0, None) for p in pads):
            text += ", " + ",".join(map(tostring, pads))
        return text + ")"


class SpatialAveragePooling(
    CeilMode,
    AveragePooling,
    name="nn.SpatialAveragePooling",
    arguments="kW kH dW=1 dH=1 padW=0 padH=0",
):
    """Take the mean of each kW×kH window of every plane.

    input: (planes, h, w) or (batch, planes, h, w); output height: floor((h + 2·padH - kH) / dH) +
    1, or with `ceil()` instead of `floor()` rounded up; width likewise. Padding is zeros, at most
    half a kernel; they count in the divisor (`setCountIncludePad()`, the default) or not
    (`setCountExcludePad()`).

    Errors: "pad should be smaller than half of kernel size", "Given input size … Output size is
    too small". Source: torch/nn, doc/convolution.md#nn.SpatialAveragePooling.

    >>> nn.SpatialAveragePooling(2, 2, 2, 2).forward(torch.randn(16, 10, 10))
    """

    def __post_init__(self) -> None:
        self.ceil_mode = False
        self.count_include_pad = True
        self.divide = True

    def setCountIncludePad(self, *_: Any) -> Any:
        """Count padding in the divisor (the default); return self."""
        self.count_include_pad = True
        return self

    def setCountExcludePad(self, *_: Any) -> Any:
        """Divide by the number of pixels inside the image; return self."""
        self.count_include_pad = False
        return self

    def bound(self, input: Any) -> Any:
        """Models saved by older versions know no modes and no padding."""
        if self.ceil_mode is None:
            self.ceil_mode, self.count_include_pad = False, True
            self.padW = self.padH = 0
        return super().bound(input)


class VolumetricAveragePooling(
    AveragePooling, name="nn.VolumetricAveragePooling", arguments="kT kW kH dT=kT dW=kW dH=kH"
):
    """Take the mean of each kT×kW×kH window of every volume.

    input: (planes, t, h, w) or (batch, planes, t, h, w); output sizes: floor((n - k) / d) + 1.

    Errors: "input image (T: … H: … W: …) smaller than kernel size".
    Source: torch/nn, doc/convolution.md#nn.VolumetricAveragePooling.

    >>> nn.VolumetricAveragePooling(2, 2, 2).forward(torch.randn(1, 4, 8, 8))
    """

    ALWAYS_DIVIDES = True
    AXES = ("T", "H", "W")
    TEXT_AXES = ("T", "W", "H")
    INPUT = "4D or 5D (batch mode) tensor expected for input, but got: {}"

    def geometry(self) -> list[tuple[int, ...]]:
        """There is no padding."""
        kernel, stride, _ = super().geometry()
        return [kernel, stride, (0, 0, 0)]

    def modes(self) -> tuple[bool, bool]:
        """Only windows that fit."""
        return False, True

    def check_geometry(
        self,
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        x: NDArray[Any],
    ) -> None:
        """Also refuse inputs smaller than the kernel."""
        super().check_geometry(kernel, stride, pad, x)
        t, h, w = x.shape[-3:]
        if t < kernel[0] or h < kernel[1] or w < kernel[2]:
            bad_argument(
                2,
                f"input image (T: {t} H: {h} W: {w}) smaller than "
                f"kernel size (kT: {kernel[0]} kH: {kernel[1]} kW: {kernel[2]})",
            )

    def empty(self, *_: Any) -> Any:
        """Older name of `clearState`."""
        return self.clearState()
