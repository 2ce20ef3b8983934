"""Modules that graphs need: JustElement and JustTable, and ModuleFromCriterion."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, new_table
from th7shell.nn.helpers.utils import is_plain
from th7shell.nn.module import Module, call
from th7shell.torch.tensor import default_type


class JustElement(Module, name="nngraph.JustElement"):
    """A table with one element → the element. JustElement().

    >>> nngraph.JustElement().forward([torch.randn(2)])
    """

    def __init__(self, *_: Any) -> None:
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if len(input) != 1:
            raise TorchError("expecting one element")
        self.output = input[1]
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput[1] = gradOutput
        return self.gradInput


class JustTable(Module, name="nngraph.JustTable"):
    """An element → a table with that one element. JustTable().

    >>> nngraph.JustTable().forward(torch.randn(2))
    """

    def __init__(self, *_: Any) -> None:
        self.output = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output[1] = input
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = gradOutput[1]
        return self.gradInput


class ModuleFromCriterion(Module, name="nn.ModuleFromCriterion"):
    """A criterion as a module: {prediction, target} → a tensor with the loss.

    ModuleFromCriterion(criterion). The gradient of the target is zero.

    >>> nn.ModuleFromCriterion(nn.MSECriterion()).forward([torch.rand(2), torch.rand(2)])
    """

    def __init__(self, criterion: Any = None, *_: Any) -> None:
        tensor = default_type()
        self.criterion = criterion
        self.output = tensor(1)
        self.gradInput = new_table([tensor(), tensor()])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output[1] = call(self.criterion, "updateOutput", input[1], input[2])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        target = input[2]
        grads = call(self.criterion, "updateGradInput", input[1], target)
        self.gradInput[1] = scaled(self.gradInput[1], grads, gradOutput[1])
        self.gradInput[2].resizeAs(target).zero()
        return self.gradInput


def scaled(kept: Any, value: Any, factor: float) -> Any:
    """`value` times a number, in the tensor or table of tensors that was kept for it."""
    if is_plain(value):
        kept = kept if is_plain(kept) else new_table()
        for i in range(1, len(value) + 1):
            kept[i] = scaled(kept[i], value[i], factor)
        return kept
    kept = value.new() if kept is None else kept
    return kept.resizeAs(value).copy(value).mul(factor)
