"""`torch.save`, `torch.load`, `torch.serialize` and their relatives. Upstream: serialization.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, LuaError, TorchError, tostring

from ..classes import TorchClass
from ..files import DiskFile, MemoryFile
from ..namespace import export
from ..storage import STORAGES, storage_of
from ..tensor import TYPES
from ..types import NONE, expected, type_text
from . import temporaries
from .memo import memo_of
from .reader import UnknownClass, read_object
from .recognise import describe

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_SAVE_MODES = ("binary", "ascii")
_LOAD_MODES = ("binary", "b32", "b64", "ascii")


def _checked(
    mode: Any, allowed: tuple[str, ...], message: str, referenced: Any
) -> tuple[str, bool]:
    if mode is not None and mode not in allowed:
        raise TorchError(message)
    if referenced is not None and not isinstance(referenced, bool):
        raise TorchError("true or false (or nil) expected for referenced")
    return mode or "binary", referenced is not False


@export
def save(
    filename: Any = None, object: Any = None, mode: Any = None, referenced: Any = None, *_: Any
) -> tuple[()]:
    """Write an object to a file: `torch.save(filename, object [, mode [, referenced]])`.

    object: anything made of numbers, strings, booleans, tables, tensors, Torch objects and Lua
    functions. mode: 'binary' (default) or 'ascii', which every machine can read. referenced: false
    writes shared objects once for each place they are in (default true). The file is complete or,
    if something goes wrong, as it was before.

    >>> torch.save('x.t7', torch.ones(2))
    """
    message = '"binary" or "ascii" (or nil) expected for mode'
    mode, referenced = _checked(mode, _SAVE_MODES, message, referenced)
    with temporaries.replaced(filename) as path:
        file = DiskFile(path, "w")
        try:
            _in_mode(file, mode).referenced(referenced).writeObject(object)
        finally:
            file.close()
    return ()


def _in_mode(file: Any, mode: str) -> Any:
    return file.ascii() if mode == "ascii" else file.binary()


@export
def load(filename: Any = None, mode: Any = None, referenced: Any = None, *_: Any) -> Any:
    """Read an object from a file: `torch.load(filename [, mode [, referenced]])`.

    mode: 'binary' (default), 'ascii', or 'b32' and 'b64' for binary files whose long numbers have 4
    or 8 bytes; 'binary' finds that out by itself. Nothing in the file is executed. Errors say what
    a file is that cannot be read, and name a class that is not known: `require` its package first.
    """
    return load_with(filename, mode, referenced)


def load_with(
    filename: Any,
    mode: Any = None,
    referenced: Any = None,
    unknown: Callable[..., Any] | None = None,
) -> Any:
    """`torch.load` with a maker of objects for classes that no package has registered."""
    message = '"binary", "b32", "b64" or "ascii" (or nil) expected for mode'
    mode, referenced = _checked(mode, _LOAD_MODES, message, referenced)
    file = DiskFile(filename, "r")
    try:
        _in_mode(file, mode).referenced(referenced)
        if mode in ("b32", "b64"):
            file.longSize(4 if mode == "b32" else 8)
        memo_of(file).unknown = unknown
        return read_object(file)
    except UnknownClass:
        raise
    except LuaError as error:
        raise _explained(error, file, filename) from None
    finally:
        file.close()


def examined(file: Any) -> tuple[str, int, int]:
    """What a file is whose reading has failed (see `describe`), the byte at which it did, counted
    from 0, and its size. The file is left somewhere else."""
    channel = file.opened()
    place = channel.position()
    channel.seek(0)
    head = channel.read(1024)
    size = len(head) + (channel.left() or 0)
    return describe(head, size, file._binary), place, size


def _explained(error: LuaError, file: Any, filename: Any) -> LuaError:
    """The error with a sentence about what the file is, if the file is to blame."""
    text = error.value if isinstance(error.value, str) else ""
    if not text.startswith(("read error", "unknown object", "damaged file", "Cannot load")):
        return error
    what, place, size = examined(file)
    where = f", byte {place + 1} of {size}" if what.endswith("cut short") else ""
    return TorchError(f"{text} ({tostring(filename)} {what}{where})")


@export
def serialize(object: Any = None, mode: Any = None, *_: Any) -> str:
    """Return an object as a string that `torch.deserialize` understands; mode 'binary' (default) or
    'ascii'."""
    return serializeToStorage(object, mode).string()


@export
def serializeToStorage(object: Any = None, mode: Any = None, *_: Any) -> Any:
    """Return an object as a CharStorage of its bytes; mode 'binary' (default) or 'ascii'."""
    file = MemoryFile()
    _in_mode(file, _mode(mode)).writeObject(object)
    storage = file.storage()
    return storage_of(storage.nd[:-1])


@export
def deserialize(text: Any = NONE, mode: Any = None, *_: Any) -> Any:
    """Return the object of a string that `torch.serialize` made."""
    if not isinstance(text, str):
        raise BadArgument(1, f"string expected, got {type_text(text)}")
    return _object_of(text.encode("latin-1"), mode)


@export
def deserializeFromStorage(storage: Any = NONE, mode: Any = None, *_: Any) -> Any:
    """Return the object of a CharStorage that `torch.serializeToStorage` made, also of a
    ByteStorage or a 1-D tensor of the same bytes."""
    if not isinstance(storage, _BYTES):
        raise expected(storage, 1, "torch.CharStorage")
    return _object_of(storage.nd.tobytes(), mode)


_BYTES = (
    *map(STORAGES.get, ("Char", "Byte")),
    TYPES["torch.CharTensor"],
    TYPES["torch.ByteTensor"],
)


def _object_of(data: bytes, mode: Any) -> Any:
    file = MemoryFile(storage_of(np.frombuffer(data + b"\0", np.int8)), "r")
    return _in_mode(file, _mode(mode)).readObject()


def _mode(mode: Any) -> str:
    if mode not in (None, *_SAVE_MODES):
        raise TorchError(f"attempt to call a nil value (mode '{tostring(mode)}' of a file)")
    return mode or "binary"


export(save, name="saveobj")
export(load, name="loadobj")


def keep_unknown() -> Callable[[str, Any], Any]:
    """A maker for `load_with` that gives objects of unknown classes a class of that name.

    The classes are not registered: they only carry the name, and the fields can be looked at.
    """
    from th7shell.lua import Table

    classes: dict[str, Any] = {}

    def make(name: str, version: Any) -> Any:
        cls: Any = classes.get(name)
        if cls is None:
            members = {"__slots__": (), "__module__": __name__, "__version": version}
            short = name.rpartition(".")[2]
            short = short if short.isidentifier() else "Unknown"
            cls = classes[name] = TorchClass(short, (Table,), members, name=name, register=False)
        return cls.__new__(cls)

    return make
