"""Lua's `iterm`: pictures, graphs and histograms in the terminal. Upstream:
szagoruyko/iterm.torch; ours are those of image, graph and gnuplot."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, new_table
from th7shell.torch.namespace import need

FILES: dict[str, Any] = {"dot": None}  # require 'iterm.dot' adds `iterm.dot` in the original


def luaopen(globals: Table) -> Table:
    """The functions; as in the original, `iterm` is what `require` returns and a global."""
    need(globals, "torch")

    def image(picture: Any = None, *options: Any) -> Any:
        """Show a tensor, a list of tensors, or the file of a name."""
        need(globals, "image")
        if isinstance(picture, str):
            picture = globals.image.load(picture)
        return globals.image.display(picture, *options)

    def dot(graph: Any = None, path: Any = None, *_: Any) -> Any:
        """Draw a graph: into a file, or to be seen."""
        need(globals, "graph")
        return globals.graph.dot(graph, "", path)

    def hist(values: Any = None, *options: Any) -> Any:
        """Show how a tensor's values are spread."""
        need(globals, "gnuplot")
        return globals.gnuplot.hist(values, *options)

    globals.iterm = new_table(fields={"image": image, "dot": dot, "hist": hist})
    return globals.iterm
