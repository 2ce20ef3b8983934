"""Criterions made of others: MultiCriterion, ParallelCriterion, ModuleCriterion."""

from __future__ import annotations

from typing import Any

from th7shell.lua import array, new_table
from th7shell.torch.console import show
from th7shell.torch.storage import STORAGES

from ..containers.concat_parallel import entry
from ..criterion import Criterion
from ..helpers.checks import check, check_part
from ..helpers.utils import recursiveAdd, recursiveFill, recursiveResizeAs
from ..module import call


class MultiCriterion(Criterion, name="nn.MultiCriterion", arguments=""):
    """The weighted sum of several criterions on the same input and target.

    `add(criterion[, weight = 1])`. Fields: criterions, weights (a DoubleStorage). Source:
    torch/nn, doc/criterion.md.

    >>> nn.MultiCriterion().add(nn.MSECriterion()).add(nn.AbsCriterion(), 0.5)
    """

    def __post_init__(self) -> None:
        self.criterions = new_table()
        self.weights = STORAGES["Double"]()

    def add(self, criterion: Any = None, weight: Any = None, *_: Any) -> Any:
        """Append a criterion with its weight; return self."""
        check(criterion is not None, "no criterion provided")
        check_part(criterion, "criterion")
        n = len(self.criterions) + 1
        self.criterions[n] = criterion
        self.weights.resize(n)
        self.weights[n] = 1 if weight is None else weight
        return self

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.output = sum(
            self.weights[i] * call(criterion, "updateOutput", input, target)
            for i, criterion in enumerate(array(self.criterions), 1)
        )
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.gradInput = recursiveFill(recursiveResizeAs(self.gradInput, input)[0], 0)
        for i, criterion in enumerate(array(self.criterions), 1):
            grad = call(criterion, "updateGradInput", input, target)
            recursiveAdd(self.gradInput, self.weights[i], grad)
        return self.gradInput


class ParallelCriterion(Criterion, name="nn.ParallelCriterion", arguments="repeatTarget?=false"):
    """The weighted sum of several criterions, each on its entry of the input table and of the
    target table.

    `add(criterion[, weight = 1])`; repeatTarget gives all the same target. Fields: criterions,
    weights, repeatTarget. Source: torch/nn, doc/criterion.md.

    >>> nn.ParallelCriterion().add(nn.MSECriterion(), 0.5).add(nn.ClassNLLCriterion())
    """

    repeatTarget: Any = None

    def __post_init__(self) -> None:
        self.criterions = new_table()
        self.weights = new_table()
        self.gradInput = new_table()

    def add(self, criterion: Any = None, weight: Any = None, *_: Any) -> Any:
        """Append a criterion with its weight; return self."""
        check(criterion is not None, "no criterion provided")
        check_part(criterion, "criterion")
        n = len(self.criterions) + 1
        self.criterions[n] = criterion
        self.weights[n] = 1 if weight is None else weight
        return self

    def _each(self, method: str, input: Any, target: Any) -> list[tuple[Any, Any]]:
        """Each criterion's weight and the result of a method on its entries."""
        return [
            (
                self.weights[i],
                call(
                    criterion,
                    method,
                    entry(input, i, "input"),
                    target if self.repeatTarget else entry(target, i, "target"),
                ),
            )
            for i, criterion in enumerate(array(self.criterions), 1)
        ]

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.output = sum(w * loss for w, loss in self._each("updateOutput", input, target))
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.gradInput = recursiveFill(recursiveResizeAs(self.gradInput, input)[0], 0)
        grads = self._each("updateGradInput", input, target)
        for i, (weight, grad) in enumerate(grads, 1):
            recursiveAdd(self.gradInput[i], weight, grad)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the gradients are made anew."""
        self.gradInput = new_table()
        return super().type(type, tensorCache)


class ModuleCriterion(
    Criterion,
    name="nn.ModuleCriterion",
    arguments="criterion inputModule? targetModule? castTarget=true",
):
    """A criterion on the outputs of an input module and of a target module.

    castTarget = false leaves the target module out of `type()`. Parameters of the modules are not
    trained. Source: torch/nn, doc/criterion.md.

    >>> nn.ModuleCriterion(nn.MSECriterion(), nn.Tanh())
    """

    input = target = inputModule = targetModule = None

    def __post_init__(self) -> None:
        if self.inputModule is not None:
            params = call(self.inputModule, "parameters")
            if params is not None and len(params):
                show("Warning: nn.ModuleCriterion doesn't support parameter updates")

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        if self.inputModule is not None:
            self.input = call(self.inputModule, "forward", input)
        if self.targetModule is not None:
            self.target = call(self.targetModule, "forward", target)
        self.output = call(self.criterion, "forward", *self._seen(input, target))
        return self.output

    def _seen(self, input: Any, target: Any) -> tuple[Any, Any]:
        """What the criterion gets."""
        return (
            input if self.input is None else self.input,
            target if self.target is None else self.target,
        )

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        self.gradInput = call(self.criterion, "backward", *self._seen(input, target))
        if self.inputModule is not None:
            self.gradInput = call(self.inputModule, "backward", input, self.gradInput)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the target module only with castTarget."""
        kept, self.targetModule = self.targetModule, self.targetModule if self.castTarget else None
        super().type(type, tensorCache)
        self.targetModule = kept
        return self
