"""Table layers that rearrange: SplitTable, JoinTable, SelectTable, NarrowTable, FlattenTable,
ZipTable …
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lua import Table, TorchError, array, items, lua_type, new_table, tostring
from ..torch.classes import typename
from ..torch.storage import long_storage
from ..torch.tensor import Tensor, default_type, resized
from .branches import entry
from .checks import check, nd
from .module import Module
from .passing import Identity
from .utils import is_plain, recursiveCopy, recursiveFill, recursiveResizeAs


class SplitTable(Module, name="nn.SplitTable"):
    """A tensor → the table of its slices along a dimension, which share its memory.

    SplitTable(dimension[, nInputDims]): a negative dimension counts from the end; with
    nInputDims, an input of one dimension more has a batch dimension first. Source: torch/nn,
    doc/table.md.

    >>> nn.SplitTable(1).forward(torch.randn(3, 2))
    """

    nInputDims: Any = None

    def __init__(self, dimension: Any = None, nInputDims: Any = None, *_: Any) -> None:
        super().__init__()
        self.dimension = dimension
        self.nInputDims = nInputDims

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        return table_dimension(self, nd(input).ndim)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        dim = self._getPositiveDimension(input)
        self.output = new_table(input.select(dim, i) for i in range(1, input.size(dim) + 1))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        dim = self._getPositiveDimension(input)
        if self.gradInput is not None:
            self.gradInput.resizeAs(input)
            for i in range(1, input.size(dim) + 1):
                self.gradInput.select(dim, i).copy(entry(gradOutput, i, "gradOutput"))
        return self.gradInput


class JoinTable(Module, name="nn.JoinTable"):
    """A table of tensors → one tensor, concatenated along a dimension.

    JoinTable(dimension[, nInputDims]): dimensions as in SplitTable; the other sizes must agree.
    Fields: dimension, nInputDims, size. Source: torch/nn, doc/table.md.

    >>> nn.JoinTable(1).forward(new_table([torch.randn(2), torch.randn(3)]))
    """

    nInputDims: Any = None

    def __init__(self, dimension: Any = None, nInputDims: Any = None, *_: Any) -> None:
        super().__init__()
        self.size = long_storage([])
        self.dimension = dimension
        self.gradInput = new_table()
        self.nInputDims = nInputDims

    def _getPositiveDimension(self, input: Any = None, *_: Any) -> int:
        if self.dimension is None:
            raise TorchError("attempt to compare nil with number")
        return table_dimension(self, nd(entry(input, 1, "input"), "input[1]").ndim)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        axis = self._getPositiveDimension(input) - 1
        tensors = array(input)
        shape = list(tensors[0].nd.shape)
        shape[axis] = sum(nd(t).shape[axis] for t in tensors)
        self.size = long_storage(shape)
        out = np.moveaxis(resized(self.output, tuple(shape)), axis, 0)
        start = 0
        for tensor in tensors:
            part = np.moveaxis(tensor.nd, axis, 0)
            window = out[start : start + len(part)]
            start += len(part)
            if window.shape == part.shape:
                np.copyto(window, part)
            else:
                self.output.narrow(axis + 1, start - len(part) + 1, len(part)).copy(tensor)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        axis = self._getPositiveDimension(input) - 1
        g = np.moveaxis(nd(gradOutput, "gradOutput"), axis, 0)
        start = 0
        for tensor, grad in zip(array(input), gradients(self, input)):
            part = resized(grad, tensor.nd.shape)
            n = part.shape[axis]
            if start + n > len(g):
                gradOutput.narrow(axis + 1, start + 1, n)
            np.copyto(np.moveaxis(part, axis, 0), g[start : start + n])
            start += n
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; the gradients are made anew."""
        return without_tables(self, type, tensorCache, "gradInput")


class SelectTable(Module, name="nn.SelectTable"):
    """One entry of the input table.

    SelectTable(index): a number (negative: from the end) or a key. The other entries' gradients
    are zero. Error: "index does not exist in the input table". Source: torch/nn, doc/table.md.

    >>> nn.SelectTable(-1).forward(new_table([torch.randn(2), torch.randn(3)]))
    """

    def __init__(self, index: Any = None, *_: Any) -> None:
        super().__init__()
        self.index = index
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
        return f"{typename(self)}({tostring(self.index)})"


class NarrowTable(Module, name="nn.NarrowTable"):
    """A stretch of the input table, as a table.

    NarrowTable(offset[, length = 1]). The other entries' gradients are zero. Source: torch/nn,
    doc/table.md.

    >>> nn.NarrowTable(2, 2).forward(new_table([torch.randn(i) for i in (1, 2, 3)]))
    """

    def __init__(self, offset: Any = None, length: Any = None, *_: Any) -> None:
        super().__init__()
        if offset is None:
            raise TorchError("nn.NarrowTable(offset, length)")
        self.offset = offset
        self.length = 1 if length is None else length
        self.output = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        for i in range(len(self.output), 0, -1):
            self.output[i] = None
        for i in range(1, self.length + 1):
            self.output[i] = entry(input, self.offset + i - 1, "input")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        grads = self.gradInput
        taken = array(gradOutput)
        for i, value in enumerate(array(input), 1):
            if self.offset <= i < self.offset + len(taken):
                grads[i] = taken[i - self.offset]
            else:
                grads[i] = recursiveFill(recursiveResizeAs(grads[i], value)[0], 0)
        for i in range(len(grads), len(input), -1):
            grads[i] = None
        return grads

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; output and gradients are made anew."""
        return without_tables(self, type, tensorCache, "gradInput", "output")

    clearState = Identity.clearState


class FlattenTable(Module, name="nn.FlattenTable"):
    """A nested table of tensors → the flat table of them.

    FlattenTable(). Field: input_map, the nested positions. Source: torch/nn, doc/table.md.

    >>> nn.FlattenTable().forward(new_table([torch.randn(1), new_table([torch.randn(2)])]))
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = new_table()
        self.input_map = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(is_plain(input), "input must be a table")
        if not mapped(self.output, input, self.input_map):
            self.output = new_table()
            self.input_map = spread(self.output, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(is_plain(input), "input must be a table")
        if not mapped(gradOutput, self.gradInput, self.input_map):
            self.gradInput = gathered(gradOutput, self.input_map)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; everything is made anew."""
        if type is not None:
            self.clearState()
        return super().type(type, tensorCache)

    def clearState(self, *_: Any) -> Any:
        """Let go of all tables; return self."""
        self.input_map = new_table()
        return super().clearState()


class ZipTable(Module, name="nn.ZipTable"):
    """{{a1, a2}, {b1, b2}} → {{a1, b1}, {a2, b2}}.

    ZipTable(). Source: torch/nn, doc/table.md.

    >>> nn.ZipTable().forward(new_table([new_table([1, 2]), new_table([3, 4])]))
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = exchanged(input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = exchanged(gradOutput)
        return self.gradInput


class ZipTableOneToMany(Module, name="nn.ZipTableOneToMany"):
    """{v, {a, b, c}} → {{v, a}, {v, b}, {v, c}}.

    ZipTableOneToMany(). The gradient of v is the sum over the pairs. Source: torch/nn,
    doc/table.md.

    >>> nn.ZipTableOneToMany().forward(new_table([torch.randn(2), new_table([1, 2])]))
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.output = new_table()
        self.gradInput = new_table()
        self.gradInputEl = default_type()()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be table of element and table")
        self.output = new_table(new_table([input[1], value]) for value in array(input[2]))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be table of element and table")
        self.gradInputEl.resizeAs(input[1]).zero()
        pairs = array(gradOutput)
        for pair in pairs:
            self.gradInputEl.add(pair[1])
        self.gradInput = new_table([self.gradInputEl, new_table(pair[2] for pair in pairs)])
        return self.gradInput


def table_dimension(layer: Any, dims: int) -> int:
    """The dimension a layer works on, in a tensor of that many."""
    if layer.dimension < 0:
        return dims + layer.dimension + 1
    return layer.dimension + int(layer.nInputDims is not None and dims == layer.nInputDims + 1)


def gradients(layer: Any, input: Any) -> list[Any]:
    """The tensors of a layer's gradInput table, as many as the input table has."""
    grads, tensors = layer.gradInput, array(input)
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


def spread(flat: Table, value: Any) -> Any:
    """Append the tensors of a nested table to a flat one; return the same nesting of their
    places.
    """
    if is_plain(value):
        return new_table([spread(flat, v) for v in array(value)])
    place = len(flat) + 1
    flat[place] = value
    return place


def gathered(flat: Any, places: Any) -> Any:
    """The nested table of the entries of a flat one at the places."""
    if is_plain(places):
        return new_table([gathered(flat, p) for p in array(places)])
    return flat[places]


def mapped(flat: Any, value: Any, places: Any) -> bool:
    """Whether the flat table holds exactly the tensors of the nested one at the places."""
    if flat is None or value is None or places is None:
        return False
    if is_plain(value):
        same = is_plain(places) and len(value) == len(places)
        return same and all(mapped(flat, v, p) for v, p in zip(array(value), array(places)))
    return not is_plain(places) and flat[places] is value


def exchanged(rows: Table) -> Table:
    """The nested table with its two levels exchanged."""
    result = new_table()
    for i, row in enumerate(array(rows), 1):
        for j, value in enumerate(array(row), 1):
            if result[j] is None:
                result[j] = new_table()
            result[j][i] = value
    return result
