"""The names of files that are being written beside their targets, and what killed processes left of
them.

`.net.t7.HOST-PID-RANDOM.tmp`: the host tells whose process number it is, in a folder that several
machines share.
"""

from __future__ import annotations

import os
import re
import zlib

_REST = re.compile(r"(\d+)-[0-9a-f]{8}\.tmp", re.ASCII)


def stem(target: str) -> str:
    """How the temporary names for a file name begin on this machine."""
    host = os.uname().nodename if hasattr(os, "uname") else ""
    return f".{target[:100]}.{zlib.crc32(host.encode('utf-8', 'surrogateescape')):08x}-"


def name(stem: str) -> str:
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
