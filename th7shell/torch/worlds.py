"""The packages' tables as a worker of the threads package sees them: copies, so that what its code
puts into `torch` or `nn` stays its own.

The functions and classes in them are everybody's. What Lua code of the main program has put into a
package's table is left out.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, items, rawget, rawset
from th7shell.lua.keys import key_value
from th7shell.lua.marks import CHUNK, array_part
from th7shell.lua.state import current
from th7shell.lua.values import others

from .classes import TorchClass
from .generators import default_generator
from .namespace import TORCH, first_names
from .promised import Promising, complete
from .registry import MADE_IN_LUA
from .storage import STORAGES


def detach(globals: Table, value: Any) -> Any:
    """Replace the packages' tables in a worker's globals, as a package that has just been opened
    left them, by the worker's own; the same of the package's value, which is returned."""
    given = own(value)
    if given is value and value.__class__ is Table:
        given = _copy(value, {})
    for key, found in list(items(globals)):
        mine = given if found is value else own(found)
        if mine is not found:
            rawset(globals, key, mine)
    for table, copy in list(current.world.packages.items()):
        if copy is not table:
            _fill(copy, table, first_names(table) or {})  # packages add to each other's tables
    return given


def own(value: Any) -> Any:
    """What the running world has for a package's table; any other value as it is."""
    if value.__class__ is not Table:
        if not isinstance(value, Promising):
            return value
        complete(value)
    known = current.world.packages.get(value)
    if known is not None:
        return known
    first = first_names(value)
    return value if first is None else _copy(value, first)


def _copy(table: Table, first: dict[str, Any]) -> Table:
    world = current.world
    known = world.packages.get(table)
    if known is not None:
        return known
    copy = world.packages[table] = Table()
    world.packages[copy] = copy
    if table is TORCH:
        world.torch = copy
        copy._gen = default_generator()
        copy.Tensor = world.default_type
        copy.Storage = STORAGES[world.default_type.element_type.name]
    _fill(copy, table, first)
    return copy


def _fill(copy: Table, table: Table, first: dict[str, Any]) -> None:
    """Give a copy the names that it lacks, as they were before Lua code got hold of the table.

    The table is not traversed Lua's way, which sets up the order of its keys: other threads may do
    the same at this moment."""
    for name, value in list(vars(table).items()):
        if _is_lua(value):
            value = first.get(name)
        if value is not None and vars(copy).get(name) is None:
            setattr(copy, name, _copied(value))
    for i, value in enumerate(list(array_part(table))):
        if value is not None and rawget(copy, i) is None:
            rawset(copy, i, _copied(value))
    for key, value in list(others(table).items()):
        if value is not None and rawget(copy, key_value(key)) is None:
            rawset(copy, key_value(key), _copied(value))


def _copied(value: Any) -> Any:
    return _copy(value, {}) if value.__class__ is Table else value


def _is_lua(value: Any) -> bool:
    """Whether a value in a package's table is a function or class of Lua code."""
    if isinstance(value, TorchClass):
        return value.__module__ == MADE_IN_LUA
    return CHUNK in getattr(value, "__globals__", ())
