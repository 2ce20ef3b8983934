"""nn.StochasticGradient: the trainer that goes through a dataset one example at a time."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, send, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import TorchClass
from th7shell.torch.console import show
from th7shell.torch.namespace import TORCH

from ..module import call


class StochasticGradient(
    Table, metaclass=TorchClass, name="nn.StochasticGradient", arguments="module criterion"
):
    """Train a module with a criterion on a dataset, example by example.

    `train(dataset)` goes maxIteration times through the dataset, which has `dataset:size()` and
    examples `dataset[i]` = {input, target}.

    Fields: learningRate (0.01), learningRateDecay (0: the rate of pass k is learningRate / (1 +
    k·decay)), maxIteration (25; 0 or less never ends), shuffleIndices (true), verbose (true),
    hookExample(self, example) and hookIteration(self, iteration, error).

    Source: torch/nn, doc/training.md.

    >>> trainer = nn.StochasticGradient(nn.Linear(2, 1), nn.MSECriterion())
    """

    hookExample = hookIteration = None

    def __post_init__(self) -> None:
        self.learningRate = 0.01
        self.learningRateDecay = 0
        self.maxIteration = 25
        self.shuffleIndices = True
        self.verbose = True

    def train(self, dataset: Any = None, *_: Any) -> Any:
        """Train on a dataset until maxIteration."""
        size = call(dataset, "size")
        order = TORCH.randperm(size, "torch.LongTensor").nd.tolist()
        if not self.shuffleIndices:
            order = range(1, size + 1)
        rate, iteration = self.learningRate, 1
        show("# StochasticGradient: training")
        while True:
            error = sum(self._example(dataset[i], rate) for i in order) / size
            if self.hookIteration is not None:
                self.hookIteration(self, iteration, error)
            if self.verbose:
                show(f"# current error = {tostring(error)}")
            iteration += 1
            rate = self.learningRate / (1 + iteration * self.learningRateDecay)
            if 0 < self.maxIteration < iteration:
                break
        show("# StochasticGradient: you have reached the maximum number of iterations")
        show(f"# training error = {tostring(error)}")
        return nothing()

    def _example(self, example: Any, rate: float) -> float:
        """Learn from one example; return its loss."""
        module, criterion = self.module, self.criterion
        input, target = example[1], example[2]
        loss = call(criterion, "forward", call(module, "forward", input), target)
        grad = call(criterion, "updateGradInput", module.output, target)
        send(module, "updateGradInput", input, grad)
        send(module, "accUpdateGradParameters", input, criterion.gradInput, rate)
        if self.hookExample is not None:
            self.hookExample(self, example)
        return loss
