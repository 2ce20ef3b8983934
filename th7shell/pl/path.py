"""`pl.path`: names of files taken apart and put together, and what the system says of them.

`names` has what needs the text of a name alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from th7shell.lfs import FUNCTIONS as LFS
from th7shell.lua.stdlib import package

from . import names
from .names import SEPARATOR, WINDOWS
from .values import Table, call, check, failed, first, new_table, offer, state, tostring

FUNCTIONS: dict[str, Callable[..., Any]] = {"dir": LFS["dir"]}


def attribute(name: str, field: str) -> Any:
    """An attribute of what a name names, nil if there is no such thing."""
    return first(LFS["attributes"](name, field))


def _asked(name: str, does: str, doc: str) -> None:
    """Offer a function of lfs whose failures say what failed."""
    act = LFS[does]

    def function(*arguments: Any) -> Any:
        answer = act(*arguments)
        if answer.__class__ is not tuple or answer[0] is not None:
            return answer
        place = f" for '{tostring(arguments[0])}'" if arguments else ""
        told = str(answer[1])
        text = told if told.startswith("cannot") else told.rpartition(": ")[2]
        return None, f"{name} failed{place}: {text} (code {answer[2]})", answer[2]

    function.__name__, function.__doc__ = name, doc
    FUNCTIONS[name] = function


_asked("mkdir", "mkdir", "Make a folder: true, or nil and a message.")
_asked("rmdir", "rmdir", "Remove an empty folder: true, or nil and a message.")
_asked("chdir", "chdir", "Change the current folder: true, or nil and a message.")
_asked("attrib", "attributes", "The attributes of a file, or the one named (see `lfs.attributes`).")
_asked("link_attrib", "symlinkattributes", "The attributes of a link itself, or the one named.")
_asked("currentdir", "currentdir", "The current folder.")


def _attribute(field: str, path: str) -> Any:
    return LFS["attributes"](path, field)


def _of_file(name: str, ask: Callable[[str], Any], doc: str) -> Callable[..., Any]:
    def function(path: Any = None, *_: Any) -> Any:
        return ask(check(1, path, "string"))

    function.__name__, function.__doc__ = name, doc
    FUNCTIONS[name] = function
    return function


isdir = _of_file("isdir", lambda p: attribute(p, "mode") == "directory", "Whether it is a folder.")
isfile = _of_file("isfile", lambda p: attribute(p, "mode") == "file", "Whether it is a file.")
islink = _of_file(
    "islink",
    lambda p: first(LFS["symlinkattributes"](p, "mode")) == "link",
    "Whether it is a symbolic link.",
)
exists = _of_file(
    "exists",
    lambda p: attribute(p, "mode") is not None and p,
    "The path itself if it exists, else false.",
)
for _name, _field, _doc in (
    ("getsize", "size", "The bytes of a file"),
    ("getatime", "access", "When a file was last read, in seconds"),
    ("getmtime", "modification", "When a file was last written, in seconds"),
):
    _of_file(
        _name,
        partial(_attribute, _field),
        f"{_doc}; nil and a message if there is none.",
    )
_of_file(
    "getctime",
    lambda p: FUNCTIONS["attrib"](p, "change"),
    "When a file's attributes were last changed; nil and a message if there is none.",
)


@offer(FUNCTIONS)
def abspath(path: Any = None, base: Any = None, *_: Any) -> Any:
    """The absolute, normalized path, from the current folder or another."""
    check(1, path, "string")
    given = base is not None
    base = check(2, base, "string") if given else first(LFS["currentdir"]())
    if base is None:
        return path
    path = path[:-1] if path.endswith(("/", "\\")) else path
    if not names.isabs(path):
        path = names.join(base, path)
    elif WINDOWS and not given and path[1:2] not in (":", "\\"):
        path = base[:2] + path
    return names.normpath(path)


@offer(FUNCTIONS)
def relpath(path: Any = None, start: Any = None, *_: Any) -> Any:
    """The path as seen from the current folder, or from another."""
    check(1, path, "string")
    path = abspath(path, check(2, start, "string") if start is not None else None)
    start = first(LFS["currentdir"]()) if start is None else start
    if WINDOWS:
        path, start = path.replace("/", "\\"), start.replace("/", "\\")
    theirs, ours = names.parts_of(start), names.parts_of(path)
    if WINDOWS and theirs and ours and ours[0][1:2] == ":" and ours[0] != theirs[0]:
        return path
    common = 0
    for a, b in zip(theirs, ours):
        if (a.lower() != b.lower()) if WINDOWS else a != b:
            break
        common += 1
    return SEPARATOR.join([".."] * (len(theirs) - common) + ours[common:])


@offer(FUNCTIONS)
def expanduser(path: Any = None, *_: Any) -> Any:
    """The path with the user's home folder instead of a `~` at its start."""
    check(1, path, "string")
    if not path.startswith("~"):
        return path
    ask = state.globals.os.getenv
    home = call(ask, "HOME")
    if home is None and WINDOWS:
        home = call(ask, "USERPROFILE")
        drive, rest = call(ask, "HOMEDRIVE"), call(ask, "HOMEPATH")
        if home is None and drive is not None and rest is not None:
            home = drive + rest
    if home is None:
        return None, "failed to expand '~' (HOME not set)"
    return home + path[1:]


@offer(FUNCTIONS)
def tmpname(*_: Any) -> Any:
    """The path of a new temporary file."""
    return first(state.globals.os.tmpname())


@offer(FUNCTIONS)
def package_path(name: Any = None, *_: Any) -> Any:
    """Where `require` finds a module, and whether it is in Lua; nil and a message if nowhere."""
    check(1, name, "string")
    told = []
    for field, lua in (("path", True), ("cpath", False)):
        found = package.searchpath(name, state.globals.package[field])
        if first(found) is not None:
            return first(found), lua
        told.append(found[1])
    return failed("cannot find module on path\n" + "\n".join(told))


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.path'`."""
    globals.require("lfs")
    settings = {"sep": SEPARATOR, "dirsep": os.pathsep, "is_windows": WINDOWS}
    return new_table(fields={**FUNCTIONS, **names.FUNCTIONS, **settings})
