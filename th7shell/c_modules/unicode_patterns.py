"""Lua patterns over characters in place of bytes, where `%a` is any letter of Unicode."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from th7shell.lua.stdlib.backtrack import Backtracker
from th7shell.lua.stdlib.patterns import Compiled, parse

_ZERO = "\U0010ffff"  # stands for a zero byte, at which Lua's patterns end
_PUNCTUATION = frozenset(string.punctuation)


def _category(*starts: str) -> Callable[[str], bool]:
    return lambda c: unicodedata.category(c).startswith(starts)


_CLASSES: dict[str, Callable[[str], bool]] = {
    "a": str.isalpha,
    "c": _category("Cc"),
    "d": _category("Nd"),
    "g": lambda c: not c.isspace() and not unicodedata.category(c).startswith(("C", "Z")),
    "l": str.islower,
    "p": lambda c: c in _PUNCTUATION or unicodedata.category(c).startswith("P"),
    "s": str.isspace,
    "u": str.isupper,
    "w": str.isalnum,
    "x": lambda c: c in string.hexdigits,
    "z": lambda c: c == "\0",
}


class Set:
    """The characters that one of several tests accepts, or all others."""

    def __init__(self, tests: Iterable[Callable[[str], bool]], negated: bool = False) -> None:
        self.tests = tuple(tests)
        self.negated = negated

    def __contains__(self, c: str) -> bool:
        return any(test(c) for test in self.tests) != self.negated


def _single(text: str) -> Callable[[str], bool]:
    """What `x`, `.`, `%a` or `%.` accepts."""
    if text == ".":
        return lambda c: True
    if text[0] == "%" and len(text) == 2:
        test = _CLASSES.get(text[1].lower())
        if test is None:
            return lambda c, wanted=text[1]: c == wanted  # type: ignore[misc]
        if text[1].isupper():
            return lambda c: not test(c)
        return test
    return lambda c: c == text


def _members(p: str, start: int, end: int) -> Set:
    """What the single-character item p[start:end] accepts."""
    p = p.replace(_ZERO, "\0")
    if p[start] != "[":
        return Set([_single(p[start:end])])
    i, last = start + 1, end - 1
    negated = p[i] == "^"
    i += negated
    tests: list[Callable[[str], bool]] = []
    while i < last:
        if p[i] == "%":
            tests.append(_single(p[i : i + 2]))
            i += 2
        elif p[i + 1] == "-" and i + 2 < last:
            tests.append(lambda c, low=p[i], high=p[i + 2]: low <= c <= high)  # type: ignore[misc]
            i += 3
        else:
            tests.append(lambda c, wanted=p[i]: c == wanted)  # type: ignore[misc]
            i += 1
    return Set(tests, negated)


def _with_zeros(item: Any) -> Any:
    """An item with zero bytes where they stood, and errors in the words of Lua 5.2."""
    if item.kind == "balance":
        return item._replace(value=tuple(c.replace(_ZERO, "\0") for c in item.value))
    if item.kind == "error" and item.value == "unbalanced pattern":
        return item._replace(value="malformed pattern (missing arguments to '%b')")
    return item


@lru_cache(maxsize=500)
def compiled(p: str, anchors: bool = True) -> Compiled:
    """A pattern ready to run on a string of characters."""
    anchored = anchors and p.startswith("^")
    items: list[Any] = [
        _with_zeros(item) for item in parse(p.replace("\0", _ZERO), int(anchored), _members)
    ]
    kinds = [item.kind for item in items if item.kind in ("open", "position")]
    positions = frozenset(k for k, kind in enumerate(kinds, 1) if kind == "position")
    return Compiled(Backtracker(items), anchored, len(kinds), positions, True)
