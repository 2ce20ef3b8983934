"""`tds.Vec`: values at 1, 2, …; nil is a value like any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import TorchError, first, items, lua_type, tostring
from th7shell.lua.keys import key_of as name_of
from th7shell.torch.classes import REGISTRY, TorchClass
from th7shell.torch.operators import TorchObject
from th7shell.torch.storage import STORAGES

from .elements import (
    check,
    converted,
    has_number_keys,
    is_lua_name,
    listing,
    living,
    metamethods,
)

_LONGEST = 1 << 31


class Vec(TorchObject, metaclass=TorchClass, name="tds.Vec"):
    """A vector of numbers, strings, booleans, tensors, Hash, Vec and nil: `tds.Vec(table)` or
    `tds.Vec(value, …)`.

    `v[i] = value` lengthens it where needed; `#v` counts nil too. Methods: insert, remove, resize,
    sort, concat, concatstorage. Errors: other types of values, indices that are not positive.
    """

    __slots__ = ("__weakref__", "ħstored")
    ħtype = "cdata"
    ħstored: list[Any]

    def __new__(cls, *_: Any) -> Any:
        self = object.__new__(cls)
        self.ħstored = []
        living.add(self)
        return self

    def __init__(self, *given: Any) -> None:
        if len(given) == 1 and lua_type(given[0]) == "table":
            if not has_number_keys(given[0]):
                raise TorchError("lua table with number keys expected")
            pairs = items(given[0])
        else:
            pairs = enumerate(given, 1)  # type: ignore[assignment]
        for key, value in pairs:
            if value is not None:
                self[key] = converted(value)

    def __getattribute__(self, name: str) -> Any:
        if is_lua_name(name):
            method = METHODS.get(name_of(name))
            if method is None:
                raise TorchError("invalid key (number) or method name")
            return method.__get__(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if is_lua_name(name):
            _place(name)
        object.__setattr__(self, name, value)

    def __getitem__(self, key: Any) -> Any:
        if lua_type(key) != "number":
            raise TorchError("invalid key (number) or method name")
        i = _place(key)
        return self.ħstored[i] if i < len(self.ħstored) else None

    def __setitem__(self, key: Any, value: Any) -> None:
        i = _place(key)
        if value is not None:
            check(value)
        if i >= len(self.ħstored):
            _lengthen(self, i + 1)
        self.ħstored[i] = value

    def __len__(self) -> int:
        return len(self.ħstored)

    def __str__(self) -> str:
        entries = ((f"{i:5d} : ", value) for i, value in enumerate(self.ħstored, 1))
        return listing(f"tds.Vec[{len(self)}]{{", entries)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _place(key: Any) -> int:
    """The place of an index in the list."""
    if lua_type(key) != "number" or not key > 0:
        raise TorchError("positive number expected as key")
    return int(min(max(key - 1, 0), _LONGEST))


def _lengthen(vec: Vec, size: int) -> None:
    if size > _LONGEST:
        raise TorchError("out of memory")
    vec.ħstored.extend([None] * (size - len(vec.ħstored)))


def insert(self: Any, *given: Any) -> tuple[()]:
    """Insert a value at the end, or before what is at an index: `v:insert([i,] value)`."""
    if not 1 <= len(given) <= 2:
        raise TorchError("[key] value expected")
    i = _place(given[0]) if len(given) == 2 else len(self)
    value = given[-1]
    if value is not None:
        check(value)
    if i > len(self):
        raise TorchError(f"cannot insert at {i + 1}: the vector has {len(self)} elements")
    self.ħstored.insert(i, value)
    return ()


def remove(self: Any, key: Any = None, *_: Any) -> tuple[()]:
    """Remove the last value, or the one at an index: `v:remove([i])`."""
    i = _place(len(self) if key is None else key)
    if i < len(self):
        del self.ħstored[i]
    return ()


def resize(self: Any, size: Any = None, *_: Any) -> tuple[()]:
    """Cut to a length, or lengthen by nil: `v:resize(n)`."""
    if lua_type(size) != "number" or not size >= 0:
        raise TorchError("size must be a positive number")
    size = int(min(size, _LONGEST + 1))
    if size > len(self):
        _lengthen(self, size)
    del self.ħstored[size:]
    return ()


def sort(self: Any, less: Any = None, *_: Any) -> tuple[()]:
    """Sort in place: `v:sort(function(a, b) return a < b end)`.

    It merges halves; what is not less comes from the second, so equal values change their order.
    """
    if lua_type(less) != "function":
        raise TorchError("compare function must be a lua or C function")
    self.ħstored[:] = _merged(list(self.ħstored), less)
    return ()


def _merged(values: list[Any], less: Callable[..., Any]) -> list[Any]:
    if len(values) < 2:
        return values
    half = len(values) // 2
    left, right = _merged(values[:half], less), _merged(values[half:], less)
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        if first(less(left[i], right[j])) in (None, False):
            found.append(right[j])
            j += 1
        else:
            found.append(left[i])
            i += 1
    return found + left[i:] + right[j:]


def concat(self: Any, separator: Any = None, start: Any = None, end: Any = None, *_: Any) -> str:
    """The values' texts one after the other: `v:concat([separator, first, last])`."""
    between = "" if separator is None else tostring(separator)
    text = ""
    i, last = 1 if start is None else start, len(self) if end is None else end
    while i <= last:
        text += (between if text else "") + tostring(self[i])
        i += 1
    return text


def concatstorage(self: Any, *given: Any) -> Any:
    """As `concat`, but a torch.CharStorage."""
    storage: Any = STORAGES["Char"]()
    return storage.string(concat(self, *given))


METHODS: dict[str, Any] = {
    f.__name__: f for f in (insert, remove, resize, sort, concat, concatstorage)
}


def _pairs(self: Any, _file: Any) -> Any:
    """An iterator over indices and values, nil included."""
    at = 0

    def step(*_: Any) -> Any:
        nonlocal at
        at += 1
        return (at, self.ħstored[at - 1]) if at <= len(self.ħstored) else ()

    return step


def _write(self: Any, file: Any) -> None:
    file.writeLong(len(self))
    for value in self.ħstored:
        file.writeObject(value)


def _read(self: Any, file: Any) -> None:
    for i in range(1, file.readLong() + 1):
        self[i] = file.readObject()


metamethods(Vec, pairs=_pairs, ipairs=_pairs, write=_write, read=_read, version=0)
REGISTRY["tds_vec"] = Vec  # its name in old files
