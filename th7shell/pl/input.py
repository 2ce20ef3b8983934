"""`pl.input`: words, numbers and fields from a string, a file or standard input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import send, state
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.base import tonumber
from th7shell.lua.stdlib.string import find, match

from .loaded import module
from .sip import PATTERNS
from .values import LuaError, first, index, is_table, items, new_table, offer, results, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def alltokens(getter: Any = None, pattern: Any = None, fn: Any = None, *_: Any) -> Any:
    """An iterator over the matches of a pattern in the lines that `getter()` gives, handed through
    `fn`. The first line is read at once."""
    line, place = first(getter()), 1

    def step(*_: Any) -> Any:
        nonlocal line, place
        while true(line):
            found = find(line, pattern, place)
            if found is not None:
                place = found[1] + 1
                token = line[found[0] - 1 : found[1]]
                return token if fn is None else first(fn(token))
            line, place = first(getter()), 1
        return None

    return step


@offer(FUNCTIONS)
def create_getter(f: Any = None, *_: Any) -> Callable[..., Any]:
    """A function that gives the next line of a string or file-like object, of standard input
    without one."""
    if not true(f):
        return state.globals.io.read
    if f.__class__ is str:
        lines = iter(f.removesuffix("\n").split("\n") if f else [])
        return lambda *_: next(lines, None)
    if not true(index(f, "read")):
        raise LuaError("not a file-like object", 2)
    return lambda *_: send(f, "read")


@offer(FUNCTIONS)
def numbers(f: Any = None, *_: Any) -> Any:
    """An iterator over the numbers in a source."""
    return alltokens(create_getter(f), PATTERNS["f"], tonumber)


@offer(FUNCTIONS)
def words(f: Any = None, *_: Any) -> Any:
    """An iterator over the words, letters and digits, in a source."""
    return alltokens(create_getter(f), "%w+")


def line_pattern(wanted: list[Any], last: int, delimiter: Any) -> str:
    """A Lua pattern that captures the wanted ones of the first `last` fields of a line."""
    blank = not true(delimiter) or delimiter == " "
    inside = "[^%s]*" if blank else f"[^{delimiter}]*"
    places, parts = list(wanted), []
    for i in range(1, last + 1):
        captured = bool(places) and places[0] == i
        if captured:
            del places[0]
        parts.append(f"({inside})" if captured else inside)
    return ("%s*" if blank else "") + ("%s+" if blank else delimiter).join(parts)


@offer(FUNCTIONS)
def fields(ids: Any = None, delim: Any = None, f: Any = None, opts: Any = None, *_: Any) -> Any:
    """An iterator over fields of lines: those in the list `ids`, or the first `ids`. They become
    numbers; what does not is an error that ends the program, unless `opts.no_fail`.

    opts.no_convert: leave the fields as they are. Lines that lack fields are skipped.
    """
    options = opts if is_table(opts) else new_table()
    keep, lenient = true(options["no_convert"]), true(options["no_fail"])
    getter = create_getter(f)
    wanted = [int(i) for _key, i in items(ids)] if is_table(ids) else list(range(1, int(ids) + 1))
    pattern = line_pattern(wanted, max(wanted, default=0), delim)
    count = 0

    def step(*_: Any) -> Any:
        nonlocal count
        while true(line := first(getter())):
            count += 1
            found = match(line, pattern)
            if found is None:
                continue
            values = found if found.__class__ is tuple else (found,)
            if keep:
                return results(values)
            read = [parse_number(text) for text in values]
            if None in read and not lenient:
                text = values[read.index(None)]
                module("utils").quit(f"line {count}: cannot convert '{text}' to number")
            chosen = zip(read, values, strict=True)
            return results(tuple(t if n is None else n for n, t in chosen))
        return None

    return step
