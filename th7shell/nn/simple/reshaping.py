"""Layers that change the form of a tensor and leave its elements: View, Reshape, Squeeze,
Transpose …
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import is_
from typing import Any

from th7shell.lua import Table, TorchError, array, new_table, tostring
from th7shell.lua.marks import scratch
from th7shell.torch.classes import torch_type
from th7shell.torch.memory import own_storage, point
from th7shell.torch.storage import Storage, long_storage
from th7shell.torch.tensor import Tensor

from ..helpers.checks import check, nd, torch_shape
from ..helpers.output_sizes import as_large
from ..helpers.utils import addSingletonDimension, sizes_of
from ..module import Module


class OfSamples(Module, abstract=True):
    """A layer that may be told how many dimensions a sample has, or else takes all for one."""

    numInputDims: Any = None

    def setNumInputDims(self, numInputDims: Any = None, *_: Any) -> Any:
        """Say how many dimensions a sample has; those before are the batch. Return self."""
        self.numInputDims = numInputDims
        return self


class View(OfSamples, name="nn.View", arguments="size…"):
    """The input's memory with other sizes; one size may be -1 and is then inferred.

    The sizes may be one LongStorage. Where the input has a multiple of the elements, a batch
    dimension comes first; with -1 say which dimensions belong to a sample by `setNumInputDims(n)`.
    `resetSize(size …)` changes the sizes. Fields: size, numElements, numInputDims. Error: "input
    view (2x3) and desired view (7) do not match".

    Source: torch/nn, doc/simple.md.

    >>> nn.View(-1).setNumInputDims(3).forward(torch.randn(2, 3, 4, 4))
    """

    def __post_init__(self, *size: Any) -> None:
        self.resetSize(*size)

    def resetSize(self, *sizes: Any) -> Any:
        """Set the sizes (numbers or a LongStorage); return self."""
        self.size = storage_of_sizes(sizes)
        wanted = self.size.nd.tolist()
        if any(n < -1 for n in wanted):
            raise TorchError("size should be positive or -1")
        if wanted.count(-1) > 1:
            raise TorchError("only one dimension can be at -1")
        self.numElements = product(n for n in wanted if n >= 0)
        return self

    def _batch(self, shape: tuple[int, ...]) -> int | None:
        """The size of the batch dimension to put first, if there is to be one."""
        dims = len(shape) if self.numInputDims is None else int(self.numInputDims)
        if not 0 <= dims <= len(shape):
            long_storage(shape)[len(shape) - dims]
        before, sample = shape[: max(len(shape) - dims, 0)], shape[max(len(shape) - dims, 0) :]
        count, wanted = product(sample), self.size.nd.tolist()
        if not self.numElements or count % self.numElements:
            have = "x".join(map(str, shape))
            raise TorchError(
                f"input view ({have}) and desired view ({'x'.join(map(str, wanted))}) do not match"
            )
        batch = (1 if -1 in wanted else count // self.numElements) * product(before)
        if batch == 1 and (self.numInputDims is None or len(shape) <= dims):
            return None
        return batch

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input, method="nDimension")
        out = self.output
        if out is None:
            out = self.output = input.new()
        kept, sizes, dims = scratch(self), self.size.nd.tolist(), self.numInputDims
        if seen(kept.get("output"), (x, out.nd, dims), sizes):
            return out
        batch = self._batch(torch_shape(x))
        first = () if batch is None else (batch,)
        out.view(input, *first, *sizes)
        kept["output"] = (x, out.nd, dims), sizes
        return out

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd(gradOutput, "gradOutput", "new")
        gx = self.gradInput
        if gx is None:
            gx = self.gradInput = gradOutput.new()
        kept, sizes = scratch(self), nd(input, method="size").shape
        if not seen(kept.get("gradient"), (g, gx.nd), sizes):
            gx.view(gradOutput, input.size())
            kept["gradient"] = (g, gx.nd), sizes
        return gx

    def __str__(self) -> str:
        return f"{torch_type(self)}({', '.join(map(str, self.size.nd.tolist()))})"


def seen(kept: Any, given: tuple[Any, ...], sizes: Any) -> bool:
    """Whether a view was made last of the very same array, in the same sizes, and is there yet."""
    return kept is not None and kept[1] == sizes and all(map(is_, kept[0], given))


def show_as(result: Any, tensor: Any, sizes: Sequence[int]) -> None:
    """Make `result` a view of a tensor, of a copy where that is not contiguous, in other sizes."""
    whole = tensor if tensor.nd.flags.c_contiguous else tensor.contiguous()
    x = whole.nd
    if x.size and result.__class__ is whole.__class__ and math.prod(sizes) == x.size:
        point(result, x.reshape(sizes), own_storage(whole))
    else:
        result.view(whole, long_storage(sizes))


class Reshape(Module, name="nn.Reshape", arguments="size… batchMode?"):
    """The input with other sizes, copied where it is not contiguous.

    Without batchMode the first dimension is taken for a batch unless the input has as many
    elements as `size`, and its first dimension is not 1; true always takes it so, false never.
    Fields: size, batchsize, nelement, batchMode.

    Source: torch/nn, doc/simple.md.

    >>> nn.Reshape(16).forward(torch.randn(4, 4))
    """

    batchMode: Any = None
    _buffers = ("_input", "_gradOutput")

    def __post_init__(self, *size: Any) -> None:
        if size and isinstance(size[-1], bool):
            self.batchMode = size[-1]
            size = size[:-1]
        self.size = storage_of_sizes(size)
        wanted = self.size.nd.tolist()
        self.batchsize = long_storage([0, *wanted])
        self.nelement = product(wanted)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input, method="isContiguous")
        if x.shape == (0,) and self.batchMode is not False:
            input.size(1)
        whole = self.batchMode is False or (
            self.batchMode is None and x.size == self.nelement and x.shape[0] != 1
        )
        sizes = self.size.nd.tolist() if whole else [x.shape[0], *self.batchsize.nd.tolist()[1:]]
        show_as(self.output, input, sizes)
        if not whole and self.batchsize.nd.tolist() != sizes:
            self.batchsize = long_storage(sizes)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        nd(gradOutput, "gradOutput", "isContiguous")
        show_as(self.gradInput, gradOutput, nd(input).shape)
        return self.gradInput

    def __str__(self) -> str:
        return f"{torch_type(self)}({'x'.join(map(str, self.size.nd.tolist()))})"


class Collapse(Module, name="nn.Collapse", arguments="nInputDim"):
    """Flatten a sample of nInputDim dimensions into one; a batch dimension before stays.

    Source: torch/nn, doc/simple.md.

    >>> nn.Collapse(3).forward(torch.randn(2, 3, 4, 4))
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input, method="dim")
        if x.shape == (0,):
            if self.nInputDim < 0:
                raise TorchError(
                    "bad argument #1 to 'size' (dimension 1 out of range of 0D tensor)"
                )
            return self.output.view(input, x.size)
        batch = x.shape[:1] if x.ndim > self.nInputDim else ()
        return self.output.view(input.contiguous(), *batch, -1)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self.gradInput.view(gradOutput, input.size())

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self._input = None
        return super().clearState()


class Contiguous(Module, name="nn.Contiguous"):
    """The input, copied only where it is not contiguous; the same for the gradient.

    Source: torch/nn, doc/simple.md.

    >>> nn.Contiguous().forward(torch.randn(3, 2).t())
    """

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        return contiguous_into(self.output, input)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return contiguous_into(self.gradInput, gradOutput)


class Squeeze(OfSamples, name="nn.Squeeze", arguments="dim? numInputDims?"):
    """The input without its dimensions of size 1, or without the one named.

    With numInputDims, a batch dimension before is kept. Source: torch/nn, doc/simple.md.

    >>> nn.Squeeze().forward(torch.randn(2, 1, 3, 1))
    """

    dim = None

    def __post_init__(self, numInputDims: Any) -> None:
        self.setNumInputDims(numInputDims)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(isinstance(input, Tensor), "Squeeze only works on tensors")
        batch = self.numInputDims is not None and input.dim() == self.numInputDims + 1
        if self.dim is not None:
            return self.output.set(input.squeeze(self.dim + batch))
        self.output.set(input.squeeze())
        if batch and input.size(1) == 1:
            self.output.set(self.output.view(1, *sizes_of(self.output)))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        for tensor in (input, gradOutput):
            check(isinstance(tensor, Tensor), "Squeeze only works on tensors")
        check(input.nElement() == gradOutput.nElement())
        return self.gradInput.set(gradOutput.view(input.size()))


class Unsqueeze(OfSamples, name="nn.Unsqueeze", arguments="pos numInputDims?"):
    """The input with a dimension of size 1 put in at a position.

    With numInputDims, dimensions before those of a sample count as batch. Source: torch/nn,
    doc/simple.md.

    >>> nn.Unsqueeze(2).forward(torch.randn(2, 3))
    """

    def __post_init__(self, numInputDims: Any) -> None:
        check(self.pos is not None, "the position to insert singleton dim not specified")
        self.setNumInputDims(numInputDims)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(isinstance(input, Tensor), "This module only works on tensor")
        return addSingletonDimension(self.output, input, self._getActualPosition(input))

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        for tensor in (input, gradOutput):
            check(isinstance(tensor, Tensor), "This module only works on tensor")
        check(input.nElement() == gradOutput.nElement())
        return self.gradInput.view(gradOutput, input.size())

    def _getActualPosition(self, input: Any = None, *_: Any) -> int:
        dims = input.dim()
        if self.numInputDims is None:
            self.numInputDims = dims
        extra = dims - self.numInputDims
        check(extra >= 0, "input feature map dim (numInputDims) must be <= input:dim()")
        check(
            1 <= self.pos + extra <= dims + 1,
            f"Invalid position: {tostring(self.pos)}. input:dim() is {dims}, "
            f"input feature map dim (numInputDims) is {tostring(self.numInputDims)}.",
        )
        return self.pos + extra

    def __str__(self) -> str:
        return f"{torch_type(self)}(dim {tostring(self.pos)})"


class Transpose(OfSamples, name="nn.Transpose", arguments="permutation…"):
    """The input with pairs of dimensions exchanged, one pair after the other, copied.

    With `setNumInputDims(n)` dimensions before those of a sample count as batch. Fields:
    permutations, numInputDims. Source: torch/nn, doc/simple.md.

    >>> nn.Transpose([1, 2]).forward(torch.randn(2, 3))
    """

    def __post_init__(self, *permutation: Any) -> None:
        pairs = (p if isinstance(p, Table) else new_table(p) for p in permutation)
        self.permutations = new_table(pairs)

    def _swapped(self, tensor: Any, dims: int, pairs: list[Any]) -> Any:
        """A view of the tensor with the pairs of dimensions exchanged."""
        offset = 0 if self.numInputDims is None else dims - self.numInputDims
        for pair in pairs:
            tensor = tensor.transpose(pair[1] + offset, pair[2] + offset)
        return tensor

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        dims = nd(input, method="nDimension").ndim
        swapped = self._swapped(input, dims, array(self.permutations))
        return self.output.resizeAs(swapped).copy(swapped)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        swapped = self._swapped(gradOutput, input.dim(), array(self.permutations)[::-1])
        return self.gradInput.resizeAs(swapped).copy(swapped)


def storage_of_sizes(sizes: tuple) -> Any:
    """The sizes of a constructor as a LongStorage: given as numbers, in a table or in a
    storage.
    """
    if len(sizes) == 1 and isinstance(sizes[0], Storage):
        return long_storage(sizes[0].nd.tolist())
    return long_storage(tuple(int(n) for n in sizes))


def product(numbers: Any) -> int:
    """The product of integers."""
    result = 1
    for n in numbers:
        result *= n
    return result


def contiguous_into(buffer: Any, tensor: Any) -> Any:
    """Make a buffer share a contiguous tensor's memory, or hold its copy."""
    if nd(tensor, method="isContiguous").flags.c_contiguous:
        return buffer.set(tensor)
    if buffer.storage() is tensor.storage():
        buffer.set()
    return buffer.resizeAs(tensor).copy(tensor)
