"""Lua source → tokens, by one regular expression.

`tokens(source, chunk)` returns four parallel lists (kinds, values, starts, ends). A kind is the
token's own text for keywords and operators, else 'name', 'string', 'number' or 'eof'. Errors are
worded as LuaJIT's.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ..errors import LuaSyntaxError
from ..numerals import Wide, parse_number, wide
from ..regular import pattern
from .binary import BINARY
from .chunks import chunk_id

KEYWORDS = frozenset(
    "and break do else elseif end false for function goto if in local nil not or repeat return then"
    " true until while".split()
)


def _operators() -> str:
    """A pattern of the operators, the longest first; `--` begins a comment."""
    words = sorted((op for op in (*BINARY, "...", "::") if not op.isalpha()), key=len)
    return "|".join(re.escape(op) + ("(?!-)" if op == "-" else "") for op in reversed(words))


_TOKEN = pattern(
    r"""[ \t\r\n\f\v]*+
    (?:(?P<name>[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)
    | --\[(?P<c>=*)\[.*?\](?P=c)\]
    | --(?!\[=*\[)[^\n\r]*
    | (?P<number>0[xX](?:(?<=[pP])[+-]|[A-Za-z0-9_.\x80-\xff])*
               |\.?[0-9](?:(?<=[eE])[+-]|[A-Za-z0-9_.\x80-\xff])*)
    | (?P<op>OPERATORS|[\#=(){}\];:,.]|\[(?![=\[]))
    | (?P<string>"(?:[^"\\\n\r]|\\(?:\r\n|\n\r|z[ \t\r\n\f\v]*|.))*"
               |'(?:[^'\\\n\r]|\\(?:\r\n|\n\r|z[ \t\r\n\f\v]*|.))*')
    | (?P<long>\[(?P<s>=*)\[.*?\](?P=s)\])
    | (?P<bad>.)
    | \Z)""".replace("OPERATORS", _operators()),
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = pattern(
    r"\\(?:(?P<d>[0-9]{1,3})|x(?P<x>[0-9A-Fa-f]{2})|u\{(?P<u>[0-9A-Fa-f]+)\}"
    r"|(?P<z>z[ \t\r\n\f\v]*)|(?P<nl>\r\n|\n\r|\n|\r)|(?P<c>.))",
    re.DOTALL,
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SIMPLE |= {c: c for c in "\\\"'"}
_EXACT = 1 << 51


def header(source: str) -> int:
    """The number of characters before the code: the mark of a byte order and a first line that
    begins with #, which names the interpreter of a script."""
    start = 3 if source.startswith("\xef\xbb\xbf") else 0
    if source.startswith("#", start):
        end = source.find("\n", start)
        return end if end >= 0 else len(source)
    return start


def tokens(source: str, chunk: str) -> tuple[list[str], list[Any], list[int], list[int]]:
    """Split `source` into tokens; the last one is 'eof'. Raises LuaSyntaxError."""
    kinds: list[str] = []
    values: list[Any] = []
    starts: list[int] = []
    ends: list[int] = []
    keywords = KEYWORDS
    position = header(source)
    for match in _TOKEN.finditer(source, position):
        group = match.lastgroup
        if group is None or group == "c":
            continue
        value: Any = match[group]
        if group == "name":
            kinds.append(value if value in keywords else "name")
        elif group == "op":
            kinds.append(value)
        elif group == "number":
            kinds.append("number")
            text, value = value, number(value)
            if value is None:
                _fail(source, chunk, "malformed number", match.start(group), text)
        elif group == "string":
            kinds.append("string")
            value = value[1:-1]
            if "\\" in value:
                value = _unescape(value, source, chunk, match.start(group))
        elif group == "long":
            kinds.append("string")
            value = _long_text(value)
        else:
            _bad_token(source, chunk, match.start(group))
        values.append(value)
        start, end = match.span(group)
        starts.append(start)
        ends.append(end)
    kinds.append("eof")
    values.append(None)
    starts.append(len(source))
    ends.append(len(source))
    return kinds, values, starts, ends


def number(text: str) -> int | float | Wide | None:
    """Return the value of a Lua numeral, None if it is none; an int if whole and below 2^51."""
    if text[-1] in "lL":
        return wide(text)
    value = parse_number(text)
    return float(value) if value.__class__ is int and value > _EXACT else value


def _long_text(text: str) -> str:
    level = text.index("[", 1) + 1
    text = text[level:-level]
    if "\r" in text:
        text = re.sub(r"\r\n|\n\r|\r", "\n", text)
    return text[1:] if text.startswith("\n") else text


def _unescape(text: str, source: str, chunk: str, start: int) -> str:
    def replace(match: re.Match[str]) -> str:
        kind = match.lastgroup
        value = match.group(kind or 0)
        if kind == "c":
            if value in _SIMPLE:
                return _SIMPLE[value]
        elif kind == "d":
            if int(value) < 256:
                return chr(int(value))
        elif kind == "x":
            return chr(int(value, 16))
        elif kind == "u":
            if int(value, 16) < 0x110000 and not 0xD800 <= int(value, 16) < 0xE000:
                return chr(int(value, 16)).encode().decode("latin-1")
        else:
            return "\n" if kind == "nl" else ""
        near = source[start : start + 1 + match.start()]
        _fail(source, chunk, "invalid escape sequence", start + 1 + match.start(), near)

    return _ESCAPE.sub(replace, text)


def _bad_token(source: str, chunk: str, start: int) -> NoReturn:
    """Say what is wrong with the text at `start`, where no token begins."""
    rest = source[start:]
    if match := re.match(r"--\[=*\[|\[=*\[", rest):
        what = "unfinished long comment" if rest[0] == "-" else "unfinished long string"
        _fail(source, chunk, what, len(source), "<eof>", incomplete=True)
    if match := re.match(r"\[=+", rest):
        _fail(source, chunk, "invalid long string delimiter", start, match.group())
    if rest[0] in "\"'":
        text = re.match(r"(?:[^\\\n\r]|\\(?:\r\n|\n\r|z[ \t\r\n\f\v]*|.))*", rest, re.DOTALL)
        near = text.group() if text else rest
        at_end = len(near) >= len(rest) - rest.endswith("\\")
        _fail(source, chunk, "unfinished string", start + len(near), "<eof>" if at_end else near)
    code = ord(rest[0])
    near = rest[0] if 32 <= code < 127 else f"char({code})"
    _fail(source, chunk, "unexpected symbol", start, near)


def _fail(
    source: str, chunk: str, what: str, offset: int, near: str, incomplete: bool = False
) -> NoReturn:
    line = line_of(source, offset)
    message = f"{chunk_id(chunk)}:{line}: {what} near '{near}'"
    raise LuaSyntaxError(message, line, incomplete, source, offset)


def line_of(source: str, offset: int) -> int:
    """Return the line number of an offset."""
    return len(_NEWLINE.findall(source, 0, offset)) + 1


_NEWLINE = pattern(r"\r\n|\n\r|\n|\r")


def line_starts(source: str) -> list[int]:
    """Return the offset at which each line begins."""
    return [0, *(match.end() for match in _NEWLINE.finditer(source))]
