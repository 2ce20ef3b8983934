"""nn.Linear: y = x·Wᵀ + b."""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import Tensor, default_type, resized

from ..helpers.checks import nd
from ..helpers.output_sizes import ShapeError, show
from ..helpers.parameters import draw_parameters, noBias, sharedAccUpdateGradParameters
from ..kernels import linear as kernel
from ..module import Module, size_text


class Linear(Module, name="nn.Linear", arguments="inputSize outputSize bias=true"):
    """Affine map y = x·Wᵀ + b.

    input: (inputSize) or (batch, inputSize); output: (outputSize) or (batch, outputSize). weight:
    (outputSize, inputSize), bias: (outputSize), both drawn from U(-1/√inputSize, 1/√inputSize);
    `reset(stdv)` draws from U(-√3·stdv, √3·stdv). `noBias()` removes the bias.

    Errors: "size mismatch" where the input's size is not inputSize; "input must be vector or
    matrix". Source: torch/nn, doc/simple.md#nn.Linear.

    >>> nn.Linear(10, 5).forward(torch.randn(10))
    """

    def __post_init__(self, inputSize: Any, outputSize: Any, bias: Any) -> None:
        tensor = default_type()
        self.weight = tensor(outputSize, inputSize)
        self.gradWeight = tensor(outputSize, inputSize)
        if bias is not False:
            self.bias = tensor(outputSize)
            self.gradBias = tensor(outputSize)
        self.reset()

    noBias = noBias
    sharedAccUpdateGradParameters = sharedAccUpdateGradParameters

    def reset(self, stdv: float | None = None, *_: Any) -> Any:
        """Draw weight and bias anew, from the range that the class names."""
        bound = 1 / math.sqrt(self.weight.size(2)) if stdv is None else stdv * math.sqrt(3)
        draw_parameters(self, bound)
        return self

    def _shape_after(self, shape: Any) -> Any:
        out, inner = self.weight.nd.shape
        if not isinstance(shape, tuple) or shape[-1] != inner or len(shape) > 2:
            raise ShapeError(f"{inner} inputs expected, got {show(shape)}")
        return (*shape[:-1], out)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = input.nd if isinstance(input, Tensor) else nd(input)
        w, bias, output = self.weight.nd, self.bias, self.output
        if x.ndim > 2 or x.size == 0:
            raise TorchError("input must be vector or matrix")
        if x.shape[-1] != w.shape[1] or x.dtype is not w.dtype:
            if x.shape[-1] != w.shape[1] or x.dtype != w.dtype:
                self._refuse(input)
        out, shape = output.nd, (*x.shape[:-1], w.shape[0])
        if out.shape != shape or not out.size:
            out = resized(output, shape)
        kernel.forward(x, w, None if bias is None else bias.nd, out, scratch(self))
        return output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x = input.nd if isinstance(input, Tensor) else nd(input)
        g = gradOutput.nd if isinstance(gradOutput, Tensor) else nd(gradOutput, "gradOutput")
        w = self.weight.nd
        if x.ndim > 2:
            return self._passed_over(x.shape)
        if g.shape != (*x.shape[:-1], w.shape[0]) or g.dtype != w.dtype:
            self._refuse_gradient(input, gradOutput)
        out = self.gradInput.nd
        if out.shape != x.shape or not out.size:
            out = resized(self.gradInput, x.shape)
        kernel.backward(g, w, out, scratch(self))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        x = input.nd if isinstance(input, Tensor) else nd(input)
        g = gradOutput.nd if isinstance(gradOutput, Tensor) else nd(gradOutput, "gradOutput")
        gw = self.gradWeight.nd
        if x.ndim > 2:
            return nothing()
        if (*x.shape[:-1], *gw.shape) != (
            *g.shape,
            x.shape[-1],
        ) or not x.dtype == g.dtype == gw.dtype:
            self._refuse_gradient(input, gradOutput)
        gb = None if self.bias is None else self.gradBias.nd
        kernel.accumulate(x, g, gw, gb, 1 if scale is None else scale, scratch(self))
        return nothing()

    def _passed_over(self, shape: tuple[int, ...]) -> Any:
        """The gradInput of an input of more dimensions, which only `forward` refuses: programs
        that call a layer's backward by themselves with what a view took before it go on."""
        count = self.gradInput.nd.size
        out = resized(self.gradInput, shape)
        if out.size != count:
            out.fill(0)
        return self.gradInput

    def _refuse(self, input: Any) -> None:
        """Raise what the products of the weight with such an input raise."""
        if input.dim() == 1:
            self.weight.new(self.weight.size(1)).addmv(1, self.weight, input)
        out = self.weight.new(input.size(1), self.weight.size(1))
        out.addmm(0, out, 1, input, self.weight.t())

    def _refuse_gradient(self, input: Any, gradOutput: Any) -> None:
        """Raise what the products of the weight, or of the input, with such a gradient raise."""
        grad = self.weight.new().resizeAs(input)
        if input.dim() == 1:
            grad.addmv(0, 1, self.weight.t(), gradOutput)
            self.weight.clone().addr(1, gradOutput, input)
        else:
            grad.addmm(0, 1, gradOutput, self.weight)
            self.weight.clone().addmm(1, gradOutput.t(), input)
        raise TorchError(
            f"gradOutput of size {size_text(gradOutput.nd.shape)} does not belong to an input "
            f"of size {size_text(input.nd.shape)}"
        )

    def __str__(self) -> str:
        w = self.weight
        without = " without bias" if self.bias is None else ""
        return f"{torch_type(self)}({w.size(2)} -> {w.size(1)}){without}"
