"""Containers whose children work side by side: what a child gets, how results are put together,
and Concat, DepthConcat, Parallel, which make one tensor of them.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, length, lua_type, new_table
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.storage import long_storage

from ..container import Container, in_child
from ..helpers.checks import axis_of, nd
from ..helpers.output_sizes import run
from ..helpers.tree import branches_text
from ..helpers.utils import factor, is_plain, sizes_of
from ..module import call, inputs_of


class Branches(Container, abstract=True):
    """What all these have in common: each method runs over the children with their parts of
    input and gradOutput.
    """

    def branch_inputs(self, input: Any) -> list[Any]:
        """The input of each child."""
        return [input] * self.size()

    def branch_grads(self, gradOutput: Any) -> list[Any]:
        """The gradOutput of each child."""
        return [entry(gradOutput, i, "gradOutput") for i in range(1, self.size() + 1)]

    def join_outputs(self, outputs: list[Any]) -> None:
        """Make `self.output` of the children's outputs."""
        for i, value in enumerate(outputs, 1):
            self.output[i] = value

    def join_grads(self, input: Any, grads: list[Any]) -> None:
        """Make `self.gradInput` of the children's."""
        for i, value in enumerate(grads, 1):
            self.gradInput[i] = value

    def run(self, method: str, *parts: list[Any], extra: tuple = ()) -> list[Any]:
        """Call a method of each child with its parts; an error names the child."""
        results, i = [], 0
        children = array(self.modules)
        if len(children) < len(parts[0]):
            raise TorchError("attempt to index local 'module' (a nil value)")
        try:
            for i, (child, *own) in enumerate(zip(children, *parts), 1):  # noqa: B007
                results.append(call(child, method, *own, *extra))
        except Exception as error:
            raise in_child(self, i, error) from error
        return results

    def backwards(self, method: str, input: Any, gradOutput: Any, *extra: Any) -> list[Any]:
        """Call a backward method of each child."""
        return self.run(
            method, self.branch_inputs(input), self.branch_grads(gradOutput), extra=extra
        )

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.join_outputs(self.run("updateOutput", self.branch_inputs(input)))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.join_grads(input, self.backwards("updateGradInput", input, gradOutput))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        self.backwards("accGradParameters", input, gradOutput, factor(scale))
        return nothing()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        self.backwards("accUpdateGradParameters", input, gradOutput, 1 if lr is None else lr)
        return nothing()

    def __str__(self) -> str:
        return branches_text(torch_type(self), array(self.modules))


class Concat(Branches, name="nn.Concat", arguments="dimension"):
    """Give the same input to all children and concatenate their outputs along a dimension.

    Fields: dimension, outputSize. The gradInput is the sum of the children's (an input that is a
    table works too). The outputs' other sizes must agree.

    Source: torch/nn, doc/containers.md.

    >>> nn.Concat(1).add(nn.Linear(5, 3)).add(nn.Linear(5, 7)).forward(torch.randn(5))
    """

    def __post_init__(self) -> None:
        self.outputSize = long_storage([])

    def _shape_through(self, shape: Any, child: Any) -> Any:
        outputs = [child(i, shape) for i in range(1, length(self.modules) + 1)]
        return joined_shape(outputs, self.dimension)

    def windowNarrow(self, output: Any, currentOutput: Any, offset: int, *_: Any) -> Any:
        """The part of `output` that a child's output fills, from `offset` on."""
        return output.narrow(self.dimension, offset, currentOutput.size(self.dimension))

    def total_size(self, outputs: list[Any]) -> list[int]:
        """The size of the concatenated output."""
        return joined_size(outputs, sizes_of(outputs[0]), self.dimension)

    def windows(self, whole: Any, outputs: list[Any]) -> list[Any]:
        """Each child's part of `whole`."""
        found, offset = [], 1
        for output in outputs:
            found.append(self.windowNarrow(whole, output, offset))
            offset += output.size(self.dimension)
        return found

    def branch_grads(self, gradOutput: Any) -> list[Any]:
        return self.windows(gradOutput, [child.output for child in array(self.modules)])

    def join_outputs(self, outputs: list[Any]) -> None:
        self.outputSize = long_storage(self.total_size(outputs))
        self.output.resize(self.outputSize)
        for window, output in zip(self.windows(self.output, outputs), outputs):
            window.copy(output)

    def join_grads(self, input: Any, grads: list[Any]) -> None:
        add_up(self, input, grads)

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        input, gradOutput = inputs_of(self, input, gradOutput)
        self.join_grads(input, self.backwards("backward", input, gradOutput, factor(scale)))
        return self.gradInput


class DepthConcat(Concat, name="nn.DepthConcat"):
    """Concat of outputs whose other sizes may differ: smaller ones are centred and zero-padded
    to the largest.

    dimension: that of the planes; 2 with batches.

    Source: torch/nn, doc/containers.md; Szegedy et al., Going deeper with convolutions, 2014.

    >>> net = nn.DepthConcat(1).add(nn.SpatialConvolution(1, 2, 1, 1))
    >>> net.add(nn.SpatialConvolution(1, 3, 3, 3)).forward(torch.randn(1, 8, 8))
    """

    def _shape_through(self, shape: Any, child: Any) -> Any:
        for i in range(1, length(self.modules) + 1):
            child(i, shape)
        return run(self, shape)

    def total_size(self, outputs: list[Any]) -> list[int]:
        sizes = [max(column) for column in zip(*map(sizes_of, outputs))]
        return joined_size(outputs, sizes, self.dimension)

    def windowNarrow(self, output: Any, currentOutput: Any, offset: int, *_: Any) -> Any:
        window = super().windowNarrow(output, currentOutput, offset)
        for dim, size in enumerate(sizes_of(currentOutput), 1):
            room = window.size(dim)
            if room != size:
                window = window.narrow(dim, (room - size) // 2 + 1, size)
        return window

    def join_outputs(self, outputs: list[Any]) -> None:
        self.output.resize(long_storage(self.total_size(outputs))).zero()
        super().join_outputs(outputs)


class Parallel(Branches, name="nn.Parallel", arguments="inputDimension outputDimension"):
    """Give the i-th slice of the input along a dimension to the i-th child; concatenate their
    outputs.

    There must be a child for each slice.

    Source: torch/nn, doc/containers.md.

    >>> nn.Parallel(2, 1).add(nn.Linear(10, 3)).add(nn.Linear(10, 2)).forward(torch.randn(10, 2))
    """

    def _shape_through(self, shape: Any, child: Any) -> Any:
        axis = int(self.inputDimension) - 1
        part = shape[:axis] + shape[axis + 1 :]
        outputs = [child(i, part) for i in range(1, length(self.modules) + 1)]
        return joined_shape(outputs, self.outputDimension)

    def branch_inputs(self, input: Any) -> list[Any]:
        nd(input, method="size")
        dim = self.inputDimension
        return [input.select(dim, i) for i in range(1, input.size(dim) + 1)]

    def backwards(self, method: str, input: Any, gradOutput: Any, *extra: Any) -> list[Any]:
        inputs = self.branch_inputs(input)
        return self.run(method, inputs, self._grads(gradOutput, len(inputs)), extra=extra)

    def _grads(self, gradOutput: Any, count: int) -> list[Any]:
        """The gradOutput of each of the first `count` children."""
        parts, offset = [], 1
        for child in array(self.modules)[:count]:
            size = child.output.size(self.outputDimension)
            parts.append(gradOutput.narrow(self.outputDimension, offset, size))
            offset += size
        return parts

    def join_outputs(self, outputs: list[Any]) -> None:
        dim = self.outputDimension
        sizes = joined_size(outputs, sizes_of(outputs[0]), dim)
        self.totalOutputSize = long_storage(sizes)
        self.output.resize(self.totalOutputSize)
        offset = 1
        for output in outputs:
            self.output.narrow(dim, offset, output.size(dim)).copy(output)
            offset += output.size(dim)

    def join_grads(self, input: Any, grads: list[Any]) -> None:
        self.gradInput.resizeAs(input)
        for i, grad in enumerate(grads, 1):
            self.gradInput.select(self.inputDimension, i).copy(grad)


def joined_shape(outputs: list[Any], dimension: Any) -> tuple[int, ...]:
    """The shape of outputs one behind the other along a dimension."""
    axis = int(dimension) - 1
    out = list(outputs[0])
    out[axis] = sum(o[axis] for o in outputs)
    return tuple(out)


def joined_size(outputs: list[Any], sizes: list[int], dimension: Any) -> list[int]:
    """`sizes` with the outputs' sizes along a dimension added up."""

    def refuse() -> None:
        if len(outputs) > 1:
            long_storage(sizes)[dimension]
        outputs[0].size(dimension)

    axis = axis_of(dimension, len(sizes), refuse)
    return [*sizes[:axis], sum(o.size(dimension) for o in outputs), *sizes[axis + 1 :]]


def entry(value: Any, i: int, name: str) -> Any:
    """The i-th entry of an argument that must be a table (the i-th slice of a tensor)."""
    if value is None or not hasattr(value, "__getitem__"):
        raise TorchError(f"attempt to index local '{name}' (a {lua_type(value)} value)")
    return value[i]


def add_up(module: Any, input: Any, grads: list[Any]) -> None:
    """Make `module.gradInput` the sum of the children's gradients, of the structure that the
    input has.
    """
    if not is_plain(input):
        total = (
            input.clone()
            if isinstance(module.gradInput, Table)
            else module.gradInput.resizeAs(input)
        )
        module.gradInput = total
        for k, grad in enumerate(g for g in grads if g is not None):
            if k:
                total.add(grad)
            else:
                total.copy(grad)
        return
    total = module.gradInput if is_plain(module.gradInput) else new_table()
    module.gradInput = total
    for k, grad in enumerate(grads):
        if not is_plain(grad):
            raise TorchError("currentGradInput is not a table!")
        if len(grad) != len(input):
            raise TorchError(f"table size mismatch: {len(input)} ~= {len(grad)}")
        add_table(total, grad, fresh=k == 0)


def add_table(total: Table, grad: Table, fresh: bool) -> Table:
    """Add, or with `fresh` copy, the tensors of a table into those of another, which gets the
    same entries.
    """
    for key, value in enumerate(array(grad), 1):
        have = total[key]
        if is_plain(value):
            total[key] = add_table(have if is_plain(have) else new_table(), value, fresh)
        elif have is None or is_plain(have):
            total[key] = value.clone()
        elif fresh:
            have.resizeAs(value).copy(value)
        else:
            have.add(value)
    for key in range(len(total), len(grad), -1):
        total[key] = None
    return total
