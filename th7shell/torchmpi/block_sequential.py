"""nn.BlockSequential: a chain of layers whose parameters lie in a few flat blocks, each of which is
reduced in one piece while the layers below compute."""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError, array, new_table, tostring
from th7shell.lua.callers import nothing
from th7shell.nn.container import child_parameters
from th7shell.nn.containers.sequential import Sequential
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import integer

__plays_lua__ = True


class BlockSequential(Sequential, name="nn.BlockSequential"):
    """A Sequential that puts its layers into about `partitions` blocks of equally many parameters,
    those of a block one after the other in memory.

    BlockSequential(partitions); layers are added as to a Sequential. The first `forward`, or
    `parameterBlocks()`, makes the blocks; from then on the children are the blocks.

    Source: facebookarchive/TorchMPI.
    """

    def __init__(self, partitions: Any = None, *_: Any) -> None:
        super().__init__()
        count = integer(partitions, 1)
        if count < 1:
            raise TorchError(f"nn.BlockSequential: at least 1 partition, got {count}")
        self.metadata = new_table(fields={"numPartitions": count})

    def _partition(self, *_: Any) -> Any:
        """Make the blocks. Errors: they are made already."""
        metadata = self.metadata
        if metadata["parameterBlocks"] is not None:
            raise TorchError("You can only call this function once.")
        layers = array(self.modules)
        counts = [sum(w.nElement() for w in child_parameters(layer)[0]) for layer in layers]
        most = math.ceil(sum(counts) / metadata.numPartitions)
        groups: list[list[Any]] = [[]]
        filled = 0
        for layer, count in zip(layers, counts):
            if groups[-1] and filled + count > most:
                groups.append([])
                filled = 0
            groups[-1].append(layer)
            filled += count
        found, weights, gradients = [], [], []
        for group in with_parameters(groups):
            block = Sequential()
            for layer in group:
                block.add(layer)
            flat, gradient = block.getParameters()
            found.append(block)
            weights.append(flat)
            gradients.append(gradient)
        metadata.parameterBlocks = new_table(weights)
        metadata.gradparameterBlocks = new_table(gradients)
        self.modules = new_table(found)
        return nothing()

    def forward(self, input: Any = None, *_: Any) -> Any:
        """Compute the output; make the blocks before the first time."""
        self.parameterBlocks()
        return super().forward(input)

    def getParameterBlocks(self, *_: Any) -> Any:
        """Make the blocks and return two tables: the blocks' parameters and gradients, flat."""
        self._partition()
        return self.metadata.parameterBlocks, self.metadata.gradparameterBlocks

    def parameterBlocks(self, *_: Any) -> Any:
        """Two tables: the blocks' parameters and gradients, each a flat tensor."""
        if self.metadata["parameterBlocks"] is None:
            self._partition()
        return self.metadata.parameterBlocks, self.metadata.gradparameterBlocks

    def parameters(self, *_: Any) -> Any:
        """The blocks' parameters and gradients."""
        return self.parameterBlocks()

    def backwardStep(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """Go back through one block, the last at first: the gradient of its input, its parameters
        and their gradients; nothing after the first block, and then it begins anew."""
        for value, name in ((input, "input"), (gradOutput, "gradOutput")):
            if not isinstance(value, Tensor):
                raise TorchError(f"nn.BlockSequential.backwardStep: {name} has to be a tensor")
        weights, gradients = self.parameterBlocks()
        metadata = self.metadata
        blocks = array(self.modules)
        step = (metadata["stepNumber"] or 0) + 1
        if step > len(blocks):
            metadata.stepNumber = 0
            return None, None, None
        metadata.stepNumber = step
        place = len(blocks) - step + 1
        block = blocks[place - 1]
        before = input if place == 1 else blocks[place - 2].output
        above = gradOutput if step == 1 else metadata.currentGradOutput
        found = self.rethrowErrors(block, place, "backward", before, above, scale)
        block.gradInput = found
        metadata.currentGradOutput = found
        return found, weights[place], gradients[place]

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the blocks' gradients to zero."""
        for gradient in array(self.parameterBlocks()[1]):
            gradient.zero()
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step in all blocks."""
        weights, gradients = self.parameterBlocks()
        for weight, gradient in zip(array(weights), array(gradients)):
            weight.add(-learningRate, gradient)
        return nothing()

    def __str__(self) -> str:
        blocks = array(self.modules)
        chain = " -> ".join(["input", *(f"({i})" for i in range(1, len(blocks) + 1)), "output"])
        lines = [f"nn.BlockSequential ({self.metadata.numPartitions}) {{", f"  [{chain}]"]
        for i, block in enumerate(blocks, 1):
            lines.append(f"  ({i}): " + tostring(block).replace("\n", "\n  "))
        return "\n".join([*lines, "}"])


def with_parameters(groups: list[list[Any]]) -> list[list[Any]]:
    """Groups of layers in order, those without parameters joined to the group before, or after."""
    found: list[list[Any]] = []
    for group in groups:
        own = any(child_parameters(layer)[0] for layer in group)
        if found and not (own and any(child_parameters(layer)[0] for layer in found[-1])):
            found[-1] += group
        else:
            found.append(list(group))
    return found
