"""`File:readObject`: objects out of a file, sharing and cycles included.

Tables and objects are built without recursion, each registered before its contents are read.
Classes with a `read(file, version)` method of their own read themselves. Nothing of the file is
executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from th7shell.lua import LuaError, Table, TorchError, first, items, rawset
from th7shell.lua.collecting import no_collections
from th7shell.lua.regular import pattern

from .. import cuda_types
from ..lending import stands_for
from ..namespace import TORCH as NAMES
from . import functions, payloads
from .decoding import AsciiDecoder, BinaryDecoder
from .fields import read_fields
from .memo import CARRIED, FUNCTION, NIL, TABLE, TORCH, memo_of
from .nesting import FRAMES, MORE, Contents, Sequence, Upvalues

if TYPE_CHECKING:
    from ..files.file import File

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_VERSION = pattern(r"V (.*)$", re.DOTALL)


class UnknownClass(TorchError):
    """A class that no package has registered."""


def read_object(file: File) -> Any:
    """Read the next object of a file.

    If a binary file cannot be read with longs of 8 bytes but can be with 4 (as 32-bit machines and
    Windows write them), it is, and stays so for the objects that follow.
    """
    memo = memo_of(file)
    if memo.reading:
        return _Reading(file).run()
    memo.reading = True
    try:
        with no_collections():
            return _read(file)
    except LuaError:
        if not file._quiet:
            raise
        file._error = True
        return None
    finally:
        memo.reading = False


def _read(file: File) -> Any:
    channel = file.readable()
    if not file._binary or file._long_size or channel.left() is None:
        return _Reading(file).run()
    return _with_either_long(file)


def _with_either_long(file: File) -> Any:
    channel = file.readable()
    memo = memo_of(file)
    start, read, joined = channel.position(), len(memo.read), len(memo.joined)
    try:
        return _Reading(file).run()
    except UnknownClass:
        raise
    except LuaError as error:
        end = channel.position()
        _forget(memo.read, read)
        _forget(memo.joined, joined)
        file._long_size = 4
        try:
            channel.seek(start)
            value = _Reading(file).run()
            if not _goes_on(file):
                raise error
            return value
        except LuaError:
            file._long_size = 0
            _forget(memo.read, read)
            _forget(memo.joined, joined)
            channel.seek(end)
            raise error from None


def _goes_on(file: File) -> bool:
    """Whether the file ends here, or another object could follow."""
    channel = file.readable()
    following = bytes(channel.buf[channel.pos : channel.pos + 4]) if channel.more(1) else b""
    return (
        not following
        or int.from_bytes(following, "big" if file._big_endian else "little") <= FUNCTION
    )


def _forget(entries: dict[Any, Any], count: int) -> None:
    """Remove what came after the first `count` entries."""
    for key in list(entries)[count:]:
        del entries[key]


@lru_cache(maxsize=64)
def version_of(text: str) -> int | float | None:
    """The version of a class that "V 2" tells; None of any other text."""
    found = _VERSION.match(text)
    try:
        number = None if found is None else float(found[1])
    except ValueError:
        return None
    return int(number) if number is not None and number.is_integer() else number


class _Reading:
    """One call of readObject."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.memo = memo_of(file)
        self.seen: dict[int, Any] = {} if self.memo.force else self.memo.read
        self.decoder = (BinaryDecoder if file._binary else AsciiDecoder)(file)
        self.factories: dict[str, Any] = {}  # by the names of classes
        self.readers: dict[Any, Any] = {}  # by classes

    def run(self) -> Any:
        following, seen = self.decoder.following, self.seen
        stack: list[Any] = []  # what waits for values
        while True:
            kind, value, n = following(seen)
            if kind == TABLE:
                frame: Any = self.table(value, n)
            elif kind:
                frame = self.torch(value) if kind == TORCH else self.function(kind, value)
            else:
                frame = None
            if frame is not None:
                if frame.__class__ in FRAMES:
                    stack.append(frame)
                    continue
                value = frame
            while stack:
                value = stack[-1].give(value)
                if value is MORE:
                    break
                stack.pop()
            else:
                return value

    def register(self, index: int, value: Any) -> None:
        if not self.memo.force:
            self.seen[index] = value

    def table(self, index: int, pairs: int) -> Any:
        """A new table, or its frame if it has contents."""
        if pairs < 0:
            raise TorchError(f"damaged file: a table of {pairs} pairs")
        table = Table()
        self.register(index, table)
        return Contents(table, pairs) if pairs else table

    def function(self, kind: int, index: int) -> Any:
        function = functions.loaded(self.decoder.text(), self.memo)
        if index:
            self.register(index, function)
        return Upvalues(function, kind)

    def torch(self, index: int) -> Any:
        """A Torch object, or its frame if its fields follow."""
        name, version = self.class_and_version()
        cls = payloads.native_class(name)
        if cls is not None:
            return self.native(cls, index)
        if name == CARRIED and self.memo.carried is not None:
            carried = self.memo.carried[self.decoder.longs(1)[0]]
            self.register(index, carried)
            return carried
        factory = self.factory(name)
        if factory is None and name in _TDS:
            return self.tds(_TDS[name], index)
        value = first(factory(self.file)) if factory is not None else self.made(name, version)
        self.register(index, value)
        read = self.own_read(type(value))
        if read is not None:
            read(value, self.file, version)
            return value
        if not isinstance(value, Table):
            raise TorchError(f"Cannot load object class <{name}>")
        return self.contents(value)

    def factory(self, name: str) -> Any:
        """What makes an empty object of a class; None where no such class is known."""
        made = self.factories.get(name)
        if made is None:
            made = self.factories[name] = first(NAMES.factory(name)) or self.on_demand(name)
        return made

    def own_read(self, cls: Any) -> Callable[..., Any] | None:
        """The method by which objects of a class read themselves, None for a table of fields."""
        try:
            return self.readers[cls]
        except KeyError:
            method = getattr(cls, "__read", None) or getattr(cls, "read", None)
            own = None if stands_for(method, read_fields) else method
            self.readers[cls] = own
            return own

    def on_demand(self, name: str) -> Any:
        """The factory of a class of a CUDA package, which is loaded for it."""
        package = "cunn" if name.startswith("nn.DataParallelTable") else name.partition(".")[0]
        if package not in ("cudnn", "cunn") or not cuda_types.available():
            return None
        cuda_types.enable()
        import_module(f"th7shell.{package}")
        return first(NAMES.factory(name))

    def contents(self, value: Table) -> Any:
        """The fields of an object: a table of their own in the file."""
        kind, table, pairs = self.decoder.following(self.seen)
        if kind == TABLE:
            if pairs < 0:
                raise TorchError(f"damaged file: an object of {pairs} fields")
            self.register(table, value)
            return Contents(value, pairs) if pairs else value
        if kind or not isinstance(table, Table):
            raise TorchError("damaged file: an object without a table of its fields")
        for key, field in items(table):
            rawset(value, key, field)
        return value

    def class_and_version(self) -> tuple[str, int | float]:
        text = self.decoder.text()
        number = version_of(text)
        if number is None:
            return text, 0  # a file from before classes had versions
        return self.decoder.text(), number

    def tds(self, kind: str, index: int) -> Any:
        """An object of the tds package as a table: where the package is not loaded."""
        table = Table()
        self.register(index, table)
        n = self.decoder.longs(1)[0]
        if kind == "counter":
            table["value"] = n
            return table
        if n < 0:
            raise TorchError(f"damaged file: a tds object of {n} elements")
        if n == 0:
            return table
        return Contents(table, n) if kind == "hash" else Sequence(table, n)

    def made(self, name: str, version: int | float) -> Any:
        """An object of a class that is not registered."""
        if self.memo.unknown is not None:
            return self.memo.unknown(name, version)
        raise UnknownClass(f"unknown Torch class <{name}>")

    def native(self, cls: Any, index: int) -> Any:
        """A tensor or a storage."""
        if not payloads.is_tensor_class(cls):
            storage = cls()
            self.register(index, storage)
            payloads.read_storage(storage, self.decoder)
            return storage
        tensor = payloads.empty_like_class(cls)
        self.register(index, tensor)
        geometry = payloads.read_geometry(self.decoder)
        payloads.set_geometry(tensor, geometry, self.storage())
        return tensor

    def storage(self) -> Any:
        """The storage behind a tensor: nil, one that was read before, or one that follows."""
        kind, value, _ = self.decoder.following(self.seen)
        if kind == NIL:
            return value
        name = self.class_and_version()[0] if kind == TORCH else ""
        cls = payloads.native_class(name)
        if cls is None or payloads.is_tensor_class(cls):
            raise TorchError("damaged file: a tensor without a storage")
        return self.native(cls, value)


_TDS = {
    "tds.Hash": "hash",
    "tds_hash": "hash",
    "tds.Vec": "vec",
    "tds_vec": "vec",
    "tds.AtomicCounter": "counter",
}
