"""Criterions that sum a loss over elements: Abs, SmoothL1, BCE, DistKLDiv, margins, L1Cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.lua.rounding import formatted
from th7shell.torch.tensor import Tensor, resized

from ..criterion import Criterion
from ..helpers.checks import c_number, check, nd, nd_real, same_elements, same_type
from ..kernels import loss as kernels
from ..transfer.pointwise import Sigmoid


class ElementwiseLoss(Criterion, abstract=True, arguments="sizeAverage=true"):
    """What these share: the losses of all elements are summed, or averaged with sizeAverage."""

    sizeAverage: Any = None

    _loss: Any
    _slope: Any

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


class AbsCriterion(ElementwiseLoss, name="nn.AbsCriterion"):
    """The mean absolute error, Σ |x - t| / n.

    Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.AbsCriterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.absolute)
    _slope = staticmethod(kernels.absolute_slope)


class SmoothL1Criterion(ElementwiseLoss, name="nn.SmoothL1Criterion"):
    """Squared error near 0 and absolute error beyond: (x - t)²/2 where |x - t| < 1, else |x -
    t| - 1/2.

    Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.SmoothL1Criterion().forward(torch.ones(2), torch.zeros(2))
    """

    _loss = staticmethod(kernels.smooth)
    _slope = staticmethod(kernels.smooth_slope)


class DistKLDivCriterion(ElementwiseLoss, name="nn.DistKLDivCriterion", arguments=""):
    """Kullback-Leibler divergence, Σ t·(log t - x) / n, of log-probabilities x from
    probabilities t.

    input and target: one shape. Source: torch/nn, doc/criterion.md.

    >>> nn.DistKLDivCriterion().forward(torch.zeros(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.divergence)
    _slope = staticmethod(kernels.divergence_slope)

    def _pair(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        x, t = nd(input), nd(target, "target")
        check(x.shape == t.shape, "input and target should have the same size")
        return super()._pair(input, target)


class MarginCriterion(ElementwiseLoss, name="nn.MarginCriterion", arguments="margin=1"):
    """Two-class hinge, Σ max(0, margin - x·t) / n, with t in {-1, 1}.

    Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.MarginCriterion().forward(torch.ones(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.hinge)
    _slope = staticmethod(kernels.hinge_slope)

    def _constants(self, x: NDArray, target: Any) -> tuple:
        return (x.dtype.type(c_number(self.margin, 6)),)


class SoftMarginCriterion(ElementwiseLoss, name="nn.SoftMarginCriterion", arguments=""):
    """Two-class logistic loss, Σ log(1 + e^(-x·t)) / n, with t in {-1, 1}.

    Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.SoftMarginCriterion().forward(torch.ones(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.logistic)
    _slope = staticmethod(kernels.logistic_slope)


class WeightedLoss(ElementwiseLoss, abstract=True, arguments="weights? sizeAverage=true"):
    """What BCE and MultiLabelSoftMargin share: a weight for each column of the target."""

    weights: Any = None

    def __post_init__(self, weights: Any) -> None:
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

    weights: a vector, one for each column. 1e-12 is added inside the logarithms. Errors: "input
    and target size mismatch", inputs outside [0, 1]. Source: torch/nn, doc/criterion.md.

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
                f"but got {formatted('%f', float(x[~inside][0]))}"
            )
        return super().updateOutput(input, target)


class MultiLabelSoftMarginCriterion(
    WeightedLoss, name="nn.MultiLabelSoftMarginCriterion", arguments="…"
):
    """Binary cross entropy of σ(x), for many labels, without overflow.

    weights: a vector, one for each column. Fields: weights, sizeAverage, sigmoid. Source:
    torch/nn, doc/criterion.md.

    >>> nn.MultiLabelSoftMarginCriterion().forward(torch.zeros(2), torch.ones(2))
    """

    _loss = staticmethod(kernels.sigmoid_entropy)
    _slope = staticmethod(kernels.sigmoid_entropy_slope)

    def __post_init__(self) -> None:
        self.sigmoid = Sigmoid()


class HingeEmbeddingCriterion(Criterion, name="nn.HingeEmbeddingCriterion", arguments="margin=1"):
    """x where y = 1, max(0, margin - x) where y = -1: for distances of pairs that are alike or
    not.

    input: any tensor; y: a tensor of as many elements, or a number. Fields: margin, sizeAverage.
    Source: torch/nn, doc/criterion.md.

    >>> nn.HingeEmbeddingCriterion().forward(torch.ones(1), -1)
    """

    sizeAverage: Any = None

    def __post_init__(self) -> None:
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

    Any shape. Source: torch/nn, doc/criterion.md.

    >>> nn.L1Cost().forward(torch.ones(3))
    """

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.output = kernels.summed(np.abs(nd_real(input)))
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        np.sign(x, out=resized(self.gradInput, x.shape))
        return self.gradInput
