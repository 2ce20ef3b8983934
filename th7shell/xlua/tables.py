"""Helpers for tables and strings: `xlua.table2string`, `table.splice`, `table.prune`,
`string.split` …"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from th7shell.lua import (
    Table,
    TorchError,
    array,
    first,
    items,
    new_table,
    rawget,
    rawset,
    state,
    tostring,
)
from th7shell.lua.regular import pattern
from th7shell.lua.stdlib.texts import from_system, to_system
from th7shell.sys.words import split
from th7shell.torch.namespace import export
from th7shell.torch.types import to_number

_NAME = pattern(r"[_a-zA-Z][_a-zA-Z0-9]*\Z", re.ASCII)


def _value_text(value: Any) -> str:
    if isinstance(value, str):
        text = value.replace("\n", "\\n")
        if '"' in text and "'" not in text:
            return f"'{text}'"
        escaped = text.replace('"', '\\"')
        return f'"{escaped}"'
    return table2string(value) if isinstance(value, Table) else tostring(value)


def _key_text(key: Any) -> str:
    return key if isinstance(key, str) and _NAME.match(key) else f"[{_value_text(key)}]"


@export(package="xlua")
def table2string(table: Any = None, newline: Any = None, *_: Any) -> str:
    """A table as text, `{1,2,a=3}`, or with `newline` one entry a line."""
    parts = [_value_text(value) for value in array(table)]
    equals = " : " if newline else "="
    for key, value in items(table):
        if not isinstance(key, int) or not 0 < key <= len(parts):
            parts.append(f"{_key_text(key)}{equals}{_value_text(value)}")
    return "{\n   " + "\n   ".join(parts) + "\n}" if newline else "{" + ",".join(parts) + "}"


def splice(
    table: Any = None, start: Any = None, length: Any = None, *_: Any
) -> tuple[Table, Table]:
    """A list without `length` (1) elements from `start` (1) on, and the list of these."""
    values = array(table)
    begin = int(start or 1) - 1
    end = begin + int(length or 1)
    return new_table(values[:begin] + values[end:]), new_table(values[begin:end])


def prune(table: Any = None, hash: Any = None, merge: Any = None, *_: Any) -> Table:
    """A list without duplicates: of elements with equal `hash(element)` the last, or what `merge`
    makes."""
    kept = Table()
    for value in array(table):
        key = value if hash is None else first(hash(value))
        old = kept[key]
        kept[key] = value if old is None or merge is None else first(merge(value, old))
    return new_table(value for _, value in items(kept))


def tosymbol(text: Any = None, *_: Any) -> Any:
    """The value that a text names: `string.tosymbol('math.pi')`."""
    chunk = first(state.globals.loadstring(f"return {text}"))
    status, *results = state.globals.pcall(chunk)
    value = results[0] if results else None
    if not status:
        raise TorchError(tostring(value))
    if value is None or value is False:
        raise TorchError(f'symbol "{text}" does not exist')
    return value


@export(package="xlua")
def envparams(defaults: Any = None, *_: Any) -> Table:
    """A table of parameters, each replaced by the environment variable of its name if that is set.

    `lr=0.1 th7shell train.lua`, with `opt = xlua.envparams{lr=1, cuda=true}`: values take the
    default's type.
    """
    params = Table()
    for key, value in items(defaults):
        given = os.environ.get(to_system(tostring(key)))
        params[key] = value if given is None else _of_type(from_system(given), value)
        if params[key] is None:
            raise TorchError("assertion failed!")
    return params


def _of_type(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    return to_number(text) if isinstance(default, (int, float)) else text


ADDITIONS: dict[str, dict[str, Callable[..., Any]]] = {  # to Lua's own libraries
    "table": {"splice": splice, "prune": prune},
    "string": {"split": split, "tosymbol": tosymbol},
}


def extend(globals: Any) -> None:
    """Add the helpers to Lua's own `table` and `string`, where nothing is there yet: th has them
    from the start, and what a program puts in their place stays."""
    for library, functions in ADDITIONS.items():
        table = getattr(globals, library, None)
        if table is not None:
            for name, function in functions.items():
                if rawget(table, name) is None:
                    rawset(table, name, function)
