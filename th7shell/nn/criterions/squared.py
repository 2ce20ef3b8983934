"""The squared error and its relatives: MSE, weighted, cropped, against a simplex."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import lua_type
from th7shell.torch.tensor import default_type, resized, wrap

from ..helpers.checks import check, nd
from ..kernels import loss as kernels
from ..kernels.simplex import simplex
from .elementwise import ElementwiseLoss


class MSECriterion(ElementwiseLoss, name="nn.MSECriterion"):
    """The mean squared error, Σ (x - t)² / n.

    sizeAverage = false sums. input and target: any shape, as many elements. Source: torch/nn,
    doc/criterion.md.

    >>> nn.MSECriterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.squared)
    _slope = staticmethod(kernels.squared_slope)


class WeightedMSECriterion(MSECriterion, name="nn.WeightedMSECriterion", arguments="w"):
    """The mean squared error against the target times a weight, Σ (x - w·t)² / n.

    w: a tensor of the size of a sample, or of the whole target. Field: weight. Source: torch/nn,
    WeightedMSECriterion.

    >>> nn.WeightedMSECriterion(torch.ones(2)).forward(torch.ones(2), torch.zeros(2))
    """

    def __post_init__(self, w: Any) -> None:
        self.weight = w.clone()

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        x, t = super()._pair(input, target)
        return x, t * self.weight.nd


class SpatialAutoCropMSECriterion(MSECriterion, name="nn.SpatialAutoCropMSECriterion"):
    """The mean squared error against the centre of a larger target.

    input: (planes, h, w) or (batch, planes, h, w), the target not smaller. Backward takes a target
    of the input's size, as in the original. Source: torch/nn, doc/criterion.md.

    >>> nn.SpatialAutoCropMSECriterion().forward(torch.ones(1, 2, 2), torch.zeros(1, 4, 4))
    """

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, t = nd(input), nd(target, "target")
        check(x.ndim == t.ndim, "input and target should have the same number of dimensions")
        check(x.ndim in (3, 4), "input and target must have 3 or 4 dimensions")
        rows, columns = (b - a for a, b in zip(x.shape[-2:], t.shape[-2:]))
        check(
            rows >= 0 and columns >= 0,
            "Spatial resolution of input should be less than or equal to "
            "the spatial resolution of the target",
        )
        top, left = rows // 2, columns // 2
        crop = t[..., top : top + x.shape[-2], left : left + x.shape[-1]]
        return super().updateOutput(input, wrap(np.ascontiguousarray(crop), target))

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, t = nd(input), nd(target, "gradOutput")
        check(x.ndim == t.ndim, "input and gradOutput should have the same number of dimensions")
        check(x.ndim in (3, 4), "input and gradOutput must have 3 or 4 dimensions")
        check(x.shape == t.shape, "gradOutput and input must have the same size")
        return super().updateGradInput(input, target)


class ClassSimplexCriterion(MSECriterion, name="nn.ClassSimplexCriterion", arguments="nClasses"):
    """The squared error against the target class's vertex of a regular simplex.

    input: (nClasses) with a number, or (batch, nClasses) with a vector of classes.
    `getPredictions(input)` are the products with the vertices, `getTopPrediction(input)` the best
    class. Fields: nClasses, simplex. Source: torch/nn, doc/criterion.md; arXiv 1506.08230.

    >>> nn.ClassSimplexCriterion(3).forward(torch.randn(3), 2)
    """

    def __post_init__(self) -> None:
        check(
            lua_type(self.nClasses) == "number" and self.nClasses > 1 and self.nClasses % 1 == 0,
            "Required positive integer argument nClasses > 1",
        )
        self.simplex = default_type()(self.nClasses, self.nClasses).zero()
        self.simplex.nd[:, :-1] = simplex(int(self.nClasses) - 1)
        self._target = default_type()(self.nClasses)

    def _vertices(self, target: Any) -> None:
        """Put the vertices of the target's classes into `_target`."""
        if lua_type(target) == "number":
            rows = self.simplex.nd[int(target) - 1]
        else:
            classes = nd(target, "target")
            check(classes.ndim == 1, "1D tensors only!")
            rows = self.simplex.nd[classes.astype(np.intp) - 1]
        resized(self._target, rows.shape)[...] = rows

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self._vertices(target)
        check(input.nElement() == self._target.nElement())
        return super().updateOutput(input, self._target)

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        check(input.nElement() == self._target.nElement())
        return super().updateGradInput(input, self._target)

    def getPredictions(self, input: Any = None, *_: Any) -> Any:
        """The products of each sample with each vertex: (batch, nClasses)."""
        x = nd(input)
        return wrap(x.reshape(-1, x.shape[-1]) @ self.simplex.nd.T, input)

    def getTopPrediction(self, input: Any = None, *_: Any) -> Any:
        """The class of each sample, from 1, in a LongTensor."""
        return wrap(self.getPredictions(input).nd.argmax(1) + 1, input)
