"""nn.SparseLinear: a linear layer for inputs that are mostly zeros."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, new_table
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import Tensor, default_type, resized, wrap

from ..helpers.checks import bad_argument, check_sizes, nd_real, same_type, torch_shape
from ..helpers.output_sizes import elements
from ..helpers.utils import factor
from ..kernels import sparse as kernel
from ..kernels.lookup import add_rows
from ..module import Module, size_text

NO_LAST_INPUT, ONE_LAST_INPUT, ACC_MULTIPLE_TIMES = range(3)


class SparseLinear(
    Module, name="nn.SparseLinear", arguments="inputSize outputSize doGradInput=false"
):
    """Affine map y = W·x + b of an input given as pairs {index, value}.

    input: (nnz, 2) rows of index (from 1) and value, output (outputSize); a table of such, output
    (batch, outputSize); or (batch, nnz, 2). Pairs of value 0 are skipped.
    weight: (outputSize, inputSize) from U(-b, b), bias: (outputSize) from U(-b, b)·1e-6, b =
    1/√inputSize or √3·stdv after `reset(stdv)`. `updateParameters` and `zeroGradParameters` touch
    only the columns of the last input. With doGradInput, gradInput holds every index with its
    gradient, in the form of the input; else it is empty.

    Errors: "index out of bound. updateOutput: … not between 1 and …".
    Source: torch/nn, doc/simple.md#nn.SparseLinear.

    >>> nn.SparseLinear(100, 2).forward(torch.Tensor([[1, 0.1], [7, 2.5]]))
    """

    lastInput: Any = None
    formatted_input: Any = None
    legacyMode: Any = None

    def __post_init__(self, inputSize: Any, outputSize: Any) -> None:
        check_sizes(inputSize, outputSize)
        self.weightDecay = 0
        if not isinstance(self.doGradInput, bool):
            raise TorchError("assertion failed!")
        tensor = default_type()
        self.weight, self.bias = tensor(outputSize, inputSize).zero(), tensor(outputSize).zero()
        self.gradWeight = tensor(outputSize, inputSize).zero()
        self.gradBias = tensor(outputSize).zero()
        self.sparseUpdate = NO_LAST_INPUT
        self.gradInput = new_table()
        self.output.resize(outputSize)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weight from U(-b, b) and a millionth of that for the bias."""
        bound = stdv * math.sqrt(3) if stdv else 1 / math.sqrt(self.weight.size(2))
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound).mul(0.000001)
        return nothing()

    def reshapeInput(self, input: Any = None, *_: Any) -> Any:
        """The input as a table of (nnz, 2) tensors; whether it is a batch; whether it is one
        tensor of three axes."""
        if isinstance(input, Table):
            return input, True, False
        if not isinstance(input, Tensor):
            nd_real(input)
        if input.dim() == 2:
            return new_table([input]), False, False
        return input, True, True

    def _entries(self, values: NDArray[Any], where: str) -> tuple[Any, NDArray[Any], NDArray[Any]]:
        """Rows, columns and values of the entries that are not 0, from (nnz, 3) or (batch, nnz,
        2)."""
        if values.ndim == 3:
            n, nnz, _pair = values.shape
            rows, pairs = kernel.samples_of(np.full(n, nnz)), values.reshape(-1, 2)
        else:
            rows, pairs = values[:, 0].astype(np.intp) - 1, values[:, 1:]
        some = pairs[:, 1] != 0
        columns = pairs[some, 0].astype(np.intp) - 1
        size = self.weight.nd.shape[1]
        wrong = (columns < 0) | (columns >= size)
        if wrong.any():
            raise TorchError(
                f"index out of bound. {where}: {columns[wrong][0] + 1} not between 1 and {size}"
            )
        return rows[some], columns, pairs[some, 1]

    def _format(self, inputs: list[Any]) -> None:
        """Put all pairs of a batch into `formatted_input`: sample, index, value."""
        parts = []
        for i, part in enumerate(inputs, 1):
            pairs = nd_real(part)
            same_type(pairs, self.weight.nd, 4)
            if pairs.ndim != 2 or pairs.shape[1] != 2:
                bad_argument(2, "input must be in coo format, nnz x 3")
            parts.append(kernel.with_sample(pairs, i))
        if self.formatted_input is None:
            self.formatted_input = inputs[0].new()
        whole = np.concatenate(parts)
        resized(self.formatted_input, whole.shape)[...] = whole

    def _multiply_adds(self, input: Any, output: Any) -> int:
        pairs = elements(input) // 2  # of an index and a value
        return pairs * self.weight.nd.shape[0]

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.sparseUpdate == ONE_LAST_INPUT:
            self.sparseUpdate = ACC_MULTIPLE_TIMES
        formed, batch, self.legacyMode = self.reshapeInput(input)
        weight, bias = self.weight.nd, self.bias.nd
        if self.legacyMode:
            values = nd_real(input)
            same_type(values, weight, 4)
            if values.ndim != 3 or values.shape[2] != 2:
                bad_argument(2, "input size must be batchsize x nnz x 2")
            samples = len(values)
        else:
            inputs = array(formed)
            if not inputs:
                self.output.copy(self.bias)
                return self.output
            self._format(inputs)
            values, samples = self.formatted_input.nd, len(inputs)
        rows, columns, amounts = self._entries(values, "updateOutput")
        total = np.zeros((samples, len(bias)), weight.dtype)
        add_rows(total, rows, weight.T[columns] * amounts[:, None])
        total += bias
        resized(self.output, total.shape if batch else total.shape[1:])[...] = (
            total if batch else total[0]
        )
        return self.output

    def _gradient(self, gradOutput: Any, samples: int) -> NDArray[Any]:
        """gradOutput as (samples, outputSize)."""
        g = nd_real(gradOutput, "gradOutput")
        same_type(self.weight.nd, g, 3)
        outputs = self.weight.nd.shape[0]
        if g.size != samples * outputs:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text((samples, outputs))}"
            )
        return g.reshape(samples, outputs)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        formed, _batch, self.legacyMode = self.reshapeInput(input)
        source = input if self.legacyMode else self.formatted_input
        if source is None:
            raise TorchError("attempt to index field 'formatted_input' (a nil value)")
        values = source.nd
        g = self._gradient(gradOutput, len(values) if self.legacyMode else len(array(formed)))
        rows, columns, amounts = self._entries(values, "accGradParameters")
        if self.lastInput is None:
            self.lastInput = gradOutput.new()
        if self.sparseUpdate == NO_LAST_INPUT:
            resized(self.lastInput, values.shape)[...] = values
            self.sparseUpdate = ONE_LAST_INPUT
        elif self.sparseUpdate == ONE_LAST_INPUT:
            self.sparseUpdate = ACC_MULTIPLE_TIMES
        gw, dtype = self.gradWeight.nd, self.weight.nd.dtype
        kernel.add_columns(gw, columns, g[rows] * (amounts * dtype.type(scale))[:, None])
        self.gradBias.nd[...] += g.sum(0) * scale
        if self.weightDecay:
            gw += self.weightDecay * self.weight.nd
        return nothing()

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.legacyMode:
            if type(self.gradInput) is not type(gradOutput):
                self.gradInput = gradOutput.new()
            resized(self.gradInput, input.nd.shape)
        else:
            self.gradInput = new_table()
        if not self.doGradInput:
            return self.gradInput
        weight, g = self.weight.nd, nd_real(gradOutput, "gradOutput")
        gi = g.reshape(-1, weight.shape[0]).dot(weight)
        pairs = np.empty((*gi.shape, 2), gi.dtype)
        pairs[..., 0] = np.arange(1, gi.shape[1] + 1)
        pairs[..., 1] = gi
        if self.legacyMode:
            resized(self.gradInput, pairs.shape)[...] = pairs
        else:
            self.gradInput = new_table([wrap(part.copy(), gradOutput) for part in pairs])
        return self.gradInput

    def _last_columns(self, where: str) -> NDArray[Any] | None:
        """The columns that the one last input has touched, None if there were more inputs."""
        if self.lastInput is None or self.sparseUpdate != ONE_LAST_INPUT:
            return None
        return kernel.mentioned(self._entries(self.lastInput.nd, where)[1])

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step, in the columns of the last input where there was only one."""
        columns = self._last_columns("updateParameters")
        if columns is None:
            return super().updateParameters(learningRate)
        if columns.size:
            self.bias.nd[...] -= learningRate * self.gradBias.nd
            self.weight.nd[:, columns] -= learningRate * self.gradWeight.nd[:, columns]
        return nothing()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients to zero, in the columns of the last input where there was only one."""
        columns = self._last_columns("zeroGradParameters")
        if columns is None:
            super().zeroGradParameters()
        else:
            self.gradBias.nd.fill(0)
            self.gradWeight.nd[:, columns] = 0
        self.sparseUpdate = NO_LAST_INPUT
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and the last input; return self."""
        if self.lastInput is not None:
            self.lastInput.set()
        return super().clearState()
