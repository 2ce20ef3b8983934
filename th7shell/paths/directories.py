"""Directories: listing, making and removing them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua import LuaError, Table, TorchError, new_table, state
from th7shell.lua.arithmetic import truth
from th7shell.lua.stdlib import string as lua_string
from th7shell.lua.stdlib.texts import failure, from_system
from th7shell.torch.classes import torch_type
from th7shell.torch.namespace import export

from .names import checked


def _entries(name: str) -> list[str] | None:
    try:
        return [".", "..", *map(from_system, sorted(os.listdir(name)))]
    except OSError:
        return None


@export(package="paths")
def dir(path: Any = None, *_: Any) -> Table | None:
    """The names in a directory as a table, '.' and '..' included; nil if it is no directory."""
    entries = _entries(checked(path))
    return None if entries is None else new_table(entries)


def _iterator(names: Iterator[str]) -> Callable[..., Any]:
    return lambda *_: next(names, None)


@export(package="paths")
def files(path: Any = None, include: Any = None, *_: Any) -> Callable[..., Any]:
    """Iterate over the names in a directory: `for f in paths.files('.', 'lua$') do … end`.

    include: a Lua pattern or a function of the name; those for which it finds nothing are left out.
    """
    if include is not None and not isinstance(include, str) and not callable(include):
        kind = torch_type(include)
        raise TorchError(f"Expecting optional arg 2 to be function or string. Got : {kind}")
    keep = include
    if isinstance(include, str):
        keep = lambda name: lua_string.find(name, include)  # noqa: E731
    names = _entries(checked(path)) or []
    return _iterator(name for name in names if keep is None or truth(keep(name)))


def _entries_that(path: Any, holds: Callable[[str], bool]) -> Callable[..., Any]:
    folder = checked(path)
    try:
        found = sorted(entry.name for entry in os.scandir(folder) if holds(entry.path))
    except OSError:
        found = []
    return _iterator(map(from_system, found))


@export(package="paths")
def iterdirs(path: Any = None, *_: Any) -> Callable[..., Any]:
    """Iterate over the directories in a directory."""
    return _entries_that(path, os.path.isdir)


@export(package="paths")
def iterfiles(path: Any = None, *_: Any) -> Callable[..., Any]:
    """Iterate over the files in a directory."""
    return _entries_that(path, lambda p: os.path.exists(p) and not os.path.isdir(p))


@export(package="paths")
def mkdir(path: Any = None, *_: Any) -> Any:
    """Make a directory and those above it; true, or nil, a message and the system's error
    number."""
    name = checked(path)
    try:
        os.makedirs(os.path.dirname(name.rstrip("/")) or ".", exist_ok=True)
        os.mkdir(name)
    except OSError as error:
        return failure(error, path)
    return True


@export(package="paths")
def rmdir(path: Any = None, *_: Any) -> Any:
    """Remove an empty directory; true, or nil, a message and the system's error number."""
    try:
        os.rmdir(checked(path))
    except OSError as error:
        return failure(error, path)
    return True


@export(package="paths")
def rmall(path: Any = None, yes: Any = None, *_: Any) -> Any:
    """Remove a file, or a directory with all that is in it; the second argument has to be 'yes'.

    true, or nil, a message and the name that could not be removed. Symbolic links are not followed.
    """
    if yes != "yes":
        return None, "missing second argument ('yes')"
    name = checked(path)
    if not os.path.lexists(name):
        return None, "not a file or directory", path
    return _remove(name)


def _remove(name: str) -> Any:
    try:
        if os.path.isdir(name) and not os.path.islink(name):
            for entry in list(os.scandir(name)):
                result = _remove(entry.path)
                if result is not True:
                    return result
            os.rmdir(name)
        else:
            os.remove(name)
    except OSError as error:
        shown = from_system(name)
        return None, failure(error, shown)[1], shown
    return True


@export(package="paths", name="require")
def require(name: Any = None, *_: Any) -> Any:
    """Load a package: what the original does for C libraries, which are Python packages here."""
    loader = getattr(state.globals, "require", None)
    try:
        if loader is not None:
            return loader(name)
    except LuaError:
        pass
    raise TorchError(
        f"cannot load '{name}': C libraries cannot be loaded, and no package has the name"
    )
