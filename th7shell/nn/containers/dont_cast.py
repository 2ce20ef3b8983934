"""nn.DontCast: keep a module of its type inside a net of another."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, items, new_table
from th7shell.torch.classes import typename
from th7shell.torch.tensor import TYPES, Tensor

from ..helpers.utils import is_plain
from ..module import call
from .decorators import Decorator


class DontCast(
    Decorator, name="nn.DontCast", arguments="… castin?=false castout?=castin moduleType?"
):
    """Keep a module out of `type()`: it stays of its type, and what goes in and out may be
    converted.

    castin converts inputs to moduleType and gradInputs back, castout outputs and gradOutputs.
    moduleType is found from the module's output or parameters. Source: torch/nn,
    doc/containers.md.

    >>> nn.DontCast(nn.LookupTable(5, 2).float(), True)
    """

    castin = castout = _input = _gradOutput = None
    moduleType: Any = None

    def __post_init__(self, module: Any, castout: Any) -> None:
        self.castout = self.castin if castout is None else castout
        if (self.castin or self.castout) and self.moduleType is None:
            found = tensor_type(module.output) or tensor_type(call(module, "parameters"))
            if found is None:
                raise TorchError("Cannot extrapolate moduleType. Provide constructor argument 4")
            self.moduleType = found

    def _cast_input(self, input: Any) -> Any:
        if self.castin and tensor_type(input) != self.moduleType:
            self._input = input = converted(self._input, input, self.moduleType)
        return input

    def _cast_gradient(self, gradOutput: Any) -> Any:
        if self.castout and tensor_type(gradOutput) != self.moduleType:
            self._gradOutput = gradOutput = converted(self._gradOutput, gradOutput, self.moduleType)
        return gradOutput

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        output = call(self.modules[1], "updateOutput", self._cast_input(input))
        kind: Any = tensor_type(self.output)
        self.output = converted(self.output, output, kind) if self.castout else output
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.castin and tensor_type(input) != self.moduleType:
            input = self._input
        gradOutput = self._cast_gradient(gradOutput)
        gradInput = call(self.modules[1], "updateGradInput", input, gradOutput)
        kind = tensor_type(self.gradInput)
        self.gradInput = converted(self.gradInput, gradInput, kind) if self.castin else gradInput
        return self.gradInput

    def _seen(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """Input and gradOutput as the module got them."""
        if self.castin and tensor_type(input) != self.moduleType:
            input = self._input
        return input, self._cast_gradient(gradOutput)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        return super().accGradParameters(*self._seen(input, gradOutput), scale)

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        return super().accUpdateGradParameters(*self._seen(input, gradOutput), lr)

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert the decorator's own output and gradInput, where it casts; the module stays as
        it is.
        """
        if type is None:
            return self._type
        if self.castout and tensor_type(self.output) != type:
            self.output = converted(None, self.output, type)
        if self.castin and tensor_type(self.gradInput) != type:
            self.gradInput = converted(None, self.gradInput, type)
        return self


def tensor_type(value: Any) -> str | None:
    """The type of a tensor, or of the first in a table."""
    if isinstance(value, Tensor):
        return typename(value)
    if isinstance(value, Table):
        return next((kind for v in array(value) if (kind := tensor_type(v))), None)
    return None


def converted(buffer: Any, value: Any, kind: str) -> Any:
    """Tensors, or the nested tables of them, copied into a buffer of another type."""
    if is_plain(value):
        buffer = buffer if is_plain(buffer) else new_table()
        for key, v in items(value):
            buffer[key] = converted(buffer[key], v, kind)
        return buffer
    if isinstance(value, Tensor):
        buffer = buffer if typename(buffer) == kind else TYPES[kind]()
        buffer.resize(value.size())
        return buffer.copy(value) if value.nElement() else buffer
    return value
