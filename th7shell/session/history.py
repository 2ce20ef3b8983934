"""The entries typed so far, whole and in order: kept in a file that several sessions append to.

Each entry is written as a time stamp and its lines with `+` before them. Plain lines, as th's old
history file has them, are read as one entry each.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from .settings import state_dir

OLD = "~/.luahistory"


def default_path() -> Path:
    """$TREPL_HISTORY, else `history` in the state folder."""
    own = os.environ.get("TREPL_HISTORY")
    return Path(own) if own else state_dir() / "history"


class History:
    """Entries of this session (numbered from 1) and of the file. path None: nothing is read or
    written."""

    def __init__(self, path: Path | None = None, private: bool = False, limit: int = 50000) -> None:
        self.path = path
        self.private = private
        self.limit = limit
        self.entries: list[str] = []

    def add(self, entry: str) -> bool:
        """Keep an entry; whether it was also written. A leading space, a repetition and private
        mode write nothing."""
        if not entry.strip():
            return False
        repeated = bool(self.entries) and self.entries[-1] == entry
        self.entries.append(entry)
        if self.path is None or self.private or repeated or entry[:1] == " ":
            return False
        lines = "".join(f"+{line}\n" for line in entry.split("\n"))
        text = f"\n# {time.strftime('%Y-%m-%d %H:%M:%S')}\n{lines}"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # one write of an appending file: sessions never tear each other
            with open(self.path, "ab", opener=_private) as f:
                f.write(text.encode("utf-8", "surrogateescape"))
        except OSError:
            return False
        return True

    def saved(self) -> list[str]:
        """Entries of the file, oldest first, each once (at its latest place), the newest
        `limit`."""
        if self.path is None:
            return []
        self._import_old()
        try:
            text = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return []
        newest_first = dict.fromkeys(reversed(list(read(text))))
        return list(newest_first)[: self.limit][::-1]

    def select(self, which: str) -> list[tuple[int, str]]:
        """Entries of this session by number: '12', '10-20', '-5' (the last five), '' (all)."""
        n = len(self.entries)
        which = which.strip()
        try:
            if not which:
                low, high = 1, n
            elif which.startswith("-"):
                low, high = n + int(which) + 1, n
            elif "-" in which:
                low, high = (int(v) for v in which.split("-", 1))
            else:
                low = high = int(which)
        except ValueError:
            raise ValueError(f"not entries: '{which}' (12, 10-20 or -5)") from None
        if which and not (1 <= low <= high <= n):
            raise ValueError(f"no entries {which}: there are {n}")
        return [(i, self.entries[i - 1]) for i in range(max(low, 1), high + 1)]

    def _import_old(self) -> None:
        """The first time, take over the history that th kept in the home folder."""
        old = Path(OLD).expanduser()
        if (
            self.path is None
            or self.private
            or os.environ.get("TREPL_HISTORY")
            or self.path.exists()
        ):
            return
        try:
            lines = old.read_bytes().decode("utf-8", "surrogateescape").splitlines()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = "".join(f"\n+{line}\n" for line in lines if line.strip())
            with open(self.path, "wb", opener=_private) as f:
                f.write(text.encode("utf-8", "surrogateescape"))
        except OSError:
            return


def _private(path: str, flags: int) -> int:
    """Open a file that nobody else may read: what is typed can be a password."""
    handle = os.open(path, flags, 0o600)
    status = os.fstat(handle)
    if os.name != "nt" and stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
        with contextlib.suppress(OSError):  # another's file, which was named on purpose
            os.fchmod(handle, 0o600)
    return handle


def read(text: str) -> Iterator[str]:
    """The entries of a history file's text, in order."""
    entry: list[str] = []
    for line in text.split("\n"):
        if line.startswith("+"):
            entry.append(line[1:])
            continue
        if entry:
            yield "\n".join(entry)
            entry = []
        if line.strip() and not line.startswith("#"):
            yield line
    if entry:
        yield "\n".join(entry)
