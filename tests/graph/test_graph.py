"""graph: adding, walking, ordering, reversing and drawing directed graphs."""

from __future__ import annotations

import shutil
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.graph import drawing
from th7shell.graph.graphs import Edge, Graph, Node, ends
from th7shell.lua import TorchError, array, new_table


def graph_of(*pairs):
    """A graph of nodes 'a', 'b' … from pairs of letters, and the nodes by letter."""
    nodes = {c: Node(c) for pair in pairs for c in pair}
    made = Graph()
    made.add(new_table(Edge(nodes[a], nodes[b]) for a, b in pairs))
    return made, nodes


def letters(nodes):
    return "".join(node.data for node in array(nodes))


CASES = [  # edges; nodes in order of arrival, roots, leaves, topological order (None: cycle)
    (("ab",), "ab", "a", "b", "ab"),
    (("ab", "ac", "bc", "bd", "cd"), "abcd", "a", "d", "abcd"),
    (("ab", "ac", "bc", "bd", "cd", "xb"), "abcdx", "ax", "d", "axbcd"),
    (("ba", "cb"), "bac", "c", "a", "cba"),
    (("ab", "bc", "ca"), "abc", "", "", None),
    (("ab", "bc", "cb"), "abc", "a", "", None),
]


@pytest.mark.parametrize(("pairs", "order", "roots", "leaves", "sorted_"), CASES)
def test_shape_of_a_graph(pairs, order, roots, leaves, sorted_):
    made, _ = graph_of(*pairs)
    assert letters(made.nodes) == order
    assert [n.id for n in array(made.nodes)] == list(range(1, len(order) + 1))
    assert letters(made.roots()) == roots
    assert letters(made.leaves()) == leaves
    assert made.hasCycle() is (sorted_ is None)
    if sorted_ is None:
        with pytest.raises(TorchError, match="Graph has cycles"):
            made.topsort()
    else:
        assert letters(made.topsort()[0]) == sorted_


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_order_and_reversal_of_any_graph_without_cycles(pairs):
    nodes = {i: Node(i) for i in range(11)}
    made = Graph()
    for a, b in pairs:
        made.add(Edge(nodes[min(a, b)], nodes[max(a, b) + 1]))
    place = {node.data: i for i, node in enumerate(array(made.topsort()[0]))}
    forward = {(e[0].data, e[1].data) for e in map(ends, array(made.edges))}
    assert all(place[a] < place[b] for a, b in forward)
    turned, mapped = made.reverse()
    assert {(e[1].data, e[0].data) for e in map(ends, array(turned.edges))} == forward
    assert all(mapped[n] is not n and mapped[n].data == n.data for n in array(made.nodes))


def test_walks_leave_the_nodes_as_they_were():
    _, nodes = graph_of("ab", "ac", "bd", "cd")
    for walk, order in (("dfs", "dbca"), ("bfs", "abcd")):
        seen = []
        for _twice in range(2):
            getattr(nodes["a"], walk)(seen.append)
        assert "".join(node.data for node in seen) == order * 2


def test_a_path_may_be_longer_than_pythons_stack():
    nodes = [Node(i) for i in range(5000)]
    made = Graph()
    for a, b in pairwise(nodes):
        made.add(Edge(a, b))
    assert [n.data for n in array(made.topsort()[0])] == list(range(5000))
    assert not made.hasCycle()
    assert len(nodes[0].graph().edges) == 4999


def test_a_clone_has_new_nodes_over_the_same_data():
    made, nodes = graph_of("ab", "bc")
    copy = made.clone()
    assert letters(copy.nodes) == "abc"
    assert copy.nodes[1] is not nodes["a"]


def test_only_edges_can_be_added():
    with pytest.raises(TorchError, match=r"graph.Edge or {graph.Edges} expected"):
        Graph().add(3)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("red", "red"), ("a b", '"a b"'), ("a\nb", '"a\\nb"'), ('say "x"', '"say \\"x\\""')],
)
def test_escapes(text, escaped):
    assert drawing.escape(text) == escaped


def test_dot_text():
    made, _ = graph_of("ab")
    assert made.todot("T") == (
        'digraph G {\nlabelloc="t";\nlabel="T";\nnode [shape = oval]; '
        '\nn1[label="Node1\\na"];\nn2[label="Node2\\nb"];\nn1 -> n2;\n}'
    )


def test_dot_writes_the_text_and_says_what_pictures_need(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    made, _ = graph_of("ab")
    drawing.dot(made, "T", str(tmp_path / "g"))
    assert [p.name for p in tmp_path.iterdir()] == ["g.dot"]
    assert "n1 -> n2;" in (tmp_path / "g.dot").read_text()
    for function, *args in ((drawing.dot, made), (drawing.graphvizLayout, made, "dot")):
        with pytest.raises(TorchError, match="could not be loaded: install Graphviz"):
            function(*args)


def test_layout_reads_the_places_that_graphviz_tells(monkeypatch):
    made, _ = graph_of("ab")
    plain = b"graph 1 2 4\nnode n1 1 3 .5 .5 a\nnode n2 1 1 .5 .5 b\nedge n1 n2 0\nstop\n"
    monkeypatch.setattr(drawing, "rendered", lambda *_: plain)
    places = drawing.graphvizLayout(made, "dot")
    assert places.nd.tolist() == [[0.5, 0.75], [0.5, 0.25]]
