"""Did you mean: names that come close to one that does not exist. A far one is worse than none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from th7shell.lua import Table

from .context import chain_before
from .members import members, resolve
from .scan import KEYWORDS, tokens

LONG_WORDS = tuple(word for word in KEYWORDS if len(word) > 3)


def near(name: str, *known: Iterable[str]) -> str | None:
    """The name that was probably meant: the same in other capitals, or one or two slips away in a
    word long enough; None for others, and for what looks like a word of the language."""
    every = [n for names in known for n in names if not n.startswith("_")]
    same = [n for n in every if n.lower() == name.lower() and n != name]
    if same:
        return same[0]
    if len(name) < 3 or any(distance(name, word) < 2 for word in LONG_WORDS):
        return None
    allowed = 1 if len(name) < 6 else 2 if len(name) < 12 else 3
    lower = name.lower()
    best = min(
        every,
        key=lambda n: (distance(lower, n.lower()), not _kin(lower, n.lower()), n),
        default=None,
    )
    if best is None or best == name:
        return None
    short = min(len(name), len(best)) < 5 and not _kin(lower, best.lower())
    return best if distance(lower, best.lower()) <= allowed and not short else None


def _kin(a: str, b: str) -> bool:
    """Whether one word begins with the other, or has its letters in another order."""
    return a.startswith(b) or b.startswith(a) or sorted(a) == sorted(b)


def distance(a: str, b: str) -> int:
    """How many slips lie between two words: a letter too many, missing, wrong, or two swapped."""
    if abs(len(a) - len(b)) > 3:
        return 9
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if before and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


def closest(name: str, globals: Table, count: int = 5) -> list[str]:
    """Names like `nn.Linear` that come closest to a dotted name, for help on what does not
    exist."""
    owner, _, last = name.rpartition(".")
    value = resolve(globals, chain_before(tokens(owner))) if owner else globals
    if value is None:
        value, owner = globals, ""
    found = difflib.get_close_matches(last, members(value), count, 0.5)
    return [f"{owner}.{n}" if owner else n for n in found]
