"""LuaFileSystem: attributes of files, directories, links. Upstream: lunarmodules/luafilesystem.

Names are Lua strings of bytes. A call that the system refuses gives nil, a message and its number.
"""

from __future__ import annotations

import functools
import os
import stat as modes
from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua import (
    BadArgument,
    LuaError,
    LuaObject,
    Table,
    lua_type,
    new_table,
    rawset,
)
from th7shell.lua.stdlib.texts import from_system, to_system

KINDS = (
    (modes.S_ISREG, "file"),
    (modes.S_ISDIR, "directory"),
    (modes.S_ISLNK, "link"),
    (modes.S_ISSOCK, "socket"),
    (modes.S_ISFIFO, "named pipe"),
    (modes.S_ISCHR, "char device"),
    (modes.S_ISBLK, "block device"),
)
FIELDS: dict[str, Callable[[os.stat_result], Any]] = {
    "mode": lambda s: next((name for test, name in KINDS if test(s.st_mode)), "other"),
    "dev": lambda s: s.st_dev,
    "ino": lambda s: s.st_ino,
    "nlink": lambda s: s.st_nlink,
    "uid": lambda s: s.st_uid,
    "gid": lambda s: s.st_gid,
    "rdev": lambda s: getattr(s, "st_rdev", 0),
    "access": lambda s: int(s.st_atime),
    "modification": lambda s: int(s.st_mtime),
    "change": lambda s: int(s.st_ctime),
    "size": lambda s: s.st_size,
    "permissions": lambda s: modes.filemode(s.st_mode)[1:],
    "blocks": lambda s: getattr(s, "st_blocks", 0),
    "blksize": lambda s: getattr(s, "st_blksize", 0),
}


def _path(value: Any, position: int = 1) -> str:
    """A Lua string as the system's file name."""
    if not isinstance(value, str):
        raise BadArgument(position, f"string expected, got {lua_type(value)}")
    return to_system(value)


def _guarded(action: Callable[..., Any]) -> Callable[..., Any]:
    """Give what the system refuses as nil, message and number."""

    @functools.wraps(action)
    def run(*arguments: Any) -> Any:
        try:
            return action(*arguments)
        except OSError as error:
            place = f"{from_system(error.filename)}: " if isinstance(error.filename, str) else ""
            return None, f"{place}{error.strerror}", error.errno

    return run


def _looker(name: str, look: Callable[[str], os.stat_result], what: str) -> Callable[..., Any]:
    @_guarded
    def attributes(path: Any = None, wanted: Any = None, *_: Any) -> Any:
        name = _path(path)
        found = look(name)
        target = from_system(os.readlink(name)) if modes.S_ISLNK(found.st_mode) else None
        if wanted is None or isinstance(wanted, Table):
            table = new_table() if wanted is None else wanted
            for field, get in FIELDS.items():
                table[field] = get(found)
            if target is not None:
                table["target"] = target
            return table
        if wanted == "target" and look is os.lstat:
            return target or (None, "could not obtain link target: Invalid argument", 22)
        if wanted not in FIELDS:
            raise LuaError(f"invalid attribute name '{wanted}'")
        return FIELDS[wanted](found)

    attributes.__name__ = name
    attributes.__doc__ = (
        f"Attributes of a file{what}: `lfs.{name}(path [, name or table])` → a table with mode\n"
        "('file', 'directory' …), size, modification (seconds), permissions …, or the one named."
    )
    return attributes


class Directory(LuaObject):
    """An open directory: `next()` gives a name or nil, `close()` ends it."""

    def __init__(self, path: str) -> None:
        self._names: Iterator[str] | None = iter([".", "..", *os.listdir(path)])

    def next(self, *_: Any) -> Any:
        """The next name; nil at the end, which closes the directory."""
        if self._names is None:
            raise LuaError("closed directory")
        found = next(self._names, None)
        if found is None:
            self._names = None
            return None
        return from_system(found)

    def close(self, *_: Any) -> Any:
        """Close the directory."""
        self._names = None
        return ()

    def __str__(self) -> str:
        return f"directory metatable: 0x{id(self):x}"


def dir(path: Any = None, *_: Any) -> Any:
    """Loop over a directory's names, `.` and `..` included: `for name in lfs.dir(path) do`."""
    try:
        directory = Directory(_path(path))
    except OSError as error:
        raise LuaError(f"cannot open {path}: {error.strerror}") from None
    return Directory.next, directory


@_guarded
def currentdir(*_: Any) -> Any:
    """The current directory."""
    return from_system(os.getcwd())


def _does(name: str, action: Callable[..., Any], doc: str, paths: int = 1) -> Callable[..., Any]:
    """A function that acts on one or two names and returns true."""

    @_guarded
    def act(*arguments: Any) -> Any:
        given = [*arguments, None, None]
        action(*(_path(given[i], i + 1) for i in range(paths)))
        return True

    act.__name__, act.__doc__ = name, doc
    return act


@_guarded
def touch(path: Any = None, atime: Any = None, mtime: Any = None, *_: Any) -> Any:
    """Set a file's times (seconds; now if left out): `lfs.touch(path [, atime [, mtime]])`."""
    times = None if atime is None else (atime, atime if mtime is None else mtime)
    os.utime(_path(path), times)
    return True


@_guarded
def link(old: Any = None, new: Any = None, symbolic: Any = None, *_: Any) -> Any:
    """Make a link: `lfs.link(old, new [, symbolic])`."""
    make = os.symlink if symbolic not in (None, False) else os.link
    make(_path(old), _path(new, 2))
    return True


def setmode(file: Any = None, mode: Any = None, *_: Any) -> Any:
    """Text or binary mode of a file; files here are always binary, so nothing changes."""
    if mode not in ("text", "binary"):
        raise BadArgument(2, f"invalid option '{mode}'")
    return True, "binary"


def lock(*_: Any) -> Any:
    """Locks are not provided: rename a file into place, or use a lock file of your own."""
    raise LuaError("lfs: locks are not provided here: rename a file into place instead")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "attributes": _looker("attributes", os.stat, ""),
    "symlinkattributes": _looker("symlinkattributes", os.lstat, ", a link itself"),
    "chdir": _does("chdir", os.chdir, "Change the current directory."),
    "mkdir": _does("mkdir", os.mkdir, "Make a directory."),
    "rmdir": _does("rmdir", os.rmdir, "Remove an empty directory."),
    **{f.__name__: f for f in (dir, currentdir, touch, link, setmode, lock)},
    "unlock": lock,
    "lock_dir": lock,
}


FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Table) -> Table:
    """Return the table of functions; as upstream, a global `lfs` is set too."""
    table = new_table(fields={**FUNCTIONS, "_VERSION": "LuaFileSystem 1.8.0"})
    rawset(globals, "lfs", table)
    return table
