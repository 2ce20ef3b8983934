"""nn.IndexLinear: a linear layer for sparse inputs given as keys and values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, new_table
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import TYPES, Tensor, default_type, resized, wrap

from ..convolution.base import either
from ..helpers.checks import bad_argument, check_sizes, nd_real, same_type, torch_shape
from ..helpers.output_sizes import elements
from ..helpers.utils import factor
from ..kernels import sparse as kernel
from ..kernels.index_linear import RATE, normalise, step
from ..kernels.lookup import add_rows
from ..module import Module, size_text

LONG = "torch.LongTensor"


class IndexLinear(
    Module,
    name="nn.IndexLinear",
    arguments="inputSize outputSize doGradInput=false keysOffset=0 weight? bias? normalize=false ",
):
    """Affine map y = Σ value·weight[key] + b of an input of keys and values.

    input: {keys, values} of one sample, both (nnz), keys (LongTensor) from 1; {{keys…},
    {values…}} of a batch; or {keys, values, sizes}, all samples' keys and values one after the
    other and how many each has. output:
    (outputSize) or (batch, outputSize).
    weight: (inputSize, outputSize), with `normalize` four columns more in front: each feature's
    largest absolute value, its inverse, its learning rate and its learnt shift; values are then
    divided by the largest seen. weight and bias start at 0; `reset([stdv])` draws the weight from
    U(-b, b), the bias from U(-b, b)·1e-6, b = √3·stdv or 1/√(columns of weight). Gradients of the
    weight are kept for the mentioned rows only (`running`): `parameters()` gives that table.

    Errors: "Keys and values should be of same size", "Wrong input format.", "index out of bound".
    Source: torch/nn, doc/simple.md#nn.IndexLinear.

    >>> keys, values = torch.LongTensor([1, 7]), torch.Tensor([0.1, 2.5])
    >>> nn.IndexLinear(100, 2).forward([keys, values])
    """

    running: Any
    keys: Any = None
    values: Any = None
    sizes: Any = None
    cumSumSizes: Any = None
    noBatch: Any = None
    isFlat: Any = None
    lkeys: Any = None
    lvalues: Any = None
    updateKeys: Any = None
    updateKeysBuffer: Any = None

    def __post_init__(
        self, inputSize: Any, outputSize: Any, keysOffset: Any, bias: Any, normalize: Any
    ) -> None:
        check_sizes(inputSize, outputSize)
        tensor = default_type()
        self.normalize = 4 if either(normalize, False) else 0
        if not isinstance(self.weight, Tensor):
            self.weight = tensor(inputSize, outputSize + self.normalize).zero()
        self.bias = bias if isinstance(bias, Tensor) else tensor(outputSize).zero()
        self.inputSize = self.weight.size(1)
        self.outputSize = self.weight.size(2) - self.normalize
        self.gradWeight = tensor()
        self.gradBias = tensor(self.outputSize).zero()
        self.gradWeightBuffer, self.valuesBuffer = tensor(), tensor()
        self.normalizedValues = tensor()
        fields = {name: new_table() for name in ("cumSumSizes", "keys", "gradWeight")}
        self.running = new_table(fields={**fields, "counter": 1})
        self.sizesCache, self.cumSumSizesCache = new_table(), new_table()
        self.weightDecay = 0
        self.offset = -1 if keysOffset is None else keysOffset - 1

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weight from U(-b, b) and a millionth of that for the bias; what normalises
        starts at 0."""
        bound = stdv * math.sqrt(3) if stdv else 1 / math.sqrt(self.weight.size(2))
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound).mul(0.000001)
        if self.normalize and self.normalize > 0:
            self.weight.nd[:, : self.normalize] = 0
        return nothing()

    def longTensor(self, *args: Any) -> Any:
        """A LongTensor."""
        return TYPES[LONG](*args)

    def reshapeInput(self, input: Any = None, *_: Any) -> Any:
        """Keys and values as tables (or flat tensors with the samples' sizes), by the input's
        form."""
        if not isinstance(input, Table):
            raise TorchError("assertion failed!")
        parts = array(input)
        if len(parts) == 3:
            keys, values, sizes = parts
            if not isinstance(sizes, Tensor):
                sizes = keys.new(new_table([sizes]))
            if keys.nElement() != values.nElement():
                raise TorchError("Keys and values should be of same size")
            if keys.dim() != 1:
                raise TorchError("Keys and values should be 1D")
            self.isFlat, self.noBatch = True, False
            return keys, values, sizes
        if len(parts) != 2:
            raise TorchError("assertion failed!")
        keys, values = parts
        self.isFlat = False
        if isinstance(keys, Table) and isinstance(values, Table):
            self.noBatch = False
        elif isinstance(keys, Tensor) and isinstance(values, Tensor):
            keys, values = new_table([keys]), new_table([values])
            self.noBatch = True
        else:
            raise TorchError("Wrong input format.")
        for k, v in zip(array(keys), array(values)):
            if k.dim() != 1 or v.dim() != 1:
                raise TorchError("keys and values should be 1D")
        return keys, values

    def flattenInputs(self, input: Any = None, *_: Any) -> Any:
        """Put all keys, values and sizes of the batch into the layer's own tensors."""
        formed = self.reshapeInput(input)
        counter = self.running.counter
        if self.running.keys[counter] is None:
            self.running.keys[counter] = self.longTensor()
        self.keys = self.running.keys[counter]
        if self.isFlat:
            keys, values, sizes = formed[0].nd, nd_real(formed[1]), formed[2]
            self.values = formed[1].new() if self.values is None else self.values
            self.sizes = sizes
        else:
            self.lkeys, self.lvalues = formed
            each = array(self.lvalues)
            keys = np.concatenate([k.nd for k in array(self.lkeys)])
            values = np.concatenate([nd_real(v) for v in each])
            self.values = each[0].new() if self.values is None else self.values
            sizes = self._cached(self.sizesCache, [len(k.nd) for k in array(self.lkeys)])
            self.sizes = sizes
        if len(keys) != len(values):
            bad_argument(1, "Keys and values should have the same number of elements")
        same_type(values, self.weight.nd, 7)
        resized(self.keys, keys.shape)[...] = keys
        resized(self.values, values.shape)[...] = values
        self.cumSumSizes = self._cached(self.cumSumSizesCache, kernel.ends_of(sizes.nd))
        self.running.cumSumSizes[counter] = self.cumSumSizes
        return nothing()

    def _cached(self, cache: Any, numbers: Any) -> Any:
        """The first tensor of a table of buffers, made to hold these numbers."""
        if cache[1] is None:
            cache[1] = self.longTensor()
        resized(cache[1], (len(numbers),))[...] = numbers
        return cache[1]

    def _rows(self, keys: NDArray[Any]) -> NDArray[Any]:
        """Rows of the weight that keys name."""
        rows = keys.astype(np.intp) + int(self.offset)
        size = len(self.weight.nd)
        wrong = (rows < 0) | (rows >= size)
        if wrong.any():
            key = keys[wrong][0]
            first = -int(self.offset)
            raise TorchError(
                f"index out of bound. updateOutput: {key} not between {first} and "
                f"{size + first - 1}"
            )
        return rows

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(input[1]) * self.weight.nd.shape[1]

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.flattenInputs(input)
        rows, values = self._rows(self.keys.nd), self.values.nd
        weight, bias = self.weight.nd, self.bias.nd
        if self.normalize:
            values = self._normalised(rows, values)
        sizes = self.sizes.nd
        total = np.zeros((len(sizes), len(bias)), weight.dtype)
        samples = kernel.samples_of(sizes)
        add_rows(total, samples, weight[rows, self.normalize :] * values[:, None])
        total += bias
        out = resized(self.output, total.shape[1:] if self.noBatch else total.shape)
        out[...] = total[0] if self.noBatch else total
        return self.output

    def _normalised(self, rows: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
        """The values over the largest of their feature so far, plus the feature's shift; training
        updates both, key by key."""
        weight = self.weight.nd
        result = resized(self.normalizedValues, values.shape)
        normalise(weight, rows, values, self.train, result)
        return result

    def _gradient(self, gradOutput: Any) -> NDArray[Any]:
        """gradOutput as (samples, outputSize)."""
        g = nd_real(gradOutput, "gradOutput")
        samples, outputs = len(self.sizes.nd), len(self.bias.nd)
        if g.size != samples * outputs:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text((samples, outputs))}"
            )
        same_type(self.weight.nd, g, 7)
        return g.reshape(samples, outputs)

    def _of_keys(self, gradOutput: Any, scale: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """For each key: the gradient of its sample's output times scale, and the value it goes
        with."""
        g = self._gradient(gradOutput)
        values = (self.normalizedValues if self.normalize else self.values).nd
        return kernel.per_entry(g, self.sizes.nd) * g.dtype.type(scale), values

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        g, values = self._of_keys(gradOutput, scale)
        running = self.running
        counter = running.counter
        if running.gradWeight[counter] is None:
            running.gradWeight[counter] = self.values.new()
        parts = [g, g * values[:, None]] if self.normalize else [g * values[:, None]]
        whole = np.concatenate(parts, 1)
        resized(running.gradWeight[counter], whole.shape)[...] = whole
        self.gradBias.nd[...] += self._gradient(gradOutput).sum(0) * scale
        running.counter = counter + 1
        return nothing()

    def _step(self, keys: NDArray[Any], g: NDArray[Any], gw: NDArray[Any], lr: Any) -> None:
        """weight[key] -= lr · gw (and the shifts by g) with sparse weight decay, key by key: a row
        that is named twice decays and moves twice."""
        rows, normal = self._rows(keys), bool(self.normalize)
        step(self.weight.nd, rows, g, gw, lr, self.weightDecay, normal)

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """Update the parameters with the gradients of this input, times `scale`, at once."""
        scale = factor(scale)
        g, values = self._of_keys(gradOutput, 1)
        self.bias.nd[...] -= self._gradient(gradOutput).sum(0) * scale
        self._step(self.keys.nd, g, g * values[:, None], scale)
        if self.normalize and len(self.bias.nd) == 1:  # the original drops the rates there
            self.weight.nd[self._rows(self.keys.nd), RATE] = 0
        return nothing()

    def updateParameters(self, lr: Any = None, *_: Any) -> Any:
        """Take a gradient step in the rows that were mentioned since the gradients were zero."""
        running = self.running
        if running.counter <= 1:
            return nothing()
        if lr is None:
            raise TorchError("You must specify a learning rate")
        keys = [running.keys[i].nd for i in range(1, int(running.counter))]
        grads = [running.gradWeight[i].nd for i in range(1, int(running.counter))]
        if len(keys) == 1:
            self.updateKeys, self.gradWeight = running.keys[1], running.gradWeight[1]
        else:
            if self.updateKeysBuffer is None:
                self.updateKeysBuffer = self.longTensor()
            for buffer, parts in ((self.updateKeysBuffer, keys), (self.gradWeightBuffer, grads)):
                whole = np.concatenate(parts)
                resized(buffer, whole.shape)[...] = whole
            self.updateKeys, self.gradWeight = self.updateKeysBuffer, self.gradWeightBuffer
        self.bias.nd[...] -= lr * self.gradBias.nd
        gw, outputs = self.gradWeight.nd, len(self.bias.nd)
        self._step(self.updateKeys.nd, gw[:, :outputs], gw[:, -outputs:], lr)
        return nothing()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Forget the gradients."""
        self.gradBias.nd.fill(0)
        self.running.counter = 1
        return nothing()

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.doGradInput and self.normalize > 0:
            raise TorchError("updateGradInput is not implemented in max-normalize mode")
        if not self.doGradInput:
            self.gradInput = new_table()
            return self.gradInput
        weight = self.weight.nd
        g = nd_real(gradOutput, "gradOutput").reshape(-1, weight.shape[1]).dot(weight.T)
        keys = np.arange(1, len(weight) + 1)
        if self.isFlat:
            pair = [wrap(np.broadcast_to(keys, g.shape).copy(), gradOutput), wrap(g, gradOutput)]
        elif self.noBatch:
            pair = [wrap(keys, gradOutput), wrap(g[0].copy(), gradOutput)]
        else:
            pair = [
                new_table([wrap(keys.copy(), gradOutput) for _row in g]),
                new_table([wrap(row.copy(), gradOutput) for row in g]),
            ]
        self.gradInput = new_table(pair)
        return self.gradInput

    def parameters(self, *_: Any) -> Any:
        """Weight and bias; the running table of sparse gradients and gradBias."""
        return new_table([self.weight, self.bias]), new_table([self.running, self.gradBias])

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients, keys and values; return self."""
        self.running.keys, self.running.gradWeight = new_table(), new_table()
        self.keys = self.updateKeys = self.values = self.sizes = self.updateKeysBuffer = None
        self.lkeys, self.lvalues = new_table(), new_table()
        self.gradWeightBuffer = self.gradWeightBuffer.new()
        self.valuesBuffer = self.valuesBuffer.new()
        return super().clearState()
