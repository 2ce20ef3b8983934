"""The way back from named arrays to an object: as it was, where the text about it came along, else
as tables of tensors by the parts of their names.
"""

from __future__ import annotations

import json
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, rawset
from th7shell.lua.stdlib.texts import from_text
from th7shell.torch.classes import REGISTRY
from th7shell.torch.memory import new_over
from th7shell.torch.serialization.payloads import is_tensor_class, native_class
from th7shell.torch.storage import storage_of
from th7shell.torch.tensor import Tensor, wrap

from .options import DAMAGED, ExportError, Options
from .t7 import Classes
from .walk import parts_of

Arrays = dict[str, NDArray[Any]]
Place = tuple[Any, ...]
WIDER = {"b1": np.uint8, "u2": np.int32, "u4": np.int64, "u8": np.int64, "f2": np.float16}
OF_TDS = ("tds.Hash", "tds.Vec")


def unpack(arrays: Arrays, text: str | None, path: str, options: Options) -> Any:
    """The object of named arrays and the text about them, if there is one. Errors: ExportError
    for a text that does not fit, and for numbers that Torch has no type for."""
    arrays = {name: _torch_array(nd, name) for name, nd in arrays.items()}
    about = None
    if text is not None:
        try:
            about = json.loads(text)
            if "classes" in about:
                return _Object(arrays, about).made()
            arrays |= {name: arrays[same] for name, same in about["shared"].items()}
        except DAMAGED as error:
            raise ExportError(f"{path}: what it says of its tensors is damaged") from error
    return nested(arrays)


def _torch_array(nd: NDArray[Any], name: str) -> NDArray[Any]:
    """An array of a type that tensors have."""
    if nd.dtype.kind == "u" and nd.dtype.itemsize == 8 and nd.size and int(nd.max()) >= 1 << 63:
        raise ExportError(f"{name}: Torch has no type for numbers of 2^63 and more")
    if nd.dtype.kind not in "biuf" or nd.dtype.itemsize > 8:
        raise ExportError(f"{name}: Torch has no type for {nd.dtype}")
    if not nd.dtype.isnative:
        nd = nd.astype(nd.dtype.newbyteorder("="))
    return nd.astype(WIDER.get(nd.dtype.str[1:], nd.dtype), copy=False)


def tensor_of(nd: NDArray[Any]) -> Any:
    """A tensor over an array; a single number is one of one element."""
    return wrap(nd.reshape(nd.shape or (1,)) if nd.size else np.empty(0, nd.dtype))


def nested(arrays: dict[str, Any]) -> Any:
    """Tables of the tensors that are given by name, or made of arrays: `a.1` is the first element
    of the table `a`. Where a name is the beginning of another, all stand under whole names."""
    root = Table()
    tables: dict[Place, Table] = {(): root}
    places = {tuple(parts_of(name) or (name,)): nd for name, nd in arrays.items()}
    inner = {place[:i] for place in places for i in range(len(place))}
    if len(places) < len(arrays) or inner & set(places):
        places = {(name,): nd for name, nd in arrays.items()}
    made: dict[int, Any] = {}
    for place, nd in places.items():
        for i in range(1, len(place)):
            if place[:i] not in tables:
                tables[place[:i]] = Table()
                rawset(tables[place[: i - 1]], _key(place[i - 1]), tables[place[:i]])
        tensor = made.setdefault(id(nd), nd if isinstance(nd, Tensor) else tensor_of(nd))
        rawset(tables[place[:-1]], _key(place[-1]), tensor)
    return root


def _key(part: Any) -> Any:
    return part if part.__class__ is int else from_text(part)


class _Object:
    """An object that is put together from its description."""

    def __init__(self, arrays: Arrays, about: dict[str, Any]) -> None:
        self.arrays = arrays
        self.about = about
        self.parts: dict[Place, Any] = {}
        self.unknown = Classes(None)

    def made(self) -> Any:
        about = self.about
        classes = {_place(path): name for path, name in about["classes"].items()}
        names = {_place(path): path for path in about["classes"]}
        for storage in about["storages"]:
            self.storage(storage, classes)
        for place, name in classes.items():
            if place not in self.parts:
                self.parts[place] = self.part(name, names[place])
        for path, same in about["same"].items():
            self.parts[_place(path)] = self.parts[_place(same)]
        for path, value in about["values"].items():
            self.parts[_place(path)] = _plain(value)
        for place in sorted(self.parts, key=len):
            if place:
                _store(self.parts[place[:-1]], _key(place[-1]), self.parts[place])
        for path, *pair in about.get("pairs", ()):
            _store(self.parts[_place(path)], *map(self.told, pair))
        return self.parts[()]

    def told(self, part: Any) -> Any:
        """A key or a value of a pair."""
        return self.parts[_place(part["at"])] if isinstance(part, dict) else _plain(part)

    def storage(self, row: dict[str, Any], classes: dict[Place, str]) -> None:
        """Tensors that are parts of one memory."""
        places = row["tensors"]
        first = native_class(classes[_place(next(iter(places)))])
        if row["size"] > 16 * sum(prod(shape) for _, shape, _ in places.values()) + (1 << 20):
            raise ValueError("a storage that nothing fills")
        memory = np.zeros(row["size"], first.dtype)
        kind = first if not is_tensor_class(first) else None
        storage = kind() if kind is not None else storage_of(memory, first.element_type)
        storage.nd = memory
        for path, (offset, shape, strides) in places.items():
            cls = native_class(classes[_place(path)])
            last = offset + sum((n - 1) * s for n, s in zip(shape, strides))
            if cls.dtype != first.dtype or min(offset, *shape, *strides) < 0 or last >= row["size"]:
                raise ValueError("a tensor that reaches beyond its storage")
            width = first.dtype.itemsize
            steps = tuple(s * width for s in strides)
            view = np.ndarray(tuple(shape), first.dtype, memory, offset * width, steps)
            if path in self.arrays:
                view[...] = self.arrays[path]
            made = new_over(cls, view, storage) if is_tensor_class(cls) else storage
            self.parts[_place(path)] = made

    def part(self, name: str, path: str) -> Any:
        """A table, an object without its fields, a tensor or a storage."""
        if name == "table":
            return Table()
        cls = native_class(name)
        if cls is not None:
            name = self.about["shared"].get(path, path or "tensor")
            nd = self.arrays.get(name, np.empty(0, cls.dtype))
            if nd.dtype != cls.dtype:
                raise ValueError("numbers of another type")
            if is_tensor_class(cls):
                return new_over(cls, nd)
            storage = cls()
            storage.nd = nd.reshape(-1)
            return storage
        found = REGISTRY.get(name)
        if name in OF_TDS:
            return found()
        if found is None:
            made = self.unknown(name, self.about.get("versions", {}).get(name, 1))
        else:
            made = found.__new__(found)
        if not isinstance(made, Table):
            raise ValueError("an object without fields")
        return made


def _store(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, Table):
        rawset(holder, key, value)
    else:
        holder[key] = value


def _place(path: str) -> Place:
    parts = parts_of(path)
    if parts is None:
        raise ValueError("a path that nothing has")
    return tuple(parts)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return float(value[1])
    return from_text(value) if isinstance(value, str) else value
