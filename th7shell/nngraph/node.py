"""nngraph.Node: a module in a graph, with the order of its inputs and what is known about it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from th7shell.graph.graphs import Node as GraphNode
from th7shell.graph.graphs import append_once
from th7shell.lua import TorchError, array, items, new_table, rawget, rawset, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.compiler.chunks import chunk_id
from th7shell.lua.marks import CHUNK
from th7shell.lua.stdlib.arguments import MAX_RESULTS
from th7shell.nn.helpers.utils import is_plain
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor, default_type

_LIBRARY = __name__.partition(".")[0]


class Node(GraphNode, name="nngraph.Node"):
    """A node of a network: calling a module on nodes makes one.

    Node(data): `data` is a table with module, or with nSplitOutputs or selectindex in nodes that
    `split` made. Fields of data, besides these: mapindex (the inputs' data at 1, 2 …, and their
    places under the data), reverseMap (the nodes this one feeds), annotations; after a run input
    and gradOutput (the gradients to be summed).

    Source: torch/nngraph, README.md.

    >>> x = nn.Identity()()
    >>> h = nn.Linear(3, 2)(x)
    """

    def __init__(self, data: Any = None, *_: Any) -> None:
        super().__init__(data)
        for field in ("annotations", "mapindex", "reverseMap"):
            if data[field] is None:
                data[field] = new_table()
        if data.annotations["_debugLabel"] is None:
            data.annotations._debugLabel = f"{place_of_caller()}_"

    def add(self, child: Any = None, domap: Any = None, *_: Any) -> Any:
        """Add a child; with `domap` it is the next input of this node."""
        super().add(child)
        if domap is None or domap is False:
            return ()
        places, data = self.data.mapindex, child.data
        if rawget(places, data) is not None:
            raise TorchError("Don't pass the same input twice.")
        append_once(places, data)
        if rawget(data.reverseMap, self) is not None:
            raise TorchError("this connection has already been made!")
        rawset(data.reverseMap, self, True)
        return nothing()

    def split(self, noutput: Any = None, *_: Any) -> Any:
        """Return `noutput` nodes, one for each entry of the table that this node puts out."""
        if noutput == 1:
            from .small_modules import JustElement

            return JustElement()(self)
        if noutput is not None and noutput > MAX_RESULTS:
            raise TorchError("too many results to unpack")
        label = self.data.annotations._debugLabel
        whole = labelled(f"{label} split at {place_of_caller()}-mnode", nSplitOutputs=noutput)
        whole.add(self, True)
        parts = []
        for i in range(1, int(noutput) + 1):
            part = labelled(f"{label}-{i}", selectindex=i, input=new_table())
            part.add(whole, True)
            parts.append(part)
        return tuple(parts)

    def annotate(self, annotations: Any = None, *_: Any) -> Any:
        """Store each entry of a table in data.annotations; return self.

        name and description are shown in pictures, graphAttributes is a table of attributes for
        Graphviz: color, tooltip …
        """
        for key, value in items(annotations):
            self.data.annotations[key] = value
        return self

    def graphNodeName(self, *_: Any) -> str:
        """What pictures call the node: its annotated name with its number, or `Node3`."""
        name = self.data.annotations["name"]
        return f"Node{self.id}" if name is None else f"{name} ({self.id})"

    def graphNodeAttributes(self, *_: Any) -> Any:
        """The node's attributes for Graphviz; its tooltip tells where it was made."""
        notes = self.data.annotations
        if notes["graphAttributes"] is None:
            notes.graphAttributes = new_table()
        if notes.graphAttributes["tooltip"] is None:
            notes.graphAttributes.tooltip = notes._debugLabel
        return notes.graphAttributes

    def label(self, *_: Any) -> str:
        """The description and the data of the node, an entry a line, `\\l` between them."""
        lines = []
        for key, value in items(self.data):
            if key == "mapindex":
                if len(value) > 1:
                    ids = (d["forwardNodeId"] for d in array(value))
                    names = (f"Node{'' if i is None else i}" for i in ids)
                    lines.append(f"mapindex = {{{','.join(names)}}}")
            elif key not in ("forwardNodeId", "annotations"):
                lines.append(f"{tostring(key)} = {value_text(value)}")
        described = self.data.annotations["description"]
        head = "" if described is None else f"desc = {described}\\n"
        return head + "\\l".join(lines)


def labelled(label: str, **fields: Any) -> Any:
    """A node without a module that carries a label of where it comes from."""
    notes = new_table(fields={"_debugLabel": label})
    return Node(new_table(fields={**fields, "annotations": notes}))


def place_of_caller() -> str:
    """`[file]:line` of the innermost code that is not the library's own: of Lua, or of Python."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        chunk = frame.f_globals.get(CHUNK)
        if chunk is not None:
            return f"[{chunk_id(chunk)}]:{frame.f_lineno}"
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package != _LIBRARY:
            return f"[{frame.f_code.co_filename}]:{frame.f_lineno}"
        frame = frame.f_back
    return "[?]:0"


def value_text(value: Any) -> str:
    """A tensor's type and sizes, a table of such, or the text of anything else."""
    if value is None or value is False:
        return ""
    if isinstance(value, Tensor):
        kind = "Tensor" if isinstance(value, default_type()) else typename(value)
        sizes = "x".join(map(str, value.nd.shape)) if value.nd.size else ""
        return f"{kind}[{sizes}]{warning(value.nd)}"
    if is_plain(value):
        return "{" + ",".join(map(value_text, array(value))) + "}"
    return tostring(value).replace("\n", "\\l")


def warning(values: np.ndarray) -> str:
    """`NaN`, `inf` or `-inf` if an array has one."""
    if values.dtype.kind != "f":
        return ""
    flags = (("NaN", np.isnan), ("inf", np.isposinf), ("-inf", np.isneginf))
    return next((name for name, test in flags if test(values).any()), "")
