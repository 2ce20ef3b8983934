"""Lua patterns: parsed once into items, run by `re` where it is exact and by a backtracking matcher
elsewhere.

`compiled(pattern)` gives an object with `match(s, pos)`, `search(s, pos)` and match objects with
`span`, `start`, `end` and `group`, whichever of the two engines runs it. Errors in a pattern are
items too: as in Lua, they are raised only when matching arrives there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from .backtrack import Backtracker

SPECIALS = frozenset("^$*+?.([%-")  # a pattern without any of these is searched for as plain text
MAX_CAPTURES = 32
MAX_NESTED = 190  # repetitions and captures that `re` may take: more can be "pattern too complex"

_ALL = frozenset(map(chr, range(256)))
_CONTROL = frozenset(map(chr, [*range(32), 127]))
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS = _LOWER | _UPPER
_DIGITS = frozenset("0123456789")
_PUNCTUATION = frozenset("""!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~""")
CLASSES: dict[str, frozenset[str]] = {
    "a": _LETTERS,
    "c": _CONTROL,
    "d": _DIGITS,
    "g": _LETTERS | _DIGITS | _PUNCTUATION,
    "l": _LOWER,
    "p": _PUNCTUATION,
    "s": frozenset(" \t\n\r\v\f"),
    "u": _UPPER,
    "w": _LETTERS | _DIGITS,
    "x": _DIGITS | frozenset("abcdefABCDEF"),
    "z": frozenset("\0"),
}
CLASSES |= {letter.upper(): _ALL - members for letter, members in CLASSES.items()}


class Item(NamedTuple):
    """One step of a pattern: kind and what it needs; `repeat` is one of '', '?', '*', '+', '-' of a
    'set'."""

    kind: str  # set open position close balance frontier backreference end error
    value: Any = None
    repeat: str = ""


class Compiled(NamedTuple):
    """A pattern ready to run. `positions` are the groups that are position captures; `retries` is
    true where a lazy item may match empty, since `re`'s own iteration would then try again at the
    same place."""

    engine: Any  # re.Pattern or Backtracker
    anchored: bool
    groups: int
    positions: frozenset[int]
    retries: bool


def parse(p: str, start: int = 0, members: Any = None) -> list[Item]:
    """Split a pattern into items, up to its end or to the first thing that is wrong with it.

    `members(p, start, end)` gives the set of what a single character of it stands for.
    """
    members = members or _members
    p = p.split("\0", 1)[0]  # Lua ends a pattern at its first zero byte
    items: list[Item] = []
    open_groups: list[int] = []
    groups: list[bool] = []  # one an opened capture: is it closed?
    i, n = start, len(p)

    def wrong(message: str) -> list[Item]:
        return [*items, Item("error", message)]

    while i < n:
        c = p[i]
        if c == "(":
            if len(groups) >= MAX_CAPTURES:
                return wrong("too many captures")
            position = p[i + 1 : i + 2] == ")"
            groups.append(position)
            if position:
                items.append(Item("position"))
                i += 2
            else:
                open_groups.append(len(groups))
                items.append(Item("open"))
                i += 1
        elif c == ")":
            if not open_groups:
                return wrong("invalid pattern capture")
            closed = open_groups.pop()
            groups[closed - 1] = True
            items.append(Item("close", closed))
            i += 1
        elif c == "$" and i + 1 == n:
            items.append(Item("end"))
            i += 1
        elif c == "%" and p[i + 1 : i + 2] == "b":
            if i + 3 >= n:
                return wrong("unbalanced pattern")
            items.append(Item("balance", (p[i + 2], p[i + 3])))
            i += 4
        elif c == "%" and p[i + 1 : i + 2] == "f":
            if p[i + 2 : i + 3] != "[":
                return wrong("missing '[' after '%f' in pattern")
            end = _set_end(p, i + 2)
            if end is None:
                return wrong("malformed pattern (missing ']')")
            items.append(Item("frontier", members(p, i + 2, end)))
            i = end
        elif c == "%" and p[i + 1 : i + 2] in _DIGITS:
            k = int(p[i + 1])
            if not 1 <= k <= len(groups) or not groups[k - 1]:
                return wrong("invalid capture index")
            items.append(Item("backreference", k))
            i += 2
        else:
            if c == "%" and i + 1 >= n:
                return wrong("malformed pattern (ends with '%')")
            end = _set_end(p, i) if c == "[" else i + (2 if c == "%" else 1)
            if end is None:
                return wrong("malformed pattern (missing ']')")
            repeat = p[end : end + 1]
            repeat = repeat if repeat and repeat in "?*+-" else ""
            items.append(Item("set", members(p, i, end), repeat))
            i = end + len(repeat)
    return items


def _set_end(p: str, i: int) -> int | None:
    """Give the place after the `]` that closes the set opened at i; its first member may be a
    `]`."""
    i += 2 if p[i + 1 : i + 2] == "^" else 1
    first = True
    while first or p[i : i + 1] != "]":
        if i >= len(p):
            return None
        i += 2 if p[i] == "%" and i + 1 < len(p) else 1
        first = False
    return i + 1


@lru_cache(maxsize=2000)
def _single(text: str) -> frozenset[str]:
    """Give the characters of `x`, `.`, `%a` or `%.`."""
    if text == ".":
        return _ALL
    if text[0] == "%" and len(text) == 2:
        return CLASSES.get(text[1]) or frozenset(text[1])
    return frozenset(text)


def _members(p: str, start: int, end: int) -> frozenset[str]:
    """Give the characters that the single-character item p[start:end] accepts."""
    if p[start] != "[":
        return _single(p[start:end])
    i, last = start + 1, end - 1
    negated = p[i] == "^"
    i += negated
    members: set[str] = set()
    while i < last:
        if p[i] == "%":
            members |= _single(p[i : i + 2])
            i += 2
        elif p[i + 1] == "-" and i + 2 < last:
            members.update(map(chr, range(ord(p[i]), ord(p[i + 2]) + 1)))
            i += 3
        else:
            members.add(p[i])
            i += 1
    return frozenset(_ALL - members) if negated else frozenset(members)


@lru_cache(maxsize=2000)
def _regex_set(members: frozenset[str]) -> str:
    """Write a set of characters in `re`'s syntax."""
    if len(members) == 256:
        return "."
    if len(members) == 1:
        return re.escape(next(iter(members)))
    codes = sorted(map(ord, members))
    parts = []
    while codes:
        first = last = codes[0]
        while last - first + 1 < len(codes) and codes[last - first + 1] == last + 1:
            last += 1
        del codes[: last - first + 1]
        parts.append(f"\\x{first:02x}" + (f"-\\x{last:02x}" if last > first else ""))
    return f"[{''.join(parts)}]" if parts else r"[^\x00-\xff]"


def _regex_frontier(members: frozenset[str]) -> str:
    """Write `%f[set]`: a zero byte stands before the first and after the last character."""
    if "\0" in members:
        return f"(?<={_regex_set(_ALL - members)})(?:(?={_regex_set(members)})|\\Z)"
    return f"(?<!{_regex_set(members)})(?={_regex_set(members)})"


def _regex(items: list[Item]) -> str | None:
    """Translate items for `re`; None where only the backtracking matcher is exact."""
    out = []
    opened = closed = nested = 0
    positions = set()
    for kind, value, repeat in items:
        if kind == "set":
            nested += bool(repeat)
            out.append(_regex_set(value) + (repeat if repeat != "-" else "*?"))
        elif kind == "open":
            opened += 1
            out.append("(")
        elif kind == "close":
            closed += 1
            out.append(")")
        elif kind == "position":
            opened += 1
            closed += 1
            positions.add(opened)
            out.append("()")
        elif kind == "end":
            out.append(r"\Z")
        elif kind == "frontier":
            out.append(_regex_frontier(value))
        elif kind == "backreference" and value not in positions:
            out.append(rf"(?:\{value})")
        else:
            return None
    return "".join(out) if opened == closed and nested + opened <= MAX_NESTED else None


@lru_cache(maxsize=1000)
def compiled(p: str, anchors: bool = True) -> Compiled:
    """Prepare a pattern; `anchors=False` (gmatch) takes a leading `^` for the character itself."""
    anchored = anchors and p.startswith("^")
    items = parse(p, int(anchored))
    source = _regex(items)
    engine = Backtracker(items) if source is None else re.compile(source, re.DOTALL)
    captures = [item.kind for item in items if item.kind in ("open", "position")]
    positions = frozenset(k for k, kind in enumerate(captures, 1) if kind == "position")
    retries = source is None or any(item.repeat == "-" for item in items)
    return Compiled(engine, anchored, len(captures), positions, retries)


def matches(pattern: Compiled, s: str) -> Iterator[Any]:
    """Iterate over the matches as gsub and gmatch see them: after an empty match, one character
    on."""
    return _retrying(pattern, s) if pattern.retries else pattern.engine.finditer(s)


def _retrying(pattern: Compiled, s: str) -> Iterator[Any]:
    search, pos = pattern.engine.search, 0
    while pos <= len(s) and (m := search(s, pos)):
        yield m
        start, end = m.span()
        pos = end + (end == start)


def captures(pattern: Compiled, m: Any) -> Any:
    """Give a match's captures as a Lua function returns them: the whole match where there are
    none."""
    if not pattern.groups:
        return m.group()
    if not pattern.positions:
        values = m.groups()
    else:
        values = tuple(
            m.start(k) + 1 if k in pattern.positions else m.group(k)
            for k in range(1, pattern.groups + 1)
        )
    return values if len(values) > 1 else values[0]


def capture(pattern: Compiled, m: Any, k: int) -> Any:
    """Give capture k; 0 is the whole match, and so is 1 in a pattern without captures."""
    if k == 0 or (k == 1 and not pattern.groups):
        return m.group()
    return m.start(k) + 1 if k in pattern.positions else m.group(k)
