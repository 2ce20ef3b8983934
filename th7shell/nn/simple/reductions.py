"""Layers that reduce a dimension: Sum, Mean, Max, Min; and Normalize."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.rounding import formatted
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized, wrap

from ..helpers.checks import axis_of, check, nd, nd_like, same_elements
from ..helpers.output_sizes import as_large
from ..module import Module


class Reduction(Module, abstract=True):
    """What these share: a dimension, counted from the end if negative, and after the batch with
    nInputDims.
    """

    nInputDims: Any = None

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        nd(input)
        dims = input.dim()
        if self.dimension < 0:
            return dims + self.dimension + 1
        return self.dimension + int(self.nInputDims is not None and dims == self.nInputDims + 1)


class Sum(
    Reduction, name="nn.Sum", arguments="dimension=1 nInputDims? sizeAverage=false squeeze=true"
):
    """The sum (or the mean) over a dimension.

    A negative dimension counts from the end; with nInputDims, an input of one more has a batch
    dimension first; squeeze = false keeps the dimension.

    Source: torch/nn, doc/simple.md.

    >>> nn.Sum(1).forward(torch.randn(3, 2))
    """

    squeeze: Any = None

    def __post_init__(self) -> None:
        check(isinstance(self.squeeze, bool), "squeeze has to be true/false")

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        dimension = super()._getPositiveDimension(input)
        check(input.dim() >= dimension, "dimension exceeds input dimensions")
        return dimension

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        dimension = self._getPositiveDimension(input)
        if isinstance(self.output, (int, float)):
            self.output = input.new()
        dims = input.dim() if input.__class__ is self.output.__class__ else 0
        axis = axis_of(dimension, dims, lambda: self.output.sum(input, dimension))
        x = input.nd
        total = np.add.reduce(x, axis, keepdims=True)
        if x.ndim > 1 and self.squeeze is not False:
            total = total.squeeze(axis)
        out = resized(self.output, total.shape)
        np.divide(total, x.shape[axis] if self.sizeAverage else 1, out=out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        dimension = self._getPositiveDimension(input)
        axis = axis_of(dimension, input.dim(), lambda: input.size(dimension))
        x, g = input.nd, nd(gradOutput, "gradOutput", "isContiguous")
        if g.size * x.shape[axis] != x.size:
            gradOutput.contiguous().view(*x.shape[:axis], 1, *x.shape[axis + 1 :])
        g = g.reshape(*x.shape[:axis], 1, *x.shape[axis + 1 :])
        np.divide(g, x.shape[axis] if self.sizeAverage else 1, out=resized(self.gradInput, x.shape))
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self._gradOutput = None
        return super().clearState()


class Mean(Sum, name="nn.Mean", arguments="dimension=1 nInputDims?"):
    """The mean over a dimension: Sum with sizeAverage.

    Source: torch/nn, doc/simple.md.

    >>> nn.Mean(1).forward(torch.randn(3, 2))
    """

    def __post_init__(self) -> None:
        self.sizeAverage = True


class Extremum(Reduction, abstract=True, arguments="dimension=1 nInputDims?"):
    """What Max and Min share: the gradient goes to the place that was taken, kept in
    `_indices`.
    """

    _indices: Any = None
    _output = None
    _buffers = ("_indices", "_output")
    _find: Any
    _place: Any

    def _axis(self, input: Any, argument: str) -> int:
        dimension = self._getPositiveDimension(input)

        def refuse() -> NoReturn:
            text = f"dimension {tostring(dimension)} out of range"
            raise TorchError(f"bad argument #{argument} ({text})")

        return axis_of(dimension, input.dim(), refuse)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        axis = self._axis(input, "2 to '?'")
        x = input.nd
        places = np.expand_dims(self._place(x, axis), axis)
        if self._indices is None:
            self._indices = input.kin["Long"]()
        np.add(places, 1, out=resized(self._indices, places.shape))
        best = self._find(x, axis, keepdims=x.ndim == 1)
        np.copyto(resized(self.output, best.shape), best)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        axis = self._axis(input, "1 to 'scatter'")
        x, g = input.nd, nd(gradOutput, "gradOutput")
        places = self._indices.nd - 1
        same_elements(self._indices.nd, g, "output")
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        np.put_along_axis(gx, places, g.reshape(places.shape), axis)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the indices are dropped."""
        if type is not None:
            self._indices = None
        return super().type(type, tensorCache)


class Max(Extremum, name="nn.Max"):
    """The largest element along a dimension.

    A negative dimension counts from the end; with nInputDims, an input of one more has a batch
    dimension first. The gradient goes to the first of equal elements.

    Source: torch/nn, doc/simple.md.

    >>> nn.Max(1).forward(torch.randn(3, 2))
    """

    _find = staticmethod(np.maximum.reduce)
    _place = staticmethod(np.argmax)


class Min(Extremum, name="nn.Min"):
    """The smallest element along a dimension.

    As Max. Source: torch/nn, doc/simple.md.

    >>> nn.Min(1).forward(torch.randn(3, 2))
    """

    _find = staticmethod(np.minimum.reduce)
    _place = staticmethod(np.argmin)


class Normalize(Module, name="nn.Normalize", arguments="p eps=1e-10"):
    """Divide a vector, or each row of a matrix, by its p-norm.

    p > 0, math.huge for the largest absolute value; eps is added to Σ|x|ᵖ. Errors: "only 1d layer
    supported" for more dimensions. Source: torch/nn, doc/simple.md.

    >>> nn.Normalize(2).forward(torch.randn(2, 3))
    """

    _buffers = ("_output", "_indices", "_gradInput", "buffer", "norm", "normp", "cross")

    def __post_init__(self) -> None:
        check(self.p is not None, "p-norm not provided")
        check(self.p > 0, f"{self.p}-norm not supported")

    def _small(self, rows: NDArray) -> Any:
        """eps in the rows' type; older models have none."""
        return rows.dtype.type(1e-10 if self.eps is None else self.eps)

    def _norms(self, rows: NDArray) -> tuple[NDArray, NDArray]:
        """Σ|x|ᵖ + eps and its p-th root, a column each."""
        size, eps = np.abs(rows), self._small(rows)
        if self.p == math.inf:
            norm = size.max(1, keepdims=True) + eps
            return norm, norm
        power = np.power(size, rows.dtype.type(self.p)).sum(1, keepdims=True)
        power += eps
        return power, np.power(power, rows.dtype.type(1 / self.p))

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        check(x.ndim <= 2, "only 1d layer supported")
        if not x.size:
            raise TorchError("bad argument #1 to 'sum' (dimension 2 out of range)")
        nd_like(self.output, input)
        rows = x.reshape(-1, x.shape[-1])
        power, norm = self._norms(rows)
        self.norm, self.normp = wrap(norm, input), wrap(power, input)
        np.divide(rows, norm, out=resized(self.output, x.shape).reshape(rows.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        check(x.ndim <= 2 and g.ndim <= 2, "only 1d layer supported")
        same_elements(x, g)
        rows = x.reshape(-1, x.shape[-1])
        g = g.reshape(rows.shape)
        power, norm = self._norms(rows)
        dots = (rows * g).sum(1, keepdims=True)
        if self.p == math.inf:
            at = np.abs(rows).argmax(1)[:, None]
            pull = np.zeros_like(rows)
            np.put_along_axis(pull, at, np.take_along_axis(rows, at, 1) / norm**2, 1)
        else:
            size = np.abs(rows)
            if self.p < 2:
                size = size + self._small(rows)
            pull = np.power(size, rows.dtype.type(self.p - 2)) * rows / power
        gx = resized(self.gradInput, x.shape).reshape(rows.shape)
        np.divide(g - pull * dots, norm, out=gx)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the indices are dropped."""
        if type is not None:
            self._indices = None
        return super().type(type, tensorCache)

    def __str__(self) -> str:
        number = f"{int(self.p)}" if self.p % 1 == 0 else formatted("%f", self.p)
        return f"{torch_type(self)}({number})"
