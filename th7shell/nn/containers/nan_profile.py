"""Decorators that watch a module: NaN stops at the first NaN, Profile measures the time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, items, new_table, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.console import show
from th7shell.torch.tensor import Tensor

from ..module import call
from .decorators import Decorator


class NaN(Decorator, name="nn.NaN", arguments="… id?"):
    """Raise an error where the module's output, gradInput or gradients hold a NaN, and say
    where it came from.

    The id, a running number at first, tells decorators apart in messages. Source: torch/nn,
    doc/containers.md.

    >>> nn.NaN(nn.Linear(3, 2), 'first').forward(torch.randn(3))
    """

    _count = 0

    def __post_init__(self, id: Any) -> None:
        self.id = NaN.newId() if id is None else id

    @staticmethod
    def newId(*_: Any) -> int:
        """The next running number."""
        type.__setattr__(NaN, "_count", NaN._count + 1)
        return NaN._count

    def recursiveIsNaN(self, tensor: Any = None, *_: Any) -> bool:
        """Whether a tensor, or one in a table, holds a NaN."""
        if isinstance(tensor, Table):
            return any(self.recursiveIsNaN(value) for _key, value in items(tensor))
        return isinstance(tensor, Tensor) and bool(np.isnan(tensor.nd.sum()))

    def _refuse(self, what: str) -> None:
        raise TorchError(f"NaN found in {what} of module :\n{tostring(self)}")

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        super().updateOutput(input)
        if self.recursiveIsNaN(self.output):
            if self.recursiveIsNaN(input):
                self._refuse("input")
            if self.recursiveIsNaN(call(self, "parameters")):
                self._refuse("parameters")
            self._refuse("output")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        super().updateGradInput(input, gradOutput)
        if self.recursiveIsNaN(self.gradInput):
            self._refuse("gradOutput" if self.recursiveIsNaN(gradOutput) else "gradInput")
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        super().accGradParameters(input, gradOutput, scale)
        if self.recursiveIsNaN(new_table(self.parameter_lists()[1])):
            self._refuse("gradParameters")
        return nothing()

    def _title(self) -> str:
        return f"{torch_type(self)}({tostring(self.id)})"


class Profile(Decorator, name="nn.Profile", arguments="… print_interval=100 name?"):
    """Print how long the module takes, forward and backward.

    Prints after every print_interval passes; the name is the module's class at first. Fields:
    numFwds, numBwds, summedFwdTime, summedBwdTime. Source: torch/nn, doc/containers.md.

    >>> nn.Profile(nn.Linear(3, 2), 1000)
    """

    def __post_init__(self, module: Any, name: Any) -> None:
        self.name = torch_type(module) if name is None else name
        self.module = module
        self.numFwds = 0
        self.numBwds = 0
        self.summedFwdTime = 0
        self.summedBwdTime = 0

    def _timed(self, way: str, word: str, method: str, *args: Any) -> Any:
        start = time.perf_counter()
        result = call(self.module, method, *args)
        total, count = f"summed{way}Time", f"num{way}s"
        self[total] = self[total] + time.perf_counter() - start
        self[count] = self[count] + 1
        if self[count] % self.print_interval == 0:
            passes = f"{self.print_interval} {word} passes"
            show(f"{self.name} took {self[total]:.3f} seconds for {passes}")
            self[total] = self[count] = 0
        return result

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = self._timed("Fwd", "forward", "updateOutput", input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = self._timed("Bwd", "backward", "updateGradInput", input, gradOutput)
        return self.gradInput
