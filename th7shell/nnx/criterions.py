"""Criterions of nnx: SuperCriterion, DistNLLCriterion, DistMarginCriterion, TreeNLLCriterion."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, first, listed, lua_type
from th7shell.lua.callers import nothing
from th7shell.nn.criterion import Criterion
from th7shell.nn.helpers.checks import nd
from th7shell.nn.module import call
from th7shell.nn.simple.arithmetic import Log
from th7shell.nn.simple.reductions import Mean
from th7shell.nn.transfer.softmax import LogSoftMax, SoftMax
from th7shell.torch.tensor import default_type, resized

from . import library

__plays_lua__ = True


class SuperCriterion(Criterion, name="nn.SuperCriterion", arguments=""):
    """A weighted sum of criterions, one for each input; `add(criterion[, weight = 1])`. The target
    is a table of theirs or one for all.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        self.criterions, self.weights, self.gradInput = Table(), Table(), Table()

    def add(self, criterion: Any = None, weight: Any = None, *_: Any) -> Any:
        """Add a criterion for the next input."""
        self.criterions[len(self.criterions) + 1] = criterion
        self.weights[len(self.weights) + 1] = 1 if weight is None else weight
        return nothing()

    def _each(self, input: Any, target: Any) -> Any:
        several = lua_type(target) == "table"
        for i, criterion in enumerate(listed(self.criterions), 1):
            yield i, criterion, self.weights[i], input[i], target[i] if several else target

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.output = 0
        for _i, criterion, weight, x, y in self._each(input, target):
            self.output += weight * call(criterion, "updateOutput", x, y)
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        for i, criterion, weight, x, y in self._each(input, target):
            self.gradInput[i] = default_type()()
            gradient = nd(call(criterion, "updateGradInput", x, y), "gradInput")
            resized(self.gradInput[i], nd(x).shape)[...] = weight * gradient
        return self.gradInput


class DistNLLCriterion(Criterion, name="nn.DistNLLCriterion", arguments="opts?"):
    """The negative log-likelihood of a distribution: -Σ target·log(input).

    DistNLLCriterion{inputIsADistance=, inputIsProbability=, inputIsLogProbability=,
    targetIsProbability=true}; inputs that are none become probabilities by a softmax.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self, opts: Any) -> None:
        opts = Table() if opts is None else opts
        for name in ("inputIsADistance", "inputIsProbability", "inputIsLogProbability"):
            self[name] = opts[name] or False
        wanted = opts["targetIsProbability"]
        self.targetIsProbability = True if wanted is None else wanted
        self.targetSoftMax, self.inputLogSoftMax, self.inputLog = SoftMax(), LogSoftMax(), Log()
        self.gradLogInput, self.input = default_type()(), default_type()()

    def normalize(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """Make probabilities of the target and logarithms of them of the input."""
        self.probTarget = (
            target if self.targetIsProbability else call(self.targetSoftMax, "updateOutput", target)
        )
        if self.inputIsADistance:
            np.negative(nd(input), resized(self.input, nd(input).shape))
        else:
            self.input = input
        self.logProbInput = self.input
        if not self.inputIsLogProbability:
            layer = self.inputLog if self.inputIsProbability else self.inputLogSoftMax
            self.logProbInput = call(layer, "updateOutput", self.input)
        return nothing()

    def denormalize(self, *_: Any) -> Any:
        """Take the gradient back through that."""
        self.gradInput = self.gradLogInput
        if not self.inputIsLogProbability:
            layer = self.inputLog if self.inputIsProbability else self.inputLogSoftMax
            self.gradInput = call(layer, "updateGradInput", self.input, self.gradLogInput)
        if self.inputIsADistance:
            self.gradInput.nd[...] *= -1
        return nothing()

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        call(self, "normalize", input, target)
        products = nd(self.logProbInput).astype(float) * nd(self.probTarget, "target")
        self.output = 0
        for product in products.tolist():
            self.output -= product
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        call(self, "normalize", input, target)
        np.negative(nd(self.probTarget, "target"), resized(self.gradLogInput, nd(input).shape))
        call(self, "denormalize")
        return self.gradInput


class DistMarginCriterion(Criterion, name="nn.DistMarginCriterion", arguments=""):
    """A margin of 1 between the worst target, of class numbers up to a 0, and every other class.

    Field sizeAverage (true): divide by the number of classes.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        self.sizeAverage = True

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        return library.DistMarginCriterion_updateOutput(self, input, target)

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        return library.DistMarginCriterion_updateGradInput(self, input, target)


class TreeNLLCriterion(Criterion, name="nn.TreeNLLCriterion", arguments=""):
    """The negative mean of what nn.SoftMaxTree gives: it knows the target already.

    Source: clementfarabet/lua---nnx.
    """

    def __init__(self, *_: Any) -> None:
        self._module = Mean()
        super().__init__()
        self._output_grad = default_type()(1)
        self._output_grad.nd[0] = -1

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        return -first(call(self._module, "forward", input))[1]

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        return call(self._module, "backward", input, self._output_grad)
