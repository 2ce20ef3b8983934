"""`distlearn.AllReduceSGD(tree)`: the gradients of a batch that is spread over the nodes.

Nodes may make different numbers of steps between two synchronizations; a sum is divided by the
number of nodes that took part in it.
"""

from __future__ import annotations

from typing import Any

from th7shell.ipc.tree import SUM
from th7shell.lua import Table, new_table
from th7shell.lua.host import lua_function
from th7shell.torch.tensor import TYPES


def AllReduceSGD(tree: Any = None, *_: Any) -> Table:
    """`sumGradients(grads)`, `sumAndNormalizeGradients(grads)`, `synchronizeParameters(params)`
    over a tree; grads and params are tables of tensors, nested or not."""
    return Sums(tree).functions()


class Sums:
    """The steps that each node has made since the last synchronization."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.steps = TYPES["torch.LongTensor"](tree.numNodes).zero()

    def functions(self) -> Table:
        """What Lua sees."""
        return new_table(
            fields={
                "sumGradients": lua_function(self.sum_gradients),
                "sumAndNormalizeGradients": lua_function(self.mean_gradients),
                "synchronizeParameters": lua_function(self.synchronize_parameters),
            }
        )

    def sum_gradients(self, grads: Any = None, *_: Any) -> None:
        """Sum gradients over all nodes."""
        self._sum(grads)

    def mean_gradients(self, grads: Any = None, *_: Any) -> None:
        """The mean of the gradients of the nodes that took part."""
        nodes = self._sum(grads)
        if nodes > 1:
            self.tree.walkTable(grads, lambda grad: grad.mul(1 / nodes))

    def _sum(self, grads: Any) -> int:
        nodes = self.tree.allReduce(grads, SUM)[1]
        self.steps.nd[self.tree.nodeIndex - 1] += 1
        return nodes

    def synchronize_parameters(self, params: Any = None, *_: Any) -> None:
        """The same parameters on all nodes: those of the node that made the most steps, of the
        first node where none made any."""
        tree, steps = self.tree, self.steps
        if not steps.nd[tree.nodeIndex - 1]:
            tree.scatter(params)
            return
        tree.allReduce(None, SUM, lambda value, *_: value.zero())
        tree.allReduce(steps, SUM)
        if int(steps.nd.argmax()) != tree.nodeIndex - 1:
            tree.walkTable(params, lambda param: param.zero())
        tree.allReduce(params, SUM)
        steps.zero()
