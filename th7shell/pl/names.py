"""What of `pl.path` works on the text of a path alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .values import check, offer

FUNCTIONS: dict[str, Callable[..., Any]] = {}
SEPARATOR = os.sep
WINDOWS = SEPARATOR == "\\"
SEPARATORS = ("/", "\\") if WINDOWS else ("/",)


def parts_of(path: str) -> list[str]:
    """What is between the separators of a path; an empty last part is left out."""
    parts = path.split(SEPARATOR)
    return parts if parts[-1] else parts[:-1]


def _after(path: str) -> int:
    """Where the file part of a path begins."""
    return max(path.rfind(each) for each in SEPARATORS) + 1


@offer(FUNCTIONS)
def splitpath(path: Any = None, *_: Any) -> Any:
    """The folder part and the file part of a path."""
    check(1, path, "string")
    place = _after(path)
    return ("", path) if place == 0 else (path[: place - 1], path[place:])


@offer(FUNCTIONS)
def dirname(path: Any = None, *_: Any) -> str:
    """The folder part of a path."""
    return splitpath(check(1, path, "string"))[0]


@offer(FUNCTIONS)
def basename(path: Any = None, *_: Any) -> str:
    """The file part of a path."""
    return splitpath(check(1, path, "string"))[1]


@offer(FUNCTIONS)
def splitext(path: Any = None, *_: Any) -> Any:
    """A path without its extension, and the extension with its dot."""
    check(1, path, "string")
    place = path.rfind(".")
    return (path, "") if place < _after(path) else (path[:place], path[place:])


@offer(FUNCTIONS)
def extension(path: Any = None, *_: Any) -> str:
    """The extension of a path, with its dot."""
    return splitext(check(1, path, "string"))[1]


@offer(FUNCTIONS)
def isabs(path: Any = None, *_: Any) -> bool:
    """Whether a path is absolute."""
    check(1, path, "string")
    if WINDOWS and path[1:2] == ":":
        return path[2:3] in SEPARATORS
    return path[:1] in SEPARATORS


@offer(FUNCTIONS)
def join(*parts: Any) -> str:
    """Paths in a row; an absolute one makes those before it void."""
    check(1, parts[0] if parts else None, "string")
    check(2, parts[1] if len(parts) > 1 else None, "string")
    joined = parts[0]
    for i, part in enumerate(parts[1:], 1):
        check(max(i - 1, 1), part, "string")
        if isabs(part):
            joined = part
        else:
            bare = joined == "" or joined.endswith(SEPARATORS)
            joined += part if bare else SEPARATOR + part
    return joined


@offer(FUNCTIONS)
def normcase(path: Any = None, *_: Any) -> str:
    """The path as the system compares it: on Windows in small letters with backslashes."""
    check(1, path, "string")
    return path.replace("/", "\\").lower() if WINDOWS else path


@offer(FUNCTIONS)
def normpath(path: Any = None, *_: Any) -> str:
    """The path without `.`, doubled separators and `name/..`; '.' for an empty one."""
    check(1, path, "string")
    anchor, rest = _anchor(path)
    parts: list[str] = []
    for part in rest.split(SEPARATOR):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return anchor + SEPARATOR.join(parts) or "."


def _anchor(path: str) -> tuple[str, str]:
    """What a path begins at, and the rest: `//` is not `/`, but `///` is."""
    if WINDOWS:
        path = path.replace("/", "\\")
        if path.startswith("\\\\"):
            return "\\\\", path[2:]
        drive, path = (path[:2], path[2:]) if path[1:2] == ":" else ("", path)
        return (drive + "\\", path[1:]) if path.startswith("\\") else (drive, path)
    if path.startswith("//") and path[2:3] != "/":
        return "//", path[2:]
    return ("/", path.lstrip("/")) if path.startswith("/") else ("", path)


@offer(FUNCTIONS)
def common_prefix(a: Any = None, b: Any = None, *_: Any) -> str:
    """The longest path in which two paths both lie."""
    check(1, a, "string")
    check(2, b, "string")
    if len(a) > len(b):
        a, b = b, a
    if WINDOWS:
        a, b = a.replace("/", "\\"), b.replace("/", "\\")
    for i, (x, y) in enumerate(zip(a, b)):
        if (x.lower() != y.lower()) if WINDOWS else x != y:
            return a[:i] if a[i - 1 : i] == SEPARATOR else dirname(a[:i])
    return a if b[len(a) : len(a) + 1] == SEPARATOR else dirname(a)
