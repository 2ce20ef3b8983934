"""`tds.Hash`: values by key, in the order of the original's hash table."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, items, lua_type
from th7shell.lua.keys import key_of as name_of
from th7shell.torch.classes import REGISTRY, TorchClass
from th7shell.torch.operators import TorchObject

from .elements import (
    MOST_SHOWN,
    check,
    converted,
    is_lua_name,
    key_text,
    listing,
    living,
    metamethods,
)
from .nodes import Nodes, key_of


class Hash(TorchObject, metaclass=TorchClass, name="tds.Hash"):
    """A hash of numbers, strings, booleans, tensors, Hash and Vec: `tds.Hash([table])`.

    `h[key] = value` stores, nil removes; `#h` counts pairs; `pairs(h)` goes over them. Tables in
    the table that is given become Vec or Hash. Errors: other types of keys or values.
    """

    __slots__ = ("__weakref__", "ħstored")
    ħtype = "cdata"
    ħstored: Nodes

    def __new__(cls, *_: Any) -> Any:
        self = object.__new__(cls)
        self.ħstored = Nodes()
        living.add(self)
        return self

    def __init__(self, *given: Any) -> None:
        if not given:
            return
        if len(given) > 1 or lua_type(given[0]) != "table":
            raise TorchError("lua table or nothing expected")
        for key, value in items(given[0]):
            self[converted(key)] = converted(value)

    def __getattribute__(self, name: str) -> Any:
        if is_lua_name(name):
            return self.ħstored.values.get(name_of(name))
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if is_lua_name(name):
            self[name_of(name)] = value
        else:
            object.__setattr__(self, name, value)

    def __getitem__(self, key: Any) -> Any:
        _check_key(key)
        return self.ħstored.values.get(key_of(check(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        _check_key(key)
        check(key)
        if value is None:
            self.ħstored.remove(key_of(key))
        else:
            self.ħstored.put(key_of(key), check(value))

    def __len__(self) -> int:
        return len(self.ħstored.values)

    def __str__(self) -> str:
        pairs = [pair for _, pair in zip(range(MOST_SHOWN), self.ħstored.items(), strict=False)]
        width = max((len(key_text(key)) for key, _ in pairs), default=0)
        entries = ((f"{key_text(key):{width}} : ", value) for key, value in pairs)
        return listing(f"tds.Hash[{len(self)}]{{", entries)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _check_key(key: Any) -> None:
    if key is None:
        raise TorchError("hash index is nil")


def _pairs(self: Any, _file: Any) -> Any:
    """An iterator over the pairs."""
    rest = self.ħstored.items()

    def step(*_: Any) -> Any:
        return next(rest, ())

    return step


def _write(self: Any, file: Any) -> None:
    file.writeLong(len(self))
    for key, value in self.ħstored.items():
        file.writeObject(key)
        file.writeObject(value)


def _read(self: Any, file: Any) -> None:
    for _i in range(file.readLong()):
        key = file.readObject()
        self[key] = file.readObject()


metamethods(Hash, pairs=_pairs, write=_write, read=_read, version=0)
REGISTRY["tds_hash"] = Hash  # its name in old files
