"""A tree of installed rocks, laid out as LuaRocks does: Lua files in share/lua/5.1, programs in
bin, and what each rock is and installed in lib/luarocks/rocks-5.1/NAME/VERSION.

A rock is put together in a folder beside them, then moved; where that fails, all is as before.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import TEXT, RocksError, data
from .rockspec import Rockspec
from .safe import relative
from .unpacking import copy
from .versions import Version

_PLACES = {"lua": "share/lua/5.1", "bin": "bin"}
_RECORDS = "lib/luarocks/rocks-5.1"
_MANIFEST = "rock_manifest"
_STAGING = ".installing-"
_LEFT = 3600  # seconds after which an installation that did not end never will


@dataclass
class Staged:
    """A rock that is ready to be installed: its rockspec, and its files by `lua/…` and `bin/…`."""

    rock: Rockspec
    files: dict[str, Path]


@dataclass
class Installed:
    """A rock in a tree; `files` are relative to the tree."""

    name: str
    version: Version
    record: Path
    files: list[str]

    @property
    def rock(self) -> Rockspec:
        """Its rockspec, as it was installed."""
        place = self.record / f"{self.name}-{self.version}.rockspec"
        return Rockspec(place.read_text(**TEXT), place.name)


class Tree:
    """The rocks below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.records = root / _RECORDS

    def rocks(self) -> list[Installed]:
        """All rocks, by name and version. Errors: RocksError for a damaged record."""
        found = []
        for manifest in sorted(self.records.glob(f"[!.]*/*/{_MANIFEST}")):
            record = manifest.parent
            files = list(_listed(manifest))
            found.append(Installed(record.parent.name, Version(record.name), record, files))
        return found

    def rock(self, name: str) -> Installed | None:
        """A rock by its name in any case, None if it is not installed."""
        return next((r for r in self.rocks() if r.name.lower() == name.lower()), None)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder in the tree for what is being fetched and put together; it is gone afterwards.
        Errors: RocksError where the tree cannot be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for old in self.root.glob(f"{_STAGING}*"):
                if time.time() - old.stat().st_mtime > _LEFT:
                    shutil.rmtree(old, ignore_errors=True)
            place = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.root))
        except OSError as error:
            raise RocksError(f"{self.root}: {error.strerror or error}") from None
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def install(self, staged: Staged, work: Path) -> None:
        """Put a rock into the tree in place of its other versions. Errors: RocksError; the tree is
        as it was then."""
        name, version = staged.rock.name, str(staged.rock.version)
        before = [r for r in self.rocks() if r.name.lower() == name.lower()]
        own = {f for r in before for f in r.files}
        owners = {f: r.name for r in self.rocks() if r not in before for f in r.files}
        new = {_place(f): source for f, source in staged.files.items()}
        for place, source in new.items():
            if place in owners:
                raise RocksError(f"{name}: {place} belongs to {owners[place]}")
            if place not in own and _stranger(self.root / place, source):
                raise RocksError(f"{name}: {self.root / place} is there and belongs to no rock")
        stage = Path(tempfile.mkdtemp(dir=work))
        for place, source in new.items():
            copy(source, stage / "new" / place)
        record = f"{_RECORDS}/{name}/{version}"
        _write_record(stage / "new" / record, staged, version)
        moves = _Moves(self.root, stage)
        try:
            for rock in before:
                for file in [*rock.files, rock.record.relative_to(self.root).as_posix()]:
                    moves.out(file)
            for place in new:
                moves.into(place)
            moves.into(record)
        except BaseException as error:
            moves.undo()
            if isinstance(error, OSError):
                raise RocksError(f"{name}: {error.filename}: {error.strerror}") from None
            raise
        self._tidy(own)

    def remove(self, rock: Installed, work: Path) -> None:
        """Take a rock out of the tree. Errors: RocksError; the tree is as it was then."""
        moves = _Moves(self.root, Path(tempfile.mkdtemp(dir=work)))
        try:
            for file in [rock.record.relative_to(self.root).as_posix(), *rock.files]:
                moves.out(file)
        except BaseException as error:
            moves.undo()
            if isinstance(error, OSError):
                raise RocksError(f"{rock.name}: {error.filename}: {error.strerror}") from None
            raise
        self._tidy({*rock.files, f"{_RECORDS}/{rock.name}/{rock.version}"})

    def _tidy(self, files: set[str]) -> None:
        """Remove the folders of files that are gone, where nothing else is in them."""
        kept = {self.root / p for p in (*_PLACES.values(), _RECORDS)}
        for file in files:
            folder = (self.root / file).parent
            while folder not in kept and folder != self.root and folder.is_dir():
                if any(folder.iterdir()):
                    break
                folder.rmdir()
                folder = folder.parent


class _Moves:
    """Files moved out of a tree and into it, which can be taken back."""

    def __init__(self, root: Path, stage: Path) -> None:
        self.root, self.stage = root, stage
        self.done: list[tuple[Path, Path]] = []

    def move(self, source: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, place)
        self.done.append((source, place))

    def out(self, file: str) -> None:
        """Set a file of the tree aside, if it is there."""
        if (self.root / file).exists():
            self.move(self.root / file, self.stage / "old" / file)

    def into(self, file: str) -> None:
        """Move a new file into the tree."""
        if (self.root / file).is_file():  # the same text, of an installation that was broken off
            self.out(file)
        self.move(self.stage / "new" / file, self.root / file)

    def undo(self) -> None:
        for source, place in reversed(self.done):
            source.parent.mkdir(parents=True, exist_ok=True)
            os.replace(place, source)


def _place(file: str) -> str:
    part, _slash, rest = file.partition("/")
    return f"{_PLACES[part]}/{relative(rest)}"


def _stranger(place: Path, source: Path) -> bool:
    """Whether something else than a copy of `source` is at a place."""
    if not place.exists():
        return False
    return not place.is_file() or place.read_bytes() != source.read_bytes()


def _write_record(record: Path, staged: Staged, version: str) -> None:
    record.mkdir(parents=True)
    rockspec = f"{staged.rock.name}-{version}.rockspec"
    (record / rockspec).write_text(staged.rock.text, **TEXT, newline="")
    sums: dict[str, Any] = {rockspec: _md5(record / rockspec)}
    for file, source in sorted(staged.files.items()):
        *folders, name = file.split("/")
        table = sums
        for folder in folders:
            table = table.setdefault(folder, {})
        table[name] = _md5(source)
    text = "rock_manifest = " + _written(sums, "") + "\n"
    (record / _MANIFEST).write_text(text, **TEXT, newline="")


def _md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def _written(table: dict[str, Any], indent: str) -> str:
    inner = indent + "   "
    lines = [
        f'{inner}["{key}"] = ' + (_written(v, inner) if isinstance(v, dict) else f'"{v}"')
        for key, v in table.items()
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def manifest_files(manifest: dict[Any, Any]) -> dict[str, str]:
    """The files in a rock_manifest's table and their checksums: `lua/a/b.lua` → md5."""
    found = {}

    def walk(table: dict[Any, Any], above: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{above}{key}/")
            else:
                found[relative(f"{above}{key}")] = str(value)

    table = manifest.get(_MANIFEST)
    walk(table if isinstance(table, dict) else {}, "")
    return found


def read_manifest(place: Path) -> dict[str, str]:
    """The files that a rock_manifest names. Errors: RocksError."""
    text = place.read_text(**TEXT)
    return manifest_files(data.read(text, place.name))


def _listed(manifest: Path) -> Iterator[str]:
    for file in read_manifest(manifest):
        if file.partition("/")[0] in _PLACES:
            yield _place(file)
