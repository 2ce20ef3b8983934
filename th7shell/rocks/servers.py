"""LuaRocks servers: which rocks and versions they have, and fetching one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import TEXT, RocksError, data
from .fetching import Missing
from .versions import Dependency, Version

DEFAULT = ("https://raw.githubusercontent.com/torch/rocks/master", "https://luarocks.org")
_KINDS = ("all", "src", "rockspec")  # the most finished first
_ENDINGS = {"all": ".all.rock", "src": ".src.rock", "rockspec": ".rockspec"}
_MANIFESTS = ("manifest-5.1.zip", "manifest-5.1", "manifest")


@dataclass
class Offer:
    """A version of a rock on a server, and what it is there as."""

    server: str
    name: str
    version: Version
    kinds: set[str]

    @property
    def file(self) -> str | None:
        """The file to fetch, None where there are only others' binaries."""
        kind = next((k for k in _KINDS if k in self.kinds), None)
        return f"{self.name}-{self.version}{_ENDINGS[kind]}" if kind else None


class Servers:
    """The servers that are asked, in order. `fetch(url, place)` is how; manifests are kept."""

    def __init__(
        self, urls: tuple[str, ...], fetch: Callable[[str, Path], None], work: Path
    ) -> None:
        self.urls = [url.rstrip("/") for url in urls]
        self.fetch, self.work = fetch, work
        self.manifests: dict[str, dict[str, Any]] = {}
        self.failures: list[str] = []

    def manifest(self, url: str) -> dict[str, Any]:
        """The rocks of a server: name → version → kinds. A server that does not answer has none,
        which is noted in `failures`. Errors: RocksError if it is the only one."""
        if url not in self.manifests:
            try:
                self.manifests[url] = self._fetched(url)
            except RocksError as error:
                if len(self.urls) == 1:
                    raise
                self.manifests[url] = {}
                self.failures.append(str(error))
        return self.manifests[url]

    def _fetched(self, url: str) -> dict[str, Any]:
        missing: Missing | None = None
        for name in _MANIFESTS:
            place = self.work / name
            try:
                self.fetch(f"{url}/{name}", place)
            except Missing as error:
                missing = error
                continue
            text = _unzipped(place) if name.endswith(".zip") else place.read_text(**TEXT)
            return _repository(text, f"{url}/{name}")
        raise RocksError(f"{url} is no server of rocks: {missing}")

    def offers(self, name: str, url: str) -> list[Offer]:
        """The versions of a rock on a server, the newest first."""
        found = [
            Offer(url, rock, Version(version), _kinds(entries))
            for rock, versions in self.manifest(url).items()
            if rock.lower() == name.lower() and isinstance(versions, dict)
            for version, entries in versions.items()
        ]
        return sorted(found, key=lambda o: o.version, reverse=True)

    def best(self, wanted: Dependency) -> Offer:
        """The newest version that will do, of the first server that has one. Errors: RocksError."""
        others: list[Offer] = []
        for url in self.urls:
            offers = self.offers(wanted.name, url)
            for offer in offers:
                if wanted.allows(offer.version) and offer.file:
                    return offer
            others += offers
        why = "".join(f" ({f})" for f in self.failures)
        if not others:
            raise RocksError(f"no server has {wanted.name}{why}")
        if any(wanted.allows(o.version) for o in others):
            raise RocksError(f"{wanted.name} is there only as C libraries of other systems{why}")
        versions = ", ".join(str(o.version) for o in others[:5])
        raise RocksError(f"no server has {wanted.text}, only {versions}{why}")

    def search(self, text: str) -> list[Offer]:
        """The rocks whose names hold a text, each at the newest version of its first server."""
        found: dict[str, Offer] = {}
        for url in self.urls:
            for name in sorted(self.manifest(url)):
                if text.lower() in name.lower() and name not in found:
                    offers = self.offers(name, url)
                    if offers:
                        found[name] = offers[0]
        if not found and self.failures:
            raise RocksError("; ".join(self.failures))
        return [found[name] for name in sorted(found)]


def _unzipped(place: Path) -> str:
    try:
        with zipfile.ZipFile(place) as archive:
            return archive.read(archive.namelist()[0]).decode(**TEXT)
    except (zipfile.BadZipFile, IndexError) as error:
        raise RocksError(f"{place.name} is damaged: {error}") from None


def _repository(text: str, origin: str) -> dict[str, Any]:
    repository = data.read(text, origin).get("repository")
    if not isinstance(repository, dict):
        raise RocksError(f"{origin} is no manifest")
    return {name: versions for name, versions in repository.items() if isinstance(name, str)}


def _kinds(entries: Any) -> set[str]:
    listed = data.listed(entries) if isinstance(entries, dict) else []
    return {str(e.get("arch")) for e in listed if isinstance(e, dict)}
