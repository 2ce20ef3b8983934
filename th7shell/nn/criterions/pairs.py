"""Criterions on a table of two inputs: L1HingeEmbedding, CosineEmbedding, MarginRanking,
DistanceRatio.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, lua_type, new_table
from th7shell.lua.marks import scratch
from th7shell.torch.tensor import TYPES, default_type, resized

from ..criterion import Criterion
from ..helpers.checks import check, nd, same_elements
from ..kernels.loss import summed
from ..table.products import cosine_parts, pair_of_rows


class L1HingeEmbeddingCriterion(
    Criterion, name="nn.L1HingeEmbeddingCriterion", arguments="margin=1"
):
    """‖x₁ - x₂‖₁ where y = 1, max(0, margin - ‖x₁ - x₂‖₁) where y = -1.

    input: {x₁, x₂}, of as many elements; y: a number. The gradient at 0 is drawn from {-1, 1}.
    Source: torch/nn, doc/criterion.md.

    >>> nn.L1HingeEmbeddingCriterion().forward([torch.ones(2), torch.zeros(2)], 1)
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(), default_type()()])

    def _difference(self, input: Any) -> NDArray:
        a, b = nd(input[1], "input1", "dist"), nd(input[2], "input2")
        if a.size != b.size or input[1].__class__ is not input[2].__class__:
            input[1].dist(input[2], 1)
        return a - b.reshape(a.shape)

    def updateOutput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        distance = summed(np.abs(self._difference(input)))
        self.output = max(0, self.margin - distance) if y == -1 else distance
        return self.output

    def updateGradInput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        difference = self._difference(input)
        slope, zeros = np.sign(difference), difference == 0
        if zeros.any():
            slope[zeros] = 2 * input[1].new(int(zeros.sum())).random(2).nd - 3
        if y == -1:
            slope = -slope if summed(np.abs(difference)) <= self.margin else slope * 0
        for sign, grad, x in ((1, self.gradInput[1], input[1]), (-1, self.gradInput[2], input[2])):
            np.multiply(slope.reshape(x.nd.shape), sign, out=resized(grad, x.nd.shape))
        return self.gradInput


class CosineEmbeddingCriterion(Criterion, name="nn.CosineEmbeddingCriterion", arguments="margin=0"):
    """1 - cos(x₁, x₂) where y = 1, max(0, cos(x₁, x₂) - margin) where y = -1.

    input: {x₁, x₂}, vectors with a number y, or matrices with a vector of them. Fields: margin,
    sizeAverage. Source: torch/nn, doc/criterion.md.

    >>> nn.CosineEmbeddingCriterion().forward([torch.ones(2), torch.ones(2)], 1)
    """

    _idx: Any = None

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(), default_type()()])
        self.sizeAverage = True

    def _terms(self, input: Any, y: Any) -> tuple[NDArray, NDArray]:
        """The loss of each pair and its label."""
        a, b = pair_of_rows(input)
        labels = np.full(1, y) if lua_type(y) == "number" else nd(y, "y", "eq").reshape(-1)
        if len(labels) != len(a):
            raise TorchError(
                f"inconsistent tensor size, expected tensor [{len(a)}] and mask [{len(labels)}] to "
                f"have the same number of elements, but got {len(a)} and {len(labels)} elements "
                "respectively"
            )
        dot, na, nb = cosine_parts(a, b)
        cosine = dot * np.sqrt(na * nb)
        apart = np.maximum(cosine - self._known_margin(), 0)
        return np.where(labels == 1, 1 - cosine, np.where(labels == -1, apart, cosine)), labels

    def _known_margin(self) -> Any:
        """The margin, or that of the last call: backward does without the field."""
        if self.margin is not None:
            scratch(self)["margin"] = self.margin
        return scratch(self).get("margin", self.margin)

    def _divisor(self, y: Any) -> int:
        """By what the sum is divided: the first size of y."""
        return 1 if lua_type(y) == "number" or not self.sizeAverage else y.size(1)

    def updateOutput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        losses, _labels = self._terms(input, y)
        self.output = summed(losses) / self._divisor(y)
        return self.output

    def updateGradInput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        losses, labels = self._terms(input, y)
        a, b = pair_of_rows(input)
        dot, na, nb = (part[:, None] for part in cosine_parts(a, b))
        sign = np.where(losses <= 0, 0, np.where(labels == 1, -1, 1))[:, None].astype(a.dtype)
        factor = np.sqrt(na * nb) * sign / self._divisor(y)
        sides = ((1, b, a, na), (2, a, b, nb))
        for i, other, own, norm in sides:
            out = resized(self.gradInput[i], input[i].nd.shape).reshape(own.shape)
            np.multiply(other - dot * norm * own, factor, out=out)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the index buffer stays a ByteTensor."""
        super().type(type, tensorCache)
        self._idx = TYPES["torch.ByteTensor"]()
        return self


class MarginRankingCriterion(Criterion, name="nn.MarginRankingCriterion", arguments="margin=1"):
    """max(0, margin - y·(x₁ - x₂)): x₁ should rank higher where y = 1, lower where y = -1.

    input: {x₁, x₂}, tensors of one element with a number y, or of any size with a tensor y of that
    size. Fields: margin, sizeAverage. Source: torch/nn, doc/criterion.md.

    >>> nn.MarginRankingCriterion().forward([torch.ones(1), torch.zeros(1)], 1)
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(1), default_type()(1)])
        self.sizeAverage = True

    def _excess(self, input: Any, y: Any) -> tuple[NDArray, Any, int]:
        """margin - y·(x₁ - x₂), y, and by what the sum is divided."""
        a, b = nd(input[1], "input1"), nd(input[2], "input2")
        if lua_type(y) == "number":
            a, b, n = a.reshape(-1)[:1], b.reshape(-1)[:1], 1
        else:
            y = nd(y, "y")
            same_elements(a, b, "input1", "input2")
            same_elements(a, y, "input1", "y")
            b, n = b.reshape(a.shape), len(y) if self.sizeAverage else 1
            y = y.reshape(a.shape)
        return self.margin - y * (a - b), y, n

    def updateOutput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        excess, _y, n = self._excess(input, y)
        self.output = summed(np.maximum(excess, 0)) / n
        return self.output

    def updateGradInput(self, input: Any = None, y: Any = None, *_: Any) -> Any:
        excess, labels, n = self._excess(input, y)
        for sign, grad in ((-1, self.gradInput[1]), (1, self.gradInput[2])):
            np.multiply(excess >= 0, labels * (sign / n), out=resized(grad, excess.shape))
        return self.gradInput


class DistanceRatioCriterion(
    Criterion, name="nn.DistanceRatioCriterion", arguments="sizeAverage=true"
):
    """-log(e^(-x) / (e^(-x) + e^(-y))): the distances x should be small beside the distances y.

    input: {x, y}, vectors of one size; there is no target. Source: torch/nn, doc/criterion.md;
    arXiv 1610.00243.

    >>> nn.DistanceRatioCriterion().forward([torch.zeros(2), torch.ones(2)])
    """

    def _pair(self, input: Any) -> tuple[NDArray, NDArray]:
        check(len(input) == 2, "Invalid number of inputs")
        x, y = nd(input[1], "X"), nd(input[2], "Y")
        check(x.size == y.size, "Number of distances don't match.")
        check(len(x) == len(y), "Invalid distances' size.")
        return x, y.reshape(x.shape)

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, y = self._pair(input)
        total = summed(np.logaddexp(0, x - y))
        self.output = total / len(x) if self.sizeAverage else total
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, y = self._pair(input)
        slope = 1 / (1 + np.exp(y - x)) / (len(x) if self.sizeAverage else 1)
        self.gradInput = new_table(input[1].new() for _side in (1, 2))
        for sign, grad in ((1, self.gradInput[1]), (-1, self.gradInput[2])):
            np.multiply(slope, sign, out=resized(grad, x.shape))
        return self.gradInput
