"""File names: their parts, joining them, and what they name."""

from __future__ import annotations

import os
import re
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
    if len(ending) > 1 and _as_compared(name).endswith(_as_compared(ending)):
        name = name[: -len(ending)]
    return from_system(name)


def _last_part(name: str) -> str:
    drive, rest = _drive(name)
    if os.name == "nt":
        rest = rest.replace("\\", "/")
    if drive and not rest.strip("/"):
        return drive + rest[:1]
    return rest.rstrip("/").rpartition("/")[2]


def _drive(name: str) -> tuple[str, str]:
    """A drive of Windows at the start of a name, and the rest."""
    found = re.match("[A-Za-z]:", name) if os.name == "nt" else None
    return (name[:2], name[2:]) if found else ("", name)


def _as_compared(name: str) -> str:
    return name.lower() if os.name == "nt" else name


@export(package="paths")
def dirname(path: Any = None, *_: Any) -> str:
    """The directory in which `path` lies: '/a/b' of '/a/b/c.txt', '.' of 'c.txt'."""
    name = checked(path)
    if os.name == "nt":
        return from_system(_folder_on_windows(name))
    head, slash, _last = name.rstrip("/").rpartition("/")
    if not slash:
        return from_system(name) if name.startswith("/") else "."
    return from_system(head or "/")


def _folder_on_windows(name: str) -> str:
    """The same where both separators count and a drive may stand first; `//` is above drives."""
    drive, rest = _drive(name)
    bare = rest.rstrip("/\\")
    place = max(bare.rfind("/"), bare.rfind("\\"))
    if place == 0:
        return drive + "/"
    if place > 0:
        head = bare[:place].rstrip("/\\")
        return drive + head if head else "//"
    if drive:
        return drive if bare else drive + "/"
    return "//" if rest.startswith(("/", "\\")) else "."


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
        drive, rest = _drive(os.path.abspath(name))  # D:x lies in that drive's own folder
        name = drive.upper() + rest.replace("\\", "/")
    return from_system(name[1:] if name.startswith("//") and os.name != "nt" else name)


@export(package="paths")
def cwd(*_: Any) -> str:
    """The current directory."""
    return concat()
