"""Lua values of JSON texts, with the messages and the liberties of the original: any bytes in
strings, and numbers as C reads them. Plain texts are read by `quick`."""

from __future__ import annotations

import math
import re
from typing import Any

from th7shell.lua import Table, TorchError, rawset

from .null import NULL
from .quick import FAILED, quick
from .settings import Settings

_NUMBER = re.compile(
    r"([+-]?)(?:0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?"
    r"|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(inf(?:inity)?)|(nan(?:\(\w*\))?))",
    re.IGNORECASE | re.ASCII,
)
_SPACES = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00]*')
_ODD_NUMBER = re.compile(r"\+|-?0[0-9x]|-?(?:inf|nan)", re.IGNORECASE)
_HEX4 = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPES = dict(zip('"\\/btnfr', '"\\/\b\t\n\f\r', strict=True))
_WORDS = (
    ("true", "T_BOOLEAN", True),
    ("false", "T_BOOLEAN", False),
    ("null", "T_NULL", NULL),
)
_MARKS = {
    "{": "T_OBJ_BEGIN",
    "}": "T_OBJ_END",
    "[": "T_ARR_BEGIN",
    "]": "T_ARR_END",
    ",": "T_COMMA",
    ":": "T_COLON",
    "\0": "T_END",
}
_NUMERIC = frozenset("-0123456789")
_VALUE_STARTS = frozenset('fiInNt+"') | _NUMERIC
_WITH_VALUE = frozenset(("T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL"))  # kinds of tokens


def decode(text: str, settings: Settings) -> Any:
    """The value of a text. Errors name what was expected and where."""
    if len(text) > 1 and "\0" in text[:2]:
        raise TorchError("JSON parser does not support UTF-16 or UTF-32")
    value = quick(text, settings)
    return Decoder(text, settings).whole() if value is FAILED else value


def number_of(value: float) -> float:
    """A number as Lua holds it: integral ones as ints, except -0."""
    if value.is_integer() and abs(value) <= 2**53:
        return int(value) if value or math.copysign(1, value) > 0 else value
    return value


class _Wrong(Exception):
    """What a token should have been is not known where it is read: the error is made above."""


class Decoder:
    """Reads one text, token by token; `at` is the place of the next one."""

    def __init__(self, text: str, settings: Settings) -> None:
        self.text = text + "\0"
        self.settings = settings
        self.at = 0
        self.start = 0  # of the token read last, or the place of what is wrong in it
        self.wrong = ""  # what is wrong in it

    def whole(self) -> Any:
        """The value that the text is."""
        value = self.value()
        kind, _ = self.token()
        if kind != "T_END":
            raise self.unexpected("the end", kind)
        return value

    def unexpected(self, wanted: str, kind: str) -> TorchError:
        found = self.wrong or kind
        return TorchError(f"Expected {wanted} but found {found} at character {self.start + 1}")

    def value(self) -> Any:
        """Read a value; what it nests in is on a list, not on Python's stack."""
        open_tables: list[tuple[Table, Any]] = []  # with the index or name of what is read next
        kind, value = self.token()
        while True:
            if kind == "T_OBJ_BEGIN" or kind == "T_ARR_BEGIN":
                self.descend(len(open_tables) + 1)
                value = Table()
                is_object = kind == "T_OBJ_BEGIN"
                kind, name = self.token()
                if kind != ("T_OBJ_END" if is_object else "T_ARR_END"):
                    open_tables.append((value, self.name(kind, name) if is_object else 1))
                    if is_object:
                        kind, name = self.token()
                    value = name
                    continue
            elif kind not in _WITH_VALUE:
                raise self.unexpected("value", kind)
            while True:  # the value is complete: put it where it belongs
                if not open_tables:
                    return value
                table, key = open_tables[-1]
                rawset(table, key, value)
                is_object = key.__class__ is str
                kind, value = self.token()
                if kind == ("T_OBJ_END" if is_object else "T_ARR_END"):
                    value, _ = open_tables.pop()
                    continue
                if kind != "T_COMMA":
                    raise self.unexpected(
                        f"comma or {'object' if is_object else 'array'} end", kind
                    )
                kind, value = self.token()
                following: Any = self.name(kind, value) if is_object else key + 1
                open_tables[-1] = table, following
                if is_object:
                    kind, value = self.token()
                break

    def descend(self, depth: int) -> None:
        if depth > self.settings.decode_depth:
            raise TorchError(
                f"Found too many nested data structures ({depth}) at character {self.at}"
            )

    def name(self, kind: str, name: Any) -> str:
        """The name of a field, after which a colon is read."""
        if kind != "T_STRING":
            raise self.unexpected("object key string", kind)
        kind, _ = self.token()
        if kind != "T_COLON":
            raise self.unexpected("colon", kind)
        return name

    def token(self) -> tuple[str, Any]:
        """Read the next token: its kind and its value. A wrong one has the kind `T_ERROR`."""
        text = self.text
        self.wrong = ""
        self.start = self.at = _SPACES.match(text, self.at).end()  # type: ignore[union-attr]
        character = text[self.at]
        mark = _MARKS.get(character)
        if mark is not None:
            self.at += mark != "T_END"
            return mark, None
        try:
            if character == '"':
                return "T_STRING", self.string()
            return self.scalar(character)
        except _Wrong as wrong:
            self.wrong = str(wrong)
            self.start = self.at
            return "T_ERROR", None

    def scalar(self, character: str) -> tuple[str, Any]:
        """Read a number or a word: its kind and its value."""
        if character in _NUMERIC:
            if not self.settings.read_invalid and _ODD_NUMBER.match(self.text, self.at):
                raise _Wrong("invalid number")
            return "T_NUMBER", self.number()
        for word, kind, value in _WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return kind, value
        odd = character in _VALUE_STARTS and _ODD_NUMBER.match(self.text, self.at)
        if not odd or not self.settings.read_invalid:
            raise _Wrong("invalid token")
        return "T_NUMBER", self.number()

    def number(self) -> float:
        """Read a number as C's strtod does."""
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            raise _Wrong("invalid number")
        sign, whole, fraction, power, decimal, infinite, _ = found.groups()
        self.at = found.end()
        if decimal is not None:
            value = float(decimal)
        elif infinite is not None:
            value = math.inf
        elif whole is None:
            value = math.nan
        elif not whole and not fraction:  # 0x alone is 0, read up to the x
            self.at = found.start() + len(sign) + 1
            value = 0.0
        else:
            try:
                value = float.fromhex(f"0x{whole or 0}.{fraction or 0}p{power or 0}")
            except OverflowError:
                value = math.inf
        return number_of(-value if sign == "-" else value)

    def string(self) -> str:
        """Read a string."""
        text, parts = self.text, []
        self.at += 1
        while True:
            plain = _PLAIN.match(text, self.at)
            parts.append(plain[0])  # type: ignore[index]
            self.at = plain.end()  # type: ignore[union-attr]
            character = text[self.at]
            if character == '"':
                self.at += 1
                return "".join(parts)
            if character == "\0":
                raise _Wrong("unexpected end of string")
            if text[self.at + 1] == "u":
                parts.append(self.code_point())
                continue
            escaped = _ESCAPES.get(text[self.at + 1])
            if escaped is None:
                raise _Wrong("invalid escape code")
            parts.append(escaped)
            self.at += 2

    def code_point(self) -> str:
        r"""Read \uXXXX, or two that are a pair of UTF-16: its UTF-8 bytes."""
        found = _HEX4.match(self.text, self.at)
        code = int(found[1], 16) if found else 0xDC00
        end = self.at + 6
        if code & 0xF800 == 0xD800:
            low = _HEX4.match(self.text, end)
            if code & 0x400 or low is None or int(low[1], 16) & 0xFC00 != 0xDC00:
                raise _Wrong("invalid unicode escape code")
            code = ((code & 0x3FF) << 10 | int(low[1], 16) & 0x3FF) + 0x10000
            end += 6
        self.at = end
        return chr(code).encode("utf-8").decode("latin-1")
