"""Table layers that compute: sums, differences, products, quotients and extremes of their
entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, lua_type, new_table
from th7shell.lua.marks import array_part
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor, default_type, resized

from ..containers.concat_parallel import entry
from ..helpers.checks import nd, nd_like, same_elements
from ..module import Module
from .shape import gradients


class TableArithmetic(Module, abstract=True, arguments=""):
    """What these share: the input is a table of tensors of equal size, the gradInput is one
    too.
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table()

    def _first(self, input: Any) -> NDArray:
        """The array of the first entry."""
        first = entry(input, 1, "input")
        if isinstance(first, Tensor):
            return nd_like(self.output, first)
        raise TorchError(
            f"bad argument #1 to 'resizeAs' ({typename(self.output)} expected, got userdata)"
        )

    def _refuse(self, tensor: Any, method: str) -> None:
        """Run the operation of output and an entry that the original has there, which fails."""
        getattr(self.output, method)(tensor)

    def _others(self, input: Any, method: str) -> list[NDArray]:
        """The arrays of the entries from the second on, each in the output's shape."""
        out, rest = self.output.nd, []
        for tensor in array(input)[1:]:
            x = nd(tensor)
            if x.size != out.size or x.dtype != out.dtype:
                self._refuse(tensor, method)
            rest.append(x if x.shape == out.shape else x.reshape(out.shape))
        return rest


def combined(function: Any, input: Any, output: Any) -> bool:
    """Apply a function of two arrays where the input is just two tensors like the output; say
    whether it was so.
    """
    values: Any = array_part(input) if input.__class__ is Table else ()
    if len(values) != 3:
        return False
    a, b, kind = values[1], values[2], output.__class__
    if a.__class__ is not kind or b.__class__ is not kind or a.nd.shape != b.nd.shape:
        return False
    function(a.nd, b.nd, resized(output, a.nd.shape))
    return True


def two_gradients(layer: Any, input: Any) -> tuple[Any, Any]:
    """The gradients of the two entries that count, however many the input has."""
    grads = layer.gradInput
    for i in (1, 2):
        if grads[i] is None:
            first = entry(input, 1, "input")
            nd(first, "input[1]", "new")
            grads[i] = first.new()
    for i in range(len(grads), max(2, len(array(input))), -1):
        grads[i] = None
    return grads[1], grads[2]


class CAddTable(TableArithmetic, name="nn.CAddTable", arguments="inplace?=false"):
    """The sum of the entries of a table of tensors.

    In place, the first entry's memory takes the sum. Source: torch/nn, doc/table.md.

    >>> nn.CAddTable().forward([torch.ones(2), torch.ones(2)])
    """

    inplace: Any = None

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if not self.inplace and combined(np.add, input, self.output):
            return self.output
        total = self._first(input)
        if self.inplace:
            out = self.output.set(input[1]).nd
        else:
            out = resized(self.output, total.shape)
        rest = array(input)[1:]
        if any(lua_type(value) == "number" for value in rest):
            self.output.copy(input[1])
            for value in rest:
                self.output.add(value)
            return self.output
        others = self._others(input, "add")
        for x in others:
            np.add(total, x, out=out)
            total = out
        if not others and not self.inplace:
            np.copyto(out, total)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd(gradOutput, "gradOutput")
        for tensor, grad in zip(array(input), gradients(self, input)):
            if self.inplace:
                grad.set(gradOutput)
            else:
                same_elements(tensor.nd, g)
                np.copyto(resized(grad, tensor.nd.shape), g.reshape(tensor.nd.shape))
        return self.gradInput


class CSubTable(TableArithmetic, name="nn.CSubTable"):
    """{a, b} → a - b.

    Source: torch/nn, doc/table.md.

    >>> nn.CSubTable().forward([torch.ones(2), torch.ones(2)])
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if not combined(np.subtract, input, self.output):
            self.output.resizeAs(entry(input, 1, "input")).copy(input[1]).add(-1, input[2])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        first, second = two_gradients(self, input)
        first.resizeAs(input[1]).copy(gradOutput)
        second.resizeAs(input[2]).copy(gradOutput).mul(-1)
        return self.gradInput


class CMulTable(TableArithmetic, name="nn.CMulTable"):
    """The product of the entries of a table of tensors.

    Source: torch/nn, doc/table.md.

    >>> nn.CMulTable().forward([torch.ones(2), torch.ones(2)])
    """

    _buffers = ("tout",)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if combined(np.multiply, input, self.output):
            return self.output
        total = self._first(input)
        out = resized(self.output, total.shape)
        others = self._others(input, "cmul")
        for x in others:
            np.multiply(total, x, out=out)
            total = out
        if not others:
            np.copyto(out, total)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        tensors, g = array(input), nd(gradOutput, "gradOutput")
        for i, grad in enumerate(gradients(self, input)):
            shape = tensors[i].nd.shape
            out = resized(grad, shape)
            product = g.reshape(shape)
            for j, other in enumerate(tensors):
                if j != i:
                    np.multiply(product, other.nd.reshape(shape), out=out)
                    product = out
            if product is not out:
                np.copyto(out, product)
        return self.gradInput

    def updateGradInput_efficient(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        """The gradients as output / entry · gradOutput: faster for many entries, wrong where
        one is 0.
        """
        y, g = self.output.nd, nd(gradOutput, "gradOutput")
        for tensor, grad in zip(array(input), gradients(self, input)):
            out = resized(grad, tensor.nd.shape)
            np.divide(y, tensor.nd, out=out)
            np.multiply(out, g, out=out)
        return self.gradInput


class CDivTable(TableArithmetic, name="nn.CDivTable"):
    """{a, b} → a / b.

    Source: torch/nn, doc/table.md.

    >>> nn.CDivTable().forward([torch.ones(2), torch.ones(2)])
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if not combined(np.divide, input, self.output):
            self.output.resizeAs(entry(input, 1, "input")).copy(input[1]).cdiv(input[2])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        first, second = two_gradients(self, input)
        first.resizeAs(input[1]).copy(gradOutput).cdiv(input[2])
        second.resizeAs(input[2]).zero().addcdiv(-1, first, input[2]).cmul(input[1])
        return self.gradInput


class Extreme(TableArithmetic, abstract=True, arguments=""):
    """What both extremes share: places in the first field of `_names`, entries compared by
    `_better`.
    """

    _better: Any
    _names: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in self._names:
            self[name] = default_type()()

    def _refuse(self, tensor: Any, method: str) -> None:
        getattr(self[self._names[1]], method)(tensor, self.output)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        first = self._first(input)
        out = resized(self.output, first.shape)
        places = resized(self[self._names[0]], first.shape)
        np.copyto(out, first)
        places.fill(1)
        for i, x in enumerate(self._others(input, "gt"), 2):
            mask = self._better(x, out)
            np.copyto(out, x, where=mask)
            np.copyto(places, i, where=mask)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g, places = nd(gradOutput, "gradOutput"), self[self._names[0]].nd
        same_elements(places, g, "output")
        g = g.reshape(places.shape)
        for i, (tensor, grad) in enumerate(zip(array(input), gradients(self, input)), 1):
            out = resized(grad, tensor.nd.shape).reshape(places.shape)
            np.multiply(g, places == i, out=out)
        return self.gradInput


class CMaxTable(Extreme, name="nn.CMaxTable"):
    """The largest of the entries of a table of tensors, element by element.

    The gradient goes to the first of equal ones. Fields: maxIdx (from 1) and buffers. Source:
    torch/nn, doc/table.md.

    >>> nn.CMaxTable().forward([torch.randn(2), torch.randn(2)])
    """

    _better = staticmethod(np.greater)
    _names = ("maxIdx", "mask", "maxVals", "gradMaxVals")


class CMinTable(Extreme, name="nn.CMinTable"):
    """The smallest of the entries of a table of tensors, element by element.

    The gradient goes to the first of equal ones. Fields: minIdx (from 1) and buffers. Source:
    torch/nn, doc/table.md.

    >>> nn.CMinTable().forward([torch.randn(2), torch.randn(2)])
    """

    _better = staticmethod(np.less)
    _names = ("minIdx", "mask", "minVals", "gradMaxVals")


class CAddTensorTable(TableArithmetic, name="nn.CAddTensorTable"):
    """{v, {a, b, c}} → {v + a, v + b, v + c}.

    The gradient of v is the sum over the entries. Source: torch/nn, doc/table.md.

    >>> nn.CAddTensorTable().forward([torch.ones(2), [torch.ones(2)]])
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        v = input[1]
        self.output = new_table(v.new().resizeAs(v).copy(value).add(v) for value in array(input[2]))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        v, grads = input[1], array(gradOutput)
        total = self.gradInput[1] or v.new()
        total.resizeAs(v).copy(grads[0])
        for grad in grads[1:]:
            total.add(grad)
        self.gradInput[1] = total
        self.gradInput[2] = new_table(v.new().resizeAs(v).copy(g) for g in grads)
        return self.gradInput
