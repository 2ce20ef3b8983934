"""Graphs as Graphviz text, and what the program `dot` makes of it: pictures and places."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from th7shell import frontend
from th7shell.lua import TorchError, array, items, new_table, send, tostring
from th7shell.paths.names import checked
from th7shell.torch.namespace import TORCH, export

MISSING = (
    "graphviz library could not be loaded: install Graphviz (its program 'dot' makes the pictures),"
    " or give a file name, under which the text is saved as .dot"
)


@export(name="_dotEscape", package="graph")
def escape(text: Any = None, *_: Any) -> str:
    """A text as Graphviz takes it: single words as they are, others in quotes."""
    if all(c.isascii() and c.isalpha() for c in text):
        return text
    quoted = text.replace("\n", "\\n").replace('"', '\\"')
    return f'"{quoted}"'


def dot_text(graph: Any, title: Any = None, *, label_in_order: bool = False) -> str:
    """A graph in Graphviz' language.

    Nodes may have the methods `graphNodeName` and `graphNodeAttributes` besides `label`. The label
    comes first among the attributes, or in its place by name, as Graphviz itself writes them.
    """
    lines = []
    for node in array(graph.nodes):
        named = getattr(node, "graphNodeName", None)
        name = f"Node{node.id}" if named is None else send(node, "graphNodeName")
        label = ("label", escape(f"{name}\n{send(node, 'label')}"))
        more = []
        if getattr(node, "graphNodeAttributes", None) is not None:
            attributes = items(send(node, "graphNodeAttributes"))
            more = sorted((tostring(k), escape(tostring(v))) for k, v in attributes)
        pairs = sorted([label, *more]) if label_in_order else [label, *more]
        text = " ".join(f"{k}={v}" for k, v in pairs)
        lines.append(f"\nn{node.id}[{text}];")
    arrows = [
        f"n{source.id} -> n{target.id};\n"
        for source, target in ((edge["from"], edge.to) for edge in array(graph.edges))
    ]
    return digraph(title, lines, arrows)


def digraph(title: Any, nodes: Iterable[str], arrows: Iterable[str]) -> str:
    """The text of a graph around the lines of its nodes and arrows."""
    head = "" if title is None else f'labelloc="t";\nlabel="{title}";\n'
    return f"digraph G {{\n{head}node [shape = oval]; {''.join(nodes)}\n{''.join(arrows)}}}"


def _graphviz() -> str | None:
    """Where Graphviz's program is."""
    import shutil

    return shutil.which("dot")


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def rendered(text: str, form: str, program: str = "dot") -> bytes:
    """What Graphviz makes of a text: 'svg', 'plain' …"""
    import subprocess  # like shutil, for pictures alone

    command = _graphviz()
    if command is None:
        raise TorchError(MISSING)
    done = subprocess.run(
        [command, f"-K{program}", f"-T{form}"],
        input=text.encode("latin-1", "replace"),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise TorchError(f"graphviz render failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def save(path: str, text: str) -> None:
    """Write `path`.dot, and `path`.svg where Graphviz is installed."""
    place = checked(path, 3)
    _write(f"{place}.dot", text.encode("latin-1", "replace"))
    if _graphviz() is not None:
        _write(f"{place}.svg", rendered(text, "svg"))


def present(text: str, path: Any = None) -> None:
    """Save a text as `save` does, or without a path show its picture."""
    if path is None:
        frontend.show(frontend.Html(rendered(text, "svg").decode("utf-8")))
    else:
        save(path, text)


@export(package="graph")
def dot(g: Any = None, title: Any = None, fname: Any = None, *_: Any) -> Any:
    """Draw a graph: write `fname`.dot and, where Graphviz is installed, `fname`.svg; without
    fname, show the picture.

    >>> g = graph.Graph()
    >>> g.add(graph.Edge(graph.Node(1), graph.Node(2)))
    >>> graph.dot(g, 'my net', 'net')
    """
    present(dot_text(g, title, label_in_order=True), fname)
    return ()


@export(package="graph")
def graphvizFile(g: Any = None, algorithm: Any = None, fname: Any = None, *_: Any) -> Any:
    """Write a picture of a graph; the ending of `fname` tells the format, `algorithm` ('dot') is
    one of Graphviz' programs.
    """
    place = checked(fname, 3)
    form = os.path.splitext(place)[1][1:]
    picture = rendered(send(g, "todot"), form, algorithm or "dot")
    _write(place, picture)
    return ()


@export(package="graph")
def graphvizLayout(g: Any = None, algorithm: Any = None, *_: Any) -> Any:
    """The places that Graphviz gives the nodes: a tensor of n×2, both coordinates in [0, 1]."""
    text = rendered(send(g, "todot"), "plain", algorithm or "dot").decode("utf-8")
    lines = [line.split() for line in text.splitlines()]
    width, height = (float(x) for x in next(line for line in lines if line[0] == "graph")[2:4])
    places = {
        int(line[1][1:]): [float(line[2]) / width, float(line[3]) / height]
        for line in lines
        if line[0] == "node"
    }
    return TORCH.Tensor(new_table(new_table(places[i]) for i in sorted(places)))
