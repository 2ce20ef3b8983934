"""Paths that come from others: they stay below the folder they are meant for."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from . import RocksError

_WRONG = re.compile(r'[\x00-\x1f\\:*?"<>|]')


def relative(text: str) -> str:
    """A relative path, tidied. Errors: RocksError for one that leaves its folder or that not every
    system can write."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or _WRONG.search(text) or not path.parts:
        shown = text.encode("unicode_escape").decode("ascii")
        raise RocksError(f"refused: the path '{shown}' leads out of its folder")
    return path.as_posix()


def below(root: Path, text: str) -> Path:
    """The place of a relative path in a folder, links followed. Errors: RocksError where it lies
    elsewhere."""
    place = root / relative(text)
    real = place.resolve()
    if not real.is_relative_to(root.resolve()):
        raise RocksError(f"refused: '{text}' is a link that leads out of its folder")
    return real
