"""nngraph.annotateNodes, which names nodes after variables, and nngraph.setDebug, which draws the
graph when a run fails.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from th7shell.graph.drawing import dot_text, save
from th7shell.lua import LuaError, array, new_table, send, state
from th7shell.lua.failures import caught
from th7shell.lua.marks import scratch
from th7shell.lua.stdlib.call_frames import local_names, local_value, lua_name
from th7shell.lua.stdlib.texts import to_system
from th7shell.lua.tracebacks import C, stack, traceback_text
from th7shell.torch.namespace import export

from .gmodule import gModule
from .node import Node

#: the methods that setDebug wraps, as they were
WATCHED = {
    name: getattr(gModule, name)
    for name in ("runForwardFunction", "updateGradInput", "accGradParameters")
}


@export(package="nngraph")
def annotateNodes(stackLevel: Any = None, *_: Any) -> Any:
    """Name each node after the local variable of the caller that holds it, unless it has a name.

    stackLevel: 1 (default) for the function that calls, 2 for its caller …
    """
    frames = stack(sys._getframe(1))
    level = int(stackLevel or 1) - 1
    if level < len(frames) and frames[level].kind is not C:
        frame = frames[level].frame
        found = [(lua_name(name), local_value(frame, name)) for name in local_names(frame)]
    else:  # called from Python
        found = list(sys._getframe(1).f_locals.items())
    for name, value in found:
        if isinstance(value, Node) and value.data.annotations["name"] is None:
            send(value, "annotate", new_table(fields={"name": name}))
    return ()


@export(package="nngraph")
def setDebug(enable: Any = None, *_: Any) -> Any:
    """With true, an error in a run of an nn.gModule saves its graph, the node that failed in red,
    as `name`.dot, and .svg where Graphviz is installed; `name` is the field of the module, or
    nngraph_2in_1out by its inputs and outputs. With false, no more.
    """
    for name, method in WATCHED.items():
        setattr(gModule, name, watched(method) if enable else method)
    return ()


def watched(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of gModule that draws the graph when it fails."""

    def run(gmodule: Any = None, *args: Any) -> Any:
        try:
            return method(gmodule, *args)
        except Exception as error:
            save_failure(gmodule)
            text = caught(error)
            if not isinstance(text, str) or "stack traceback:\n" in text:
                raise
            raise LuaError(f"{text}\n{traceback_text(error.__traceback__)}") from error

    return run


def save_failure(gmodule: Any) -> None:
    """Save the graph of a module with the node that failed in red, and say so."""
    failed = scratch(gmodule).get("failed")
    inputs = gmodule.nInputs or len(gmodule.innode.children)
    name = gmodule.name or f"nngraph_{inputs}in_{len(gmodule.outnode.children)}out"
    if any(os.path.isfile(to_system(f"{name}.{ending}")) for ending in ("svg", "dot")):
        import uuid

        name += f"_{uuid.uuid4().hex[:6]}"
    text = dot_text(gmodule.fg, name)
    for node in array(gmodule.fg.nodes):
        if failed is not None and node.data is failed.data:
            text = f"{text.rstrip()[:-1]}n{node.id}[style=filled, fillcolor=red];\n}}"
    streams = getattr(state.globals, "io", None)
    if streams is not None:
        send(streams.stderr, "write", f"saving {name}.svg\n")
    save(name, text)
