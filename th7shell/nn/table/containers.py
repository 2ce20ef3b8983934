"""Containers whose children make a table of outputs: ConcatTable, ParallelTable, MapTable."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, array, length, new_table, send, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type

from ..containers.concat_parallel import Branches, add_up, entry
from ..helpers.checks import check_part
from ..helpers.output_sizes import ShapeError, show
from ..helpers.tree import indented
from ..module import call, inputs_of

SHARED = ("weight", "bias", "gradWeight", "gradBias")


class ConcatTable(Branches, name="nn.ConcatTable", arguments=""):
    """Give the same input to all children; the output is the table of their outputs.

    gradOutput is a table too; the gradInput is the sum of the children's (nested tables work).

    Source: torch/nn, doc/table.md.

    >>> nn.ConcatTable().add(nn.Linear(5, 2)).add(nn.Identity()).forward(torch.randn(5))
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__(*modules)
        self.output = new_table()

    def _shape_through(self, shape: Any, child: Any) -> Any:
        return [child(i, shape) for i in range(1, length(self.modules) + 1)]

    def join_grads(self, input: Any, grads: list[Any]) -> None:
        add_up(self, input, grads)

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        input, gradOutput = inputs_of(self, input, gradOutput)
        self.join_grads(input, self.backwards("backward", input, gradOutput, scale))
        return self.gradInput


class ParallelTable(Branches, name="nn.ParallelTable", arguments=""):
    """Give the i-th entry of the input table to the i-th child; the output is the table of
    their outputs.

    Source: torch/nn, doc/table.md.

    >>> nn.ParallelTable().add(nn.Linear(5, 2)).add(nn.Identity())
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__(*modules)
        self.output = new_table()
        self.gradInput = new_table()

    def _shape_through(self, shape: Any, child: Any) -> Any:
        count = length(self.modules)
        if not isinstance(shape, list) or len(shape) < count:
            raise ShapeError(f"a table of {count} inputs expected, got {show(shape)}")
        return [child(i, shape[i - 1]) for i in range(1, count + 1)]

    def branch_inputs(self, input: Any) -> list[Any]:
        return [entry(input, i, "input") for i in range(1, self.size() + 1)]


class MapTable(Branches, name="nn.MapTable", arguments="module? shared=true"):
    """Apply one module to every entry of the input table; the output is the table of results.

    Clones of the module, made as needed, share its parameters (the fields named in `sharedparams`)
    unless shared is false. `resize(n)` keeps n of them.

    Source: torch/nn, doc/table.md.

    >>> nn.MapTable(nn.Linear(5, 2)).forward([torch.randn(5), torch.randn(5)])
    """

    module: Any = None

    def __post_init__(self, module: Any) -> None:
        self.sharedparams = new_table(SHARED)
        self.output = new_table()
        self.gradInput = new_table()
        self.add(module)

    def _shape_through(self, shape: Any, child: Any) -> Any:
        return [child(1, part) for part in shape] if isinstance(shape, list) else None

    def add(self, module: Any = None, *_: Any) -> Any:
        """Set the module, once; return self."""
        if self.module is not None:
            raise TorchError("Single module required")
        if module is not None:
            check_part(module)
        self.module = module
        self.modules[1] = module
        return self

    def _extend(self, n: int, *_: Any) -> Any:
        if self.sharedparams is None:  # saved by an older version
            self.sharedparams = new_table(SHARED)
        self.modules[1] = self.module
        names = array(self.sharedparams) if self.shared else []
        for i in range(2, n + 1):
            if self.modules[i] is None:
                self.modules[i] = call(self.module, "clone", *names)
        return ()

    def resize(self, n: Any = None, *_: Any) -> Any:
        """Have `n` clones."""
        self._extend(n)
        self._drop(n)
        return nothing()

    def _drop(self, n: int) -> None:
        for i in range(self.size(), n, -1):
            send(self.modules[i], "clearState")
            self.modules[i] = None

    def branch_inputs(self, input: Any) -> list[Any]:
        parts = array(input)
        self._extend(len(parts))
        return parts

    def join_outputs(self, outputs: list[Any]) -> None:
        self.output = new_table(outputs)

    def join_grads(self, input: Any, grads: list[Any]) -> None:
        self.gradInput = new_table(grads)

    def zeroGradParameters(self, *_: Any) -> Any:
        self._once("zeroGradParameters")
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        self._once("updateParameters", learningRate)
        return nothing()

    def _once(self, method: str, *args: Any) -> None:
        """Call a method of the module, or of all clones where they have parameters of their
        own.
        """
        if self.module is not None:
            for child in [self.module] if self.shared else array(self.modules):
                send(child, method, *args)

    def clearState(self, *_: Any) -> Any:
        self._drop(1)
        return super().clearState()

    def __str__(self) -> str:
        if self.module is None:
            return f"{torch_type(self)} {{ }}"
        return f"{torch_type(self)} {{\n  {indented(tostring(self.module), '        ')}\n}}"
