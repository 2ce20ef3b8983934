"""Learned elementwise offsets and factors: Add, CAdd, Mul, CMul."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.lua.callers import nothing
from th7shell.torch.storage import Storage, long_storage
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import nd, nd_like, same_elements, shape_text, torch_shape
from ..helpers.output_sizes import as_large, uses_by_element
from ..helpers.utils import factor
from ..module import Module


class Add(Module, name="nn.Add", arguments="inputSize scalar?=false"):
    """y = x + b, with a learned vector b, or one learned number with `scalar`.

    input: (inputSize), (batch, inputSize …), anything with scalar. bias: (inputSize) or (1), drawn
    from U(-1/√n, 1/√n); `reset(stdv)`: U(-√3·stdv, √3·stdv).

    Source: torch/nn, doc/simple.md.

    >>> nn.Add(5).forward(torch.randn(2, 5))
    """

    scalar: Any = None

    def __post_init__(self, inputSize: Any) -> None:
        size = 1 if self.scalar else inputSize
        self.bias = default_type()(size)
        self.gradBias = default_type()(size)
        self._ones = default_type()(1).fill(1)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the bias anew."""
        draw(self.bias, self.bias.size(1), stdv)
        return nothing()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        b = self.bias.nd.reshape(-1)
        if self.scalar:
            b = b[:1]
        rows = x if self.scalar or x.shape == self.bias.nd.shape else samples(input)
        if rows is not x and rows.shape[1] != b.size:
            raise TorchError(
                f"size mismatch, t: {shape_text(rows.shape)}, vec1: [{len(rows)}], vec2: [{b.size}]"
            )
        out = resized(self.output, x.shape)
        np.add(rows, b, out=out.reshape(rows.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        return self.gradInput.resizeAs(gradOutput).copy(gradOutput)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        g, gb = nd(gradOutput, "gradOutput", "sum"), self.gradBias.nd.reshape(-1)
        scale = factor(scale)
        if gb.size == 1:
            gb += scale * g.sum()
        elif nd(input).shape == self.bias.nd.shape:
            self.gradBias.add(scale, gradOutput)
        else:
            rows = gradOutput.view(input.size(1), -1).nd
            if rows.shape[1] != gb.size:
                raise TorchError(
                    f"size mismatch, [{rows.shape[1]} x {len(rows)}], [{len(self._ones.nd)}]"
                )
            gb += scale * rows.sum(0)
        return nothing()


class Mul(Module, name="nn.Mul", arguments=""):
    """y = w·x, with one learned number w.

    Any shape. weight: (1), drawn from U(-1, 1); `reset(stdv)`: U(-√3·stdv, √3·stdv).

    Source: torch/nn, doc/simple.md.

    >>> nn.Mul().forward(torch.randn(3))
    """

    def __post_init__(self) -> None:
        self.weight = default_type()(1)
        self.gradWeight = default_type()(1)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weight anew."""
        draw(self.weight, 1, stdv)
        return nothing()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        np.multiply(x, self.weight.nd[0], out=resized(self.output, x.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd_like(self.gradInput, input), nd(gradOutput, "gradOutput")
        same_elements(x, g)
        np.multiply(g.reshape(x.shape), self.weight.nd[0], out=resized(self.gradInput, x.shape))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        same_elements(x, g)
        self.gradWeight.nd[0] += factor(scale) * x.reshape(-1).dot(g.reshape(-1))
        return nothing()


class PerElement(Module, abstract=True, arguments="size…"):
    """What CAdd and CMul share: a learned tensor that is repeated over the dimensions where it
    has size 1.
    """

    _buffers = tuple(
        "_gradBias _expand _output _bias _repeat _input _weight "
        "_gradWeight _gradOutput _gradInput _sum".split()
    )
    _parameter = "weight"

    def __post_init__(self, *size: Any) -> None:
        if len(size) == 1 and isinstance(size[0], Storage):
            size = tuple(size[0].nd.tolist())
        self.size = long_storage([int(n) for n in size])
        gradient = "grad" + self._parameter.capitalize()
        self[self._parameter] = default_type()(self.size)
        self[gradient] = default_type()(self.size)
        self.output.resize(self.size)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the parameter from U(-1/√n, 1/√n), or from U(-√3·stdv, √3·stdv)."""
        parameter = self[self._parameter]
        draw(parameter, parameter.nElement(), stdv)
        return nothing()

    def _broadcast(self, tensor: Any, p: NDArray) -> tuple[NDArray, NDArray]:
        """A tensor and the parameter (or its gradient) as arrays whose shapes broadcast: alike,
        or rows of samples.
        """
        x = tensor.nd
        if x.size == p.size:
            return x.reshape(p.shape), p
        if len(torch_shape(x)) != len(torch_shape(p)):
            x, p = samples(tensor), p.reshape(1, -1)
        if any(m not in (1, n) for m, n in zip(p.shape, x.shape)):
            raise TorchError("incorrect size: only supporting singleton expansion (size=1)")
        return x, p

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert, after dropping buffers."""
        if type is not None:
            self.clearState()
        return super().type(type, tensorCache)


class CAdd(PerElement, name="nn.CAdd"):
    """y = x + b, with a learned tensor b that is repeated over batches and over its dimensions
    of size 1.

    The sizes may be one LongStorage. bias: of that size, drawn from U(-1/√n, 1/√n), n its number
    of elements; `reset(stdv)`: U(-√3·stdv, √3·stdv).

    Source: torch/nn, doc/simple.md.

    >>> nn.CAdd(1, 3).forward(torch.randn(2, 3))
    """

    _parameter = "bias"

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        rows, b = self._broadcast(input, self.bias.nd)
        np.add(rows, b, out=resized(self.output, x.shape).reshape(rows.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = input.new() if self.gradInput is None else self.gradInput
        return self.gradInput.resizeAs(gradOutput).copy(gradOutput)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        nd(gradOutput, "gradOutput", "new")
        rows, gb = self._broadcast(gradOutput, self.gradBias.nd)
        gb += factor(scale) * fold(rows, gb.shape)
        return nothing()


class CMul(PerElement, name="nn.CMul"):
    """y = w·x, with a learned tensor w that is repeated over batches and over its dimensions of
    size 1.

    The sizes may be one LongStorage. weight: of that size, drawn from U(-1/√n, 1/√n), n its number
    of elements; `reset(stdv)`: U(-√3·stdv, √3·stdv).

    Source: torch/nn, doc/simple.md.

    >>> nn.CMul(5).forward(torch.randn(2, 5))
    """

    _shape_after = as_large
    _multiply_adds = uses_by_element

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        rows, w = self._broadcast(input, self.weight.nd)
        np.multiply(rows, w, out=resized(self.output, x.shape).reshape(rows.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, g = nd_like(self.gradInput, input), nd(gradOutput, "gradOutput")
        same_elements(x, g)
        rows, w = self._broadcast(input, self.weight.nd)
        g = g.reshape(rows.shape)
        np.multiply(g, w, out=resized(self.gradInput, x.shape).reshape(rows.shape))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        same_elements(x, g)
        rows, gw = self._broadcast(input, self.gradWeight.nd)
        gw += factor(scale) * fold(rows * g.reshape(rows.shape), gw.shape)
        return nothing()


def draw(tensor: Any, n: int, stdv: Any) -> tuple:
    """Fill a parameter from U(-1/√n, 1/√n), or from U(-√3·stdv, √3·stdv)."""
    bound = 1 / math.sqrt(n) if stdv is None else stdv * math.sqrt(3)
    tensor.uniform(-bound, bound)
    return ()


def samples(tensor: Any) -> NDArray:
    """A tensor as one row a sample."""
    x = tensor.nd
    return x.reshape(tensor.size(1), -1)


def fold(rows: NDArray, shape: tuple[int, ...]) -> NDArray:
    """The sum over the dimensions in which `shape` has size 1 and `rows` has not."""
    axes = tuple(a for a, (m, n) in enumerate(zip(rows.shape, shape)) if m != n)
    return rows.sum(axes, keepdims=True) if axes else rows
