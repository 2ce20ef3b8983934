"""graph.Graph: tables of edges and of the nodes at their ends; roots, leaves, order, reversal."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, new_table, send
from th7shell.torch.classes import TorchClass, typename

from .drawing import dot_text
from .nodes import Node, append_once, copies


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
        turned, mapped = self.reverse()
        original = {id(mapped[node]): node for node in array(self.nodes)}
        roots = turned.roots()
        if not len(roots):
            raise TorchError("Graph has cycles")
        start = roots[1]
        if len(roots) > 1:
            start = Node("dummy_root")
            start.add(roots)
        order: list = []
        start.dfs(order.append)
        found = [original[id(node)] for node in order if id(node) in original]
        if len(found) != len(self.nodes):
            raise TorchError("Graph has cycles")
        return new_table(found), turned, roots

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
