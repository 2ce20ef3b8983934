"""How jobs and results are saved: `threads.serialize` copies everything, `threads.sharedserialize`
hands tensors, storages and tds objects over as they are."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from th7shell.lua import Table, TorchError, new_table
from th7shell.torch.classes import TorchClass, TorchObject, typename
from th7shell.torch.files import MemoryFile
from th7shell.torch.namespace import need
from th7shell.torch.serialization.memo import CARRIED, memo_of
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_SHARED = ("tds.Hash", "tds.Vec", "tds.AtomicCounter")
_carried: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()  # storage → what it hands over
copied: list[bool] = []  # not empty in a worker process: tds objects leave it as copies


def save(value: Any = None, *_: Any) -> Any:
    """A CharStorage with a value's bytes."""
    return _written(value, None)


def load(storage: Any = None, *_: Any) -> Any:
    """The value of a CharStorage that `save` has made."""
    return _read(storage, None)


def shared_save(value: Any = None, *_: Any) -> Any:
    """The same, the tensors, storages and tds objects in the value being handed over."""
    objects: list[Any] = []
    references: dict[int, Carried] = {}

    def hook(part: Any) -> Any:
        if not isinstance(part, (Tensor, Storage)) and (copied or typename(part) not in _SHARED):
            return part
        reference = references.get(id(part))
        if reference is None:
            reference = references[id(part)] = Carried()
            reference.index = len(objects)
            objects.append(part)
        return reference

    storage = _written(value, hook)
    _carried[storage] = objects
    return storage


def shared_load(storage: Any = None, *_: Any) -> Any:
    """The value of a CharStorage that the shared `save` has made in this process."""
    objects = _carried.get(storage)
    if objects is None:
        raise TorchError("threads.sharedserialize: nothing was saved in this storage")
    return _read(storage, objects)


def carried_by(storage: Any) -> list[Any]:
    """What goes beside the bytes of a CharStorage that either `save` has made."""
    return _carried.get(storage, [])


def carry(storage: Any, objects: list[Any]) -> None:
    """Let objects go beside the bytes of a CharStorage, for `shared_load`."""
    _carried[storage] = objects


def _written(value: Any, hook: Any) -> Any:
    file = MemoryFile().binary()
    try:
        file.writeObject(value, None, hook)
        return file.storage()
    finally:
        file.close()


def _read(storage: Any, objects: list[Any] | None) -> Any:
    file = MemoryFile(storage, "r").binary()
    memo_of(file).carried = objects
    try:
        return file.readObject()
    finally:
        file.close()


class Carried(TorchObject, metaclass=TorchClass, name=CARRIED):
    """Stands in a CharStorage for an object that is handed over as it is."""

    __slots__ = ("index",)
    index: int

    def write(self, file: Any, *_: Any) -> None:
        """Write the object's place in the list of those that go with the storage."""
        file.writeLong(self.index)


def package(save: Any, load: Any) -> Any:
    """The maker of a table of functions that `require` gives; torch comes with it."""

    def make(globals: Any) -> Table:
        need(globals, "torch", "paths")
        return new_table((), {"save": save, "load": load})

    return make
