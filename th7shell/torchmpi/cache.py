"""`torchmpi.cache`: what the parameter servers remember of tensors, in tables that programs use
too."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, items, new_table

_TABLES = (
    *("tensorReferences", "parameterServers", "sendTensorReferences"),
    "prefetchTensorReferences",
)


def freeReferencesToTensor(tensor: Any = None, *_: Any) -> None:
    """Forget a tensor, and give up its parameter server: all ranks do."""
    server = table("parameterServers")[tensor]
    if server is not None:
        server.free()
    for name in _TABLES:
        table(name)[tensor] = None


def freeAllTensorReferences(*_: Any) -> None:
    """Forget all tensors, and give up their parameter servers: all ranks do."""
    for _tensor, server in items(table("parameterServers")):
        server.free()
    for name in _TABLES:
        CACHE[name] = Table()


def freeDescriptors(*_: Any) -> None:
    """Nothing: no memory of graphics cards is shared."""


def table(name: str) -> Any:
    """One of the tables, by the tensor."""
    return CACHE[name]


CACHE = new_table(fields={name: Table() for name in _TABLES})
for _function in (freeReferencesToTensor, freeAllTensorReferences, freeDescriptors):
    CACHE[_function.__name__] = _function
