"""Criterions that sum a loss over elements: MSE, Abs, SmoothL1, BCE, DistKLDiv, Margin,
SoftMargin …
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..lua import TorchError, lua_type
from ..torch.tensor import Tensor, default_type, resized, wrap
from .checks import check, nd, nd_real, same_elements, same_type
from .criterion import Criterion
from .kernels import loss as kernels
from .transfer import Sigmoid


class ElementwiseLoss(Criterion, abstract=True):
    """What these share: the losses of all elements are summed, or averaged with sizeAverage."""

    sizeAverage: Any = None

    _loss: Any
    _slope: Any

    def __init__(self, sizeAverage: Any = None, *_: Any) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        """The arrays of input and target, of one shape."""
        x, t = nd_real(input), nd(target, "target", "cdata")
        same_type(x, t, 3)
        if x.shape != t.shape:
            same_elements(x, t, "input", "target")
            t = t.reshape(x.shape)
        return x, t

    def _constants(self, x: NDArray, target: Any) -> tuple:
        """What the kernels take besides arrays."""
        return ()

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, t = self._pair(input, target)
        total = self._loss(x, t, *self._constants(x, target))
        self.output = total / x.size if self.sizeAverage else total
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, t = self._pair(input, target)
        same_type(x, self.gradInput.nd, 4)
        out = resized(self.gradInput, x.shape)
        self._slope(x, t, out, *self._constants(x, target))
        if self.sizeAverage:
            np.divide(out, x.size, out=out)
        return self.gradInput


class MSECriterion(ElementwiseLoss, name="nn.MSECriterion"):
    """The mean squared error, Σ (x - t)² / n.

    MSECriterion([sizeAverage = true]): false sums. input and target: any shape, as many elements.
    Source: torch/nn, doc/criterion.md.

    >>> nn.MSECriterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.squared)
    _slope = staticmethod(kernels.squared_slope)


class WeightedMSECriterion(MSECriterion, name="nn.WeightedMSECriterion"):
    """The mean squared error against the target times a weight, Σ (x - w·t)² / n.

    WeightedMSECriterion(w): a tensor of the size of a sample, or of the whole target. Field:
    weight. Source: torch/nn, WeightedMSECriterion.

    >>> nn.WeightedMSECriterion(torch.ones(2)).forward(torch.ones(2), torch.zeros(2))
    """

    def __init__(self, w: Any = None, *_: Any) -> None:
        super().__init__()
        self.weight = w.clone()

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        x, t = super()._pair(input, target)
        return x, t * self.weight.nd


class SpatialAutoCropMSECriterion(MSECriterion, name="nn.SpatialAutoCropMSECriterion"):
    """The mean squared error against the centre of a larger target.

    SpatialAutoCropMSECriterion([sizeAverage = true]). input: (planes, h, w) or (batch, planes,
    h, w), the target not smaller. Backward takes a target of the input's size, as in the
    original. Source: torch/nn, doc/criterion.md.

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
        return super().updateOutput(input, wrap(np.ascontiguousarray(crop)))

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, t = nd(input), nd(target, "gradOutput")
        check(x.ndim == t.ndim, "input and gradOutput should have the same number of dimensions")
        check(x.ndim in (3, 4), "input and gradOutput must have 3 or 4 dimensions")
        check(x.shape == t.shape, "gradOutput and input must have the same size")
        return super().updateGradInput(input, target)


class ClassSimplexCriterion(MSECriterion, name="nn.ClassSimplexCriterion"):
    """The squared error against the target class's vertex of a regular simplex.

    ClassSimplexCriterion(nClasses). input: (nClasses) with a number, or (batch, nClasses) with
    a vector of classes. `getPredictions(input)` are the products with the vertices,
    `getTopPrediction(input)` the best class. Fields: nClasses, simplex. Source: torch/nn,
    doc/criterion.md; arXiv 1506.08230.

    >>> nn.ClassSimplexCriterion(3).forward(torch.randn(3), 2)
    """

    def __init__(self, nClasses: Any = None, *_: Any) -> None:
        super().__init__()
        check(
            lua_type(nClasses) == "number" and nClasses > 1 and nClasses % 1 == 0,
            "Required positive integer argument nClasses > 1",
        )
        self.nClasses = nClasses
        self.simplex = default_type()(nClasses, nClasses).zero()
        self.simplex.nd[:, :-1] = simplex(int(nClasses) - 1)
        self._target = default_type()(nClasses)

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
        return wrap(x.reshape(-1, x.shape[-1]) @ self.simplex.nd.T)

    def getTopPrediction(self, input: Any = None, *_: Any) -> Any:
        """The class of each sample, from 1, in a LongTensor."""
        return wrap(self.getPredictions(input).nd.argmax(1) + 1)


class AbsCriterion(ElementwiseLoss, name="nn.AbsCriterion"):
    """The mean absolute error, Σ |x - t| / n.

    AbsCriterion([sizeAverage = true]). Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.AbsCriterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.absolute)
    _slope = staticmethod(kernels.absolute_slope)


class SmoothL1Criterion(ElementwiseLoss, name="nn.SmoothL1Criterion"):
    """Squared error near 0 and absolute error beyond: (x - t)²/2 where |x - t| < 1, else |x -
    t| - 1/2.

    SmoothL1Criterion([sizeAverage = true]). Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.SmoothL1Criterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.smooth)
    _slope = staticmethod(kernels.smooth_slope)


class DistKLDivCriterion(ElementwiseLoss, name="nn.DistKLDivCriterion"):
    """Kullback-Leibler divergence, Σ t·(log t - x) / n, of log-probabilities x from
    probabilities t.

    DistKLDivCriterion(). input and target: one shape. Source: torch/nn, doc/criterion.md.

    >>> nn.DistKLDivCriterion().forward(torch.zeros(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.divergence)
    _slope = staticmethod(kernels.divergence_slope)

    def __init__(self, *_: Any) -> None:
        super().__init__()

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        x, t = nd(input), nd(target, "target")
        check(x.shape == t.shape, "input and target should have the same size")
        return super()._pair(input, target)


class MarginCriterion(ElementwiseLoss, name="nn.MarginCriterion"):
    """Two-class hinge, Σ max(0, margin - x·t) / n, with t in {-1, 1}.

    MarginCriterion([margin = 1]). Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.MarginCriterion().forward(torch.ones(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.hinge)
    _slope = staticmethod(kernels.hinge_slope)

    def __init__(self, margin: Any = None, *_: Any) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin

    def _constants(self, x: NDArray, target: Any) -> tuple:
        return (x.dtype.type(self.margin),)


class SoftMarginCriterion(ElementwiseLoss, name="nn.SoftMarginCriterion"):
    """Two-class logistic loss, Σ log(1 + e^(-x·t)) / n, with t in {-1, 1}.

    SoftMarginCriterion(). Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.SoftMarginCriterion().forward(torch.ones(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.logistic)
    _slope = staticmethod(kernels.logistic_slope)

    def __init__(self, *_: Any) -> None:
        super().__init__()


class WeightedLoss(ElementwiseLoss, abstract=True):
    """What BCE and MultiLabelSoftMargin share: a weight for each column of the target."""

    weights: Any = None

    def __init__(self, weights: Any = None, sizeAverage: Any = None, *_: Any) -> None:
        super().__init__(sizeAverage)
        if weights is not None:
            check(weights.dim() == 1, "weights input should be 1-D Tensor")
            self.weights = weights

    def __len__(self) -> Any:
        return 0 if self.weights is None else self.weights.size()

    def _constants(self, x: NDArray, target: Any) -> tuple:
        if self.weights is None:
            return (x.dtype.type(1),)
        w = self.weights.nd
        if w.size != target.nd.shape[-1] and w.size != target.nd.size:
            same_elements(x, w, "input", "weights")
        return (np.broadcast_to(w, target.nd.shape).reshape(x.shape),)


class BCECriterion(WeightedLoss, name="nn.BCECriterion"):
    """Binary cross entropy, -Σ (t·log x + (1 - t)·log(1 - x)) / n, of probabilities x and
    targets t in [0, 1].

    BCECriterion([weights[, sizeAverage = true]]): weights: a vector, one for each column. 1e-12
    is added inside the logarithms. Errors: "input and target size mismatch", inputs outside [0,
    1]. Source: torch/nn, doc/criterion.md.

    >>> nn.BCECriterion().forward(torch.Tensor([0.5]), torch.ones(1))
    """

    _loss = staticmethod(kernels.cross_entropy)
    _slope = staticmethod(kernels.cross_entropy_slope)

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        same = nd(input, method="nElement").size == nd(target, "target", "nElement").size
        check(same, "input and target size mismatch")
        return super()._pair(input, target)

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, _t = self._pair(input, target)
        inside = (x >= 0) & (x <= 1)
        if not inside.all():
            raise TorchError(
                "Assertion `x >= 0. && x <= 1.' failed. input value should be between 0~1, "
                f"but got {float(x[~inside][0]):f}"
            )
        return super().updateOutput(input, target)


class MultiLabelSoftMarginCriterion(WeightedLoss, name="nn.MultiLabelSoftMarginCriterion"):
    """Binary cross entropy of σ(x), for many labels, without overflow.

    MultiLabelSoftMarginCriterion([weights[, sizeAverage = true]]): weights: a vector, one for
    each column. Fields: weights, sizeAverage, sigmoid. Source: torch/nn, doc/criterion.md.

    >>> nn.MultiLabelSoftMarginCriterion().forward(torch.zeros(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.sigmoid_entropy)
    _slope = staticmethod(kernels.sigmoid_entropy_slope)

    def __init__(self, weights: Any = None, sizeAverage: Any = None, *_: Any) -> None:
        super().__init__(weights, sizeAverage)
        self.sigmoid = Sigmoid()


class HingeEmbeddingCriterion(Criterion, name="nn.HingeEmbeddingCriterion"):
    """x where y = 1, max(0, margin - x) where y = -1: for distances of pairs that are alike or
    not.

    HingeEmbeddingCriterion([margin = 1]). input: any tensor; y: a tensor of as many elements,
    or a number. Fields: margin, sizeAverage. Source: torch/nn, doc/criterion.md.

    >>> nn.HingeEmbeddingCriterion().forward(torch.ones(1), -1)
    """

    sizeAverage: Any = None

    def __init__(self, margin: Any = None, *_: Any) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.sizeAverage = True

    def _labels(self, x: NDArray, y: Any) -> NDArray:
        if isinstance(y, Tensor):
            same_elements(x, y.nd, "input", "target")
            return y.nd.reshape(x.shape)
        return np.full(x.shape, y, x.dtype)

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x = nd(input)
        y = self._labels(x, target)
        alike = np.where(y == -1, 0, x)
        apart = np.where(y == 1, 0, np.maximum(self.margin - x, 0))
        total = kernels.summed(alike) + kernels.summed(apart)
        self.output = total / (1 if self.sizeAverage is False else x.size)
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x = nd(input)
        y = self._labels(x, target)
        out = resized(self.gradInput, x.shape)
        out[...] = np.where((y == -1) & (x > self.margin), 0, y)
        if self.sizeAverage is not False:
            np.divide(out, x.size, out=out)
        return self.gradInput


class L1Cost(Criterion, name="nn.L1Cost"):
    """The 1-norm of the input, Σ |x|; there is no target.

    L1Cost(). Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.L1Cost().forward(torch.ones(3))
    """

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.output = kernels.summed(np.abs(nd_real(input)))
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        np.sign(x, out=resized(self.gradInput, x.shape))
        return self.gradInput


def simplex(n: int) -> NDArray:
    """The n + 1 vertices of a regular simplex around the origin, of norm 1, one a row: (n + 1,
    n).
    """
    vertices = np.zeros((n + 1, n))
    for k in range(n):
        vertices[k, k] = math.sqrt(max(1 - float(np.square(vertices[k, :k]).sum()), 0))
        vertices[k + 1 :, k] = (vertices[k, k] ** 2 - 1 - 1 / n) / vertices[k, k]
    return vertices
