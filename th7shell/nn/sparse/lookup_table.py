"""nn.LookupTable: vectors by index, such as the embeddings of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, send
from th7shell.lua.callers import nothing
from th7shell.torch.tensor import TYPES, default_type, resized

from ..convolution.base import either
from ..helpers.checks import nd, same_type, torch_shape
from ..helpers.output_sizes import uses_of_nothing
from ..helpers.parameters import sharedAccUpdateGradParameters
from ..helpers.utils import clear, factor
from ..kernels import lookup as kernel
from ..kernels.sparse import times_mentioned
from ..module import Module, size_text


class LookupTable(
    Module, name="nn.LookupTable", arguments="nIndex nOutput paddingValue=0 maxNorm? normType?=2"
):
    """Replace each index by a learnt vector.

    input: (n) or (batch, n) indices from 1 to nIndex, of any tensor type; output: (n, nOutput) or
    (batch, n, nOutput). weight: (nIndex, nOutput) from N(0, 1), or N(0, stdv) after `reset(stdv)`.
    The vector at `paddingValue` gets no gradient. With maxNorm, mentioned vectors whose norm
    (normType) is larger are scaled down in forward. `scaleGradByFreq()` divides each gradient by
    how often the index occurs in the input. gradInput is zeros.

    Errors: "index out of range", "input must be a vector or matrix".
    Source: torch/nn, doc/convolution.md#nn.LookupTable.

    >>> nn.LookupTable(1000, 16).forward(torch.LongTensor([3, 1, 4]))
    """

    sharedAccUpdateGradParameters = sharedAccUpdateGradParameters
    maxNorm = normType = shouldScaleGradByFreq = paddingValue = None
    _count = _input = _sorted = _indices = copiedInput = None

    def __post_init__(self, nIndex: Any, nOutput: Any) -> None:
        tensor = default_type()
        self.weight = tensor(nIndex, nOutput)
        self.gradWeight = tensor(nIndex, nOutput).zero()
        self.reset()

    def backCompatibility(self, *_: Any) -> Any:
        """Bring the fields of models saved by older versions up to date."""
        if self._count is None:
            self._count = TYPES["torch.IntTensor"]()
        if self._input is None:
            self._input = TYPES["torch.LongTensor"]()
        if self.shouldScaleGradByFreq is None:
            self.shouldScaleGradByFreq = False
        return nothing()

    def accUpdateOnly(self, *_: Any) -> Any:
        """Keep no gradient: only `accUpdateGradParameters` can then train; return self."""
        self.gradWeight = None
        return self

    def setPadding(self, paddingValue: Any = None, *_: Any) -> Any:
        """Set the index whose vector gets no gradient; return self."""
        self.paddingValue = paddingValue
        return self

    def setMaxNorm(self, maxNorm: Any = None, *_: Any) -> Any:
        """Set the largest norm a vector may have; return self."""
        self.maxNorm = maxNorm
        return self

    def setNormType(self, normType: Any = None, *_: Any) -> Any:
        """Set which norm maxNorm is about; return self."""
        self.normType = normType
        return self

    def scaleGradByFreq(self, *_: Any) -> Any:
        """Divide each gradient by how often its index occurs in the input; return self."""
        self.shouldScaleGradByFreq = True
        return self

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weight from N(0, stdv), stdv = 1."""
        self.weight.normal(0, either(stdv, 1))
        return nothing()

    def makeInputContiguous(self, input: Any = None, *_: Any) -> Any:
        """The input as a contiguous LongTensor, copied where it is not one."""
        if getattr(input, "dtype", None) == np.int64 and input.nd.flags.c_contiguous:
            self.copiedInput = False
            return input
        self.copiedInput = True
        np.copyto(resized(self._input, nd(input).shape), input.nd, casting="unsafe")
        return self._input

    def rows(self, input: Any, told: str = "", size: int | None = None) -> NDArray[Any]:
        """The indices as flat row numbers from 0, checked; `told` begins the words about a wrong
        one. size: how many rows there are, if not those of the weight.
        """
        indices = nd(input)
        if indices.ndim > 2 or indices.size == 0:
            raise TorchError("input must be a vector or matrix")
        rows = indices.reshape(-1).astype(np.intp) - 1
        if size is None:
            size = len(self.weight.nd)
        if rows.min() < 0 or rows.max() >= size:
            if not told:
                raise TorchError("index out of range")
            wrong = rows[(rows < 0) | (rows >= size)][0] + 1
            raise TorchError(
                f"{told} in the range 1 <= input < {size + 1}, but got input of value: {wrong}"
            )
        return rows

    _multiply_adds = uses_of_nothing

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.backCompatibility()
        if self.maxNorm:
            send(self, "renorm", input)
        rows = self.rows(input)
        self.makeInputContiguous(input)
        weight = self.weight.nd
        out = resized(self.output, (*input.nd.shape, weight.shape[1]))
        np.take(weight, rows, 0, out.reshape(len(rows), weight.shape[1]), "clip")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if type(self.gradInput) is not type(input):
            self.gradInput = input.new()
        if self.gradInput.nd.shape != input.nd.shape:
            resized(self.gradInput, input.nd.shape).fill(0)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        self.backCompatibility()
        if self.gradWeight is None:
            raise TorchError("attempt to index field 'gradWeight' (a nil value)")
        gw = self.gradWeight.nd
        rows = self.rows(input, "inputs need to be", len(gw))
        g = nd(gradOutput, "gradOutput", "cdata")
        same_type(gw, g, 3)
        if g.shape != (*input.nd.shape, gw.shape[1]):
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an input of "
                f"size {size_text(input.nd.shape)} and vectors of {gw.shape[1]}"
            )
        values = g.reshape(len(rows), gw.shape[1])
        scale = factor(scale)
        if self.shouldScaleGradByFreq:
            counts = times_mentioned(rows)
            values, scale = values * (scale / counts)[:, None].astype(gw.dtype), 1
        if self.paddingValue:
            kept = rows != int(self.paddingValue) - 1
            rows, values = rows[kept], values[kept]
        kernel.add_rows(gw, rows, values, scale)
        return nothing()

    def renorm(self, input: Any = None, *_: Any) -> Any:
        """Scale the mentioned vectors of more than maxNorm down to it."""
        if not self.maxNorm:
            return nothing()
        norm = either(self.normType, 2)
        if norm <= 0:
            raise TorchError("non-positive-norm not supported")
        rows = self.rows(input, "input need to be")
        kernel.renormalise(self.weight.nd, rows, self.maxNorm, norm)
        return nothing()

    def type(self, type: str | None = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert the parameters; without a type, tell it. Index buffers keep their types."""
        result = super().type(type, tensorCache)
        if type is not None:
            kin = TYPES[type].kin
            self._count, self._input = kin["Int"](), kin["Long"]()
        return result

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and index buffers; return self."""
        clear(self, "_count", "_input")
        return super().clearState()


type.__setattr__(LookupTable, "__version", 4)
