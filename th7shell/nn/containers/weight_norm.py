"""Weight normalisation, w = g·v / ‖v‖: the decorator WeightNorm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import new_table
from th7shell.lua.callers import nothing
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import check
from ..helpers.utils import sizes_of
from ..module import call
from .decorators import Decorator


def split_gradient(
    grad: NDArray, v: NDArray, scale: NDArray, norm: NDArray
) -> tuple[NDArray, NDArray]:
    """The gradients of g and v from that of w, all as (outputs, others); scale = g / norm."""
    along = (grad * v / norm).sum(1, keepdims=True)
    return along, grad * scale - v * scale / norm * along


class WeightNorm(Decorator, name="nn.WeightNorm", arguments="… outputDim=1"):
    """Give a module's weight a length and a direction of their own, w = g·v / ‖v‖ for each
    output.

    outputDim is the dimension of the outputs in the weight. The parameters are v, g and the
    module's bias; v is drawn from N(0, √(2/n)), n the other elements, g becomes ‖v‖, the bias 0.

    Source: torch/nn, doc/containers.md; Salimans and Kingma, arXiv 1602.07868, 2016.

    >>> nn.WeightNorm(nn.Linear(3, 2)).forward(torch.randn(3))
    """

    def __post_init__(self, module: Any) -> None:
        check(module.weight)
        if module.bias is not None:
            self.bias = module.bias
            self.gradBias = module.gradBias
        self.gradWeight = module.gradWeight
        self.weight = module.weight
        sizes = sizes_of(self.weight)
        outputs = sizes.pop(self.outputDim - 1)
        self.otherDims = math.prod(sizes)
        self.viewIn = long_storage([outputs, self.otherDims])
        self.viewOut = long_storage([outputs, *sizes])
        self.weightSize = self.weight.size()
        tensor = default_type()
        self.v = tensor(outputs, self.otherDims)
        self.g = tensor(outputs, 1)
        self._norm = tensor(outputs, 1)
        self._scale = tensor(outputs, 1)
        self.gradG = tensor(outputs, 1).zero()
        self.gradV = tensor(outputs, self.otherDims)
        self.resetInit()

    def permuteIn(self, inpt: Any = None, *_: Any) -> Any:
        """A view with the outputs' dimension first."""
        for i in range(self.outputDim - 1, 0, -1):
            inpt = inpt.transpose(i, i + 1)
        return inpt

    def permuteOut(self, inpt: Any = None, *_: Any) -> Any:
        """A view with the outputs' dimension where the module has it."""
        for i in range(1, self.outputDim):
            inpt = inpt.transpose(i, i + 1)
        return inpt

    def resetInit(self, *_: Any) -> Any:
        """Draw v and set g and the bias."""
        self.v.normal(0, math.sqrt(2 / self.otherDims))
        self.g.nd[...] = np.sqrt(np.square(self.v.nd).sum(1, keepdims=True))
        if self.bias is not None:
            self.bias.zero()
        return nothing()

    def _rows(self, tensor: Any) -> NDArray:
        """The weight's or its gradient's array with the outputs first: (outputs, …)."""
        return np.moveaxis(tensor.nd, self.outputDim - 1, 0)

    def updateWeight(self, *_: Any) -> Any:
        """Compute the weight from v and g."""
        v = self.v.nd
        norm = np.sqrt(np.square(v).sum(1, keepdims=True) + v.dtype.type(1e-4))
        resized(self._norm, norm.shape)[...] = norm
        scale = resized(self._scale, norm.shape)
        np.divide(self.g.nd.reshape(norm.shape), norm, out=scale)
        rows = self._rows(self.weight)
        rows[...] = (v * scale).reshape(rows.shape)
        return nothing()

    def evaluate(self, *_: Any) -> Any:
        """Switch to evaluation mode, with the weight as it is now."""
        if self.train is not False:
            self.updateWeight()
            super().evaluate()
        return nothing()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.train is not False:
            self.updateWeight()
        return self.output.set(call(self.modules[1], "updateOutput", input))

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self.gradInput.set(call(self.modules[1], "updateGradInput", input, gradOutput))

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        super().accGradParameters(input, gradOutput, scale)
        v, rows = self.v.nd, self._rows(self.gradWeight)
        along, across = split_gradient(rows.reshape(v.shape), v, self._scale.nd, self._norm.nd)
        resized(self.gradG, along.shape)[...] = along
        self.gradV = self.gradV.view(self.viewOut)
        self.gradV.nd.reshape(v.shape)[...] = across
        rows[...] = across.reshape(rows.shape)
        return nothing()

    def zeroGradParameters(self, *_: Any) -> Any:
        super().zeroGradParameters()
        self.gradV.zero()
        self.gradG.zero()
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        super().updateParameters(learningRate)
        self.g.add(-learningRate, self.gradG)
        self.v.nd[...] -= learningRate * self.gradV.nd.reshape(self.v.nd.shape)
        return nothing()

    def parameters(self, *_: Any) -> Any:
        """v, g and the bias, and their gradients."""
        return normed_parameters(self)

    def write(self, file: Any = None, *_: Any) -> Any:
        """Write all but the weight, which follows from v and g."""
        child = self.modules[1]
        kept = self.weight, self.gradWeight
        self.weight = self.gradWeight = child.weight = child.gradWeight = None
        try:
            super().write(file)
        finally:
            self.weight, self.gradWeight = child.weight, child.gradWeight = kept
        return ()

    def read(self, file: Any = None, *_: Any) -> Any:
        """Read, and compute the weight again."""
        super().read(file)
        if self.weight is None:
            child = self.modules[1]
            self.weight = child.weight = self.v.new(self.weightSize)
            self.gradWeight = child.gradWeight = self.v.new(self.weightSize)
            self.updateWeight()
            rows = self._rows(self.gradWeight)
            rows[...] = self.gradV.nd.reshape(rows.shape)
        return ()


def normed_parameters(module: Any) -> Any:
    """The tables of v, g and, if there is one, the bias, and of their gradients."""
    names = ("v", "g", "bias") if module.bias is not None else ("v", "g")
    gradients = ("gradV", "gradG", "gradBias")[: len(names)]
    return new_table(module[n] for n in names), new_table(module[n] for n in gradients)
