"""loadcaffe: nets from Caffe's files. Upstream: szagoruyko/loadcaffe.

`loadcaffe.load(prototxt, caffemodel[, backend])`; `wire` reads the file, `layers` makes the net.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from .layers import load

FILES: dict[str, Any] = {}  # the original's parts are not loaded by themselves


def luaopen(globals: Any) -> Any:
    """Put `loadcaffe` into Lua's globals and return it."""
    need(globals, "torch", "nn")
    table = namespace("loadcaffe")
    table.load = load
    globals.loadcaffe = table
    return table
