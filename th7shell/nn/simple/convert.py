"""nn.Convert: between layouts of axes that are named by letters, 'bchw' to 'bf' and the like."""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError, send
from th7shell.lua.callers import nothing
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

from ..container import Container
from ..containers.sequential import Sequential
from ..helpers.checks import check
from ..helpers.utils import factor, sizes_of
from ..module import call
from .identity import Identity
from .reshaping import Reshape, Transpose
from .selecting import Select


class Convert(Container, name="nn.Convert", arguments="inputShape?='b*' outputShape?=inputShape"):
    """Convert tensors from one layout of axes to another; the layers for it are made by the
    first forward.

    Shapes are letters, b batch, c channel, h height, w width, f feature, t time; a missing b is
    put first. An input of one dimension less is one sample. Tensors of another type are converted
    too. Possible: permutations of the axes; anything to 'bf'; 'bt', 'tb', 'bf', 'fb' to 'b'; 'b'
    to 'bt'.

    Source: torch/nn, doc/simple.md.

    >>> nn.Convert('bchw', 'bf').forward(torch.randn(2, 3, 4, 4))
    """

    converter: Any = None
    _input = None
    transposition: Any = None

    def __post_init__(self, inputShape: Any, outputShape: Any) -> None:
        if outputShape is not None and inputShape is None:
            raise TorchError("Expecting non-nil arg 1 when arg 2 is provided")
        inputShape = "b*" if inputShape is None else inputShape
        outputShape = inputShape if outputShape is None else outputShape
        self.inputShape = inputShape if "b" in inputShape else "b" + inputShape
        self.outputShape = outputShape if "b" in outputShape else "b" + outputShape
        self.inputBatchDim = self.inputShape.index("b") + 1
        self.outputBatchDim = self.outputShape.index("b") + 1
        if "b*" in (self.inputShape, self.outputShape):
            check(self.inputShape == self.outputShape, "Both or neither shapes must be b*")
            self.nInputDim = self.nOutputDim = -1
            self.transposition = True
        else:
            self.nInputDim = len(self.inputShape)
            self.nOutputDim = len(self.outputShape)
            if self.nInputDim == self.nOutputDim:
                self.transposition = all(axis in self.outputShape for axis in self.inputShape)

    def buildConverter(self, input: Any = None, *_: Any) -> Any:
        """Make the layers that convert."""
        if self.transposition:
            self.converter = self.transpose(self.outputShape)
        elif self.outputShape in ("bf", "b", "bt", "default"):
            self.converter = call(self, self.outputShape, input)
        else:
            raise TorchError(
                f"Unrecognized conversion of shape {self.inputShape} to {self.outputShape}"
            )
        check(isinstance(self.output, Tensor), "Expecting Tensor output")
        send(self.converter, "type", typename(self.output))
        self.modules[1] = self.converter
        return nothing()

    def _batched(self, input: Any) -> Any:
        """The input in the layer's type, with a batch dimension."""
        if typename(input) != self._type:
            self._input = (self._input or self.output.new()).resize(input.size()).copy(input)
            input = self._input
        least = self.nInputDim
        if least is None:
            least = -1 if self.inputShape == "b*" else len(self.inputShape)
        self.batchMode = input.dim() >= least
        if self.batchMode:
            return input
        sizes = sizes_of(input)
        sizes.insert(self._place(self.inputBatchDim, self.inputShape), 1)
        return input.contiguous().view(*sizes)

    def _place(self, noted: Any, shape: str) -> int:
        """Where the batch is in a shape, from 0; `noted` from 1, unless the field is missing."""
        return shape.index("b") if noted is None else noted - 1

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(isinstance(input, Tensor), "expecting Tensor")
        batch = self._batched(input)
        if self.converter is None:
            self.buildConverter(batch)
        output = call(self.converter, "updateOutput", batch)
        if not self.batchMode:
            sizes = sizes_of(output)
            del sizes[self._place(self.outputBatchDim, self.outputShape)]
            output = output.view(*sizes) if sizes else output
        self.output = output
        return output

    def _backward(self, method: str, input: Any, gradOutput: Any, *extra: Any) -> Any:
        """A backward method of the layers, on batches."""
        batch = self._batched(input)
        grad = gradOutput.contiguous().viewAs(self.converter.output)
        return call(self.converter, method, batch, grad, *extra)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        grad = self._backward("updateGradInput", input, gradOutput)
        like = input if typename(input) == self._type else self._batched(input)
        self.gradInput = grad.viewAs(like) if grad.nElement() == like.nElement() else grad
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        self._backward("accGradParameters", input, gradOutput, factor(scale))
        return nothing()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        self._backward("accUpdateGradParameters", input, gradOutput, lr)
        return nothing()

    def bf(self, input: Any = None, *_: Any) -> Any:
        """Layers that give (batch, features)."""
        batch = self.findAxis("b", self.inputShape)
        if self.inputShape == "bt":
            raise TorchError("Conversion of shape bt to bf not supported")
        if len(self.inputShape) == 1:
            return Reshape(1)
        steps: list[Any] = []
        if batch != 1:
            steps.append(Transpose([1, batch]))
        if len(self.inputShape) > 2:
            steps.append(Reshape(math.prod(sizes_of(input)) // input.size(batch)))
        if len(steps) != 2:
            return steps[0] if steps else Identity()
        return Sequential().add(steps[0]).add(steps[1])

    def b(self, input: Any = None, *_: Any) -> Any:
        """Layers that give (batch)."""
        if self.inputShape in ("bt", "tb"):
            return Select(self.findAxis("t"), 1)
        if self.inputShape not in ("bf", "fb"):
            raise TorchError(f"Cannot convert shape {self.inputShape} to shape b")
        axis = self.findAxis("f")
        if input.size(axis) > 1:
            raise TorchError(f"Cannot convert shape {self.inputShape} to b when feature > 1")
        return Select(axis, 1)

    def bt(self, *_: Any) -> Any:
        """Layers that give (batch, time)."""
        if self.inputShape != "b":
            raise TorchError(f"cannot convert shape '{self.inputShape}' to bt")
        return Reshape(1)

    def default(self, *_: Any) -> Any:
        """A layer that changes nothing."""
        return Identity()

    def transpose(self, newShape: Any = None, *_: Any) -> Any:
        """Layers that permute the axes."""
        if newShape == self.inputShape:
            return Identity()
        axes, swaps = list(self.inputShape), []
        for i, axis in enumerate(newShape):
            j = axes.index(axis)
            if i != j:
                axes[i], axes[j] = axes[j], axes[i]
                swaps.append([j + 1, i + 1])
        return Transpose(*swaps)

    def findAxis(self, axis: Any = None, shape: Any = None, silent: Any = None, *_: Any) -> Any:
        """The place of an axis in a shape (the input's at first), from 1; an error without it,
        unless silent.
        """
        shape = self.inputShape if shape is None else shape
        if axis in shape:
            return shape.index(axis) + 1
        if silent:
            return None
        raise TorchError(f"Provided shape '{shape}' has no axis '{axis}'")

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self._input = None
        return super().clearState()

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert, after dropping buffers."""
        if type is not None:
            self._input = None
        return super().type(type, tensorCache)
