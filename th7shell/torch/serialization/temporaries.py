"""Files that are written beside their targets and take their places when they are complete; their
names, and what killed processes left of them.

`.net.t7.HOST-PID-RANDOM.tmp`: the host tells whose process number it is, in a folder that several
machines share.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from th7shell.lua import TorchError
from th7shell.lua.regular import pattern
from th7shell.lua.stdlib.texts import to_system

from ..files import DiskFile

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_REST = pattern(r"(\d+)-[0-9a-f]{8}\.tmp", re.ASCII)


def stem_of(target: str) -> str:
    """How the temporary names for a file name begin on this machine."""
    host = os.uname().nodename if hasattr(os, "uname") else ""
    return f".{target[:100]}.{zlib.crc32(host.encode('utf-8', 'surrogateescape')):08x}-"


def name_for(stem: str) -> str:
    """A new temporary name."""
    return f"{stem}{os.getpid()}-{os.urandom(4).hex()}.tmp"


def sweep(folder: str, stem: str) -> None:
    """Remove what processes that are no more have left for the same target."""
    if os.name == "nt":
        return  # asking for a process there could end it
    try:
        left = [entry for entry in os.listdir(folder) if entry.startswith(stem)]
    except OSError:
        return
    for entry in left:
        found = _REST.fullmatch(entry, len(stem))
        if found is not None and not _alive(int(found[1])):
            try:
                os.remove(os.path.join(folder, entry))
            except OSError:
                pass  # somebody else was faster


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextmanager
def replaced(filename: Any) -> Iterator[Any]:
    """A path to write to: a temporary neighbour of the file, which takes its place at the end."""
    if not isinstance(filename, (str, os.PathLike)):
        DiskFile(filename, "w")  # the error for a name that is none
    try:
        target = os.path.realpath(to_system(filename))
    except OSError:
        raise TorchError(f"cannot open <{filename}> in mode  w") from None
    folder, name = os.path.split(target)
    exists = os.path.exists(target)
    if (exists and not os.path.isfile(target)) or not os.access(folder, os.W_OK):
        yield filename  # a device, a pipe, or a folder where nothing can be made
        return
    cannot = TorchError(f"cannot open <{filename}> in mode  w")
    if exists and not os.access(target, os.W_OK):
        raise cannot
    stem = stem_of(name)
    sweep(folder, stem)
    temporary = os.path.join(folder, name_for(stem))
    try:
        yield Path(temporary)
        if exists:
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except OSError:
        raise cannot from None
    finally:
        if os.path.lexists(temporary):
            os.remove(temporary)
