"""`pl.luabalanced`: pieces of Lua in a text, from a place on: strings, brackets, comments,
expressions, lists of them.

Each `match_…(text, place)` gives the piece and the place behind it, nil and the same place where
there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua.numerals import MAX_EXACT

from .values import LuaError, call, new_table, offer, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}
_PIECE = re.compile(
    r"""(?P<blank>[ \t\n\r\f\v]+)
    | (?P<comment>--\[(?P<c>=*)\[.*?\](?P=c)\]|--[^\n]*\n?)
    | (?P<string>(?P<q>["'])(?:\\.|(?!(?P=q))[^\\])*(?P=q)|\[(?P<s>=*)\[.*?\](?P=s)\])
    | (?P<broken>["']|\[=*\[)
    | (?P<word>[A-Za-z0-9_]+)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<operator>[=~<>]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSES = {")": "(", "}": "{", "]": "["}
_OPERATORS = frozenset(("and", "or", "not"))
_NAMES = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*", re.ASCII)
_COMMA = re.compile(r"\s*,\s*", re.ASCII)


def pieces(s: str, start: int) -> Iterator[tuple[str, str, int]]:
    """Kind, text and place (from 0) of what a text consists of, from a place on."""
    for m in _PIECE.finditer(s, start):
        kind = m.lastgroup or ""
        if kind == "broken":
            raise LuaError("syntax error", 1)
        yield kind, m.group(), m.start()


def bracket_end(s: str, start: int) -> int:
    """The place behind what the bracket at a place opens."""
    opened: list[str] = []
    for kind, text, place in pieces(s, start):
        if kind == "open":
            opened.append(text)
        elif kind == "close":
            if not opened or opened.pop() != _CLOSES[text]:
                break
            if not opened:
                return place + 1
    raise LuaError("syntax error: unbalanced", 1)


def expression_end(s: str, start: int) -> int:
    """The place behind an expression: at what cannot go on with it, a word after a value, a comma,
    a bracket that it did not open."""
    value, skip = False, start
    for kind, text, place in pieces(s, start):
        if place < skip or kind in ("blank", "comment"):
            continue
        if kind == "close" or (kind == "operator" and text in ";,="):
            return place
        if kind == "word":
            if value and text not in _OPERATORS:
                return place
            value = text not in _OPERATORS
        elif kind == "open":
            skip, value = bracket_end(s, place), True
        else:
            value = kind == "string"
    return len(s)


def start_of(pos: Any) -> int:
    """The place, from 0, that a function was given from 1."""
    return max(-MAX_EXACT, min(int(pos), MAX_EXACT)) - 1 if true(pos) else 0


def one(s: str, start: int, kind: str) -> Any:
    """The piece at a place if it is of a kind."""
    found = next(pieces(s, start), None)
    if found is None or found[0] != kind:
        return None, start + 1
    return found[1], start + len(found[1]) + 1


@offer(FUNCTIONS)
def match_string(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """A string in quotes or long brackets."""
    return one(s, start_of(pos), "string")


@offer(FUNCTIONS)
def match_comment(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """A comment, with its line's end."""
    return one(s, start_of(pos), "comment")


@offer(FUNCTIONS)
def match_bracketed(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """What stands in brackets that fit each other, strings and comments in them apart."""
    start = start_of(pos)
    if s[start : start + 1] not in ("(", "{", "["):
        return None, start + 1
    text, behind = one(s, start, "string")
    if text is None:
        behind = bracket_end(s, start) + 1
    return s[start : behind - 1], behind


@offer(FUNCTIONS)
def match_expression(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """An expression, with the blanks behind it."""
    start = start_of(pos)
    end = expression_end(s, start)
    return s[start:end], end + 1


@offer(FUNCTIONS)
def match_namelist(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """A list of names."""
    names, place = listed(s, start_of(pos), name_end)
    return new_table(name.rstrip() for name in names), place + 1


@offer(FUNCTIONS)
def match_explist(s: Any = None, pos: Any = None, *_: Any) -> Any:
    """A list of expressions."""
    values, place = listed(s, start_of(pos), expression_end)
    return new_table(values), place + 1


def name_end(s: str, start: int) -> int:
    """The place behind a name and blanks, the same where there is none."""
    m = _NAMES.match(s, start)
    return m.end() if m else start


def listed(s: str, place: int, end_of: Callable[[str, int], int]) -> tuple[list[str], int]:
    """What stands between commas, and the place behind it."""
    found: list[str] = []
    comma = None
    while True:
        start = comma.end() if comma else place
        end = end_of(s, start)
        if end == start:
            return found, place
        found.append(s[start:end])
        place = end
        comma = _COMMA.match(s, place)
        if comma is None:
            return found, place


@offer(FUNCTIONS)
def gsub(s: Any = None, f: Any = None, *_: Any) -> str:
    """Replace pieces of code: f(kind, piece) gives the new one, nil keeps it. The kinds are 'c'
    comment, 's' string, 'e' anything else."""
    out, plain = [], ""

    def replaced(kind: str, text: str) -> str:
        if not text:
            return text
        new = call(f, kind, text)
        return new if true(new) else text

    for kind, text, _place in pieces(s, 0):
        if kind in ("comment", "string"):
            out += [replaced("e", plain), replaced(kind[0], text)]
            plain = ""
        else:
            plain += text
    return "".join([*out, replaced("e", plain)])
