"""A backtracking matcher over pattern items, for what `re` cannot say: %b, unfinished captures,
faulty patterns.

It counts its own depth, as Lua does, and raises "pattern too complex" instead of exhausting a
stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .arguments import LibraryError

MAX_DEPTH = 200
UNFINISHED = -1
POSITION = -2


class Found:
    """A match: the part of `re.Match` that the string library uses."""

    __slots__ = ("_ends", "_span", "_starts", "_subject")

    def __init__(self, subject: str, span: tuple[int, int], starts: list[int], ends: list[int]):
        self._subject = subject
        self._span = span
        self._starts = starts
        self._ends = ends

    def span(self) -> tuple[int, int]:
        """Give start and end of the whole match."""
        return self._span

    def start(self, k: int = 0) -> int:
        """Give where group k begins."""
        return self._starts[k - 1] if k else self._span[0]

    def end(self) -> int:
        """Give where the match ends."""
        return self._span[1]

    def group(self, k: int = 0) -> str:
        """Give the text of group k."""
        if not k:
            return self._subject[self._span[0] : self._span[1]]
        end = self._ends[k - 1]
        if end == UNFINISHED:
            raise LibraryError("unfinished capture")
        return self._subject[self._starts[k - 1] : end]

    def groups(self) -> tuple[str, ...]:
        """Give the text of all groups."""
        return tuple(self.group(k) for k in range(1, len(self._starts) + 1))


class Backtracker:
    """Run pattern items on a subject; `match` at one place, `search` from a place on."""

    def __init__(self, items: list[Any]):
        self._items = items

    def match(self, s: str, pos: int = 0) -> Found | None:
        """Match at pos only."""
        starts: list[int] = []
        ends: list[int] = []
        end = self._run(s, 0, pos, starts, ends, 1)
        return None if end is None else Found(s, (pos, end), starts, ends)

    def search(self, s: str, pos: int = 0) -> Found | None:
        """Find the first match at pos or later."""
        kind, value, _ = self._items[0] if self._items else ("end", "", "")
        for start in range(pos, len(s) + 1):
            if kind == "balance" and s[start : start + 1] != value[0]:
                continue
            if m := self.match(s, start):
                return m
        return None

    def finditer(self, s: str) -> Iterator[Found]:
        """Iterate over the matches that do not overlap."""
        pos = 0
        while pos <= len(s) and (m := self.search(s, pos)):
            yield m
            pos = m.end() + (m.end() == m.start())

    def _run(
        self, s: str, k: int, pos: int, starts: list[int], ends: list[int], depth: int
    ) -> int | None:
        """Match items[k:] at pos; give the end of the match. Captures grow in starts and ends."""
        if depth > MAX_DEPTH:
            raise LibraryError("pattern too complex")
        items, n = self._items, len(s)
        while k < len(items):
            kind, value, repeat = items[k]
            k += 1
            if kind == "set":
                if not repeat:
                    if pos >= n or s[pos] not in value:
                        return None
                    pos += 1
                    continue
                return self._repeat(s, k, pos, value, repeat, starts, ends, depth)
            if kind in ("open", "position"):
                starts.append(pos)
                ends.append(UNFINISHED if kind == "open" else POSITION)
                end = self._run(s, k, pos, starts, ends, depth + 1)
                if end is None:
                    starts.pop()
                    ends.pop()
                return end
            if kind == "close":
                ends[value - 1] = pos
                end = self._run(s, k, pos, starts, ends, depth + 1)
                if end is None:
                    ends[value - 1] = UNFINISHED
                return end
            step: Any = _STEPS[kind]
            after = step(s, pos, value, starts, ends)
            if after is None:
                return None
            pos = after
        return pos

    def _repeat(
        self,
        s: str,
        k: int,
        pos: int,
        members: frozenset[str],
        repeat: str,
        starts: list[int],
        ends: list[int],
        depth: int,
    ) -> int | None:
        """Match a repeated set at pos and the items from k on behind it."""
        limit = pos + 1 if repeat == "?" else len(s)
        most = pos
        if repeat == "-":
            while (end := self._run(s, k, most, starts, ends, depth + 1)) is None:
                if most >= limit or s[most] not in members:
                    return None
                most += 1
            return end
        limit = min(limit, len(s))
        while most < limit and s[most] in members:
            most += 1
        for at in range(most, pos - (repeat != "+"), -1):
            if (end := self._run(s, k, at, starts, ends, depth + 1)) is not None:
                return end
        return None


def _balance(s: str, pos: int, pair: tuple[str, str], *_: Any) -> int | None:
    """Match %bxy: from an x to the y that balances it."""
    opening, closing = pair
    if s[pos : pos + 1] != opening:
        return None
    depth = 1
    for i in range(pos + 1, len(s)):
        if s[i] == closing:
            depth -= 1
            if not depth:
                return i + 1
        elif s[i] == opening:
            depth += 1
    return None


def _frontier(s: str, pos: int, members: frozenset[str], *_: Any) -> int | None:
    """Match %f[set]: the character before is outside the set, the one here inside."""
    before = s[pos - 1] if pos else "\0"
    here = s[pos] if pos < len(s) else "\0"
    return pos if before not in members and here in members else None


def _back(s: str, pos: int, k: int, starts: list[int], ends: list[int]) -> int | None:
    """Match %1: the text of an earlier capture. A position capture has none."""
    if ends[k - 1] == POSITION:
        return None
    text = s[starts[k - 1] : ends[k - 1]]
    return pos + len(text) if s.startswith(text, pos) else None


def _end(s: str, pos: int, *_: Any) -> int | None:
    """Match a final $."""
    return pos if pos == len(s) else None


def _error(s: str, pos: int, message: str, *_: Any) -> int | None:
    """Raise what is wrong with the pattern."""
    raise LibraryError(message)


_STEPS = {
    "balance": _balance,
    "frontier": _frontier,
    "backreference": _back,
    "end": _end,
    "error": _error,
}
