"""What the max pooling layers share: geometry, checks, indices, and one cached plan for an input
shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..convolution.base import refuse_gradient
from ..helpers.checks import (
    bad_argument,
    long_buffer,
    nd,
    nd_real,
    same_type,
    shape_text,
    torch_shape,
)
from ..helpers.layer_text import fields, integers
from ..helpers.output_sizes import planes_checked, positive
from ..kernels.max_pooling import MaxPoolingPlan, window_counts
from .ceil_mode import CeilMode


@dataclass(slots=True)
class State:
    """Arrays and views of the last call; reused while the same arrays come back."""

    x: NDArray[Any]
    fields: tuple[Any, ...]  # what the plan depends on besides arrays
    plan: MaxPoolingPlan
    planes: NDArray[Any]  # x as planes, or a buffer for them
    copied: bool  # whether x must be copied there
    shape: tuple[int, ...]  # of the output
    out: NDArray[Any] | None = None
    y: Any = None  # out as planes


class MaxPooling(CeilMode, abstract=True):
    """Base of max pooling over 2 or 3 dimensions."""

    AXES: tuple[str, ...] = ("H", "W")
    TEXT_AXES: tuple[str, ...] = ("W", "H")
    INPUT = "3D or 4D input tensor expected but got: {}"
    RANKS: tuple[int, ...] = ()
    dilationT = dilationH = dilationW = 1
    padT = padH = padW = 0
    ceil_mode: Any = None
    indices: Any = None
    _fields = staticmethod(
        attrgetter("kH", "kW", "dH", "dW", "padH", "padW", "dilationH", "dilationW", "ceil_mode")
    )

    def empty(self, *_: Any) -> Any:
        """Older name of `clearState`."""
        self.clearState()
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop the outputs, gradients of inputs and indices; return self."""
        if self.indices is not None:
            self.indices.set()
        return super().clearState()

    def bound(self, input: Any) -> State:
        """The state for this input: that of the last call if nothing moved since."""
        x = nd_real(input)
        state = scratch(self).get("pooling")
        if state is None or state.fields != self._fields(self):
            state = self.bind(x)
        elif state.x is not x:
            same = state.x.shape == x.shape and state.x.dtype == x.dtype
            if same and not state.copied and x.flags.c_contiguous:
                state.x, state.planes = x, x.reshape(state.planes.shape)
            else:
                state = self.bind(x)
        if state.copied:
            np.copyto(state.planes, x.reshape(state.planes.shape))
        return state

    def _shape_after(self, shape: Any) -> Any:
        dims, fields = len(self.AXES), self._fields(self)
        kernel, stride, pad, dilation = (
            tuple(int(v or 0) for v in fields[i : i + dims]) for i in range(0, 4 * dims, dims)
        )
        sizes = planes_checked(shape, dims)
        out = window_counts(sizes, kernel, stride, pad, dilation, bool(fields[-1]))
        return positive((*shape[:-dims], *out), shape)

    def bind(self, x: NDArray[Any]) -> State:
        """Check the input and prepare views and plan for it."""
        fields = self._fields(self)
        dims = len(self.AXES)
        kernel, stride, pad, dilation = (
            tuple(int(v) for v in fields[i : i + dims]) for i in range(0, 4 * dims, dims)
        )
        ceil_mode = bool(fields[-1])
        if x.ndim not in (self.RANKS or (dims + 1, dims + 2)) or x.size == 0:
            bad_argument(2, self.INPUT.format(shape_text(torch_shape(x))))
        self.check_geometry(kernel, stride, pad, dilation)
        size = x.shape[-dims:]
        out = window_counts(size, kernel, stride, pad, dilation, ceil_mode)
        if min(out) < 1:
            refuse_size(x.shape[-dims - 1], size, out)
        planes = prod(x.shape[:-dims])
        key = (x.dtype, planes, size, out, kernel, stride, pad, dilation)
        kept = scratch(self).get("plan")
        if kept is None or kept[0] != key:
            plan = MaxPoolingPlan(*key, codes=self.tap_codes(kernel), like=x)
            kept = scratch(self)["plan"] = key, plan
        copied, flat = not x.flags.c_contiguous, (planes, *size)
        rows = np.empty(flat, x.dtype) if copied else x.reshape(flat)
        state = State(x, fields, kept[1], rows, copied, (*x.shape[:-dims], *out))
        scratch(self)["pooling"] = state
        return state

    def tap_codes(self, kernel: tuple[int, ...]) -> NDArray[Any] | None:
        """What indices hold for each tap; None: the place in the plane, from 1."""
        return None

    def check_geometry(
        self,
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilation: tuple[int, ...],
    ) -> None:
        """Refuse what is not positive, and padding of more than half a kernel."""
        for position, word, name, values in (
            (5, "kernel size", "k", kernel),
            (8, "stride", "d", stride),
            (12, "dilation", "dilation", dilation),
        ):
            if min(values) <= 0:
                told = " ".join(f"{name}{axis}: {v}" for axis, v in zip(self.AXES, values))
                bad_argument(position, f"{word} should be greater than zero, but got {told}")
        if any(k // 2 < p for k, p in zip(kernel, pad)):
            self.refuse_pad(dict(zip(self.AXES, kernel)), dict(zip(self.AXES, pad)))

    def refuse_pad(self, k: dict[str, int], p: dict[str, int]) -> None:
        """The padding is larger than half the kernel."""
        bad_argument(
            2,
            "pad should be smaller than half of kernel size, but got "
            f"padW = {p['W']}, padH = {p['H']}, kW = {k['W']}, kH = {k['H']}",
        )

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.indices = long_buffer(self.indices, input)
        state = self.bound(input)
        out = resized(self.output, state.shape)
        indices = resized(self.indices, state.shape)
        if out is not state.out:
            state.out, state.y = out, out.reshape(state.plan.planes, *state.plan.out)
        state.plan.forward(state.planes, state.y, indices.reshape(state.y.shape))
        return self.output

    def gradient(self, state: State, gradOutput: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """The arrays of gradOutput and indices, one row a plane, checked against the output's
        shape."""
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != state.shape:
            refuse_gradient(g, state.shape, len(self.AXES))
        if g.dtype != state.x.dtype:
            same_type(state.x, g, 3)
        if self.indices is None:
            raise TorchError("attempt to index field 'indices' (a nil value)")
        indices = self.indices.nd
        if indices.shape != state.shape:
            refuse_gradient(indices, state.shape, len(self.AXES), "indices")
        shape = (state.plan.planes, *state.plan.out)
        return g.reshape(shape), indices.reshape(shape)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        state = self.bound(input)
        g, indices = self.gradient(state, gradOutput)
        gx = resized(self.gradInput, state.x.shape)
        try:
            self.spread(state.plan, g, indices, gx.reshape(state.planes.shape))
        except IndexError:
            raise TorchError("indices do not belong to this input: call forward first") from None
        return self.gradInput

    def spread(self, plan: MaxPoolingPlan, g: Any, indices: Any, gx: Any) -> None:
        """Send the gradients to where the maxima were."""
        plan.backward(g, indices, gx)

    def __str__(self) -> str:
        axes = self.TEXT_AXES
        sizes = integers(fields(self, "k", axes) + fields(self, "d", axes))
        pads = fields(self, "pad", axes)
        text = f"{torch_type(self)}({'x'.join(sizes[: len(axes)])}, {','.join(sizes[len(axes) :])}"
        if any(p not in (0, None) for p in pads):
            text += ", " + ",".join(map(tostring, pads))
        return text + self.more_text() + ")"

    def more_text(self) -> str:
        """What a subclass adds to the printed form."""
        return ""


def refuse_size(planes: int, size: tuple[int, ...], out: tuple[int, ...]) -> None:
    """The kernel is larger than the padded input."""
    a, b = ("x".join(map(str, (planes, *n))) for n in (size, out))
    raise TorchError(
        f"Given input size: ({a}). Calculated output size: ({b}). Output size is too small"
    )
