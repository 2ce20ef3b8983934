"""Table layers with parts: MixtureTable (gates and experts), CriterionTable (input and target)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, lua_type, new_table, send
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import resized

from ..helpers.checks import nd, same_elements
from ..helpers.utils import is_plain, recursiveResizeAs
from ..module import Module, call
from .arithmetic import TableArithmetic


class MixtureTable(TableArithmetic, name="nn.MixtureTable", arguments="dim?"):
    """{gater, experts} → Σ gate_i · expert_i.

    gater: (n) or (batch, n); experts: a table of n tensors of one size, (…) or (batch, …), or one
    tensor that has them along `dim` (1 without a batch, 2 with one). Error: "Should be one gater
    output per expert".

    Source: torch/nn, doc/table.md.

    >>> experts = [torch.ones(3), torch.zeros(3)]
    >>> nn.MixtureTable().forward([torch.rand(2), experts])
    """

    dim = table = None
    _buffers = ("_gaterView", "_expert", "_expertView", "_sum", "_expert2", "_expertView2")

    def __post_init__(self) -> None:
        self.size = long_storage([])
        self.batchSize = 0
        self.size2 = long_storage([])
        self.backwardSetup = False

    def _parts(self, input: Any) -> tuple[NDArray, list[NDArray], int]:
        """Gates (batch, n), the experts as arrays with the batch first, and the axis of n in a
        joint tensor.
        """
        if not isinstance(input, Table):
            raise TorchError(f"bad argument #1 to 'unpack' (table expected, got {lua_type(input)})")
        gates, experts = nd(input[1]), input[2]
        self.dimG = min(gates.ndim, 2)
        self.batchSize = gates.shape[0] if gates.ndim > 1 else 1
        if self.dim is None:
            self.dim = self.dimG
        n = gates.shape[-1]
        if is_plain(experts):
            self.table = True
            arrays = [nd(e) for e in array(experts)]
        else:
            joint = nd(experts)
            arrays = [np.take(joint, i, self.dim - 1) for i in range(joint.shape[self.dim - 1])]
        if n != len(arrays):
            raise TorchError("Should be one gater output per expert")
        for i, expert in enumerate(arrays):
            if gates.ndim > 1 and len(expert) != len(gates):
                raise TorchError("incorrect size: only supporting singleton expansion (size=1)")
            same_elements(arrays[0], expert, "expert 1", f"expert {i + 1}")
            arrays[i] = expert.reshape(arrays[0].shape)
        return gates, arrays, self.dim - 1

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        gates, experts, _axis = self._parts(input)
        out = resized(self.output, experts[0].shape)
        out.fill(0)
        for i, expert in enumerate(experts):
            out += gate(gates, i, expert) * expert
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        gates, experts, axis = self._parts(input)
        self.gradInput = recursiveResizeAs(self.gradInput, input)[0]
        gate_grads, expert_grads = self.gradInput[1].nd, self.gradInput[2]
        g = nd(gradOutput, "gradOutput").reshape(experts[0].shape)
        for i, expert in enumerate(experts):
            product = g * expert
            gate_grads[..., i] = (
                product.reshape(len(gates), -1).sum(1) if gates.ndim > 1 else product.sum()
            )
            own = gate(gates, i, expert) * g
            if is_plain(expert_grads):
                expert_grads[i + 1].nd[...] = own.reshape(expert_grads[i + 1].nd.shape)
            else:
                np.moveaxis(expert_grads.nd, axis, 0)[i] = own
        return self.gradInput


class CriterionTable(Module, name="nn.CriterionTable", arguments="criterion"):
    """A criterion as a module: {input, target} → its loss.

    Field: criterion. Source: torch/nn, doc/table.md.

    >>> nn.CriterionTable(nn.MSECriterion()).forward([torch.ones(2), torch.zeros(2)])
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table([self.criterion.gradInput])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = call(self.criterion, "updateOutput", *array(input))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        send(self.criterion, "updateGradInput", *array(input))
        return self.gradInput


def gate(gates: NDArray, i: int, expert: NDArray) -> NDArray:
    """The i-th gate of every sample, in a shape that broadcasts over an expert."""
    if gates.ndim == 1:
        return gates[i]
    return gates[:, i].reshape((-1,) + (1,) * (expert.ndim - 1))
