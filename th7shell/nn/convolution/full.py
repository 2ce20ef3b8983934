"""Full (transposed) convolutions: what their spatial and volumetric forms share.

A full convolution of x is the gradient of a convolution with respect to its input; so it runs the
plan of that convolution with forward and grad_input exchanged.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, new_table
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor, default_type, resized

from ..helpers.checks import bad_argument
from ..helpers.output_sizes import planes_checked, positive, run, uses_of_weight
from ..helpers.utils import factor
from ..kernels.convolution import ConvolutionPlan
from .base import Convolution, State, bias_column, either, flat_gradient


class FullConvolution(Convolution, abstract=True):
    """Base of the full convolutions; the input may be a table {x, y} that asks for an output of
    y's size."""

    adjT = adjH = adjW = None
    zeroScalar: Any = None
    ones: Any
    _geometry: Any  # the fields that the plan depends on, without the adjustment

    def set_adjustment(self, *adj: Any) -> None:
        """Set the adj fields (in the order of AXES) and the helper tensor of table inputs."""
        for axis, value in zip(self.AXES, adj):
            setattr(self, "adj" + axis, either(value, 0))
        if any(getattr(self, "adj" + a) > getattr(self, "d" + a) - 1 for a in self.AXES):
            names = [a for a in "WHT" if a in self.AXES]
            raise TorchError(
                f"{listed('adj' + a for a in names)} must be smaller than "
                f"{listed(f'self.d{a} - 1' for a in names)} respectively"
            )
        self.ones = default_type()()

    def _fields(self, *_: Any) -> tuple[Any, ...]:  # type: ignore[override]
        return (*self._geometry(self), *scratch(self)["adjustment"])

    def update_fields(self) -> None:
        """Models saved by older versions have no adjustment."""
        super().update_fields()
        for axis in self.AXES:
            if getattr(self, "adj" + axis) is None:
                setattr(self, "adj" + axis, 0)

    def bound(self, input: Any) -> State:
        """The state for this input, with the adjustment that its second entry asks for."""
        if isinstance(input, Table) and typename(input) is None:
            wanted = input[2]
            if not isinstance(wanted, Tensor):
                raise TorchError("attempt to index local 'targetTensor' (a nil value)")
            size = wanted.nd.shape[-len(self.AXES) :]
            adjustment = tuple(
                (n + 2 * getattr(self, "pad" + a) - getattr(self, "k" + a)) % getattr(self, "d" + a)
                for n, a in zip(size, self.AXES)
            )
            input = input[1]
        else:
            adjustment = tuple(getattr(self, "adj" + a) or 0 for a in self.AXES)
        scratch(self)["adjustment"] = adjustment
        return super().bound(input)

    def plan(  # type: ignore[override]
        self,
        x: NDArray[Any],
        weight: NDArray[Any],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilation: tuple[int, ...],
        adjustment: tuple[int, ...],
    ) -> ConvolutionPlan:
        """The plan of the convolution that leads from an output of this layer back to its
        input."""
        dims = len(kernel)
        if any(a >= s for a, s in zip(adjustment, stride)):
            bad_argument(15, "output padding must be smaller than either stride or dilation")
        given = x.shape[-dims:]
        size = tuple(
            (n - 1) * s - 2 * p + k + a
            for n, k, s, p, a in zip(given, kernel, stride, pad, adjustment)
        )
        planes, outputs = weight.shape[0], weight.shape[1]
        if min(size) < 1:
            self.refuse_size((planes, *given), (outputs, *size))
        if x.shape[-dims - 1] != planes:
            self.refuse_planes(x, planes)
        n = x.shape[0] if x.ndim > dims + 1 else 1
        return self.cached_plan(
            x, x.dtype, n, outputs, planes, size, kernel, stride, pad, dilation, given
        )

    def result_shape(self, plan: ConvolutionPlan) -> tuple[int, ...]:
        """Shape of the batch output."""
        return (plan.n, plan.c, *plan.size)

    def _shape_after(self, shape: Any) -> Any:
        if isinstance(shape, list):
            return run(self, shape)
        kernel, stride, pad, _ = self._windows()
        sizes = planes_checked(shape, len(self.AXES), self.nInputPlane)
        more = [int(getattr(self, "adj" + axis) or 0) for axis in self.AXES]
        each = zip(sizes, kernel, stride, pad, more)
        out = ((n - 1) * s - 2 * p + k + a for n, k, s, p, a in each)
        return positive((*shape[: -len(sizes) - 1], self.nOutputPlane, *out), shape)

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return uses_of_weight(self, input[0] if isinstance(input, list) else input)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        state = self.bound(input)
        out = resized(self.output, state.shape)
        bias = None if self.bias is None else bias_column(self.bias.nd, state.plan.c)
        state.plan.grad_input(state.xb, state.weight2, out[None] if state.single else out, bias)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        state = self.bound(input)
        g = self.gradient(state, gradOutput)
        if isinstance(self.gradInput, Table) and typename(self.gradInput) is None:
            self.gradInput = self.gradInput[1] or self.weight.new()
        gx = resized(self.gradInput, state.x.shape)
        state.plan.forward(g, state.weight2, None, gx[None] if state.single else gx, True)
        if isinstance(input, Table) and typename(input) is None:
            self.gradInput = new_table([self.gradInput, self.no_gradient(input[2])])
        return self.gradInput

    def no_gradient(self, wanted: Any) -> Any:
        """A tensor of zeros, all one element, as large as the tensor that only gave its size."""
        if self.zeroScalar is None:
            self.zeroScalar = wanted.new(1).zero()
        self.ones.resize(wanted.dim()).fill(1)
        return self.zeroScalar.view(*(1,) * wanted.dim()).expandAs(wanted)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        state = self.bound(input)
        g = self.gradient(state, gradOutput)
        plan = state.plan
        plan.grad_weight(g, state.xb, flat_gradient(self.gradWeight.nd, plan), scale)
        plan.forget()  # the columns were those of this gradient
        if self.gradBias is not None:
            plan.grad_bias(g, self.gradBias.nd, scale)
        return nothing()

    def more_text(self) -> str:
        """The adjustment, if there is any."""
        values = [getattr(self, "adj" + a) or 0 for a in self.TEXT_AXES]
        return ", " + ",".join(map(str, values)) if any(values) else ""


def listed(names: Any) -> str:
    """`a and b`, `a, b and c`."""
    *first, last = names
    return ", ".join(first) + " and " + last


class SpatialFullConvolution(
    FullConvolution,
    name="nn.SpatialFullConvolution",
    arguments="nInputPlane nOutputPlane kW kH dW=1 dH=1 padW=0 padH=0 adjW=0 adjH=0",
):
    """Convolve backwards (transposed convolution, "deconvolution"): enlarge an image with learnt
    filters.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output height:
    (h - 1)·dH - 2·padH + kH + adjH, width likewise. With a table {x, y} as input, adjH and adjW
    are chosen so that the output has the size of y; gradInput is then a table too, its second
    entry zeros. weight: (nInputPlane, nOutputPlane, kH, kW), bias: (nOutputPlane), both from
    U(-b, b), b = 1/√(kW·kH·nInputPlane), or √3·stdv after `reset(stdv)`. `noBias()` removes the
    bias.

    Errors: "adjW and adjH must be smaller …", "Given input size …", "Need input of dimension …".
    Source: torch/nn, doc/convolution.md#nn.SpatialFullConvolution.

    >>> nn.SpatialFullConvolution(16, 3, 4, 4, 2, 2, 1, 1).forward(torch.randn(16, 8, 8))
    """

    _geometry = Convolution._fields

    def __post_init__(self, adjW: Any, adjH: Any) -> None:
        self.set_adjustment(adjH, adjW)
        self.make_parameters(
            self.nOutputPlane, self.nInputPlane, self.nOutputPlane, self.kH, self.kW
        )
