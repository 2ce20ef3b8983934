"""PushTable and PullTable: an element leaves the table that flows through a net at one place, and
comes back at another."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, items, listed, new_table
from th7shell.nn.helpers.utils import recursive_type
from th7shell.nn.module import Module
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type

__plays_lua__ = True


class _Half(Module, abstract=True):
    """One of the two; `partner` names the field that leads to the other."""

    partner = ""

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert all tensors but those of the other half; the type's name without arguments."""
        if type is None:
            raise TorchError("PullTable: must provide a type to convert to")
        cache = new_table() if tensorCache is None else tensorCache
        for key, value in list(items(self)):
            if key != self.partner:
                self[key] = recursive_type(value, type, cache)
        return self


class PushTable(_Half, name="nn.PushTable", arguments="index"):
    """Take element `index` out of the table; `pull(index)` makes the nn.PullTable
    that puts it back there.

    Source: clementfarabet/lua---nnx.
    """

    partner = "_pulls"

    def __init__(self, index: Any) -> None:
        self._index = index
        self._pulls = Table()
        self.output = Table()
        self._gradInput = default_type()()
        self.gradInput = Table()
        self._forward = False

    def pull(self, index: Any = None, *_: Any) -> Any:
        """A PullTable for this element, to stand at another place of the net."""
        pull = PullTable(self, index)
        self._pulls[len(self._pulls) + 1] = pull
        return pull

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        for i, value in enumerate(listed(input), 1):
            if i != self._index:
                self.output[i - (i > self._index)] = value
        for pull in listed(self._pulls):
            pull._output = input[self._index]
        self._forward = True
        return self.output

    def take_gradient(self, gradOutput: Any) -> None:
        """Add the gradient that a PullTable got."""
        if self._forward:
            if type(self._gradInput) is not type(gradOutput):
                self._gradInput = type(gradOutput)()
            self._gradInput.resizeAs(gradOutput).copy(gradOutput)
        else:
            self._gradInput.add(gradOutput)
        self._forward = False

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        for i, value in enumerate(listed(gradOutput), 1):
            if i != self._index:
                self.gradInput[i + (i > self._index)] = value
        self.gradInput[self._index] = self._gradInput
        if len(input) != len(self.gradInput):
            raise TorchError("tables size mismatch")
        return self.gradInput


class PullTable(_Half, name="nn.PullTable", arguments="push index"):
    """Put what a PushTable took out at `index`.

    Source: clementfarabet/lua---nnx.
    """

    partner = "_push"
    _output: Any = None

    def __init__(self, push: Any, index: Any) -> None:
        self._push = push
        self._index = index
        self.output = Table()
        self.gradInput = Table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if torch_type(input) == "table":
            for i, value in enumerate(listed(input), 1):
                self.output[i + (i >= self._index)] = value
        elif self._index in (1, 2):
            self.output[3 - self._index] = input
        else:
            raise TorchError("table index out of range")
        self.output[self._index] = self._output
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self._push.take_gradient(gradOutput[self._index])
        if torch_type(input) != "table":
            self.gradInput = gradOutput[3 - self._index]
            return self.gradInput
        if torch_type(self.gradInput) != "table":
            self.gradInput = Table()
        for i, value in enumerate(listed(gradOutput), 1):
            if i != self._index:
                self.gradInput[i - (i > self._index)] = value
        if len(input) != len(self.gradInput):
            raise TorchError("tables size mismatch")
        return self.gradInput
