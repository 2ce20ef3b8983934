"""A rockspec: what a rock is, needs, comes from and consists of."""

from __future__ import annotations

import re
import sys
from typing import Any

from . import RocksError, data
from .versions import Dependency, Version, dependency

_PLATFORMS = {  # the names of systems under `platforms`, the later ones count more
    "linux": ("unix", "linux"),
    "darwin": ("unix", "bsd", "macosx"),
    "win32": ("windows", "win32"),
}
_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*", re.ASCII)


class Rockspec:
    """What a rockspec's text says. `fields` are its globals. Errors: RocksError."""

    def __init__(self, text: str, origin: str) -> None:
        self.text = text
        self.fields = data.read(text, origin)
        for key in ("package", "version"):
            value = self.fields.get(key)
            if not isinstance(value, str) or not _NAME.fullmatch(value):
                raise RocksError(f"{origin}: '{key}' is no name of a rock or version")
        self.name: str = self.fields["package"]
        self.version = Version(self.fields["version"])
        self.origin = origin

    @property
    def id(self) -> str:
        """Name and version, as files are named."""
        return f"{self.name}-{self.version}"

    def part(self, key: str) -> dict[Any, Any]:
        """A table of the rockspec with this system's own fields laid over it, empty where it is
        missing."""
        table = self.fields.get(key)
        if table is None:
            return {}
        if not isinstance(table, dict):
            raise RocksError(f"{self.origin}: '{key}' is no table")
        systems = table.get("platforms")
        found = {k: v for k, v in table.items() if k != "platforms"}
        for system in _PLATFORMS.get(sys.platform, ("unix",)):
            if isinstance(systems, dict) and isinstance(systems.get(system), dict):
                found = _laid_over(found, systems[system])
        return found

    def dependencies(self) -> list[Dependency]:
        """The rocks that it needs to run."""
        texts = data.listed(self.part("dependencies"))
        return [dependency(text) for text in texts if isinstance(text, str)]

    def field(self, part: str, key: str) -> str | None:
        """A text in a table of the rockspec, None where there is none."""
        value = self.part(part).get(key)
        return value if isinstance(value, str) and value else None


def _laid_over(table: dict[Any, Any], above: dict[Any, Any]) -> dict[Any, Any]:
    found = dict(table)
    for key, value in above.items():
        below = found.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = _laid_over(below, value)
        found[key] = value
    return found
