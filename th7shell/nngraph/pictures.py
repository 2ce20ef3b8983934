"""nngraph.simple_print, graphs with nothing but their modules, and nngraph.display."""

from __future__ import annotations

from typing import Any

from th7shell.graph.drawing import digraph, present
from th7shell.graph.drawing import dot as draw
from th7shell.lua import array, send
from th7shell.torch.classes import typename
from th7shell.torch.namespace import export


def counts(node: Any) -> bool:
    """Whether a node has a module that does something."""
    module = node.data["module"]
    return module is not None and typename(module) != "nn.Identity"


def targets(node: Any) -> list[Any]:
    """The nodes with modules that a node leads to, through those without."""
    found, seen = [], set()
    waiting = array(node.children)[::-1]
    while waiting:
        child = waiting.pop()
        if id(child) in seen:
            continue
        seen.add(id(child))
        if counts(child):
            found.append(child)
        else:
            waiting += array(child.children)[::-1]
    return found


def todot(graph: Any = None, title: Any = None, *_: Any) -> str:
    """The Graphviz text of a graph without nodes that only hand things on."""
    nodes = [node for node in array(graph.nodes) if counts(node)]
    lines = [f'\nn{n.id}[label="Node{n.id}\\n{send(n, "label")}"];' for n in nodes]
    arrows = [f"n{n.id} -> n{other.id};\n" for n in nodes for other in targets(n)]
    return digraph(title, lines, arrows)


def dot(g: Any = None, title: Any = None, fname: Any = None, *_: Any) -> Any:
    """Draw the graph of `todot`: into `fname`.dot and .svg as `graph.dot` does, or show it."""
    present(todot(g, title), fname)
    return ()


SIMPLE = {"todot": todot, "dot": dot}


@export(package="nngraph")
def display(gmodule: Any = None, *_: Any) -> Any:
    """Show the graph of an nn.gModule."""
    return draw(gmodule.fg)
