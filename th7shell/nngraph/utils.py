"""What `require 'nngraph.utils'` returns: tests of values, and what to say of what is no node."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, new_table
from th7shell.lua.stdlib.table import maxn
from th7shell.torch.classes import typename

from .calls import not_a_node


def istorchclass(value: Any = None, *_: Any) -> Any:
    """The class's name if a value is a table and an object of a Torch class, else false or nil."""
    return isinstance(value, Table) and typename(value)


def istable(value: Any = None, *_: Any) -> bool:
    """Whether a value is a table, but no object of a Torch class."""
    return isinstance(value, Table) and typename(value) is None


def expectingNodeErrorMessage(
    value: Any = None, name: Any = None, index: Any = None, *_: Any
) -> str:
    """What to say of `name[index]`, which should be a node."""
    return not_a_node(value, name, index)


UTILS = new_table((), {f.__name__: f for f in (istorchclass, istable, expectingNodeErrorMessage)})
UTILS.tableMaxN = maxn
