"""Python's own values where Torch takes a table or a tensor: lists, tuples and dicts become tables,
NumPy arrays tensors over their memory.

A dict whose keys are names is not copied: the table keeps its fields in the dict, so what an
optimiser stores in its state is there the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import Table, attr, new_table, rawset
from th7shell.lua.errors import lua_text

FOREIGN = frozenset({list, tuple, dict, np.ndarray})

#: what makes a tensor over an array, under the array's class: `tensor.py` gives it
makers: dict[type, Callable[[Any], Any]] = {}


def native(value: Any, kind: Any = None) -> Any:
    """The value as Torch has it; arrays become tensors of the class `kind`, or of their elements'
    type."""
    cls = value.__class__
    if cls is np.ndarray:
        return makers[cls](value if kind is None else np.asarray(value, kind.dtype))
    if cls is list or cls is tuple:
        return new_table([native(v, kind) for v in value])
    if cls is dict:
        return _table_of(value, kind)
    if isinstance(value, np.generic):
        return value.item()
    return lua_text(value) if cls is str else value


def natives(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments as Torch has them."""
    for value in arguments:
        if value.__class__ in FOREIGN or isinstance(value, np.generic):
            return tuple(native(v) for v in arguments)
    return arguments


def _table_of(fields: dict[Any, Any], kind: Any) -> Table:
    table = Table()
    if all(_is_field(k) and v.__class__ not in FOREIGN for k, v in fields.items()):
        table.__dict__ = fields
        return table
    for key, value in fields.items():
        rawset(table, lua_text(key) if key.__class__ is str else key, native(value, kind))
    return table


def _is_field(key: Any) -> bool:
    return key.__class__ is str and key.isascii() and attr(key) == key
