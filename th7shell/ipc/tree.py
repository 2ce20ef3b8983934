"""A tree of nodes: `allReduce(value, reduce[, zero])` gives every node the reduction of all nodes'
values, `scatter(value)` the first node's.

Values are tensors, numbers, strings or booleans, or tables of such, of the same shape on all
nodes. A function of the program's reduces two at a time, up a binary tree of ranks and down again;
`SUM` is known to MPI, which adds whole blocks at once.

Nodes may take different numbers of steps: a node that is done calls allReduce once more with a
`zero` function, which makes its last value neutral, and takes part until all nodes have done so.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from th7shell.lua import Table, TorchError, first, items, lua_type, new_table
from th7shell.lua.host import lua_function
from th7shell.torch.tensor import Tensor
from th7shell.torchmpi.blocks import blocks
from th7shell.torchmpi.collectives import memory
from th7shell.torchmpi.library import running


def SUM(a: Any = None, b: Any = None, *_: Any) -> Any:
    """Add b to a, and return it."""
    return a.add(b) if isinstance(a, Tensor) else a + b


def walk_table(table: Any = None, function: Any = None, *_: Any) -> None:
    """Call a function on the values of nested tables in the order of their keys; what it returns,
    if it is not nil, takes the value's place."""
    for key, value in sorted(items(table), key=lambda pair: (lua_type(pair[0]), pair[0])):
        if lua_type(value) == "table":
            walk_table(value, function)
        else:
            found = first(function(value))
            if found is not None:
                table[key] = found


def leaves(table: Any) -> list[Any]:
    """The values of nested tables, in the order of their keys."""
    found: list[Any] = []
    walk_table(table, found.append)
    return found


def make_neutral(values: Any, zero: Any) -> None:
    """Call `zero(value, i)` on the values of nested tables."""
    place = count(1)
    walk_table(values, lambda value: zero(value, next(place)))


class Node:
    """This rank's place in a tree."""

    def __init__(self, comm: Any) -> None:
        self.comm = comm
        rank, size = comm.rank, comm.size
        self.parent = None if rank == 0 else (rank - 1) // 2
        self.children = [r for r in (2 * rank + 1, 2 * rank + 2) if r < size]
        self.last: Any = None  # the value of the last step, for a node that is done

    def all_reduce(
        self, value: Any = None, reduce: Any = None, zero: Any = None, *_: Any
    ) -> tuple[Any, int]:
        """The reduction, and how many nodes were not yet done."""
        table = isinstance(value, Table)
        values = value if table else new_table([] if value is None else [value])
        while True:
            if zero is not None:
                values = values if leaves(values) else self.last
                if values is None:
                    raise TorchError("ipc.Tree: allReduce of nil on a node that has made no step")
                make_neutral(values, zero)
            else:
                self.last = values
            done = self.comm.allreduce(int(zero is not None))
            if reduce is SUM and all(isinstance(v, Tensor) for v in leaves(values)):
                self._sum(leaves(values))
            else:
                self._up(values, reduce)
                self._down(values)
            if zero is None or done == self.comm.size:
                return values if table else values[1], self.comm.size - done

    def scatter(self, value: Any = None, *_: Any) -> Any:
        """The first node's value, on all."""
        table = isinstance(value, Table)
        values = value if table else new_table([value])
        self._down(values)
        return values if table else values[1]

    def _sum(self, tensors: list[Any]) -> None:
        for block in blocks(tensors):
            self.comm.Allreduce(running().IN_PLACE, block.array)
            block.back()

    def _up(self, values: Any, reduce: Callable[..., Any]) -> None:
        """Reduce with what the children have, one after the other, and give it to the parent."""
        for child in self.children:
            walk_table(
                values, lambda value, child=child: reduce(value, self._receive(value, child))
            )
        if self.parent is not None:
            for value in leaves(values):
                if isinstance(value, Tensor):
                    self.comm.Send(memory(value, 1), self.parent)
                else:
                    self.comm.send(value, self.parent)

    def _receive(self, like: Any, child: int) -> Any:
        """A child's value, of the kind of this node's own."""
        if not isinstance(like, Tensor):
            return self.comm.recv(source=child)
        temporary = like.clone()
        self.comm.Recv(temporary.nd, source=child)
        return temporary

    def _down(self, values: Any) -> None:
        """The first node's values, on all."""

        def take(value: Any) -> Any:
            if isinstance(value, Tensor):
                self.comm.Bcast(memory(value, 1), 0)
                return value
            return self.comm.bcast(value, 0)

        walk_table(values, take)


def table_of(node: Node, index: int) -> Table:
    """What Lua sees of a node."""
    return new_table(
        fields={
            "nodeIndex": index,
            "numNodes": node.comm.size,
            "walkTable": walk_table,
            "allReduce": lua_function(node.all_reduce),
            "scatter": lua_function(node.scatter),
            "netStats": lua_function(lambda *_: None),
        }
    )


def tree_of(nodeIndex: Any, numNodes: Any) -> Table:
    """The tree of all ranks, in the order of their nodeIndex (of their ranks where it is nil).
    Errors: there are not as many ranks, or two give the same nodeIndex."""
    if numNodes == 1:
        return lone_tree()
    world = running().COMM_WORLD
    if numNodes is not None and numNodes != world.size:
        raise TorchError(
            f"ipc.Tree: {numNodes} nodes, and the program runs on {world.size}:"
            f" th7shell launch -n {numNodes} …"
        )
    index = world.rank + 1 if nodeIndex is None else int(nodeIndex)
    if sorted(world.allgather(index)) != list(range(1, world.size + 1)):
        raise TorchError(
            f"ipc.Tree: the ranks' nodeIndex have to be 1 to {world.size}, each once: give nil, or"
            " mpi.rank() + 1, or {rank1} in the arguments of th7shell launch"
        )
    return table_of(Node(world.Split(0, index)), index)


def lone_tree(*_: Any) -> Table:
    """A tree of one node."""
    return new_table(
        fields={
            "nodeIndex": 1,
            "numNodes": 1,
            "walkTable": walk_table,
            "allReduce": lua_function(lambda value=None, *_: (value, 1)),
            "scatter": lua_function(lambda value=None, *_: value),
            "netStats": lua_function(lambda *_: None),
        }
    )


def Tree(nodeIndex: Any = None, numNodes: Any = None, *_: Any) -> Table:
    """A tree of `numNodes` nodes: `require 'ipc.Tree'(nodeIndex, numNodes, …)`. The base, server,
    client, host and port that may follow are MPI's matter."""
    return tree_of(nodeIndex, numNodes)
