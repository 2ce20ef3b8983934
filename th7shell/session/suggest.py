"""Did you mean: the names closest to one that does not exist, found from the error's text and the
failing line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from th7shell.lua import Table
from th7shell.session.context import chain_before
from th7shell.session.members import members, resolve
from th7shell.session.packages import PACKAGES
from th7shell.session.scan import Token, tokens

MISSING = re.compile(
    r"attempt to (?:call|index|perform arithmetic on|concatenate|get length of) "
    r"(global|field|method) '(\w+)'"
)
MODULE = re.compile(r"module '([^']+)' not found")


def hint(message: str, line: str, globals: Table) -> str | None:
    """ "did you mean torch.randn?" for a message such as "attempt to call field 'rnadn'", or
    None."""
    if found := MODULE.search(message):
        return _ask("", _closest(found[1], PACKAGES))
    found = MISSING.search(message)
    if not found:
        return None
    what, name = found.groups()
    if what == "global":
        return _ask("", _closest(name, members(globals)))
    words = tokens(line)
    for i, word in enumerate(words):
        if word.text == name and i >= 2 and words[i - 1].text in (".", ":"):
            owner = resolve(globals, chain_before(words[: i - 1]))
            prefix = line[_start(words, i - 2) : words[i - 1].end]
            return _ask(prefix, _closest(name, members(owner))) if owner is not None else None
    return None


def closest(name: str, globals: Table, count: int = 5) -> list[str]:
    """Names like `nn.Linear` that come closest to a dotted name, for help on what does not
    exist."""
    owner, _, last = name.rpartition(".")
    value = resolve(globals, chain_before(tokens(owner))) if owner else globals
    if value is None:
        value, owner = globals, ""
    near = difflib.get_close_matches(last, members(value), count, 0.5)
    return [f"{owner}.{n}" if owner else n for n in near]


def _closest(name: str, names: object) -> str | None:
    near = difflib.get_close_matches(name, list(names), 1, 0.6)  # type: ignore[call-overload]
    return near[0] if near and near[0] != name else None


def _start(words: Sequence[Token], i: int) -> int:
    while i >= 2 and words[i - 1].text in (".", ":"):
        i -= 2
    return words[i].start


def _ask(prefix: str, name: str | None) -> str | None:
    return f"did you mean {prefix}{name}?" if name else None
