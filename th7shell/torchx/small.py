"""torchx's Queue, treemax, extend and `paths.indexdir`."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, items, listed, lua_type, new_table
from th7shell.lua.stdlib.texts import from_system, to_system
from th7shell.torch.classes import TorchClass, metatable
from th7shell.torch.registry import REGISTRY
from th7shell.torch.tensor import TYPES, Tensor

__plays_lua__ = True
_PICTURES = ("jpg", "png", "JPG", "PNG", "JPEG", "ppm", "PPM", "bmp", "BMP")


class Queue(Table, metaclass=TorchClass, name="torchx.Queue"):
    """First in, first out: `put(value)`, `get()`, `empty()`.

    Source: nicholas-leonard/torchx.
    """

    list: Any = None

    def __init__(self, *_: Any) -> None:
        self.first, self.last = 0, -1
        self.list = new_table()

    def put(self, value: Any = None, *_: Any) -> tuple[()]:
        """Add a value at the end."""
        self.first -= 1
        self.list[self.first] = value
        return ()

    def empty(self, *_: Any) -> bool:
        """Whether there is nothing to get."""
        return self.first > self.last

    def get(self, *_: Any) -> Any:
        """Take the oldest value. Errors: the queue is empty."""
        if self.empty():
            raise TorchError("Queue is empty")
        value = self.list[self.last]
        self.list[self.last] = None
        self.last -= 1
        return value


def treemax(tensor: Any = None, treeSize: Any = None, *_: Any) -> Any:
    """Follow the largest means down a tree: `torch.treemax(vector, {sizes})`, the vector being
    divided into sizes[1] parts, the best of these into sizes[2], … The value found, and its
    place."""
    if not isinstance(treeSize, Table) or not isinstance(tensor, Tensor) or tensor.nd.ndim != 1:
        raise TorchError("assertion failed!")
    level, place, value = tensor.nd, 1, 0
    sizes = listed(treeSize)
    for depth, size in enumerate(sizes, 1):
        try:
            parts = level.reshape(int(size), -1)
        except (ValueError, TypeError, ZeroDivisionError):
            raise TorchError(f"torch.treemax: {len(level)} elements, {size} parts") from None
        exact = parts.mean(1, dtype=np.float64).astype(level.dtype)
        scores = exact if depth < len(sizes) else parts[:, 0]
        best = int(scores.argmax())
        level, value = parts[best], scores[best].item()
        place += best * parts.shape[1]
    return value, place


def extend(types: Any = None, functions: Any = None, alias: Any = None, *_: Any) -> tuple[()]:
    """Give classes methods: `torchx.extend({'Float', 'Double'}, {name = f}, true)` those of these
    tensors, without true those of the classes of these names."""
    for name in listed(types):
        cls = REGISTRY.get(f"torch.{name}Tensor" if alias else name)
        if cls is None:
            raise TorchError(f"torchx.extend: there is no class {name}")
        for key, function in list(items(functions)):
            metatable(cls)[key] = function
    return ()


def indexdir(
    pathList: Any = None,
    extensionList: Any = None,
    use_cache: Any = None,
    ignorePattern: Any = None,
    *_: Any,
) -> Any:
    """The files below folders by their endings, in a table {tensor=, cachefile=} with the methods
    `size()` and `filename(i)`.

    `paths.indexdir(folders[, endings[, use_cache[, ignored]]])`: folders and endings are names or
    tables of them; a true use_cache takes what the last call for the same found; `ignored` is a
    pattern of file names with * and ?. Upper and lower case are the same. Errors: no file is found.

    Source: nicholas-leonard/torchx.
    """
    folders = [pathList] if isinstance(pathList, str) else listed(pathList)
    endings = list(_PICTURES) if extensionList is None else extensionList
    if not isinstance(endings, list):
        endings = [endings] if isinstance(endings, str) else listed(endings)
    if any(lua_type(word) != "string" for word in [*folders, *endings]):
        raise TorchError("paths.indexdir: names of folders and endings expected")
    key = "".join([*folders, *endings]).encode("latin-1")
    digest = hashlib.md5(key, usedforsecurity=False).hexdigest()
    cache = f"{tempfile.gettempdir()}/{digest}"
    if not (use_cache and os.path.isfile(cache)):
        found = [f for folder in folders for f in _found(folder, endings, ignorePattern)]
        with open(cache, "w", encoding="latin-1", newline="") as out:
            out.writelines(f"{file}\n" for file in found)
    with open(cache, encoding="latin-1", newline="") as lines:
        names = [line.rstrip("\n").encode("latin-1") for line in lines]
    if not names:
        raise TorchError("Could not find any files in the given input paths")
    width = max(map(len, names)) + 1
    rows = TYPES["torch.CharTensor"](len(names), width)
    rows.nd[...] = np.array(names, f"S{width}").view(np.int8).reshape(len(names), width)
    fields = {"tensor": rows, "cachefile": from_system(cache), "filename": _filename, "size": _size}
    return new_table((), fields)


def _found(folder: str, endings: list[str], ignored: Any) -> Iterator[str]:
    wanted = tuple(f".{ending.lower()}" for ending in endings)
    for name, inner in _entries(folder):
        path = f"{folder.rstrip('/') or '/'}/{name}" if folder != "/" else f"/{name}"
        dropped = ignored is not None and fnmatch.fnmatchcase(name.lower(), ignored.lower())
        if name.lower().endswith(wanted) and not dropped:
            yield path
        if inner:
            yield from _found(path, endings, ignored)


def _entries(folder: str) -> list[tuple[str, bool]]:
    """The names in a folder and whether each is one itself; none where it cannot be read."""
    try:
        with os.scandir(to_system(folder)) as entries:
            return [(from_system(e.name), e.is_dir(follow_symlinks=False)) for e in entries]
    except OSError:
        return []


def _filename(index: Any = None, i: Any = None, *_: Any) -> str:
    row = index.tensor[i]
    return row.nd.astype(np.int8).tobytes().split(b"\0")[0].decode("latin-1")


def _size(index: Any = None, *_: Any) -> int:
    return index.tensor.size(1)
