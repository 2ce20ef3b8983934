"""cudnn.SpatialCrossEntropyCriterion and VolumetricCrossEntropyCriterion."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError
from th7shell.nn.criterion import Criterion
from th7shell.nn.criterions.classes import SpatialClassNLLCriterion
from th7shell.nn.helpers.checks import check, nd

from .softmax import SpatialLogSoftMax


class SpatialCrossEntropyCriterion(
    Criterion, name="cudnn.SpatialCrossEntropyCriterion", arguments="weights?"
):
    """LogSoftMax over the planes, then SpatialClassNLLCriterion at every pixel.

    input: (batch, classes, h, w); target: (batch, h, w) of
    classes from 1. Fields: sizeAverage, slsm, nll.
    Errors: "mini-batch supported only", "input and target should be of same size".

    >>> c = cudnn.SpatialCrossEntropyCriterion().cuda()
    >>> c.forward(torch.randn(1, 3, 2, 2).cuda(), torch.ones(1, 2, 2).cuda())
    """

    def __post_init__(self, weights: Any) -> None:
        self.slsm = SpatialLogSoftMax()
        self.nll = SpatialClassNLLCriterion(weights)
        self.sizeAverage = True

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        check_sizes(input, target, 4)
        self.slsm.updateOutput(input)
        self.nll.sizeAverage = self.sizeAverage
        self.nll.updateOutput(self.slsm.output, target)
        self.output = self.nll.output
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        check_sizes(input, target, 4)
        self.nll.updateGradInput(self.slsm.output, target)
        self.gradInput = self.slsm.updateGradInput(input, self.nll.gradInput)
        return self.gradInput


class VolumetricCrossEntropyCriterion(
    Criterion, name="cudnn.VolumetricCrossEntropyCriterion", arguments="weights?"
):
    """The same for volumes.

    input: (batch, classes, t,
    h, w), target: (batch, t, h, w). Field: scec.

    >>> c = cudnn.VolumetricCrossEntropyCriterion().cuda()
    >>> c.forward(torch.randn(1, 3, 2, 2, 2).cuda(), torch.ones(1, 2, 2, 2).cuda())
    """

    def __post_init__(self, weights: Any) -> None:
        self.scec = SpatialCrossEntropyCriterion(weights)

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        check_sizes(input, target, 5)
        self.output = self.scec.updateOutput(*folded(input, target))
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        check_sizes(input, target, 5)
        gradient = self.scec.updateGradInput(*folded(input, target))
        self.gradInput = gradient.view(*input.nd.shape)
        return self.gradInput


def check_sizes(input: Any, target: Any, dims: int) -> None:
    """Refuse what is no batch of so many dimensions, or has another target's sizes."""
    x, t = nd(input), nd(target, "target")
    if x.ndim != dims or t.ndim != dims - 1:
        raise TorchError("mini-batch supported only")
    same = x.shape[:1] == t.shape[:1] and x.shape[2:] == t.shape[1:]
    check(same, "input and target should be of same size")


def folded(input: Any, target: Any) -> tuple[Any, Any]:
    """Time and height as one dimension."""
    n, c, t, h, w = input.nd.shape
    return input.contiguous().view(n, c, t * h, w), target.contiguous().view(n, t * h, w)
