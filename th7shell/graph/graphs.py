"""graph.Node, graph.Edge: nodes that know their children, and walks over what they reach.
graph.Graph: tables of edges and of the nodes at their ends; roots, leaves, order, reversal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from th7shell.lua import (
    Table,
    TorchError,
    array,
    new_table,
    rawget,
    rawlen,
    rawset,
    send,
    tostring,
)
from th7shell.torch.classes import TorchClass, typename

from .drawing import dot_text


def append_once(list_: Table, value: Any) -> Any:
    """Append a value to a table that also holds each value's place under the value; the place."""
    place = rawget(list_, value)
    if place is None:
        place = rawlen(list_) + 1
        rawset(list_, place, value)
        rawset(list_, value, place)
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


class Graph(Table, metaclass=TorchClass, name="graph.Graph"):
    """A directed graph: Graph(), then `add(edge)` or `add{edge1, edge2}`.

    Fields: nodes, edges: tables that hold each node or edge at its number, and the number under
    the node or edge itself.

    >>> g = graph.Graph()
    >>> g.add(graph.Edge(graph.Node(1), graph.Node(2)))
    """

    def __init__(self, *_: Any) -> None:
        self.nodes = new_table()
        self.edges = new_table()

    def add(self, edge: Any = None, *_: Any) -> Any:
        """Add an edge and the nodes at its ends, or each edge of a table."""
        if not isinstance(edge, Table):
            raise TorchError("graph.Edge or {graph.Edges} expected")
        if typename(edge) is None:
            for one in array(edge):
                self.add(one)
            return ()
        append_once(self.edges, edge)
        source, target = ends(edge)
        places = append_once(self.nodes, source), append_once(self.nodes, target)
        send(source, "add", target)
        source.id, target.id = places
        return ()

    def clone(self, *_: Any) -> Any:
        """A graph of new nodes and edges over the same data."""
        made = Graph()
        new = copies(array(self.nodes))
        for edge in array(self.edges):
            source, target = ends(edge)
            made.add(edge.new(new[source], new[target]))
        return made

    def reverse(self, *_: Any) -> Any:
        """The graph with all edges turned round, of new nodes over the same data; and a table from
        the nodes to the new ones.
        """
        made = Graph()
        pairs = [(edge, *ends(edge)) for edge in array(self.edges)]
        new = copies(dict.fromkeys(node for _, *both in pairs for node in both))
        for edge, source, target in pairs:
            made.add(edge.new(new[target], new[source]))
        mapped = new_table()
        for node, other in new.items():
            mapped[node] = other
        return made, mapped

    def hasCycle(self, *_: Any) -> bool:
        """Whether some path leads back to its beginning."""
        roots = array(self.roots())
        return not roots or any(send(root, "hasCycle") for root in roots)

    def topsort(self, *_: Any) -> Any:
        """The nodes in an order in which every edge leads onwards; also the reversed graph and
        its roots. A graph with cycles is an error.
        """
        order = in_order(self)
        turned = self.reverse()[0]
        return new_table(order), turned, turned.roots()

    def roots(self, *_: Any) -> Any:
        """The nodes that no edge leads to, by their numbers."""
        return self._without(1)

    def leaves(self, *_: Any) -> Any:
        """The nodes that no edge leaves, by their numbers."""
        return self._without(0)

    def _without(self, end: Any = 1, *_: Any) -> Any:
        """The nodes that are at that end of no edge."""
        taken = {id(ends(edge)[end]) for edge in array(self.edges)}
        return new_table(node for node in array(self.nodes) if id(node) not in taken)

    def todot(self, title: Any = None, *_: Any) -> str:
        """The graph in Graphviz' language, under a title."""
        return dot_text(self, title)


def ends(edge: Any) -> tuple[Any, Any]:
    """The node an edge leaves and the one it leads to."""
    return edge["from"], edge.to


def in_order(graph: Graph) -> list[Any]:
    """The nodes of a graph in an order in which every edge leads onwards: as a walk against the
    edges leaves them. A graph with cycles is an error."""
    before: dict[Any, dict[Any, None]] = {}  # a node → those that lead to it
    passed = set()
    for edge in array(graph.edges):
        source, target = ends(edge)
        before.setdefault(target, {})[source] = None
        before.setdefault(source, {})
        passed.add(source)
    order: dict[Any, None] = {}
    entered = set()
    for root in before:
        if root in passed:
            continue
        path = [(root, iter(before[root]))]
        while path:
            node, others = path[-1]
            other = next(others, None)
            if other is None:
                path.pop()
                order[node] = None
            elif other not in entered:
                entered.add(other)
                path.append((other, iter(before[other])))
    nodes = dict.fromkeys(array(graph.nodes))
    found = [node for node in order if node in nodes]
    if not order or len(found) != len(nodes):
        raise TorchError("Graph has cycles")
    return found
