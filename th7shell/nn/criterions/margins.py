"""Criterions of scores and classes with margins: MultiMargin, MultiLabelMargin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import lua_type
from th7shell.torch.tensor import default_type, resized

from ..criterion import Criterion
from ..helpers.checks import bad_argument, c_number, check, nd, nd_real
from ..kernels import multi_label as kernel
from ..kernels.loss import summed


class MultiMarginCriterion(
    Criterion, name="nn.MultiMarginCriterion", arguments="p=1 weights? margin=1"
):
    """Multi-class hinge, Σ_{i≠y} w[y]·max(0, margin - x[y] + x[i])ᵖ / classes.

    p is 1 or 2. input: (classes) with a number, or (batch, classes) with (batch) classes, from 1;
    batches are averaged (field sizeAverage). Source: torch/nn, doc/criterion.md.

    >>> nn.MultiMarginCriterion().forward(torch.randn(3), 2)
    """

    weights: Any = None

    def __post_init__(self, weights: Any) -> None:
        check(self.p in (1, 2), "only p=1 and p=2 supported")
        self.sizeAverage = True
        if weights:
            check(weights.dim() == 1, "weights input should be 1-D Tensor")
            self.weights = weights

    def _terms(self, input: Any, target: Any) -> tuple[NDArray, NDArray, NDArray, NDArray | int]:
        """Rows of the input, their classes, the positive parts of the margins, the weights of
        the rows.
        """
        x = nd_real(input)
        if x.ndim > 2:
            bad_argument(2, "vector or matrix expected")
        rows = x.reshape(-1, x.shape[-1])
        if lua_type(target) == "number":
            classes = np.array([int(target)])
        else:
            classes = nd(target, "target", "long").astype(np.int64)
        if x.ndim == 2 and classes.shape != (len(x),):
            bad_argument(3, "inconsistent target size")
        classes = classes.reshape(-1)[: len(rows)] - 1
        if classes.min() < 0 or classes.max() >= rows.shape[1]:
            bad_argument(3, "target out of range")
        own = np.take_along_axis(rows, classes[:, None], 1)
        margin = x.dtype.type(c_number(self.margin, 8))
        excess = np.maximum(margin - own + rows, 0)
        np.put_along_axis(excess, classes[:, None], 0, 1)
        weights = 1 if self.weights is None else self.weights.nd[classes][:, None]
        return x, classes, excess, weights

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        _x, _classes, excess, weights = self._terms(input, target)
        total = summed((excess if self.p == 1 else excess * excess) * weights)
        self.output = total / excess.shape[1] / (len(excess) if self.sizeAverage else 1)
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, classes, excess, weights = self._terms(input, target)
        slope = (excess > 0).astype(x.dtype) if self.p == 1 else 2 * excess
        slope = slope * weights / (excess.shape[1] * (len(excess) if self.sizeAverage else 1))
        np.put_along_axis(slope, classes[:, None], -slope.sum(1, keepdims=True), 1)
        resized(self.gradInput, x.shape).reshape(slope.shape)[...] = slope
        return self.gradInput


class MultiLabelMarginCriterion(Criterion, name="nn.MultiLabelMarginCriterion", arguments=""):
    """Multi-label hinge, Σ_{y in labels} Σ_{i not in labels} max(0, 1 - x[y] + x[i]) / classes.

    input and target: (classes) or (batch, classes); a target row lists its labels, from 1, up to
    the first 0. Fields: sizeAverage, isTarget (1 at the labels). Source: torch/nn,
    doc/criterion.md.

    >>> nn.MultiLabelMarginCriterion().forward(torch.randn(3), torch.Tensor([2, 3, 0]))
    """

    def __post_init__(self) -> None:
        self.sizeAverage = True
        self.isTarget = default_type()()

    def _rows(self, input: Any, target: Any) -> tuple[NDArray, NDArray, list[NDArray]]:
        """The input as rows, 1 at their labels, and the lists of their labels, from 0."""
        x = nd_real(input)
        labels = nd(target, "target", "long").astype(np.int64)
        if x.ndim not in (1, 2):
            bad_argument(2, "vector or matrix expected")
        if labels.shape != x.shape:
            bad_argument(3, "inconsistent target size")
        rows = x.reshape(-1, x.shape[-1])
        if labels.min() < 0 or labels.max() > rows.shape[1]:
            bad_argument(3, "target out of range")
        lists = kernel.label_lists(labels.reshape(rows.shape))
        is_target = resized(self.isTarget, x.shape).reshape(rows.shape)
        kernel.mark(lists, is_target)
        return rows, is_target, lists

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        rows, is_target, labels = self._rows(input, target)
        total = sum(
            summed(np.maximum(1 - row[own][:, None] + row[mask == 0], 0))
            for row, mask, own in zip(rows, is_target, labels)
        )
        self.output = total / rows.shape[1] / (len(rows) if self.sizeAverage else 1)
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        rows, is_target, labels = self._rows(input, target)
        gx = resized(self.gradInput, nd(input).shape).reshape(rows.shape)
        step = 1 / (rows.shape[1] * (len(rows) if self.sizeAverage else 1))
        kernel.gradient(rows, is_target, labels, step, gx)
        return self.gradInput
