"""Archives unpacked into a folder: zip and tar, nothing outside the folder, no links, no more than
a rock may have."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import RocksError
from .safe import relative

_MOST_FILES = 20_000
_MOST_BYTES = 500_000_000

_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError)
ENDINGS = (".zip", ".rock", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder. Errors: RocksError; what was unpacked before stays."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as z:
                _write(_zipped(z), folder)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as t:
                _write(_tarred(t), folder)
        else:
            raise RocksError(f"{archive.name} is neither a zip nor a tar archive")
    except _DAMAGE as error:
        raise RocksError(f"{archive.name} is damaged: {error}") from None


def _zipped(archive: zipfile.ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    for entry in archive.infolist():
        if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        if entry.flag_bits & 1:
            raise RocksError(f"{archive.filename} is encrypted")
        with archive.open(entry) as data:
            yield entry.filename, data


def _tarred(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for entry in archive:
        data = archive.extractfile(entry) if entry.isreg() else None
        if data is not None:
            yield entry.name, data


def _write(entries: Iterator[tuple[str, IO[bytes]]], folder: Path) -> None:
    files = size = 0
    for name, data in entries:
        place = folder / relative(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            while piece := data.read(1 << 20):
                size += len(piece)
                if size > _MOST_BYTES:
                    raise RocksError(f"refused: more than {_MOST_BYTES >> 20} MB are packed in it")
                out.write(piece)
        files += 1
        if files > _MOST_FILES:
            raise RocksError(f"refused: more than {_MOST_FILES} files are packed in it")


def copy(source: Path, place: Path) -> None:
    """Copy a file, its folders made; neither its mode nor its dates."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
