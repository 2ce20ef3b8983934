"""Criterions of log-probabilities and classes: ClassNLL, SpatialClassNLL, CrossEntropy."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, lua_type, send
from th7shell.torch.tensor import TYPES, Tensor, default_type, resized

from ..criterion import Criterion
from ..helpers.checks import (
    REAL,
    bad_argument,
    check,
    long_buffer,
    nd,
    nd_real,
    same_type,
    shape_text,
)
from ..kernels.loss import summed
from ..transfer.softmax import LogSoftMax

ONE = (1,)
IN_RANGE = "cur_target >= 0 && cur_target < n_classes"


class ClassLoss(Criterion, abstract=True, arguments="weights? sizeAverage=true"):
    """What ClassNLL and SpatialClassNLL share: the target as a LongTensor, and weights of
    classes.
    """

    weights: Any = None

    def __post_init__(self, weights: Any) -> None:
        if weights:
            check(weights.dim() == 1, "weights input should be 1-D Tensor")
            self.weights = weights
        self.output_tensor = default_type()(1).zero()
        self.total_weight_tensor = default_type()(1).fill(1)
        self.target = TYPES["torch.LongTensor"](1).zero()

    def __len__(self) -> Any:
        return 0 if self.weights is None else self.weights.size()

    def _classes(self, input: Any, target: Any) -> NDArray:
        """The target's classes from 0, after keeping them in `self.target`."""
        long = input.kin["Long"] if isinstance(input, Tensor) else None
        if isinstance(target, Tensor):
            self.target = target if target.__class__ is long else long_buffer(target, input)
        elif target.__class__ is int or lua_type(target) == "number":
            buffer = self.target
            if buffer.__class__ is not long:
                buffer = self.target = long_buffer(buffer, input)
            (buffer.nd if buffer.nd.shape == ONE else resized(buffer, ONE))[0] = target
        else:
            nd(target, "target", "long")
        return self.target.nd - 1

    def _finish(self, total: float, weight: float) -> tuple[float, float]:
        """Keep and return the loss and the weight of all samples."""
        if self.sizeAverage and weight:
            total /= weight
        self.output_tensor.nd[0] = total
        self.total_weight_tensor.nd[0] = weight
        self.output = self.output_tensor.nd.item(0)
        return self.output, self.total_weight_tensor.nd.item(0)


class ClassNLLCriterion(ClassLoss, name="nn.ClassNLLCriterion", arguments="… ignoreIndex=-100"):
    """Negative log likelihood, -Σ w[y]·x[y] / Σ w[y], of log-probabilities x and classes y.

    weights: a vector, one for each class; sizeAverage = false sums; a target of ignoreIndex counts
    for nothing. input: (classes) with a number or a 1-element tensor, or (batch, classes) with
    (batch) classes, from 1. Forward returns the loss and the total weight.

    Fields: weights, sizeAverage, ignoreIndex, output_tensor, total_weight_tensor, target.
    Errors: "Assertion `cur_target >= 0 && cur_target < n_classes' failed." for a class that
    does not exist. Source: torch/nn, doc/criterion.md.

    >>> nn.ClassNLLCriterion().forward(nn.LogSoftMax().forward(torch.randn(3)), 2)
    """

    ignoreIndex = -100

    def _checked(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        """The input, and the classes from 0 that it must have."""
        classes = self._classes(input, target)
        x = input.nd if input.__class__ in REAL else nd_real(input)
        kept = self.output_tensor
        if kept is not None and kept.nd.dtype is not x.dtype:  # backward does without
            same_type(x, kept.nd, 4)
        if classes.ndim > 1:
            raise TorchError("multi-target not supported")
        if x.ndim > 2:
            raise TorchError("input tensor should be 1D or 2D")
        count = x.shape[-1]
        if self.weights is not None and self.weights.nd.size != count:
            raise TorchError(
                f"weight tensor should be defined either for all {count} classes or no classes"
                f" but got weight tensor of shape: {shape_text(self.weights.nd.shape)}"
            )
        if x.ndim == 2 and len(classes) != len(x):
            assertion("THIndexTensor_(size)(target, 0) == batch_size")
        return x, classes

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, classes = self._checked(input, target)
        count, ignored = x.shape[-1], self.ignoreIndex - 1
        if x.ndim == 1:
            y = int(classes[0])
            if y == ignored:
                return self._finish(0.0, 0.0)
            if not 0 <= y < count:
                assertion(IN_RANGE)
            w = 1.0 if self.weights is None else self.weights.nd.item(y)
            return self._finish(-x.item(y) * w, w)
        rows, classes = kept(classes, ignored, count)
        picked = x[rows, classes]
        if self.weights is None:
            return self._finish(-summed(picked), float(len(picked)))
        weights = self.weights.nd[classes]
        return self._finish(-summed(picked * weights), summed(weights))

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, classes = self._checked(input, target)
        if x.ndim == 1:
            return self._single_gradient(x, int(classes[0]))
        rows, classes = kept(classes, self.ignoreIndex - 1, x.shape[-1])
        total = self.total_weight_tensor.nd.item(0)
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        if total > 0:
            slope = -1 if self.weights is None else -self.weights.nd[classes]
            gx[rows, classes] = slope / total if self.sizeAverage else slope
        return self.gradInput

    def _single_gradient(self, x: NDArray, y: int) -> Any:
        """The gradient of one sample of class y."""
        ignored = y == self.ignoreIndex - 1
        if not (ignored or 0 <= y < len(x)):
            assertion(IN_RANGE)
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        if not ignored and self.total_weight_tensor.nd.item(0) > 0:
            gx[y] = -1 if self.sizeAverage or self.weights is None else -self.weights.nd[y]
        return self.gradInput


class SpatialClassNLLCriterion(ClassLoss, name="nn.SpatialClassNLLCriterion"):
    """Negative log likelihood at each pixel, of log-probabilities (batch, classes, h, w) and
    classes (batch, h, w).

    weights: a vector, one for each class. Forward returns the loss and the total weight. Source:
    torch/nn, doc/criterion.md.

    >>> x = nn.SpatialLogSoftMax().forward(torch.randn(1, 3, 2, 2))
    >>> nn.SpatialClassNLLCriterion().forward(x, torch.ones(1, 2, 2))
    """

    def _checked(self, input: Any, target: Any) -> tuple[NDArray, NDArray]:
        """The input as (pixels, classes), and the classes from 0."""
        classes = self._classes(input, target)
        x = nd_real(input)
        if self.output_tensor is not None:  # backward does without
            same_type(x, self.output_tensor.nd, 4)
        if classes.ndim != 3:
            bad_argument(
                3,
                "only batches of spatial targets supported (3D tensors) "
                f"but got targets of dimension: {classes.ndim}",
            )
        if x.ndim != 4:
            bad_argument(
                2,
                "only batches of spatial inputs supported (4D tensors), "
                f"but got input of dimension: {x.ndim}",
            )
        if self.weights is not None and self.weights.nd.size != x.shape[1]:
            raise TorchError("weight tensor should be defined either for all or no classes")
        if (x.shape[0], *x.shape[2:]) != classes.shape:
            assertion(
                "input0 == target0 && input2 == target1 && input3 == target2",
                f"size mismatch (got input: {'x'.join(map(str, x.shape))}, "
                f"target: {'x'.join(map(str, classes.shape))})",
            )
        if classes.size and not (classes.min() >= 0 and classes.max() < x.shape[1]):
            assertion(IN_RANGE)
        return x, classes[:, None]

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, classes = self._checked(input, target)
        picked = np.take_along_axis(x, classes, 1)
        if self.weights is None:
            return self._finish(-summed(picked), float(picked.size))
        weights = self.weights.nd[classes]
        return self._finish(-summed(picked * weights), summed(weights))

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, classes = self._checked(input, target)
        total = self.total_weight_tensor.nd.item(0)
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        if total > 0:
            slope = (
                -np.ones(classes.shape, x.dtype)
                if self.weights is None
                else -self.weights.nd[classes]
            )
            np.put_along_axis(gx, classes, slope / total if self.sizeAverage else slope, 1)
        return self.gradInput


class CrossEntropyCriterion(
    Criterion, name="nn.CrossEntropyCriterion", arguments="weights? sizeAverage=true"
):
    """LogSoftMax and ClassNLLCriterion in one, of scores x and classes y.

    Shapes as for ClassNLLCriterion, after dropping dimensions of size 1. Fields: lsm, nll,
    sizeAverage. Source: torch/nn, doc/criterion.md.

    >>> nn.CrossEntropyCriterion().forward(torch.randn(3), 2)
    """

    def __post_init__(self, weights: Any, sizeAverage: Any) -> None:
        self.lsm = LogSoftMax()
        self.nll = ClassNLLCriterion(weights, sizeAverage)
        self.sizeAverage = self.nll.sizeAverage
        self.oldSizeAverage = self.sizeAverage

    def _prepare(self, input: Any, target: Any) -> tuple[Any, Any]:
        """Input and target without dimensions of size 1; a changed sizeAverage is handed down."""
        nd(input, method="squeeze")
        if self.sizeAverage != self.oldSizeAverage:
            self.nll.sizeAverage = self.sizeAverage
        self.oldSizeAverage = self.sizeAverage
        if lua_type(target) != "number":
            nd(target, "target", "squeeze")
            target = squeezed(target)
        return squeezed(input), target

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, y = self._prepare(input, target)
        send(self.lsm, "updateOutput", x)
        send(self.nll, "updateOutput", self.lsm.output, y)
        self.output = self.nll.output
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        x, y = self._prepare(input, target)
        send(self.nll, "updateGradInput", self.lsm.output, y)
        send(self.lsm, "updateGradInput", x, self.nll.gradInput)
        self.gradInput.view(self.lsm.gradInput, input.size())
        return self.gradInput


def kept(classes: NDArray, ignored: int, count: int) -> tuple[NDArray, NDArray]:
    """The rows whose class is not ignored, and their classes, which must exist."""
    rows = np.arange(len(classes))
    if ignored >= -1 or (classes == ignored).any():
        rows = rows[classes != ignored]
        classes = classes[classes != ignored]
    if classes.size and not (classes.min() >= 0 and classes.max() < count):
        assertion(IN_RANGE)
    return rows, classes


def squeezed(tensor: Any) -> Any:
    """The tensor without dimensions of size 1; a number where it has one element."""
    return tensor.squeeze() if 1 in tensor.nd.shape else tensor


def assertion(condition: str, message: str = "") -> NoReturn:
    """Raise what a failed assertion of the original's kernels says."""
    raise TorchError(f"Assertion `{condition}' failed. {message}")
