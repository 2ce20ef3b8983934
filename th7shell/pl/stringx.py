"""`pl.stringx`: strings as in Python. `texts` holds what works on lines, `templates` what fills in
values. `stringx.import()` makes them methods of every string."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.string import find as find_pattern
from th7shell.lua.stdlib.string import gmatch
from th7shell.lua.stdlib.string_format import format
from th7shell.lua.stdlib.table import concat

from . import templates, texts
from .texts import BLANK, stripped
from .utils import pieces
from .values import (
    LuaError,
    Table,
    check,
    first,
    is_table,
    listed,
    lua_type,
    make_list,
    module,
    new_table,
    offer,
    rawset,
    results,
    state,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
_LINE_END = re.compile("(\r\n|\r|\n)")


def _class(name: str, members: str, doc: str) -> None:
    """Declare a predicate: every character is of a class, and there is one."""
    whole = re.compile(f"[{members}]+\\Z")

    def holds(s: Any = None, *_: Any) -> bool:
        check(1, s, "string")
        return whole.match(s) is not None

    holds.__name__ = name
    holds.__doc__ = f"Whether a string has {doc} only, and at least one."
    FUNCTIONS[name] = holds


_class("isalpha", "A-Za-z", "letters")
_class("isdigit", "0-9", "digits")
_class("isalnum", "A-Za-z0-9", "letters and digits")
_class("isspace", " \t\n\v\f\r", "white space")
_class("islower", "a-z \t\n\v\f\r", "small letters and white space")
_class("isupper", "A-Z \t\n\v\f\r", "capital letters and white space")


def _affixes(given: Any) -> Any:
    if isinstance(given, str):
        return given
    if is_table(given):
        return tuple(each for each in listed(given) if isinstance(each, str))
    raise LuaError(f"argument #2 expected a 'string' or a 'table', got a '{lua_type(given)}'", 3)


@offer(FUNCTIONS)
def startswith(s: Any = None, prefix: Any = None, *_: Any) -> bool:
    """Whether a string begins with another, or with one of a list."""
    check(1, s, "string")
    return s.startswith(_affixes(prefix))


@offer(FUNCTIONS)
def endswith(s: Any = None, suffix: Any = None, *_: Any) -> bool:
    """Whether a string ends with another, or with one of a list."""
    check(1, s, "string")
    return s.endswith(_affixes(suffix))


# ---- strings and lists


@offer(FUNCTIONS)
def join(s: Any = None, values: Any = None, *_: Any) -> Any:
    """The strings and numbers of a list with this string between them."""
    check(1, s, "string")
    return concat(values, s)


@offer(FUNCTIONS)
def splitlines(s: Any = None, keep_ends: Any = None, *_: Any) -> Any:
    """The list of the lines of a string, with their ends if so wanted."""
    check(1, s, "string")
    parts = _LINE_END.split(s)
    ends = [*parts[1::2], ""]
    lines = [a + b if true(keep_ends) else a for a, b in zip(parts[::2], ends)]
    return make_list(lines if parts[-1] else lines[:-1])


@offer(FUNCTIONS)
def split(s: Any = None, separator: Any = None, most: Any = None, *_: Any) -> Any:
    """The list of the pieces of a string between a text (default: white space), at most so many."""
    check(1, s, "string")
    if separator is None:
        return make_list(pieces(s.lstrip(BLANK), None, False, most))
    found = pieces(s, separator, True, most)
    if separator and s.endswith(separator) and (most is None or most > len(found)):
        found.append("")
    return make_list(found)


@offer(FUNCTIONS)
def splitv(s: Any = None, pattern: Any = None, *_: Any) -> Any:
    """The pieces of a string between what matches a pattern (white space), as results."""
    check(1, s, "string")
    return results(tuple(pieces(s, pattern, False)))


@offer(FUNCTIONS)
def expandtabs(s: Any = None, size: Any = None, *_: Any) -> Any:
    """The string with spaces instead of tabs, up to the next multiple of 8 or `size` columns."""
    check(1, s, "string")
    if "\t" not in s:
        return s
    size = 8 if size is None else int(size)

    def spaced(match: Any) -> str:
        return match[1] + (" " * (size - len(match[1]) % size) if size else "")

    return re.sub("([^\t\r\n]*)\t", spaced, s)


# ---- finding and replacing


@offer(FUNCTIONS)
def lfind(s: Any = None, part: Any = None, start: Any = None, last: Any = None, *_: Any) -> Any:
    """The place of the first occurrence of a text, from `start` on and not beyond `last`; nil if
    there is none."""
    check(1, s, "string")
    check(2, part, "string")
    found = find_pattern(s, part, start, True)
    if first(found) is None or (last is not None and found[1] > last):
        return None
    return found[0]


def occurrences(s: str, part: str, start: Any, last: Any, overlapping: bool) -> list[int]:
    """The places at which a text is in a string between two places."""
    places: list[int] = []
    while True:
        found = find_pattern(s, part, start, True)
        if first(found) is None or found[1] > last:
            return places
        places.append(found[0])
        start = found[0] + 1 if overlapping else found[1] + 1


@offer(FUNCTIONS)
def rfind(s: Any = None, part: Any = None, start: Any = None, last: Any = None, *_: Any) -> Any:
    """The place of the last occurrence of a text; nil if there is none."""
    check(1, s, "string")
    check(2, part, "string")
    start = 1 if start is None else start
    last = len(s) if last is None else last
    if part == "":
        return last + 1
    places = occurrences(s, part, start, last, True)
    return places[-1] if places else None


@offer(FUNCTIONS)
def count(s: Any = None, part: Any = None, overlapping: Any = None, *_: Any) -> int:
    """How often a text is in a string."""
    check(1, s, "string")
    check(2, part, "string")
    if part == "":
        return len(s)
    return len(occurrences(s, part, 1, len(s), True)) if true(overlapping) else s.count(part)


@offer(FUNCTIONS)
def replace(s: Any = None, old: Any = None, new: Any = None, most: Any = None, *_: Any) -> Any:
    """The string with a text replaced by another, at most so often."""
    check(1, s, "string")
    check(2, old, "string")
    check(3, new, "string")
    return s.replace(old, new, -1 if most is None else max(int(most), 0))


# ---- stripping and justifying


def _just(s: Any, width: Any, filler: Any, left: bool, right: bool) -> str:
    check(1, s, "string", level=4)
    check(2, width, "number", level=4)
    room = math.ceil(width - len(s))
    if room <= 0:
        return s
    filler = " " if filler is None else filler
    before = room // 2 if left and right else 0 if left else room
    return filler * before + s + filler * (room - before)


@offer(FUNCTIONS)
def ljust(s: Any = None, width: Any = None, filler: Any = None, *_: Any) -> str:
    """The string filled up at the right to a width."""
    return _just(s, width, filler, True, False)


@offer(FUNCTIONS)
def rjust(s: Any = None, width: Any = None, filler: Any = None, *_: Any) -> str:
    """The string filled up at the left to a width."""
    return _just(s, width, filler, False, True)


@offer(FUNCTIONS)
def center(s: Any = None, width: Any = None, filler: Any = None, *_: Any) -> str:
    """The string filled up on both sides to a width."""
    return _just(s, width, filler, True, True)


@offer(FUNCTIONS)
def lstrip(s: Any = None, characters: Any = None, *_: Any) -> str:
    """The string without white space, or some characters, at its start."""
    check(1, s, "string")
    return s.lstrip(BLANK if characters is None else check(1, characters, "string"))


@offer(FUNCTIONS)
def rstrip(s: Any = None, characters: Any = None, *_: Any) -> str:
    """The string without white space, or some characters, at its end."""
    check(1, s, "string")
    return s.rstrip(BLANK if characters is None else check(1, characters, "string"))


@offer(FUNCTIONS)
def strip(s: Any = None, characters: Any = None, *_: Any) -> str:
    """The string without white space, or some characters, at both ends."""
    check(1, s, "string")
    return stripped(s, characters)


# ---- parts


def _nonempty(s: Any) -> bool:
    return s != ""


@offer(FUNCTIONS)
def partition(s: Any = None, separator: Any = None, *_: Any) -> Any:
    """What is before the first occurrence of a text, it, and what follows."""
    check(1, s, "string")
    check(2, separator, "string", _nonempty, "must be a non-empty string")
    place = s.find(separator)
    return (s, "", "") if place < 0 else (s[:place], s[place], s[place + 1 :])


@offer(FUNCTIONS)
def rpartition(s: Any = None, separator: Any = None, *_: Any) -> Any:
    """What is before the last occurrence of a text, it, and what follows."""
    check(1, s, "string")
    check(2, separator, "string", _nonempty, "must be a non-empty string")
    place = s.rfind(separator)
    return ("", "", s) if place < 0 else (s[:place], s[place], s[place + 1 :])


@offer(FUNCTIONS)
def at(s: Any = None, place: Any = None, *_: Any) -> Any:
    """The character at a place; negative places count from the end."""
    check(1, s, "string")
    check(2, place, "number")
    return state.globals.string.sub(s, place, place)


@offer(FUNCTIONS)
def lines(s: Any = None, *_: Any) -> Any:
    """An iterator over the lines of a string."""
    check(1, s, "string")
    return gmatch(s if s.endswith("\n") else s + "\n", "([^\n]*)\n")


@offer(FUNCTIONS)
def shorten(s: Any = None, width: Any = None, tail: Any = None, *_: Any) -> str:
    """The string cut to a width, with `...` for what is left out at its end, or at its start."""
    check(1, s, "string")
    width = int(check(2, width, "number"))
    if len(s) <= width:
        return s
    if width < 3:
        return "..."[: max(width, 0)]
    return "..." + s[len(s) - width + 3 :] if true(tail) else s[: width - 3] + "..."


@offer(FUNCTIONS)
def quote_string(s: Any = None, *_: Any) -> str:
    """The string as Lua source: in long brackets where it has lines or such brackets, else in
    quotes."""
    check(1, s, "string")
    signs = [len(found[2]) for found in re.finditer(r"(?=([\[\]])(=*)\1)", s + "]")]
    if ("\n" in s or signs) and "\r" not in s:
        level = "=" * (max(signs, default=-1) + 1)
        return f"[{level}[" + ("\n" if s.startswith("\n") else "") + f"{s}]{level}]"
    return format("%q", s).replace("\r", "\\r")


@offer(FUNCTIONS, "import")
def import_(*_: Any) -> Any:
    """Make the functions methods of every string."""
    module("utils")["import"](module("stringx"), state.globals.string)
    return ()


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.stringx'`."""
    made = new_table(fields={**FUNCTIONS, **texts.FUNCTIONS, **templates.FUNCTIONS})
    rawset(made, "Template", templates.make_template())
    return made
