"""nn.LinearWeightNorm: a linear layer whose weight is g·v / ‖v‖."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import Tensor, default_type, resized

from ..containers.weight_norm import normed_parameters, split_gradient
from ..module import Module
from .linear import Linear


class LinearWeightNorm(Linear, name="nn.LinearWeightNorm", arguments="… eps=1e-16"):
    """nn.Linear whose weight has a length and a direction of their own, w = g·v / ‖v‖ for each
    output.

    The parameters are v (outputSize, inputSize), g (outputSize, 1) and the bias; v and bias are
    drawn as in nn.Linear, g becomes ‖v‖. `initFromWeight([weight])`, `toLinear()` and
    `nn.LinearWeightNorm.fromLinear(linear)` convert.

    Source: torch/nn, doc/simple.md; Salimans and Kingma, arXiv 1602.07868, 2016.

    >>> nn.LinearWeightNorm(3, 2).forward(torch.randn(3))
    """

    _buffers = ("addBuffer", "weight", "norm", "scale")
    gradV: Any
    gradG: Any

    def __init__(self, inputSize: Any, outputSize: Any, bias: Any, eps: Any) -> None:
        Module.__init__(self)
        tensor = default_type()
        self.eps = eps
        self.outputSize = outputSize
        self.inputSize = inputSize
        for name in ("v", "gradV", "weight"):
            self[name] = tensor(outputSize, inputSize)
        for name in ("g", "gradG", "norm", "scale"):
            self[name] = tensor(outputSize, 1)
        if bias is not False:
            self.bias = tensor(outputSize)
            self.gradBias = tensor(outputSize)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw v and the bias anew; g becomes ‖v‖."""
        bound = 1 / math.sqrt(self.inputSize) if stdv is None else stdv * math.sqrt(3)
        resized(self.weight, self.v.nd.shape)
        self.weight.uniform(-bound, bound)
        self.initFromWeight()
        if self.bias is not None:
            self.bias.uniform(-bound, bound)
        return nothing()

    def initFromWeight(self, weight: Any = None, *_: Any) -> Any:
        """Set v and g so that the weight is the given one (its own at first); return self."""
        w = (self.weight if weight is None else weight).nd
        self.g.nd[...] = np.maximum(np.sqrt(np.square(w).sum(1, keepdims=True)), self.eps)
        self.v.nd[...] = w
        return self

    def toLinear(self, *_: Any) -> Any:
        """An nn.Linear with this weight and bias."""
        self.updateWeightMatrix()
        linear = Linear(self.inputSize, self.outputSize, self.bias is not None)
        linear.weight.copy(self.weight)
        if self.bias is not None:
            linear.bias.copy(self.bias)
        return linear

    def updateWeightMatrix(self, *_: Any) -> Any:
        """Compute the weight from v and g."""
        v, g = self.v.nd, self.g.nd
        norm = resized(self.norm, g.shape)
        np.maximum(np.sqrt(np.square(v).sum(1, keepdims=True)), self.eps, out=norm)
        scale = resized(self.scale, g.shape)
        np.divide(g, norm, out=scale)
        np.multiply(v, scale, out=resized(self.weight, v.shape))
        return nothing()

    def evaluate(self, *_: Any) -> Any:
        """Switch to evaluation mode, with the weight as it is now."""
        if self.train is not False:
            self.updateWeightMatrix()
        super().evaluate()
        return nothing()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.train is not False:
            self.updateWeightMatrix()
        return super().updateOutput(input)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        self.gradWeight = self.gradV
        try:
            super().accGradParameters(input, gradOutput, scale)
        finally:
            self.gradWeight = None
        gv = self.gradV.nd
        along, across = split_gradient(gv.copy(), self.v.nd, self.scale.nd, self.norm.nd)
        self.gradG.nd[...] = along
        gv[...] = across
        return nothing()

    def defaultAccUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        kept = self.gradV, self.gradG, self.gradBias
        self.gradV, self.gradG, self.gradBias = self.v, self.g, self.bias
        try:
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            self.gradV, self.gradG, self.gradBias = kept
        return nothing()

    def parameters(self, *_: Any) -> Any:
        """v, g and the bias, and their gradients."""
        return normed_parameters(self)

    def __str__(self) -> str:
        without = " without bias" if self.bias is None else ""
        sizes = f"{tostring(self.inputSize)} -> {tostring(self.outputSize)}"
        return f"{torch_type(self)}({sizes}){without}"


def from_linear(linear: Any = None, *_: Any) -> Any:
    """nn.LinearWeightNorm.fromLinear(linear): a LinearWeightNorm with the weight and bias of an
    nn.Linear.
    """
    w = linear.weight
    module = LinearWeightNorm(w.size(2), w.size(1), isinstance(linear.bias, Tensor), None)
    module.weight.copy(w)
    module.initFromWeight()
    if linear.bias is not None:
        module.bias.copy(linear.bias)
    return module


LinearWeightNorm.fromLinear = staticmethod(from_linear)
