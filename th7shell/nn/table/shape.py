"""Table layers that split, join and select: SplitTable, JoinTable, SelectTable, NarrowTable."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, array, items, lua_type, new_table, tostring
from th7shell.lua.marks import array_part
from th7shell.torch.classes import torch_type
from th7shell.torch.memory import new_over, own_storage
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import Tensor, resized

from ..containers.concat_parallel import entry
from ..helpers.checks import axis_of, check, nd, torch_shape
from ..helpers.utils import is_plain, recursiveCopy, recursiveFill, recursiveResizeAs, sizes_of
from ..module import Module
from ..simple.identity import Identity


class SplitTable(Module, name="nn.SplitTable", arguments="dimension nInputDims?"):
    """A tensor → the table of its slices along a dimension, which share its memory.

    A negative dimension counts from the end; with nInputDims, an input of one dimension more has a
    batch dimension first. Source: torch/nn, doc/table.md.

    >>> nn.SplitTable(1).forward(torch.randn(3, 2))
    """

    nInputDims: Any = None

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        nd(input)
        return table_dimension(self, input.dim())

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        dim = self._getPositiveDimension(input)
        x = nd(input)
        if x.ndim > 1 and 0 < dim <= x.ndim:
            before: tuple[Any, ...] = (slice(None),) * (int(dim) - 1)
            storage = own_storage(input)
            places = range(x.shape[int(dim) - 1])
            kind = type(input)
            self.output = new_table([new_over(kind, x[(*before, i)], storage) for i in places])
        else:
            slices = range(1, input.size(dim) + 1)
            self.output = new_table(input.select(dim, i) for i in slices)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        dim = self._getPositiveDimension(input)
        if self.gradInput is None:
            return None
        kind, grads = input.__class__, self.gradInput
        if grads.__class__ is kind and 0 < dim <= input.nd.ndim:
            out: Any = resized(grads, input.nd.shape)
            before = (slice(None),) * (int(dim) - 1)
        else:
            grads.resizeAs(input)
            out = None
        for i in range(1, input.size(dim) + 1):
            part = entry(gradOutput, i, "gradOutput")
            if out is not None and part.__class__ is kind:
                window = out[(*before, i - 1)]
                if window.shape == part.nd.shape:
                    np.copyto(window, part.nd)
                    continue
            grads.select(dim, i).copy(part)
        return grads


class JoinTable(Module, name="nn.JoinTable", arguments="dimension nInputDims?"):
    """A table of tensors → one tensor, concatenated along a dimension.

    Dimensions as in SplitTable; the other sizes must agree. Fields: dimension, nInputDims, size.
    Source: torch/nn, doc/table.md.

    >>> nn.JoinTable(1).forward([torch.randn(2), torch.randn(3)])
    """

    nInputDims: Any = None

    def __post_init__(self) -> None:
        self.size = long_storage([])
        self.gradInput = new_table()

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        if self.dimension is None:
            raise TorchError("attempt to compare nil with number")
        first = entry(input, 1, "input")
        nd(first, "input[1]")
        return table_dimension(self, first.dim())

    def _axis(self, input: Any) -> int:
        """The axis along which to join; the original reads every tensor's size there."""
        dimension, tensors = self._getPositiveDimension(input), array(input)
        dims = min(len(torch_shape(nd(t, "currentOutput", "size"))) for t in tensors)

        def refuse() -> None:
            if len(tensors) > 1:
                long_storage(sizes_of(tensors[0]))[dimension]
            for tensor in tensors:
                tensor.size(dimension)

        return axis_of(dimension, dims, refuse)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        axis = self._axis(input)
        tensors = array(input)
        shape = list(tensors[0].nd.shape)
        shape[axis] = sum(t.nd.shape[axis] for t in tensors)
        self.size = long_storage(shape)
        out = resized(self.output, tuple(shape)).swapaxes(axis, 0)
        start = 0
        for tensor in tensors:
            part = tensor.nd.swapaxes(axis, 0)
            window = out[start : start + len(part)]
            start += len(part)
            if window.shape == part.shape:
                np.copyto(window, part)
            else:
                self.output.narrow(axis + 1, start - len(part) + 1, len(part)).copy(tensor)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        axis = self._axis(input)
        g = nd(gradOutput, "gradOutput", "narrow")
        start = 0
        for tensor, grad in zip(array(input), gradients(self, input)):
            part = resized(grad, tensor.nd.shape)
            n = part.shape[axis]
            if g.ndim == part.ndim and start + n <= g.shape[axis]:
                window = g.swapaxes(axis, 0)[start : start + n]
                if window.size == part.size:
                    np.copyto(part.swapaxes(axis, 0), window)
                    start += n
                    continue
            grad.copy(gradOutput.narrow(axis + 1, start + 1, n))
            start += n
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the gradients are made anew."""
        return without_tables(self, type, tensorCache, "gradInput")


class SelectTable(Module, name="nn.SelectTable", arguments="index"):
    """One entry of the input table.

    index: a number (negative: from the end) or a key. The other entries' gradients are zero. Error:
    "index does not exist in the input table". Source: torch/nn, doc/table.md.

    >>> nn.SelectTable(-1).forward([torch.randn(2), torch.randn(3)])
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table()

    def _key(self, input: Any) -> Any:
        if lua_type(self.index) == "number" and self.index < 0:
            return len(input) + self.index + 1
        return self.index

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        value = entry(input, self._key(input), "input")
        if value is None or value is False:
            raise TorchError("index does not exist in the input table")
        self.output = value
        return value

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        zeros_like_table(self.gradInput, input)
        key = self._key(input)
        check(self.gradInput[key] is not None)
        recursiveCopy(self.gradInput[key], gradOutput)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; output and gradients are made anew."""
        return without_tables(self, type, tensorCache, "gradInput", "output")

    clearState = Identity.clearState

    def __str__(self) -> str:
        return f"{torch_type(self)}({tostring(self.index)})"


class NarrowTable(Module, name="nn.NarrowTable", arguments="offset length=1"):
    """A stretch of the input table, as a table.

    The other entries' gradients are zero. Source: torch/nn, doc/table.md.

    >>> nn.NarrowTable(2, 2).forward([torch.randn(1), torch.randn(2), torch.randn(3)])
    """

    def __post_init__(self) -> None:
        if self.offset is None:
            raise TorchError("nn.NarrowTable(offset, length)")
        self.output = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        for i in range(len(self.output), 0, -1):
            self.output[i] = None
        for i in range(1, int(self.length) + 1):
            self.output[i] = entry(input, self.offset + i - 1, "input")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        grads = self.gradInput
        for i, value in enumerate(array(gradOutput)):
            grads[self.offset + i] = value
        for i, value in enumerate(array(input), 1):
            if not self.offset <= i < self.offset + self.length:
                grads[i] = recursiveFill(recursiveResizeAs(grads[i], value)[0], 0)
        for i in range(len(grads), len(input), -1):
            grads[i] = None
        return grads

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; output and gradients are made anew."""
        return without_tables(self, type, tensorCache, "gradInput", "output")

    clearState = Identity.clearState


def table_dimension(layer: Any, dims: int) -> int:
    """The dimension a layer works on, in a tensor of that many."""
    if layer.dimension < 0:
        return dims + layer.dimension + 1
    return layer.dimension + int(layer.nInputDims is not None and dims == layer.nInputDims + 1)


def gradients(layer: Any, input: Any) -> list[Any]:
    """The tensors of a layer's gradInput table, as many as the input table has."""
    grads = layer.gradInput
    if grads.__class__ is input.__class__ is Table:
        have = array_part(grads)
        if len(have) == len(array_part(input)):
            found = have[1:]
            for tensor in found:
                if tensor is None:
                    break
            else:
                return list(found)
    tensors = array(input)
    for i, tensor in enumerate(tensors, 1):
        if grads[i] is None:
            grads[i] = tensor.new()
    for i in range(len(grads), len(tensors), -1):
        grads[i] = None
    return array(grads)


def without_tables(layer: Any, type: Any, cache: Any, *names: str) -> Any:
    """Convert a layer after emptying tables of tensors that are not its own."""
    if type is not None:
        for name in names:
            layer[name] = new_table()
    return Module.type(layer, type, cache)


def zeros_like_table(grads: Table, values: Table) -> Table:
    """Give a table zero tensors in the places where another has tensors."""
    for key, value in items(values):
        have = grads[key]
        if is_plain(value):
            grads[key] = zeros_like_table(have if is_plain(have) else new_table(), value)
        elif isinstance(value, Tensor):
            grads[key] = (have if isinstance(have, Tensor) else value.new()).resizeAs(value).zero()
        else:
            grads[key] = None
    for key, _ in list(items(grads)):
        if values[key] is None:
            grads[key] = None
    return grads
