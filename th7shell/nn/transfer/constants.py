"""A constant added to, or times, every element: AddConstant, MulConstant."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import lua_type
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import Tensor, resized

from ..helpers.checks import boolean_flag, c_number, check, nd, nd_like
from ..helpers.output_sizes import as_large
from ..module import Module


class AddConstant(Module, name="nn.AddConstant", arguments="constant_scalar inplace=false"):
    """y = x + c, with c a number or a vector as long as the last dimension of a 1-D or 2-D
    input.

    Backward in place restores the input. Field: constant_scalar. Source: torch/nn, doc/simple.md.

    >>> nn.AddConstant(5).forward(torch.randn(3))
    """

    inplace: Any = None

    def __post_init__(self, inplace: Any) -> None:
        self.inplace = boolean_flag(inplace)

    def _constant(self, x: np.ndarray) -> Any:
        """The constant as a number or an array that broadcasts over x."""
        c = self.constant_scalar
        if isinstance(c, Tensor) and x.ndim <= 2 and x.shape[-1] == c.size(1):
            return c.nd
        check(
            lua_type(c) == "number",
            "input is not scalar or doesn't match with the dimension of constant!",
        )
        return x.dtype.type(c)

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input) if self.inplace else nd_like(self.output, input)
        c = self._constant(x)
        np.add(x, c, out=shared_or_new(self, "output", input, x))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd_like(self.gradInput, gradOutput, "gradOutput")
        if self.inplace:
            x = nd(input)
            np.subtract(x, self._constant(x), out=x)
        np.copyto(shared_or_new(self, "gradInput", gradOutput, g), g)
        return self.gradInput


class MulConstant(Module, name="nn.MulConstant", arguments="constant_scalar inplace=false"):
    """y = c·x, with c a number.

    Backward in place restores the input. Field: constant_scalar. Source: torch/nn, doc/simple.md.

    >>> nn.MulConstant(0.5).forward(torch.randn(3))
    """

    inplace: Any = None

    def __post_init__(self, inplace: Any) -> None:
        check(lua_type(self.constant_scalar) == "number", "input is not scalar!")
        self.inplace = boolean_flag(inplace)

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input) if self.inplace else nd_like(self.output, input)
        c = x.dtype.type(c_number(self.constant_scalar, 3))
        np.multiply(x, c, out=shared_or_new(self, "output", input, x))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        g = nd_like(self.gradInput, gradOutput, "gradOutput")
        c = g.dtype.type(c_number(self.constant_scalar, 3))
        np.multiply(g, c, out=shared_or_new(self, "gradInput", gradOutput, g))
        if self.inplace:
            x = nd(input)
            np.divide(x, c, out=x)
        return self.gradInput


def shared_or_new(module: Any, name: str, source: Any, x: np.ndarray) -> np.ndarray:
    """The array for `output` or `gradInput`: in place the memory of `source`, else the buffer
    of x's shape.
    """
    tensor = getattr(module, name)
    if module.inplace:
        return tensor.set(source).nd
    return resized(tensor, x.shape)
