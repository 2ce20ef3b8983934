"""nngraph.nest: a node whose output is a nested table of other nodes' outputs."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, array, new_table, tostring
from th7shell.nn.helpers.utils import is_plain
from th7shell.nn.simple.identity import Identity
from th7shell.torch.namespace import export

from .calls import node_of
from .node import Node
from .small_modules import JustTable


@export(package="nngraph")
def nest(*inputs: Any) -> Any:
    """A node for a nested table of nodes: `nngraph.nest{in1, {in2}, in3}`; a node is itself."""
    if len(inputs) > 1:
        raise TorchError("Use {input1, input2} to pass multiple inputs.")
    if not inputs or inputs[0] is None:
        raise TorchError("Pass an input.")
    return nested(inputs[0])


def nested(value: Any) -> Any:
    """The node of a node or of a table of such values."""
    if isinstance(value, Node):
        return value
    if not is_plain(value) or not len(value):
        raise TorchError(f"what is this in the nest input? {tostring(value)}")
    if len(value) == 1:
        return node_of(JustTable(), nested(value[1]))
    return node_of(Identity(), new_table(nested(v) for v in array(value)))
