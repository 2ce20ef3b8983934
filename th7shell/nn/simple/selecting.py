"""Layers that pick, repeat or index parts of a tensor: Select, Narrow, Replicate, Index,
MaskedSelect, OneHot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, lua_type, new_table, tostring
from th7shell.torch.conversion import converted
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import TYPES, default_type, resized

from ..helpers.checks import axis_of, check, nd
from ..helpers.utils import sizes_of
from ..module import Module


class Select(Module, name="nn.Select", arguments="dimension index"):
    """One slice of the input along a dimension, copied.

    Negative numbers count from the end. Fields: dimension, index. Source: torch/nn, doc/simple.md.

    >>> nn.Select(1, -1).forward(torch.randn(3, 2))
    """

    def _slice(self, like: Any, tensor: Any) -> Any:
        dim, index = from_end(self.dimension, like.dim()), self.index
        return tensor.select(dim, like.size(dim) + index + 1 if index < 0 else index)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        part = self._slice(input, input)
        return self.output.resizeAs(part).copy(part)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput.resizeAs(input).zero()
        self._slice(input, self.gradInput).copy(gradOutput)
        return self.gradInput


class Narrow(Module, name="nn.Narrow", arguments="dimension offset length=1"):
    """A stretch of the input along a dimension, copied.

    A negative dimension counts from the end; a length of -1 goes to the end, -2 to the last but
    one; with a negative offset the stretch begins at 1 and leaves `length` out at the end. Fields:
    dimension, index, length. Source: torch/nn, doc/simple.md.

    >>> nn.Narrow(1, 2, -1).forward(torch.randn(5))
    """

    def __post_init__(self, offset: Any) -> None:
        if self.dimension is None or offset is None:
            raise TorchError("nn.Narrow(dimension, offset, length)")
        self.index = offset

    def _stretch(self, like: Any, tensor: Any) -> Any:
        dim = from_end(self.dimension, like.dim())
        index, length = self.index, self.length
        if length < 0:
            length = like.size(dim) - index + length + 2
        if index < 0:
            index, length = 1, like.size(dim) - length
        return tensor.narrow(dim, index, length)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        part = self._stretch(input, input)
        self.output = self.output.typeAs(part)
        return self.output.resizeAs(part).copy(part)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = self.gradInput.typeAs(input).resizeAs(input).zero()
        self._stretch(input, self.gradInput).copy(gradOutput)
        return self.gradInput


class Replicate(Module, name="nn.Replicate", arguments="nFeature dim=1 ndim?"):
    """The input repeated along a new dimension, without copying.

    With ndim, an input of more dimensions has a batch dimension first. Fields: nfeatures, dim,
    ndim. Source: torch/nn, doc/simple.md.

    >>> nn.Replicate(3).forward(torch.randn(2))
    """

    dim: Any
    ndim: Any = None

    def __post_init__(self, nFeature: Any) -> None:
        self.nfeatures = nFeature
        check(self.dim > 0, "Can only replicate across positive integer dimensions.")

    def _axis(self, input: Any) -> int:
        """The place of the new dimension, from 0."""
        at = self.dim + int(self.ndim is not None and input.dim() > self.ndim)
        sizes = long_storage(sizes_of(input) + [0])
        return axis_of(at, input.dim() + 1, lambda: sizes.__setitem__(at, self.nfeatures))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        if self.dim is None:  # saved by an older version
            self.dim = 1
        check(
            self.dim <= input.dim() + 1,
            f"Not enough input dimensions to replicate along dimension {tostring(self.dim)}.",
        )
        sizes = sizes_of(input)
        strides = [input.stride(d) for d in range(1, input.dim() + 1)]
        axis = self._axis(input)
        sizes.insert(axis, self.nfeatures)
        strides.insert(axis, 0)
        pairs = [n for pair in zip(sizes, strides) for n in pair]
        return self.output.set(input.storage(), input.storageOffset(), *pairs)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        np.add.reduce(g, self._axis(input), out=resized(self.gradInput, x.shape))
        return self.gradInput


class Index(Module, name="nn.Index", arguments="dimension"):
    """{tensor, indices} → the slices of the tensor at the indices, along a dimension.

    indices: a LongTensor, from 1. The gradient of the indices is zero. Source: torch/nn,
    doc/simple.md.

    >>> nn.Index(1).forward([torch.randn(3, 2), torch.LongTensor([1, 3])])
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table([self.gradInput, self.gradInput.new()])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output.index(input[1], self.dimension, input[2])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        t, index = input[1], input[2]
        self.gradInput[2].resize(index.size()).zero()
        grad = self.gradInput[1].resizeAs(t).zero()
        grad.indexAdd(self.dimension, index, gradOutput)
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        for tensor in (self.gradInput[1], self.gradInput[2], self.output):
            tensor.set()
        return self


class MaskedSelect(Module, name="nn.MaskedSelect", arguments=""):
    """{tensor, mask} → the elements where the mask is 1, in a vector.

    mask: a ByteTensor with as many elements. The gradient of the mask is zero. Source: torch/nn,
    doc/simple.md.

    >>> x = torch.randn(4)
    >>> nn.MaskedSelect().forward([x, x.gt(0)])
    """

    def __post_init__(self) -> None:
        long = TYPES["torch.LongTensor"]
        self._maskIndices = long()
        self._maskIndexBuffer = long()
        self._maskIndexBufferCPU = TYPES["torch.FloatTensor"]()
        self._gradBuffer = default_type()()
        self._gradMask = TYPES["torch.ByteTensor"]()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output.maskedSelect(input[1], input[2])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        tensor, mask = input[1], input[2]
        grad = resized(self._gradBuffer, tensor.nd.shape)
        grad.fill(0)
        grad.reshape(-1)[mask.nd.reshape(-1) != 0] = nd(gradOutput, "gradOutput").reshape(-1)
        resized(self._gradMask, mask.nd.shape).fill(0)
        self.gradInput = new_table([self._gradBuffer, self._gradMask])
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the mask and the indices keep their types."""
        if type is None:
            return self._type
        kinds = {"_maskIndices": "Long", "_maskIndexBuffer": "Long", "_gradMask": "Byte"}
        kept = {name: self[name] for name in kinds}
        self.gradInput = default_type()()
        super().type(type, tensorCache)
        kin = TYPES[type].kin
        for name, tensor in kept.items():
            self[name] = None if tensor is None else converted(tensor, kin[kinds[name]])
        return self

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        for tensor in (self._maskIndices, self._maskIndexBuffer, self._gradBuffer, self._gradMask):
            if tensor is not None:
                tensor.set()
        return super().clearState()


class OneHot(Module, name="nn.OneHot", arguments="outputSize"):
    """Indices → vectors with a 1 at the index, along a new last dimension.

    input: a number or a tensor of indices from 1 to outputSize; the gradient is zero. Source:
    torch/nn, doc/simple.md.

    >>> nn.OneHot(4).forward(torch.LongTensor([2, 3]))
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        single = lua_type(input) == "number"
        ids = np.array([input]) if single else nd(input, method="size")
        n = int(self.outputSize)
        if not ids.size:
            raise TorchError("Wrong size for view. Input size: . Output size: 1")
        if not (1 <= ids.min() and ids.max() <= n):
            raise TorchError("Invalid index in scatter")
        shape = (n,) if single else (*ids.shape, n)
        out = resized(self.output, shape).reshape(-1, n)
        out.fill(0)
        out[np.arange(len(out)), ids.reshape(-1).astype(np.intp) - 1] = 1
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if lua_type(input) == "number":
            return 0
        nd(input, method="size")
        return self.gradInput.resize(input.size()).zero()

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self._single = self._input = None
        return super().clearState()


def from_end(index: int, n: int) -> int:
    """An index from 1, given as such or counted from the end as a negative number."""
    return n + index + 1 if index < 0 else index
