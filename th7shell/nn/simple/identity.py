"""Layers that pass their input on: Identity, Copy, ZeroGrad, GradientReversal, L1Penalty,
PrintSize, Constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import lua_type, new_table
from th7shell.lua.callers import nothing
from th7shell.torch.classes import typename
from th7shell.torch.console import show
from th7shell.torch.tensor import TYPES, Tensor, default_type, resized

from ..helpers.checks import check, nd, nd_like
from ..helpers.output_sizes import as_large
from ..helpers.utils import is_plain, recursiveFill, recursiveResizeAs, sizes_of
from ..module import Module


class Identity(Module, name="nn.Identity"):
    """The input itself, whatever it is; gradInput is gradOutput itself.

    Source: torch/nn, doc/simple.md.

    >>> nn.Identity().forward(torch.randn(3))
    """

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = input
        return input

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = gradOutput
        return gradOutput

    def clearState(self, *_: Any) -> Any:
        """Let go of the input and the gradient (they belong to others); return self."""
        for name in ("output", "gradInput"):
            value = self[name]
            if isinstance(value, Tensor):
                self[name] = value.new()
            else:
                self[name] = new_table() if is_plain(value) else None
        return self


class Copy(Module, name="nn.Copy", arguments="intype? outtype? forceCopy=false dontCast?=false"):
    """The input converted to a tensor type; the gradient converted back.

    Both types are the default type at first; equal types share memory unless forceCopy; dontCast
    leaves the layer out of `type()`.

    Source: torch/nn, doc/simple.md.

    >>> nn.Copy('torch.DoubleTensor', 'torch.FloatTensor').forward(torch.randn(3))
    """

    dontCast: Any = None
    forceCopy = True

    def __post_init__(self, intype: Any, outtype: Any, forceCopy: Any) -> None:
        default = typename(default_type()())
        intype = default if intype is None else intype
        outtype = default if outtype is None else outtype
        self.gradInput = TYPES[intype]()
        self.output = TYPES[outtype]()
        self.forceCopy = intype != outtype or bool(forceCopy)

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.forceCopy:
            return self.output.resize(input.size()).copy(input)
        self.output.set(input)
        return input

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.forceCopy:
            return self.gradInput.resize(gradOutput.size()).copy(gradOutput)
        self.gradInput.set(gradOutput)
        return gradOutput

    def read(self, file: Any = None, *_: Any) -> Any:
        """Read the fields; the original marks a layer that shares by functions in two of them."""
        super().read(file)
        if self["forceCopy"] is None:
            self.forceCopy = self["updateOutput"] is None
            self["updateOutput"] = self["updateGradInput"] = None
        return ()

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert, unless dontCast."""
        if type is not None and self.dontCast:
            return self
        return super().type(type, tensorCache)


class ZeroGrad(Module, name="nn.ZeroGrad"):
    """The input itself; the gradient is zero.

    Source: torch/nn, doc/simple.md.

    >>> nn.ZeroGrad().forward(torch.randn(3))
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        return self.output.set(input)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = recursiveFill(recursiveResizeAs(self.gradInput, input)[0], 0)
        return self.gradInput


class GradientReversal(Module, name="nn.GradientReversal", arguments="lambda=1"):
    """The input itself; the gradient times -lambda.

    Source: torch/nn, doc/simple.md; Ganin et al., arXiv 1505.07818, 2015.

    >>> nn.GradientReversal(0.5).forward(torch.randn(3))
    """

    def setLambda(self, lambda_: Any = None, *_: Any) -> Any:
        """Change the factor."""
        self["lambda"] = 1 if lambda_ is None else lambda_
        return nothing()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        return self.output.set(input)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd_like(self.gradInput, gradOutput, "gradOutput")
        np.multiply(g, -self["lambda"], out=resized(self.gradInput, g.shape))
        return self.gradInput


class L1Penalty(
    Module, name="nn.L1Penalty", arguments="l1weight sizeAverage=false provideOutput=true"
):
    """The input itself; lambda·‖x‖₁ is kept in `loss`, and its gradient is added on the way
    back.

    provideOutput = false says that no gradient comes from above. Fields: l1weight, sizeAverage,
    provideOutput, loss.

    Source: torch/nn, doc/simple.md.

    >>> nn.L1Penalty(0.1).forward(torch.randn(3))
    """

    loss: Any = None

    def _weight(self, x: np.ndarray) -> float:
        return self.l1weight / x.size if self.sizeAverage else self.l1weight

    clearState = Identity.clearState

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input, method="norm")
        self.loss = float(self._weight(x) * np.abs(x).sum())
        self.output = input
        return input

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x = nd(input)
        gx = resized(self.gradInput, x.shape)
        np.multiply(np.sign(x), self._weight(x), out=gx)
        if self.provideOutput:
            self.gradInput.add(gradOutput)
        return self.gradInput


class PrintSize(Module, name="nn.PrintSize", arguments="prefix='PrintSize'"):
    """The input itself; the sizes of input and gradOutput are printed as they pass.

    Source: torch/nn, doc/simple.md.

    >>> nn.PrintSize('here').forward(torch.randn(3))
    """

    clearState = Identity.clearState

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        show(f"{self.prefix}:input\n", _size(input))
        self.output = input
        return input

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        show(f"{self.prefix}:gradOutput\n", _size(gradOutput))
        self.gradInput = gradOutput
        return gradOutput


def _size(value: Any) -> Any:
    if value is None:
        return "missing size"
    return value.size() if isinstance(value, Tensor) else value


class Constant(Module, name="nn.Constant", arguments="value nInputDim?"):
    """A constant, whatever the input is; the gradient is zero.

    value: a number or a tensor; with nInputDim, an input of more dimensions is a batch, and the
    constant is repeated for each sample. Source: torch/nn, doc/simple.md.

    >>> nn.Constant(2).forward(torch.randn(3))
    """

    value: Any
    nInputDim: Any = None

    def __post_init__(self) -> None:
        if lua_type(self.value) == "number":
            self.value = default_type()(1).fill(self.value)
        check(isinstance(self.value, Tensor), "Expecting number or tensor at arg 1")

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        batch = self.nInputDim is not None and input.dim() > self.nInputDim
        rows = [input.size(1)] if batch else []
        self.output.resize(*rows, *sizes_of(self.value))
        np.copyto(self.output.nd, self.value.nd)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self.gradInput.resizeAs(input).zero()
