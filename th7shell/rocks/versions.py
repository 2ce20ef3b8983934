"""Versions of rocks, ordered as LuaRocks orders them, and what dependencies ask of them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import total_ordering
from itertools import zip_longest
from typing import Any

from . import RocksError

_WORDS = {  # what these weigh; any other word the code of its first letter, by a thousand
    "dev": 120_000_000,
    "scm": 110_000_000,
    "cvs": 100_000_000,
    "rc": -1000,
    "pre": -10_000,
    "beta": -100_000,
    "alpha": -1_000_000,
}
_TOKEN = re.compile(r"(?:(\d+)|([A-Za-z]+))[.\-_]*")


@total_ordering
class Version:
    """A version such as 1.2.0-1: its parts as numbers, and the revision of its rockspec, None where
    none is said. Versions of which one says none are equal if their parts are."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        match = re.fullmatch(r"(.*)-(\d+)", self.text)
        rest, revision = match.groups() if match else (self.text, None)
        self.revision = int(revision) if revision else None
        self.parts: list[float] = []
        pending: float | None = None  # a word's weight; the number after it adds a little
        place = 0
        while place < len(rest):
            token = _TOKEN.match(rest, place)
            if token is None:  # what cannot be read weighs nothing
                pending = 0
                break
            place = token.end()
            number, word = token.groups()
            if number is None:
                pending = _WORDS.get(word, ord(word[0]) / 1000)
            elif pending is None:
                self.parts.append(int(number))
            else:
                self.parts.append(pending + int(number) / 100_000)
                pending = None
        if pending is not None:
            self.parts.append(pending)

    def _pairs(self, other: Version) -> list[tuple[float, float]]:
        return list(zip_longest(self.parts, other.parts, fillvalue=0))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Version)
            and self.parts == other.parts
            and (None in (self.revision, other.revision) or self.revision == other.revision)
        )

    def __lt__(self, other: Version) -> bool:
        for mine, yours in self._pairs(other):
            if mine != yours:
                return mine < yours
        if self.revision is None or other.revision is None:
            return False
        return self.revision < other.revision

    __hash__ = None  # type: ignore[assignment]  # equality is not transitive

    def begins(self, other: Version) -> bool:
        """Whether it is one of the versions that `~> other` means: 1.2.7 of 1.2."""
        mine = self.parts + [0] * len(other.parts)
        if mine[: len(other.parts)] != other.parts:
            return False
        return other.revision is None or other.revision == self.revision

    def __str__(self) -> str:
        return self.text


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "=": operator.eq,
    "==": operator.eq,
    "~=": operator.ne,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": lambda a, b: not a < b,
    "<=": lambda a, b: not b < a,
    "~>": Version.begins,
}
_CONSTRAINT = re.compile(r"@?([<>=~!]*)\s*([\w.\-]+)[\s,]*", re.ASCII)


@dataclass
class Dependency:
    """What a rock needs: another's name and the versions that will do. `text` is how it was
    written."""

    name: str
    constraints: list[tuple[str, Version]]
    text: str

    def allows(self, version: Version) -> bool:
        """Whether a version will do."""
        return all(_OPERATORS[sign](version, bound) for sign, bound in self.constraints)


def dependency(text: str) -> Dependency:
    """Read `name`, `name >= 1.0, < 2` or `name 1.0`. Errors: RocksError."""
    match = re.fullmatch(r"\s*(?:[\w.\-]+/)?([A-Za-z0-9][\w.\-]*)\s*(.*)", text, re.DOTALL)
    if match is None:
        raise RocksError(f"'{text}' is no dependency")
    name, rest = match.groups()
    found = []
    place = 0
    while place < len(rest):
        constraint = _CONSTRAINT.match(rest, place)
        if constraint is None or constraint[1] not in _OPERATORS:
            raise RocksError(f"'{text}' is no dependency")
        found.append((constraint[1], Version(constraint[2])))
        place = constraint.end()
    return Dependency(name.lower(), found, text.strip())
