"""nn.SoftMaxTree: a hierarchical softmax that computes only the nodes on the way to the target."""

from __future__ import annotations

import math
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import LuaError, Table, TorchError, items, new_table, tostring
from th7shell.lua.callers import nothing
from th7shell.nn.module import Module
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import TYPES, Tensor, default_type, resized

from . import library

__plays_lua__ = True
_LATER = ("parentChildren", "childParent", "_gradTarget", "childIds", "parentIds")


class SoftMaxTree(
    Module,
    name="nn.SoftMaxTree",
    arguments="inputSize hierarchy rootId=1 accUpdate? static=true verbose?",
):
    """The logarithm of the probability of each target, a leaf of a tree of softmaxes.

    hierarchy: parent's number → tensor of its children's.

    input: {input (batch, inputSize), IntTensor of targets (batch)}; output: (batch).

    `parameters()` gives those of the nodes that were used since `zeroGradParameters()`.

    Source: clementfarabet/lua---nnx.
    """

    gradWeight: Any = None
    gradBias: Any = None
    accUpdate: Any = None
    momGradParams: Any = None

    def __post_init__(self, hierarchy: Any, verbose: Any) -> None:
        if not isinstance(hierarchy, Table):
            raise LuaError("Expecting table at arg 2", 0)
        families = [(parent, self._children(children)) for parent, children in items(hierarchy)]
        self._count(families)
        if verbose:
            self._describe()
        tensor = default_type()
        self.weight = tensor(self.nChildNode, self.inputSize)
        self.bias = tensor(self.nChildNode)
        if not self.accUpdate:
            self.gradWeight = tensor(self.nChildNode, self.inputSize)
            self.gradBias = tensor(self.nChildNode)
        self._index(families)
        self._measure()
        self.updates = Table()
        self._nodeBuffer, self._multiBuffer, self._gradInput = tensor(), tensor(), tensor()
        self.batchSize = 0
        self._gradTarget = TYPES["torch.IntTensor"]()
        self.gradInput = new_table((self._gradInput, self._gradTarget))
        self.reset()

    @staticmethod
    def _children(children: Any) -> list[int]:
        if not isinstance(children, Tensor) or children.nd.ndim != 1:
            raise LuaError("Expecting table of 1D tensors at arg 2", 0)
        return [int(v) for v in children.nd.tolist()]

    def _count(self, families: list[tuple[int, list[int]]]) -> None:
        """The numbers of nodes."""
        if not families or not all(children for _, children in families):
            raise TorchError("SoftMaxTree: a hierarchy of parents with children expected")
        everyone = [n for parent, children in families for n in (parent, *children)]
        if min(everyone) < 1:
            raise TorchError(f"nodeIds must must be positive: {tostring(min(everyone))}")
        self.nChildNode = sum(len(children) for _, children in families)
        self.nParentNode = len(families)
        self.minNodeId, self.maxNodeId = min(everyone), max(everyone)
        self.maxParentId = max(parent for parent, _ in families)
        self.maxChildId = max(max(children) for _, children in families)
        self.maxFamily = max(len(children) for _, children in families)

    def _describe(self) -> None:
        console.show("Hierachy has :")
        console.show(f"{self.nParentNode} parent nodes")
        console.show(f"{self.nChildNode} child nodes")
        console.show(f"{self.nChildNode - self.nParentNode} leaf nodes")
        console.show(f"node index will contain {self.maxNodeId} slots")
        if self.maxNodeId != self.nChildNode + 1:
            console.show("Warning: Hierarchy has more nodes than Ids")
            console.show("Consider making your nodeIds a contiguous sequence ")
            console.show("in order to waste less memory on indexes.")

    def _index(self, families: list[tuple[int, list[int]]]) -> None:
        """Where each parent's rows begin and how many there are, and each child's parent."""
        ints = TYPES["torch.IntTensor"]
        self.childIds, self.parentIds = ints(self.nChildNode), ints(self.nParentNode)
        self.parentChildren = ints(self.maxParentId, 2)
        self.childParent = ints(self.maxChildId, 2)
        self.parentChildren.nd.fill(-1)
        self.childParent.nd.fill(-1)
        start = 1
        for i, (parent, children) in enumerate(families):
            self.parentIds.nd[i] = parent
            self.parentChildren.nd[int(parent) - 1] = start, len(children)
            self.childIds.nd[start - 1 : start - 1 + len(children)] = children
            for place, child in enumerate(children, 1):
                self.childParent.nd[child - 1] = parent, place
            start += len(children)

    def _measure(self) -> None:
        """The greatest number of scores on a way to the root, and the greatest depth."""
        sizes = self.parentChildren.nd
        self.maxFamilyPath = self.maxDept = 0
        for parent in self.parentIds.nd.tolist():
            total = depth = 0
            node = parent
            while True:
                total, depth = total + int(sizes[node - 1, 1]), depth + 1
                if node == self.rootId:
                    break
                known = node <= len(self.childParent.nd)
                node = int(self.childParent.nd[node - 1, 0]) if known else -1
                if node == -1 or depth > self.nParentNode:
                    raise TorchError(f"SoftMaxTree: node {parent} does not lead to the root")
            self.maxFamilyPath = max(self.maxFamilyPath, total)
            self.maxDept = max(self.maxDept, depth)

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the parameters from ±1/sqrt(child nodes · inputSize), or ±stdv·sqrt(3)."""
        bound = 1 / math.sqrt(self.nChildNode * self.inputSize)
        if stdv is not None:
            bound = stdv * math.sqrt(3)
        self.weight.uniform(-bound, bound)
        self.bias.uniform(-bound, bound)
        return nothing()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, target = input[1], input[2]
        n = len(library.array_of(x, 2, 2))
        if self.batchSize != n:
            resized(self._nodeBuffer, (int(self.maxFamily),))
            resized(self._multiBuffer, (n * int(self.maxFamilyPath),))
            self.batchSize = n
            resized(self._gradTarget, library.array_of(target, 4, 1).shape).fill(0)
        return library.SoftMaxTree_updateOutput(self, x, target)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput:
            library.SoftMaxTree_updateGradInput(self, input[1], gradOutput, input[2])
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = 1, *_: Any
    ) -> Any:
        return library.SoftMaxTree_accGradParameters(self, input[1], gradOutput, input[2], scale)

    def _slices(self, parent: int) -> tuple[list[Any], list[Any]]:
        """Weight and bias of a node, and their gradients."""
        start, count = (int(v) for v in self.parentChildren.nd[int(parent) - 1])
        parts = [self.weight.narrow(1, start, count), self.bias.narrow(1, start, count)]
        if self.accUpdate:
            return parts, []
        gradients = (self.gradWeight, self.gradBias)
        return parts, [gradient.narrow(1, start, count) for gradient in gradients]

    def parameters(self, *_: Any) -> Any:
        """Parameters and gradients of the nodes that were used, by parent's number (weights) and
        that plus maxParentId (biases); in a list if `static` is false."""
        used = [parent for parent, _ in items(self.updates)]
        if not used and not self.static:
            both = new_table((self.weight, self.bias)), new_table((self.gradWeight, self.gradBias))
            return (*both, Table(), self.nChildNode * 2)
        params, grads = Table(), Table()
        for parent in used or self.parentIds.nd.tolist():
            for kept, parts in zip((params, grads), self._slices(parent)):
                for i, part in enumerate(parts):
                    key = parent + i * self.maxParentId if self.static else len(kept) + 1
                    kept[key] = part
        return params, grads, Table(), self.nChildNode * 2

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Move the used nodes' parameters against their gradients."""
        if self.accUpdate:
            raise LuaError("assertion failed!", 0)
        params, grads, *_rest = call_all(self, "parameters")
        for key, param in items(params):
            param.add(-learningRate, grads[key])
        return nothing()

    def getNodeParameters(self, parentId: Any = None, *_: Any) -> Any:
        """Weight and bias of a node in a table, and their gradients in another."""
        parts, gradients = self._slices(parentId)
        return (new_table(parts), new_table(gradients)) if gradients else new_table(parts)

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the used nodes' gradients to zero; no node counts as used from now on."""
        for _key, gradient in items(call_all(self, "parameters")[1]):
            gradient.nd[...] = 0
        for parent, _ in list(items(self.updates)):
            self.updates[parent] = None
        return nothing()

    def maxNorm(self, maxNorm: Any = None, *_: Any) -> Any:
        """Bound the norms of the used weights' rows."""
        for _key, param in items(call_all(self, "parameters")[0]):
            if param.nd.ndim == 2 and maxNorm is not None:
                param.renorm(2, 1, maxNorm)
        return nothing()

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert the tensors, those of the tree's shape excepted; the type's name without
        arguments."""
        if type is None:
            return self._type
        if type == torch_type(self.weight):
            return self
        kept = {name: self[name] for name in _LATER}
        for name in kept:
            self[name] = None
        Module.type(self, type, tensorCache)
        for name, value in kept.items():
            self[name] = value
        self.gradInput = new_table((self._gradInput, self._gradTarget))
        self.batchSize = 0
        return self


def call_all(module: Any, method: str) -> list[Any]:
    """All results of a method that Lua code may have replaced."""
    results = getattr(module, method)()
    return list(results) if results.__class__ is tuple else [results]
