"""Torch7's own files, read through a memory mapping: a net of gigabytes is open at once.

Any encoding is read: binary with longs of 4 or 8 bytes, of either byte order, and ascii. Objects of
classes that nobody has are kept with their fields; nothing of the file is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from th7shell import tds  # noqa: F401  without it, its objects would be read as tables
from th7shell.lua import LuaError, first
from th7shell.lua.stdlib.texts import to_text
from th7shell.torch.files import DiskFile
from th7shell.torch.files.mapped import read_mapped
from th7shell.torch.namespace import TORCH
from th7shell.torch.serialization.api import examined, keep_unknown
from th7shell.torch.serialization.memo import memo_of
from th7shell.torch.serialization.reader import read_object
from th7shell.torch.serialization.recognise import encoding

from .options import DAMAGED, ExportError, Options, damaged, replaced
from .tensors import tensors

_MOST = 2**31 - 1
PACKAGES = ("torch", "nn", "nngraph", "nnx", "optim")  # whose classes files may hold


@dataclass
class Facts:
    """What a `.t7` file is. longs: bytes of a long number, 0 where they are spelt; left: bytes
    behind the first object."""

    path: str
    size: int
    encoding: str = "binary"
    longs: int = 8
    left: int = 0

    def __str__(self) -> str:
        if self.encoding == "ascii":
            return "an ascii .t7 file"
        order = "big" if self.encoding == "big-endian" else "little"
        return f"a binary .t7 file, {order}-endian, longs of {self.longs} bytes"


def open_file(path: str, mapped: bool = True) -> tuple[Any, Facts]:
    """The object of a `.t7` file, and what the file is. Errors: ExportError, which says what is
    wrong with the file or what it is instead.

    mapped: tensors are parts of the file, which cannot be written to; an old object that changes
    its tensors when it is read is read without.
    """
    try:
        return _read(path, mapped)
    except ExportError:
        raise
    except LuaError as error:
        raise ExportError(f"{path}: {to_text(str(error))}") from error
    except DAMAGED as error:
        if mapped and isinstance(error, ValueError):
            return open_file(path, mapped=False)
        raise ExportError(f"{path}: is a .t7 file that is damaged: {damaged(error)}") from error


def _read(path: str, mapped: bool) -> tuple[Any, Facts]:
    try:
        facts = Facts(path, os.stat(path).st_size)
        with open(path, "rb") as beginning:
            facts.encoding = encoding(beginning.read(8))
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror}") from error
    file = DiskFile(Path(path), "r")
    try:
        if mapped:
            read_mapped(file)
        if facts.encoding != "ascii":
            file.binary()
        if facts.encoding == "big-endian":
            file.bigEndianEncoding()
        memo_of(file).unknown = Classes(file)
        value = read_object(file)
        facts.longs = 0 if facts.encoding == "ascii" else file._long_size or 8
        facts.left = file.opened().left() or 0
        return value, facts
    except LuaError as error:
        raise ExportError(f"{path}: {_blame(error, file)}") from error
    finally:
        file.close()


def _blame(error: LuaError, file: Any) -> str:
    """What is wrong with a file that could not be read."""
    text = to_text(str(error))
    what, place, size = examined(file)
    if not what.endswith("cut short"):
        return f"{what}: named .pt, it may be read" if "PyTorch" in what else what
    if text.startswith("read error"):
        return f"is a .t7 file that was cut short or is damaged: it ends at byte {size} ({text})"
    return f"is a .t7 file that is damaged at byte {place + 1} of {size} ({text})"


class Classes:
    """Makes objects of classes that are not known yet: of th7shell's packages, else such as only
    keep their names and fields. Called with a class's name and version."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.waiting = list(PACKAGES)
        self.keep: Callable[[str, Any], Any] = keep_unknown()

    def __call__(self, name: str, version: Any) -> Any:
        while self.waiting:
            import_module(f"th7shell.{self.waiting.pop(0)}")
            factory = first(TORCH.factory(name))
            if factory is not None:
                return first(factory(self.file))
        return self.keep(name, version)


def read(path: str, options: Options) -> Any:
    """The object of a `.t7` file."""
    return open_file(path, options.mapped)[0]


def write(value: Any, path: str, options: Options) -> None:
    """Write an object as torch.save does: binary with longs of 8 bytes, or as the options say."""
    if options.longs == 4:
        _refuse_long(value)
    with replaced(path) as temporary:
        file = DiskFile(temporary, "w")
        try:
            if options.mode != "ascii":
                file.binary().longSize(options.longs or 8)
            file.writeObject(value)
        finally:
            file.close()


def _refuse_long(value: Any) -> None:
    """Refuse what longs of 4 bytes cannot hold."""
    for entry in tensors(value):
        nd = entry.storage.nd
        large = nd.shape[0] >= _MOST
        if nd.dtype == np.int64 and nd.size:
            large = large or nd.max() > _MOST or nd.min() < -_MOST - 1
        if large:
            raise ExportError(f"{entry.path}: longs of 4 bytes cannot hold it")
