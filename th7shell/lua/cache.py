"""Compiled chunks on disk, so that a file is compiled once: keyed by its text, its name, the
compiler and the Python.

Set TH7SHELL_NO_CACHE to do without. Files are written under another name and renamed, so that
several programs may use the folder at once; one that cannot be read or written is as good as
absent.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import tempfile
from pathlib import Path
from types import CodeType

_SUFFIX = ".luac"
_MOST = 2000  # files; beyond, the oldest half goes
_SHORTEST = 400  # characters: less is compiled as fast as it is read
_fingerprint = b""

Compiled = tuple[CodeType, tuple[str, ...]]


def compiled(source: str, chunk: str) -> Compiled:
    """Return the code of a chunk and the names of the fields that it mentions, from the cache if
    possible."""
    path = None
    if chunk[:1] == "@" and len(source) >= _SHORTEST and not os.environ.get("TH7SHELL_NO_CACHE"):
        path = folder() / (_key(source, chunk) + _SUFFIX)
        found = _read(path)
        if found is not None:
            return found
    from .compiler.build import build

    result = build(source, chunk)
    if path is not None:
        _write(path, result)
    return result


def folder() -> Path:
    """Return the folder of the cache."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("th7shell", appauthor=False)) / "lua"


def _key(source: str, chunk: str) -> str:
    digest = hashlib.sha256(_compiler())
    digest.update(chunk.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(source.encode("latin-1", "replace"))
    return digest.hexdigest()


def _compiler() -> bytes:
    """Return what tells this compiler from another: Python's version, the compiler's files."""
    global _fingerprint
    if not _fingerprint:
        parts = [sys.version]
        for entry in sorted(os.scandir(Path(__file__).parent / "compiler"), key=lambda e: e.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                parts.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
        _fingerprint = "\n".join(parts).encode()
    return _fingerprint


def _read(path: Path) -> Compiled | None:
    try:
        code, names = marshal.loads(path.read_bytes())
        return (code, names) if isinstance(code, CodeType) else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(path: Path, result: Compiled) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(marshal.dumps(result))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        _trim(path.parent)
    except OSError:
        pass  # a folder that cannot be written: the next run compiles again


def _trim(directory: Path) -> None:
    """Delete the oldest half of the files if there are too many."""
    entries = [e for e in os.scandir(directory) if e.name.endswith(_SUFFIX)]
    if len(entries) > _MOST:
        entries.sort(key=lambda e: e.stat().st_mtime)
        for entry in entries[: len(entries) // 2]:
            os.unlink(entry.path)
