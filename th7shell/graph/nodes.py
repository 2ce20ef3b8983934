"""graph.Node and graph.Edge: nodes that know their children, and walks over what they reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, array, new_table, send, tostring
from th7shell.torch.classes import TorchClass, typename


def append_once(list_: Table, value: Any) -> Any:
    """Append a value to a table that also holds each value's place under the value; the place."""
    place = list_[value]
    if place is None:
        place = len(list_) + 1
        list_[place] = value
        list_[value] = place
    return place


class Edge(Table, metaclass=TorchClass, name="graph.Edge"):
    """A directed edge: Edge(from, to[, weight]), its arguments are its fields.

    >>> graph.Edge(graph.Node(1), graph.Node(2))
    """

    def __init__(self, source: Any = None, to: Any = None, weight: Any = None, *_: Any) -> None:
        setattr(self, "from", source)
        self.to = to
        self.weight = weight


class Node(Table, metaclass=TorchClass, name="graph.Node"):
    """A node of a graph: Node(data).

    Fields: data, id (its number in the graph it was added to), children (a table of the nodes at 1,
    2 …, and of their places under the nodes themselves), visited and marked (used by walks).
    `add(child)` or `add{child1, child2}` adds each child once.

    >>> root = graph.Node('root')
    >>> root.add(graph.Node('leaf'))
    """

    data: Any = None

    def __init__(self, data: Any = None, *_: Any) -> None:
        self.data = data
        self.id = 0
        self.children = new_table()
        self.visited = False
        self.marked = False

    def add(self, child: Any = None, *_: Any) -> Any:
        """Add a child, or each child of a table."""
        if isinstance(child, Table) and typename(child) is None:
            for one in array(child):
                send(self, "add", one)
        else:
            append_once(self.children, child)
        return ()

    def visit(self, pre_func: Any = None, post_func: Any = None, *_: Any) -> Any:
        """Walk in depth, unless `visited` is set: `pre_func(node)` before the children of a node,
        `post_func(node)` after them; it is for them to set `visited`.
        """
        if self.visited:
            return ()
        path = [(self, self._entered(pre_func))]
        while path:
            node, children = path[-1]
            child = next(children, None)
            if child is None:
                path.pop()
                if post_func is not None:
                    post_func(node)
            elif not child.visited:
                path.append((child, child._entered(pre_func)))
        return ()

    def _entered(self, pre_func: Any = None, *_: Any) -> Any:
        if pre_func is not None:
            pre_func(self)
        return iter(array(self.children))

    def label(self, *_: Any) -> Any:
        """The text for the node in a picture: its data."""
        return tostring(self.data)

    def graph(self, *_: Any) -> Any:
        """The graph.Graph of all that can be reached from here."""
        from .graphs import Graph

        made = Graph()

        def add_edges(node: Any) -> None:
            for child in array(node.children):
                made.add(Edge(node, child))

        self.bfs(add_edges)
        return made

    def dfs_dirty(self, func: Any = None, *_: Any) -> Any:
        """`dfs` that leaves `visited` set, and returns the table of the nodes it set it on."""
        walked = []

        def enter(node: Any) -> None:
            node.visited = True

        def leave(node: Any) -> None:
            func(node)
            walked.append(node)

        self.visit(enter, leave)
        return new_table(walked)

    def dfs(self, func: Any = None, *_: Any) -> Any:
        """Call `func(node)` on each node that can be reached, in depth, after its children."""
        for node in array(self.dfs_dirty(func)):
            node.visited = False
        return ()

    def bfs_dirty(self, func: Any = None, *_: Any) -> Any:
        """`bfs` that leaves `marked` set, and returns the table of the nodes it set it on."""
        walked: list = []
        waiting = deque([self])
        self.marked = True
        while waiting:
            node = waiting.popleft()
            walked.append(node)
            func(node)
            for child in array(node.children):
                if not child.marked:
                    child.marked = True
                    waiting.append(child)
        return new_table(walked)

    def bfs(self, func: Callable[[Any], Any] | None = None, *_: Any) -> Any:
        """Call `func(node)` on each node that can be reached, the nearest first."""
        for node in array(self.bfs_dirty(func)):
            node.marked = False
        return ()

    def hasCycle(self, *_: Any) -> bool:
        """Whether a walk from here can come back to a node it came through."""
        done: set[int] = set()
        inside = {id(self)}
        path = [(self, iter(array(self.children)))]
        while path:
            node, children = path[-1]
            child = next(children, None)
            if child is None:
                path.pop()
                inside.discard(id(node))
                done.add(id(node))
            elif id(child) in inside:
                return True
            elif id(child) not in done:
                inside.add(id(child))
                path.append((child, iter(array(child.children))))
        return False


def copies(nodes: Any) -> dict[Any, Any]:
    """New nodes of the same classes over the same data, under the nodes they stand for."""
    return {node: node.new(node.data) for node in nodes}
