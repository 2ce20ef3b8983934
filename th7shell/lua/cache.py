"""Compiled chunks on disk, so that a file is compiled once: keyed by its text, its name, the
compiler and the Python. Texts that a program loads again (`loadstring` in a loop) are kept in
memory.

Set TH7SHELL_NO_CACHE to do without. Files are written under another name and renamed, so that
several programs may use the folder at once; one that cannot be read or written is as good as
absent. An entry is unmarshalled, which damage could make crash, only if its checksum is right; the
folder is used only if it is the user's own and nobody else's to write in.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from _thread import RLock
from types import CodeType

try:
    from _blake2 import blake2b  # without the libraries behind `hashlib`
except ImportError:
    from hashlib import blake2b

_SUFFIX = ".luac"
_MOST = 2000  # files; beyond, the oldest half goes
_LEFT = 3600  # seconds after which a file that was being written never will be
_SHORTEST = 400  # characters: less is compiled as fast as it is read
_REMEMBERED = 256  # texts in memory, of at most _LONGEST characters
_LONGEST = 10_000
_MARK = b"th7shell cache 1\n"
_DIGEST = 32  # bytes
OWNED = sys.platform not in ("win32", "emscripten")  # folders tell whose they are
_fingerprint = b""
_building = RLock()  # the compiler changes settings of the process
_private: dict[str, bool] = {}  # folders, and whether they may be used

Compiled = tuple[CodeType, tuple[str, ...]]

_texts: dict[tuple[str, str], Compiled] = {}  # by name and text, the oldest first


def compiled(source: str, chunk: str, keep: bool = True) -> Compiled:
    """Return the code of a chunk and the names of the fields that it mentions, from the cache if
    possible. keep: whether it may be written there."""
    path = None
    if chunk[:1] == "@" and len(source) >= _SHORTEST and not os.environ.get("TH7SHELL_NO_CACHE"):
        directory = os.fspath(folder())
        path = os.path.join(directory, _key(source, chunk) + _SUFFIX)
        found = _read(path) if _is_private(directory) else None
        if found is not None:
            return found
    with _building:
        result = _texts.get((chunk, source)) or _built(source, chunk)
    if path is not None and keep:
        _write(path, result)
    return result


def _built(source: str, chunk: str) -> Compiled:
    from .compiler.build import build

    result = build(source, chunk)
    if chunk[:1] != "@" and len(source) <= _LONGEST:
        if len(_texts) >= _REMEMBERED:
            del _texts[next(iter(_texts))]
        _texts[chunk, source] = result
    return result


def folder() -> str | os.PathLike[str]:
    """Return the folder of the cache."""
    if sys.platform == "linux" and "ANDROID_ROOT" not in os.environ:
        place = os.environ.get("XDG_CACHE_HOME", "")
        place = os.path.join(place if place.strip() else os.path.expanduser("~/.cache"), "th7shell")
    else:
        import platformdirs

        place = platformdirs.user_cache_dir("th7shell", appauthor=False)
    return os.path.join(place, "lua")


def _key(source: str, chunk: str) -> str:
    digest = blake2b(_compiler(), digest_size=_DIGEST)
    digest.update(chunk.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(source.encode("latin-1", "replace"))
    return digest.hexdigest()


def _compiler() -> bytes:
    """Return what tells this compiler from another: Python's version, the compiler's files."""
    global _fingerprint
    if not _fingerprint:
        parts = [sys.version]
        directory = os.path.dirname(__file__) + "/compiler"
        for entry in sorted(os.scandir(directory), key=lambda e: e.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                parts.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
        _fingerprint = "\n".join(parts).encode()
    return _fingerprint


def _is_private(directory: str) -> bool:
    """Whether a folder is this user's, and closed to others' writing (it is closed if it was
    not)."""
    known = _private.get(directory)
    if known is None:
        try:
            status = os.stat(directory)
            known = not OWNED or status.st_uid == os.geteuid()
            if known and OWNED and stat.S_IMODE(status.st_mode) & 0o077:
                os.chmod(directory, 0o700)
        except FileNotFoundError:
            return False  # not yet there
        except OSError:
            known = False
        _private[directory] = known
    return known


def _checksum(path: str, content: bytes) -> bytes:
    """A checksum over an entry's content and its name."""
    return blake2b(os.path.basename(path).encode() + content, digest_size=_DIGEST).digest()


def _read(path: str) -> Compiled | None:
    try:
        with open(path, "rb", 0) as file:
            data = file.read()
        start = len(_MARK) + _DIGEST
        content = data[start:]
        if data[:start] != _MARK + _checksum(path, content):
            return None
        code, names = marshal.loads(content)
        return (code, names) if isinstance(code, CodeType) else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(path: str, result: Compiled) -> None:
    import tempfile

    directory = os.path.dirname(path)
    try:
        os.makedirs(directory, 0o700, exist_ok=True)
        if not _is_private(directory):
            return
        content = marshal.dumps(result)
        handle, temporary = tempfile.mkstemp(dir=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + _checksum(path, content) + content)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        _trim(directory)
    except OSError:
        pass  # a folder that cannot be written: the next run compiles again


def _trim(directory: str) -> None:
    """Delete the oldest half of the files if there are too many, and what killed programs left."""
    import time

    with os.scandir(directory) as found:  # closed whatever another writer takes away meanwhile
        everything = list(found)
    entries = []
    for entry in everything:
        if entry.name.endswith(_SUFFIX):
            entries.append(entry)
        elif entry.is_file() and entry.stat().st_mtime < time.time() - _LEFT:
            os.unlink(entry.path)
    if len(entries) > _MOST:
        entries.sort(key=lambda e: e.stat().st_mtime)
        for entry in entries[: len(entries) // 2]:
            os.unlink(entry.path)
