"""What of `pl.stringx` works on texts of several lines or words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.string import lower, upper

from .utils import pieces
from .values import check, make_list, new_table, offer, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}
BLANK = " \t\n\v\f\r"
_WORD = re.compile(f"([^{BLANK}])([^{BLANK}]*)")


def stripped(s: str, characters: Any = None) -> str:
    """A string without white space, or some characters, at both ends."""
    return s.strip(BLANK if characters is None else check(1, characters, "string", level=4))


@offer(FUNCTIONS, "title", "capitalize")
def title(s: Any = None, *_: Any) -> str:
    """The string with every word's first letter a capital and the others small."""
    check(1, s, "string")
    return _WORD.sub(lambda word: upper(word[1]) + lower(word[2]), s)


@offer(FUNCTIONS)
def indent(s: Any = None, n: Any = None, filler: Any = None, *_: Any) -> str:
    """The lines of a string moved to the right by n spaces or other characters."""
    check(1, s, "string")
    check(2, n, "number")
    before = (" " if filler is None else filler) * int(n)
    return "\n".join(before + line for line in pieces(s, "\n", True)) + "\n"


@offer(FUNCTIONS)
def dedent(s: Any = None, *_: Any) -> str:
    """The lines of a string moved to the left by what is blank before all of them."""
    check(1, s, "string")
    lines = pieces(s, "\n", True)
    margins = [len(line) - len(line.lstrip(BLANK)) for line in lines if stripped(line)]
    margin = min(margins, default=None)
    return "\n".join("" if margin is None else line[margin:] for line in lines) + "\n"


@offer(FUNCTIONS)
def wrap(s: Any = None, width: Any = None, break_words: Any = None, *_: Any) -> Any:
    """The list of lines of at most 70 or `width` characters into which a text is broken; words
    that are longer stay whole, unless told otherwise."""
    check(1, s, "string")
    text = stripped(s.replace("\n", " "))
    if not text:
        return new_table([""])
    width = 70 if width is None else check(2, width, "number")
    return make_list(_wrapped(text, int(width), true(break_words)))


def _wrapped(text: str, width: int, break_words: bool) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    room = width
    for word in text.translate(_SPACES).split(" "):
        if not word:
            continue
        if line and len(word) > room:
            lines.append(" ".join(line))
            line, room = [], width
        if len(word) > width and not line:
            while break_words and len(word) > width > 0:
                lines.append(word[:width])
                word = word[width:]
            if len(word) > width:
                lines.append(word)
                continue
        line.append(word)
        room -= len(word) + 1
    return [*lines, " ".join(line)] if line else lines


_SPACES = str.maketrans(dict.fromkeys(BLANK, " "))


@offer(FUNCTIONS)
def fill(s: Any = None, width: Any = None, break_words: Any = None, *_: Any) -> Any:
    """A text broken into lines as by `wrap`, as one string."""
    lines = wrap(s, width, break_words)
    return "\n".join(lines[i] for i in range(1, len(lines) + 1)) + "\n"
