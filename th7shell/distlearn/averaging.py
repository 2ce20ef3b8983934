"""`distlearn.AllReduceEA(tree, tau, alpha)`: elastic averaging (Zhang, Choromanska and LeCun,
2015), with a copy of the centre on every node.

Every tau steps a node moves by alpha towards the centre, and the centre by the sum of all nodes'
moves towards them.
"""

from __future__ import annotations

from typing import Any

from th7shell.ipc.tree import SUM, leaves
from th7shell.lua import Table, new_table
from th7shell.lua.host import lua_function


def AllReduceEA(tree: Any = None, tau: Any = None, alpha: Any = None, *_: Any) -> Table:
    """`averageParameters(params)`, `synchronizeCenter(params)`, `synchronizeParameters(params)`
    over a tree; params is a table of tensors, nested or not."""
    return Averages(tree, tau, alpha).functions()


class Averages:
    """A node's copy of the centre, and its steps since the last synchronization."""

    def __init__(self, tree: Any, tau: int, alpha: float) -> None:
        self.tree, self.tau, self.alpha = tree, tau, alpha
        self.step = 0
        self.params: list[Any] = []
        self.center = self.moves = new_table()

    def functions(self) -> Table:
        """What Lua sees."""
        return new_table(
            fields={
                "averageParameters": lua_function(self.average),
                "synchronizeCenter": lua_function(self.synchronize_center),
                "synchronizeParameters": lua_function(self.synchronize_parameters),
            }
        )

    def _begin(self, params: Any) -> None:
        """Copy the parameters that are given first: the centre starts there."""
        if not self.params:
            self.params = leaves(params)
            self.center = new_table([p.clone() for p in self.params])
            self.moves = new_table([p.clone() for p in self.params])

    def _move(self, i: int, param: Any) -> Any:
        """Move a parameter towards the centre; the move."""
        move = self.moves[i].add(param, -1, self.center[i]).mul(self.alpha)
        param.add(-1, move)
        return move

    def average(self, params: Any = None, *_: Any) -> None:
        """Count a step; every tau-th moves the parameters and the centre."""
        self._begin(params)
        self.step += 1
        if self.step % self.tau:
            return
        for i, param in enumerate(leaves(params), 1):
            self._move(i, param)
        self.tree.allReduce(self.moves, SUM)
        self._center_follows()

    def _center_follows(self) -> None:
        for i in range(1, len(self.params) + 1):
            self.center[i].add(self.moves[i])

    def _even(self) -> None:
        """Take part in the moves of nodes that made more steps, until all are here."""
        if self.step == 0:
            return
        for move in leaves(self.moves):
            move.zero()

        def again(_move: Any, i: int, *_: Any) -> Any:
            self.center[i].add(self.moves[i])
            return self._move(i, self.params[i - 1])

        self.tree.allReduce(self.moves, SUM, again)
        self.step = 0

    def synchronize_center(self, params: Any = None, *_: Any) -> None:
        """The first node's centre, on all: rounding lets the copies drift apart."""
        self._begin(params)
        self._even()
        self.tree.scatter(self.center)

    def synchronize_parameters(self, params: Any = None, *_: Any) -> None:
        """The first node's parameters, on all, and the centre there."""
        self._begin(params)
        self._even()
        self.tree.scatter(params)
        for i, param in enumerate(leaves(params), 1):
            self.center[i].copy(param)
