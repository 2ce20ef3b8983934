"""A rock made ready: its rockspec found, its source fetched and unpacked, its files chosen."""

from __future__ import annotations

import re
from pathlib import Path

from . import TEXT, RocksError, builds
from .fetching import Network, check_md5, is_git
from .rockspec import Rockspec
from .safe import below, relative
from .tree import Staged, read_manifest
from .unpacking import ENDINGS, copy, unpack

_FOLDERS = ("", "rocks", "rockspecs", "rockspec")  # where a source keeps its rockspecs


def from_file(place: Path, net: Network, work: Path) -> Staged:
    """A rock from a .rockspec, .src.rock or .all.rock file. Errors: RocksError."""
    if place.name.endswith(".rockspec"):
        rock = read_rockspec(place)
        return Staged(rock, builds.files_of(rock, source_of(rock, net, work)))
    if not place.name.endswith(".rock"):
        raise RocksError(f"{place}: neither a rockspec, a .rock nor a folder")
    folder = work / "rock"
    folder.mkdir()
    unpack(place, folder)
    if (folder / "rock_manifest").is_file():
        return _built(folder, place.name)
    rock = _rockspec_in(folder, place.name)
    source = _packed_source(rock, folder, net, work)
    return Staged(rock, builds.files_of(rock, source))


def from_folder(folder: Path) -> Staged:
    """A rock from a folder that holds its source and its rockspec. Errors: RocksError."""
    rock = _rockspec_in(folder, str(folder))
    return Staged(rock, builds.files_of(rock, folder))


def from_git(url: str, net: Network, work: Path) -> Staged:
    """A rock from a repository, `URL#BRANCH` for another branch or tag. Errors: RocksError."""
    address, _hash, reference = url.partition("#")
    net.repository(address, reference or None, work / "clone")
    return from_folder(work / "clone")


def read_rockspec(place: Path) -> Rockspec:
    """The rockspec in a file. Errors: RocksError."""
    try:
        return Rockspec(place.read_text(**TEXT), place.name)
    except OSError as error:
        raise RocksError(f"{place}: {error.strerror}") from None


def source_of(rock: Rockspec, net: Network, work: Path) -> Path:
    """Fetch the source that a rockspec names; its folder. Errors: RocksError."""
    url = rock.field("source", "url")
    if url is None:
        raise RocksError(f"{rock.id} does not say where its source is")
    if is_git(url):
        reference = rock.field("source", "tag") or rock.field("source", "branch")
        net.repository(url, reference, work / "clone")
        return _inner(rock, work / "clone", alone=False)
    place = work / relative(rock.field("source", "file") or file_of(url))
    net.file(url, place)
    return _archive(rock, place, work)


def _archive(rock: Rockspec, place: Path, work: Path) -> Path:
    check_md5(place, rock.part("source").get("md5"))
    folder = work / "source"
    folder.mkdir()
    if place.name.endswith(ENDINGS):
        unpack(place, folder)
    else:  # a single Lua file
        copy(place, folder / place.name)
    return _inner(rock, folder, alone=True)


def _packed_source(rock: Rockspec, folder: Path, net: Network, work: Path) -> Path:
    """The source in an unpacked .src.rock: an archive, a folder or single files."""
    url = rock.field("source", "url") or ""
    name = rock.field("source", "file") or file_of(url)
    place = folder / relative(name) if name else folder
    if place.is_file():
        return _archive(rock, place, work)
    if is_git(url):
        return _inner(rock, folder, alone=True)
    return source_of(rock, net, work)


def _inner(rock: Rockspec, folder: Path, alone: bool) -> Path:
    """The folder in an unpacked source where the rock's own begins: `source.dir`, or what the
    archive's name says, or (if alone) the only folder."""
    named = rock.field("source", "dir")
    url = rock.field("source", "url") or ""
    for name in (named, _stem(file_of(url)) if alone else None):
        if name and below(folder, name).is_dir():
            return below(folder, name)
    folders = [p for p in folder.iterdir() if p.is_dir()]
    return folders[0] if alone and len(folders) == 1 else folder


def file_of(url: str) -> str:
    """The name of the file at an address."""
    return re.split(r"[?#]", url)[0].rstrip("/").rpartition("/")[2]


def _stem(name: str) -> str:
    for ending in (*ENDINGS, ".git"):
        name = name.removesuffix(ending)
    return name


def _rockspec_in(folder: Path, origin: str) -> Rockspec:
    """The rockspec of a source folder, the one of the highest version. Errors: RocksError."""
    for name in _FOLDERS:
        found = [read_rockspec(p) for p in sorted((folder / name).glob("*.rockspec"))]
        if found:
            return max(found, key=lambda r: r.version)
    raise RocksError(f"{origin}: there is no rockspec")


def _built(folder: Path, origin: str) -> Staged:
    """An .all.rock: files that were built elsewhere, with their checksums."""
    sums = read_manifest(folder / "rock_manifest")
    files = {}
    for name, md5 in sums.items():
        part = name.partition("/")[0]
        if part == "lib":
            raise builds.c_parts(origin, name)
        if part in ("lua", "bin"):
            place = below(folder, name)
            if not place.is_file():
                raise RocksError(f"{origin}: {name} is missing")
            check_md5(place, md5)
            files[name] = place
    return Staged(_rockspec_in(folder, origin), files)
