"""nn.PartialLinear: a linear layer of which any outputs may be chosen."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, new_table, send, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type

from ..containers.sequential import Sequential
from ..helpers.checks import check_sizes, nd, same_type
from ..helpers.parameters import sharedAccUpdateGradParameters
from ..helpers.utils import factor
from ..kernels.lookup import add_rows
from ..module import Module, call, size_text
from ..sparse.lookup_table import LookupTable
from ..table.containers import ParallelTable
from ..table.products import MM
from .identity import Identity


class PartialLinear(Module, name="nn.PartialLinear", arguments="inputsize outputsize bias=true"):
    """Linear map y = x·Wᵀ + b that computes only the outputs chosen by `setPartition`.

    input: (batch, inputsize); output: (batch, chosen outputs), all of them after
    `resetPartition()`. `setPartition(indices)` takes a tensor of output numbers from 1. weight:
    (outputsize, inputsize) from N(0, 1), held by an nn.LookupTable inside `network`; bias: (1,
    outputsize) zeros.

    Errors: "index out of range" for outputs that do not exist.
    Source: torch/nn, PartialLinear.

    >>> nn.PartialLinear(10, 1000).forward(torch.randn(2, 10))
    """

    sharedAccUpdateGradParameters = sharedAccUpdateGradParameters
    partition: Any = None
    addBuffer: Any = None
    buffer: Any = None

    def __post_init__(self, bias: Any) -> None:
        check_sizes(self.inputsize, self.outputsize)
        table = LookupTable(self.outputsize, self.inputsize)
        self.network = Sequential()
        self.network.add(ParallelTable().add(Identity()).add(table)).add(MM(False, True))
        tensor = default_type()
        if bias is not False:
            self.bias = tensor(1, self.outputsize).zero()
            self.gradBias = tensor(1, self.outputsize).zero()
        self.allcolumns = tensor(list(range(1, int(self.outputsize) + 1)))
        self.resetPartition()

    def setPartition(self, indices: Any = None, *_: Any) -> Any:
        """Compute only these outputs from now on."""
        self.partition = indices.type(self.allcolumns.type())
        return nothing()

    def resetPartition(self, *_: Any) -> Any:
        """Compute all outputs again."""
        self.partition = self.allcolumns
        return nothing()

    def _table(self) -> Any:
        """The lookup table that holds the weight."""
        return self.network.modules[1].modules[2]

    def parameters(self, *_: Any) -> Any:
        """Weight and bias, and their gradients, of all outputs."""
        table = self._table()
        pairs = [(table.weight, table.gradWeight)]
        if self.bias is not None:
            pairs.append((self.bias, self.gradBias))
        return new_table([p for p, _g in pairs]), new_table([g for _p, g in pairs])

    def _columns(self) -> Any:
        """The chosen outputs, from 0."""
        return self.partition.nd.reshape(-1).astype(np.intp) - 1

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        self.output.set(call(self.network, "forward", new_table([input, self.partition])))
        if self.bias is not None:
            self.output.nd[...] += self.bias.nd[:, self._columns()]
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is not None:
            pair = new_table([input, self.partition])
            call(self.network, "updateGradInput", pair, gradOutput)
            self.gradInput.set(self.network.gradInput[1])
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        g, columns = nd(gradOutput, "gradOutput"), self._columns()
        if g.ndim != 2 or g.shape[1] != len(columns):
            raise TorchError(
                f"gradOutput of size {size_text(g.shape)} does not belong to {len(columns)} outputs"
            )
        pair = new_table([input, self.partition])
        send(self.network, "accGradParameters", pair, gradOutput, scale)
        if self.bias is not None:
            same_type(self.gradBias.nd, g, 3)
            add_rows(self.gradBias.nd.T, columns, g.sum(0)[:, None] * scale)
        return nothing()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Update the parameters with the gradients of this sample, without accumulating them."""
        table = self._table()
        kept = table.gradWeight, self.gradBias
        table.gradWeight, self.gradBias = table.weight, self.bias
        try:
            send(self, "accGradParameters", input, gradOutput, -lr)
        finally:
            table.gradWeight, self.gradBias = kept
        return nothing()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients of weight and bias to zero."""
        send(self.network, "zeroGradParameters")
        if self.gradBias is not None:
            self.gradBias.zero()
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step."""
        send(self.network, "updateParameters", learningRate)
        if self.bias is not None:
            self.bias.add(-learningRate, self.gradBias)
        return nothing()

    def __str__(self) -> str:
        text = f"{torch_type(self)}({tostring(self.inputsize)} -> {tostring(self.outputsize)})"
        return text + (" without bias" if self.bias is None else "")
