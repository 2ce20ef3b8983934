"""What spatial and volumetric convolutions share: geometry, checks, and one cached plan for an
input shape.

A subclass names its axes (`AXES`, in the order of the tensor's dimensions) and its words for
errors. The state of the last call (arrays, views, plan) lives in the scratch slot and is valid as
long as the same arrays come back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NoReturn

from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type, shape_text, torch_shape
from ..helpers.layer_text import fields, integers
from ..helpers.output_sizes import planes_checked, positive
from ..helpers.parameters import draw_parameters, make_parameters, noBias
from ..helpers.utils import clear, factor
from ..kernels.convolution import ConvolutionPlan, output_size
from ..module import Module, size_text


def either(value: Any, default: Any) -> Any:
    """Lua's `value or default`."""
    return default if value is None or value is False else value


@dataclass(slots=True)
class State:
    """Arrays and views of a layer's last call; reused while the same arrays come back."""

    x: NDArray[Any]
    xb: NDArray[Any]  # x with a batch axis
    single: bool  # whether that axis was added
    fields: tuple[Any, ...]  # what the plan depends on besides arrays
    plan: ConvolutionPlan
    weight: NDArray[Any] | None  # None: not contiguous, so the matrix is good for this call only
    weight2: NDArray[Any]  # as a matrix
    shape: tuple[int, ...]  # of the output
    out: NDArray[Any] | None = None
    y: Any = None  # out with a batch axis
    bias: NDArray[Any] | None = None
    bias2: Any = None  # as a column


class Convolution(Module, abstract=True):
    """Base of the convolutions with shared weights over 2 or 3 dimensions."""

    AXES: tuple[str, ...] = ("H", "W")
    INPUT = "3D or 4D input tensor expected but got: {}"
    TIMES = " x "
    dilationT = dilationH = dilationW = 1
    padT: Any = None
    padH: Any = None
    padW: Any = None
    padding: Any = None
    finput: Any = None
    fgradInput: Any = None
    nInputPlane: Any
    nOutputPlane: Any
    make_parameters = make_parameters
    noBias = noBias
    _fields = staticmethod(
        attrgetter("kH", "kW", "dH", "dW", "padH", "padW", "dilationH", "dilationW")
    )

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw weight and bias from U(-b, b), b = √3·stdv or 1/√(kernel size · nInputPlane)."""
        if stdv is None or stdv is False:
            fan = self.nInputPlane
            for axis in self.AXES:
                fan *= getattr(self, "k" + axis)
            bound = 1 / math.sqrt(fan)
        else:
            bound = stdv * math.sqrt(3)
        draw_parameters(self, bound)
        return nothing()

    def type(self, type: str | None = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert to another tensor type; the work buffers are dropped."""
        if type is not None:
            for name in ("finput", "fgradInput"):
                if getattr(self, name) is not None:
                    setattr(self, name, default_type()())
        return super().type(type, tensorCache)

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and work buffers; return self."""
        clear(self, "finput", "fgradInput", "_input", "_gradOutput")
        return super().clearState()

    # -- the state of a call

    def update_fields(self) -> None:
        """Bring the fields of models saved by older versions up to date."""
        if self.padding is not None:
            self.padW = self.padH = self.padding
            self.padding = None
        for axis in self.AXES:
            if getattr(self, "pad" + axis) is None:
                setattr(self, "pad" + axis, 0)
        weight = self.weight
        if self.finput is None:
            self.finput = weight.new()
        if self.fgradInput is None:
            self.fgradInput = weight.new()

    def bound(self, input: Any) -> State:
        """The state for this input: that of the last call if nothing moved since."""
        x = nd_real(input)
        state = scratch(self).get("convolution")
        if (
            state is None
            or state.weight is not self.weight.nd
            or state.fields != self._fields(self)
        ):
            return self.bind(x)
        if state.x is not x:
            if state.x.shape != x.shape or state.x.dtype != x.dtype:
                return self.bind(x)
            state.x, state.xb = x, x[None] if state.single else x
        return state

    def _shape_after(self, shape: Any) -> Any:
        kernel, stride, pad, dilation = self._windows()
        sizes = planes_checked(shape, len(self.AXES), self.nInputPlane)
        out = map(output_size, sizes, kernel, stride, pad, dilation)
        return positive((*shape[: -len(sizes) - 1], self.nOutputPlane, *out), shape)

    def _windows(self) -> list[tuple[int, ...]]:
        """Kernel, stride, padding and dilation, in the order of the tensor's axes."""
        return [
            tuple(int(getattr(self, name + axis) or 0) for axis in self.AXES)
            for name in ("k", "d", "pad", "dilation")
        ]

    def bind(self, x: NDArray[Any]) -> State:
        """Check the input and prepare views and plan for it."""
        self.update_fields()
        weight = self.weight.nd
        same_type(x, weight, 3)
        fields = self._fields(self)
        dims = len(self.AXES)
        kernel, stride, pad, dilation, *more = (
            tuple(int(v) for v in fields[i : i + dims]) for i in range(0, len(fields), dims)
        )
        self.check_geometry(kernel, stride, dilation)
        if x.ndim not in (dims + 1, dims + 2) or x.size == 0:
            bad_argument(2, self.INPUT.format(shape_text(torch_shape(x))))
        single = x.ndim == dims + 1
        xb = x[None] if single else x
        plan = self.plan(x, weight, kernel, stride, pad, dilation, *more)
        kept = weight if weight.flags.c_contiguous else None
        matrix = weight.reshape(plan.o, plan.k)
        shape = self.result_shape(plan)[1 if single else 0 :]
        state = State(x, xb, single, fields, plan, kept, matrix, shape)
        scratch(self)["convolution"] = state
        return state

    def plan(
        self,
        x: NDArray[Any],
        weight: NDArray[Any],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilation: tuple[int, ...],
    ) -> ConvolutionPlan:
        """The plan for this shape, from the scratch slot if there; refuses what does not fit."""
        size = x.shape[-len(kernel) :]
        out = tuple(map(output_size, size, kernel, stride, pad, dilation))
        planes = weight.size // weight.shape[0] // math.prod(kernel)
        if min(out) < 1:
            self.refuse_size((planes, *size), (weight.shape[0], *out))
        if x.shape[-len(kernel) - 1] != planes:
            self.refuse_planes(x, planes)
        n = x.shape[0] if x.ndim > len(kernel) + 1 else 1
        return self.cached_plan(
            x, x.dtype, n, planes, weight.shape[0], size, kernel, stride, pad, dilation, out
        )

    def cached_plan(self, x: NDArray[Any], *geometry: Any) -> ConvolutionPlan:
        """The plan made last if it has this geometry, else a new one in its place."""
        kept = scratch(self).get("plan")
        if kept is None or kept[0] != geometry:
            kept = scratch(self)["plan"] = geometry, ConvolutionPlan(*geometry, like=x)
        return kept[1]

    def result_shape(self, plan: ConvolutionPlan) -> tuple[int, ...]:
        """Shape of the batch output."""
        return (plan.n, plan.o, *plan.out)

    # -- errors

    def check_geometry(
        self, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> None:
        """Refuse kernels, strides or dilations that are not positive."""
        place = 8 if len(self.AXES) == 3 else 9
        for position, word, name, values in (
            (place, "kernel size", "k", kernel),
            (11, "stride", "d", stride),
            (15, "dilation", "dilation", dilation),
        ):
            if min(values) <= 0:
                told = (", " if word == "dilation" else " ").join(
                    f"{name}{axis}: {v}" for axis, v in zip(self.AXES, values)
                )
                bad_argument(position, f"{word} should be greater than zero, but got {told}")

    def refuse_size(self, given: tuple[int, ...], result: tuple[int, ...]) -> None:
        """The kernel is larger than the padded input."""
        text = (self.TIMES.join(map(str, shape)) for shape in (given, result))
        a, b = text
        raise TorchError(
            f"Given input size: ({a}). Calculated output size: ({b}). Output size is too small"
        )

    def refuse_planes(self, x: NDArray[Any], planes: int) -> None:
        """The input has another number of planes than the weight."""
        dims = len(self.AXES)
        shape = x.shape
        raise TorchError(
            f"Need input of dimension {len(shape)} and input.size[{len(shape) - dims - 1}] == "
            f"{planes} but got input to be of shape: {shape_text(shape)}"
        )

    def gradient(self, state: State, gradOutput: Any) -> NDArray[Any]:
        """The array of gradOutput with a batch axis, checked against the output's shape."""
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != state.shape:
            refuse_gradient(g, state.shape, len(self.AXES))
        if g.dtype != state.x.dtype:
            same_type(state.x, g, 3)
        return g[None] if state.single else g

    # -- the three passes

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        state = self.bound(input)
        out = resized(self.output, state.shape)
        if out is not state.out:
            state.out, state.y = out, out[None] if state.single else out
        bias = None
        if self.bias is not None:
            bias = self.bias.nd
            if bias is not state.bias:
                state.bias, state.bias2 = bias, bias_column(bias, state.plan.o)
            bias = state.bias2
        state.plan.forward(state.xb, state.weight2, bias, state.y, self.train is not False)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        state = self.bound(input)
        g = self.gradient(state, gradOutput)
        gx = resized(self.gradInput, state.x.shape)
        state.plan.grad_input(g, state.weight2, gx[None] if state.single else gx)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        state = self.bound(input)
        g = self.gradient(state, gradOutput)
        plan = state.plan
        plan.grad_weight(state.xb, g, flat_gradient(self.gradWeight.nd, plan), scale)
        if self.gradBias is not None:
            plan.grad_bias(g, self.gradBias.nd, scale)
        return nothing()

    def __str__(self) -> str:
        axes = self.TEXT_AXES
        planes = [self.nInputPlane, self.nOutputPlane]
        one, other, *kernel = integers(planes + fields(self, "k", axes))
        text = f"{torch_type(self)}({one} -> {other}, {'x'.join(kernel)}"
        strides, pads = fields(self, "d", axes), fields(self, "pad", axes)
        padded = any(p not in (0, None) for p in pads)
        if padded or any(d != 1 for d in strides):
            text += ", " + ",".join(integers(strides))
        if padded:
            text += ", " + ",".join(map(tostring, pads))
        text += self.more_text()
        return text + (")" if self.bias is not None or not self.TELLS_BIAS else ") without bias")

    TEXT_AXES: tuple[str, ...] = ("W", "H")
    TELLS_BIAS = True

    def more_text(self) -> str:
        """What a subclass adds to the printed form after the padding."""
        return ""


def flat_gradient(grad: NDArray[Any], plan: ConvolutionPlan) -> NDArray[Any]:
    """gradWeight as the matrix that the plan adds to."""
    if not grad.flags.c_contiguous:
        bad_argument(4, "gradWeight needs to be contiguous")
    return grad.reshape(plan.o, plan.k)


def refuse_gradient(
    g: NDArray[Any], shape: tuple[int, ...], dims: int, name: str = "gradOutput"
) -> NoReturn:
    """gradOutput (or indices) has not the output's shape: name the first size that is wrong."""
    have = torch_shape(g)
    for at in range(len(shape) - dims - 1, len(shape)):
        if len(have) != len(shape) or have[at] != shape[at]:
            raise TorchError(
                f"Need {name} of dimension {len(shape)} and {name}.size[{at}] == {shape[at]} "
                f"but got {name} to be of shape: {shape_text(have)}"
            )
    raise TorchError(
        f"{name} of size {size_text(have)} does not belong to an output of size {size_text(shape)}"
    )


def bias_column(bias: NDArray[Any], planes: int) -> NDArray[Any]:
    """The bias as a column, one row for each output plane."""
    if bias.shape != (planes,):
        raise TorchError(
            f"Need bias of dimension 1 and bias.size[0] == {planes} "
            f"but got bias to be of shape: {shape_text(torch_shape(bias))}"
        )
    return bias.reshape(planes, 1)
