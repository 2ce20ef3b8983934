"""nn.Bilinear: y_k = x₁ᵀ·A_k·x₂ + b_k."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import lua_type, new_table
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import check, nd
from ..helpers.parameters import draw_parameters, sharedAccUpdateGradParameters
from ..helpers.utils import factor, is_plain
from ..module import Module
from ..table.shape import gradients


class Bilinear(Module, name="nn.Bilinear", arguments="inputSize1 inputSize2 outputSize bias=true"):
    """A bilinear form of a pair of inputs, y_k = x₁ᵀ·A_k·x₂ + b_k.

    input: {(batch, inputSize1), (batch, inputSize2)}; output: (batch, outputSize). weight:
    (outputSize, inputSize1, inputSize2), bias: (outputSize), both from U(-1/√inputSize1,
    1/√inputSize1); `reset(stdv)`: U(-√3·stdv, √3·stdv). Errors name the size that does not fit.

    Source: torch/nn, doc/simple.md.

    >>> nn.Bilinear(2, 3, 4).forward([torch.randn(5, 2), torch.randn(5, 3)])
    """

    _buffers = ("buff1", "buff2")
    sharedAccUpdateGradParameters = sharedAccUpdateGradParameters

    def __post_init__(self, inputSize1: Any, inputSize2: Any, outputSize: Any, bias: Any) -> None:
        sizes = (inputSize1, inputSize2, outputSize)
        names = "inputSize1 and inputSize2 and outputSize"
        check(all(n is not None for n in sizes), f"should specify {names}")
        check(
            all(lua_type(n) == "number" and n == int(n) for n in sizes),
            f"{names} should be integer numbers",
        )
        check(all(n > 0 for n in sizes), f"{names} should be positive numbers")
        tensor = default_type()
        self.weight = tensor(outputSize, inputSize1, inputSize2)
        self.gradWeight = tensor(outputSize, inputSize1, inputSize2)
        if bias is not False:
            self.bias = tensor(outputSize)
            self.gradBias = tensor(outputSize)
        self.gradInput = new_table([tensor(), tensor()])
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw weight and bias anew; return self."""
        check(
            stdv is None or (lua_type(stdv) == "number" and stdv > 0),
            "standard deviation should be a positive number",
        )
        bound = 1 / math.sqrt(self.weight.size(2)) if stdv is None else stdv * math.sqrt(3)
        draw_parameters(self, bound)
        return self

    def _pair(self, input: Any) -> tuple[NDArray, NDArray]:
        """The two input matrices."""
        check(
            is_plain(input) and len(input) == 2,
            "input should be a table containing two data Tensors",
        )
        a, b = nd(input[1]), nd(input[2])
        check(a.ndim == 2 and b.ndim == 2, "input Tensors should be two-dimensional")
        check(len(a) == len(b), "input Tensors should have the same number of rows (instances)")
        check(a.shape[1] == self.weight.size(2), "dimensionality of first input is erroneous")
        check(b.shape[1] == self.weight.size(3), "dimensionality of second input is erroneous")
        return a, b

    def _gradient(self, input: Any, gradOutput: Any) -> tuple[NDArray, NDArray, NDArray]:
        """The two input matrices and the gradient."""
        a, b = self._pair(input)
        g = nd(gradOutput, "gradOutput")
        check(len(a) == len(g), "number of rows in gradOutput does not match input")
        check(
            g.shape[1] == self.weight.size(1),
            "number of columns in gradOutput does not output size of layer",
        )
        return a, b, g

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        a, b = self._pair(input)
        w = self.weight.nd
        out = resized(self.output, (len(a), len(w)))
        for k, form in enumerate(w):
            np.einsum("ni,ni->n", a.dot(form), b, out=out[:, k])
        if self.bias is not None:
            np.add(out, self.bias.nd, out=out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        a, b, g = self._gradient(input, gradOutput)
        ga, gb = (resized(t, x.shape) for t, x in zip(gradients(self, input), (a, b)))
        ga.fill(0)
        gb.fill(0)
        for k, form in enumerate(self.weight.nd):
            column = g[:, k : k + 1]
            ga += column * b.dot(form.T)
            gb += column * a.dot(form)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        a, b, g = self._gradient(input, gradOutput)
        scale = factor(scale)
        for k, form in enumerate(self.gradWeight.nd):
            form += scale * (a * g[:, k : k + 1]).T.dot(b)
        if self.bias is not None:
            self.gradBias.nd[...] += scale * g.sum(0)
        return nothing()

    def __str__(self) -> str:
        o, i, j = self.weight.nd.shape
        return f"{torch_type(self)}({i}x{j} -> {o}) {' without bias' if self.bias is None else ''}"
