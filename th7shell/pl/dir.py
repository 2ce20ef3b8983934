"""`pl.dir`: what is in folders; making, copying and removing them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lfs import FUNCTIONS as LFS
from th7shell.lua.stdlib.os import remove
from th7shell.lua.stdlib.texts import to_system

from . import names, path
from .names import SEPARATOR
from .values import (
    LuaError,
    array,
    call,
    check,
    failed,
    first,
    listed,
    loop,
    make_list,
    new_table,
    offer,
    state,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def need_folder(n: int, value: Any) -> None:
    """Require that argument n names a folder."""
    check(n, value, "string", path.isdir, "not a directory", 4)


def mask_of(pattern: str) -> re.Pattern[str]:
    """The regular expression of a shell pattern with `*` and `?`."""
    quoted = re.escape(names.normcase(pattern))
    return re.compile(quoted.replace(r"\*", ".*").replace(r"\?", ".") + r"\Z", re.DOTALL)


def entries(folder: str) -> list[str]:
    """The names in a folder."""
    return [name for name in loop(LFS["dir"](folder)) if name not in (".", "..")]


@offer(FUNCTIONS)
def fnmatch(name: Any = None, pattern: Any = None, *_: Any) -> bool:
    """Whether a name matches a shell pattern: `*` for any characters, `?` for one."""
    check(1, name, "string")
    check(2, pattern, "string")
    return mask_of(pattern).match(names.normcase(name)) is not None


@offer(FUNCTIONS)
def filter_(files: Any = None, pattern: Any = None, *_: Any) -> Any:
    """The list of the names that match a shell pattern."""
    check(1, files, "table")
    mask = mask_of(check(2, pattern, "string"))
    return make_list(name for name in listed(files) if mask.match(names.normcase(name)))


@offer(FUNCTIONS)
def getfiles(folder: Any = None, pattern: Any = None, *_: Any) -> Any:
    """The list of the files in a folder (the current one), of those that match a shell pattern."""
    folder = "." if folder is None else folder
    need_folder(1, folder)
    mask = mask_of(check(2, pattern, "string") if pattern is not None else "*")
    found = [names.join(folder, n) for n in entries(folder) if mask.match(names.normcase(n))]
    return make_list(each for each in found if path.isfile(each))


@offer(FUNCTIONS)
def getdirectories(folder: Any = None, *_: Any) -> Any:
    """The list of the folders in a folder (the current one)."""
    folder = "." if folder is None else folder
    need_folder(1, folder)
    found = (names.join(folder, name) for name in entries(folder))
    return make_list(each for each in found if path.isdir(each))


# ---- files


def _operate(act: Callable[[str, str], Any], words: tuple[str, str], source: str, to: str) -> Any:
    """Copy or move a file: true, or false and what the system says."""
    program, verb = words
    if not os.path.lexists(to_system(source)):
        return False, f"{program}: cannot stat '{source}': No such file or directory"
    if program == "cp" and path.isdir(source):
        return False, f"cp: -r not specified; omitting directory '{source}'"
    try:
        act(to_system(source), to_system(to))
    except shutil.SameFileError:
        return False, f"{program}: '{source}' and '{to}' are the same file"
    except OSError as error:
        return False, f"{program}: cannot {verb} '{to}': {error.strerror}"
    return True


@offer(FUNCTIONS)
def copyfile(source: Any = None, to: Any = None, force: Any = None, *_: Any) -> Any:
    """Copy a file to another or into a folder, over what is there unless `force` is false: true, or
    false and a message."""
    check(1, source, "string")
    check(2, to, "string")
    if force is False and true(path.exists(to)):
        return False, "cannot overwrite destination"
    return _operate(shutil.copy, ("cp", "create regular file"), source, to)


@offer(FUNCTIONS)
def movefile(source: Any = None, to: Any = None, *_: Any) -> Any:
    """Move a file to another name or into a folder: true, or false and a message."""
    check(1, source, "string")
    check(2, to, "string")
    if path.isdir(to):
        to = names.join(to, names.basename(source))
    return _operate(shutil.move, ("mv", "move to"), source, to)


# ---- trees


@offer(FUNCTIONS)
def walk(root: Any = None, bottom_up: Any = None, follow_links: Any = None, *_: Any) -> Any:
    """Loop over the folders of a tree: (path, list of folders, list of files); a folder taken out
    of the list is not entered. With bottom_up, what is inside comes first."""
    need_folder(1, root)
    ask = LFS["symlinkattributes"] if true(follow_links) else LFS["attributes"]
    steps = _walked(root, true(bottom_up), ask)
    return lambda *_: next(steps, None)


def _walked(root: str, bottom_up: bool, ask: Callable[..., Any]) -> Iterator[Any]:
    folders: list[str] = []
    files: list[str] = []
    for name in entries(root):
        kind = first(ask(names.join(root, name), "mode"))
        (folders if kind == "directory" else files).append(name)
    step = (root, make_list(folders), make_list(files))
    if not bottom_up:
        yield step
    for name in array(step[1]):
        yield from _walked(root + SEPARATOR + name, bottom_up, ask)
    if bottom_up:
        yield step


@offer(FUNCTIONS)
def rmtree(root: Any = None, *_: Any) -> Any:
    """Remove a folder and all in it; links in it are removed, not followed. True, or nil and a
    message."""
    need_folder(1, root)
    if path.islink(root):
        return False, "will not follow symlink"
    for folder, _folders, files in list(_walked(root, True, LFS["symlinkattributes"])):
        for name in array(files):
            answer = remove(names.join(folder, name))
            if first(answer) is None:
                return None, f"{answer[1]}: {names.join(folder, name)}"
        answer = path.FUNCTIONS["rmdir"](folder)
        if first(answer) is None:
            return None, f"{answer[1]}: {folder}"
    return True


@offer(FUNCTIONS)
def makepath(folder: Any = None, *_: Any) -> Any:
    """Make a folder and those above it where they are missing: true, or nil and a message."""
    check(1, folder, "string")
    return _make(path.abspath(folder))


def _make(folder: str) -> Any:
    if path.isdir(folder) or re.match(r"[A-Za-z]:[\\]*\Z", folder):
        return True
    above = names.dirname(folder)
    if above:
        answer = _make(above)
        if first(answer) is None:
            return answer
    return path.FUNCTIONS["mkdir"](folder)


@offer(FUNCTIONS)
def clonetree(
    source: Any = None, to: Any = None, act: Any = None, verbose: Any = None, *_: Any
) -> Any:
    """Make the folders of a tree elsewhere, and call act(file, new name) for its files (as
    `dir.copyfile`): true, the list of folders and that of files which failed."""
    check(1, source, "string")
    check(2, to, "string")
    say = state.globals.print if verbose is True else verbose if true(verbose) else _silent
    if not path.isdir(source):
        return failed("source is not a valid directory")
    source, to = (path.abspath(names.normcase(each)) for each in (source, to))
    say("normalized:", source, to)
    if source == to:
        return failed("paths are the same")
    if to.startswith(source + SEPARATOR):
        return failed("destination is a subdirectory of the source")
    lost_folders, lost_files = new_table(), new_table()
    for folder, _folders, files in _walked(source, False, LFS["attributes"]):
        target = to + _below(folder, source, to)
        say("paths:", target, folder)
        if not path.isdir(target):
            made = first(makepath(target))
            if made is None:
                lost_folders[len(lost_folders) + 1] = target
            say("creating:", target, made)
        for name in array(files) if act is not None else ():
            old, new = names.join(folder, name), names.join(target, name)
            done = call(act, old, new)
            if not true(done):
                lost_files[len(lost_files) + 1] = new
            say("files:", old, new, done)
    return True, lost_folders, lost_files


def _silent(*_: Any) -> Any:
    return ()


def _below(folder: str, source: str, to: str) -> str:
    """The part of a folder's path that is kept in the copy: what is below the common prefix of
    source and copy."""
    common = len(names.common_prefix(source, to))
    if common == 0 and source[1:2] == ":":
        common = 3
    return folder[max(common - 1, 0) :]


@offer(FUNCTIONS)
def dirtree(folder: Any = None, *_: Any) -> Any:
    """Loop over all that is in a tree: (path, whether it is a folder)."""
    if not isinstance(folder, str) or folder == "":
        raise LuaError("directory parameter is missing or empty", 2)
    found = _tree(_bare(folder))
    return lambda *_: next(found, None)


def _tree(folder: str) -> Iterator[tuple[str, bool]]:
    for name in entries(folder or SEPARATOR):
        each = folder + SEPARATOR + name
        if path.exists(each) is False:  # a broken link
            continue
        inner = path.isdir(each)
        yield each, inner
        if inner:
            yield from _tree(each)


@offer(FUNCTIONS)
def getallfiles(folder: Any = None, pattern: Any = None, *_: Any) -> Any:
    """The list of the files in a tree (that of the current folder), of those whose whole path
    matches a shell pattern."""
    folder = "." if folder is None else folder
    need_folder(1, folder)
    mask = mask_of("*" if pattern is None else pattern)
    files = (each for each, inner in _tree(_bare(folder)) if not inner)
    return make_list(each for each in files if mask.match(names.normcase(each)))


def _bare(folder: str) -> str:
    return folder[:-1] if folder.endswith((SEPARATOR, "/")) else folder
