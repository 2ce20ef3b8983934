"""File names: their parts, joining them, and what they name."""

from __future__ import annotations

import os
from typing import Any

from th7shell.lua.stdlib.arguments import NONE, check_string
from th7shell.lua.stdlib.texts import from_system, to_system
from th7shell.torch.namespace import export


def checked(name: Any, position: int = 1) -> str:
    """Argument `position` as a file name of the system."""
    if isinstance(name, os.PathLike):
        return to_system(name)
    return to_system(check_string(position, NONE if name is None else name))


@export(package="paths")
def filep(path: Any = None, *_: Any) -> bool:
    """Whether `path` names something that exists and is not a directory."""
    name = checked(path)
    return os.path.exists(name) and not os.path.isdir(name)


@export(package="paths")
def dirp(path: Any = None, *_: Any) -> bool:
    """Whether `path` names an existing directory."""
    return os.path.isdir(checked(path))


@export(package="paths")
def basename(path: Any = None, suffix: Any = None, *_: Any) -> str:
    """The last part of a path, without an extension `suffix` (with or without its dot) if it has
    that.

    `paths.basename('/a/b/c.txt', 'txt')` is 'c'.
    """
    name = _last_part(checked(path))
    ending = "." + checked(suffix, 2).removeprefix(".") if suffix is not None else ""
    if len(ending) > 1 and name.endswith(ending):
        name = name[: -len(ending)]
    return from_system(name)


def _last_part(name: str) -> str:
    if os.name == "nt":
        name = name.replace("\\", "/")
    return name.rstrip("/").rpartition("/")[2]


@export(package="paths")
def dirname(path: Any = None, *_: Any) -> str:
    """The directory in which `path` lies: '/a/b' of '/a/b/c.txt', '.' of 'c.txt'."""
    name = checked(path)
    if os.name == "nt":
        name = name.replace("\\", "/")
    head, slash, _last = name.rstrip("/").rpartition("/")
    if not slash:
        return from_system(name) if name.startswith("/") else "."
    return from_system(head or "/")


@export(package="paths")
def extname(path: Any = None, *_: Any) -> Any:
    """What follows the last dot of a path; nothing if it has none."""
    _stem, dot, extension = checked(path).rpartition(".")
    return from_system(extension) if dot else ()


@export(package="paths")
def concat(*parts: Any) -> str:
    """Join paths, each relative to those before it and the first to the current directory.

    `paths.concat('a', 'b')` is the full name of a/b; an absolute part starts anew.
    """
    name = os.getcwd()
    for i, part in enumerate(parts, 1):
        name = os.path.join(name, checked(part, i))
    name = os.path.normpath(name)
    if os.name == "nt":
        name = name.replace("\\", "/")
    return from_system(name[1:] if name.startswith("//") and os.name != "nt" else name)


@export(package="paths")
def cwd(*_: Any) -> str:
    """The current directory."""
    return concat()
