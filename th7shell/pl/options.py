"""The options that a help text of `pl.lapp` describes.

A line that begins with `-x`, `-x,--long` or `--long` tells a flag, one with `<name>` a positional
argument; `...` behind the name lets there be many. In brackets follow `optional`, a type (`number`,
`string`, `file-in`, a range `1..10`, words `a|b`) and `default VALUE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.numerals import parse_number

from .values import state

FILE_MODES = {"file-in": "r", "file-out": "w"}
KINDS = ("string", "number", "boolean", *FILE_MODES)
STREAMS = {"stdin": "file-in", "stdout": "file-out", "stderr": "file-out"}
BLANK = " \t\n\v\f\r"
_NAME, _LONG, _REST = r"([A-Za-z_]\w*)", r"([A-Za-z_][\w-]*)", r"\s*(\S.*)"
_FLAGS = (
    re.compile(f"-(?P<short>{_NAME}),\\s*--(?P<long>{_LONG})\\s*(?P<rest>\\S.*)", re.ASCII),
    re.compile(f"-(?P<short>{_NAME})\\s*(?P<rest>\\S.*)", re.ASCII),
    re.compile(f"--(?P<long>{_LONG})\\s*(?P<rest>\\S.*)", re.ASCII),
)
_POSITIONAL = re.compile(r"<([^<>]*)>\s*(\S.*)", re.ASCII)
_NUMBER = r"([+\-\d]\d*\.?\d*[eE]?[+\-]?\d*)"
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}", re.ASCII)
_MANY = re.compile(r"\.\.\.\s*", re.ASCII)


class Option:
    """One option: its name, the type of its value, and what makes and checks that."""

    def __init__(self, name: Any, kind: Any, many: bool = False) -> None:
        self.name = name
        self.kind = kind
        self.many = many
        self.default: Any = None
        self.default_text: str | None = None
        self.required = False
        self.converter: Any = None
        self.constraint: Any = None
        self.used = False


class Types:
    """What a help text describes: the options, the names of the positional ones in order, and the
    short names of others."""

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.positional: list[str] = []
        self.aliases: dict[str, str] = {}

    def names(self) -> set[Any]:
        """The options' names."""
        return {option.name for option in self.options}


class Reader:
    """Reads a help text. custom: the program's own types, name → (converter, constraint); fail:
    ends the program with a message."""

    def __init__(
        self,
        custom: dict[str, tuple[Any, Any]],
        slack: bool,
        fail: Callable[[str], Any],
        convert_default: Callable[[Option, str], Any],
    ) -> None:
        self.custom = custom
        self.slack = slack
        self.fail = fail
        self.convert_default = convert_default
        self.types = Types()

    def line(self, line: str) -> None:
        """Read a line; one that is mere text tells nothing."""
        found = next(filter(None, (pattern.match(line) for pattern in _FLAGS)), None)
        if found is not None:
            name, rest, many = self.flag(found.groupdict())
        elif (found := _POSITIONAL.match(line)) is not None:
            name, rest, many = self.argument(found[1], found[2])
        else:
            return
        option = Option(name, "boolean", many)
        self.describe(option, rest)
        self.types.options.append(option)

    def flag(self, found: dict[str, str]) -> tuple[str, str, bool]:
        """The name of a flag, what follows it, and whether it may occur often."""
        short, long, rest = found.get("short"), found.get("long"), found["rest"]
        if short and len(short) != 1 and not self.slack:
            self.fail(f"{short}: short parameters should be one character")
        name = short or ""
        if long:
            name = re.sub(r"[^A-Za-z0-9-]", "_", long)
            name += rest if len(rest) == 1 else ""
            if short:
                self.types.aliases[short] = name
        many = _MANY.match(rest)
        return name, rest[many.end() :] if many else rest, many is not None

    def argument(self, text: str, rest: str) -> tuple[str, str, bool]:
        """The name of a positional argument, what follows it, and whether there may be many."""
        found = re.search(r"([^.]+)(.*)", text)
        name, end = (found[1], found[2]) if found else ("_", "")
        name = re.sub("[^A-Za-z]", "_", name[0]) + re.sub("[^A-Za-z0-9]", "_", name[1:])
        self.types.positional.append(name)
        return name, rest, end == "..."

    def describe(self, option: Option, rest: str) -> None:
        """Take an option's type and default from what follows its name."""
        text = bracketed(rest)
        if text is None:
            option.default = False
            return
        option.kind = None
        word, rest = cut(text)
        optional = word == "optional"
        if optional:
            word, rest = cut(rest)
        default = rest if word == "default" else None
        if word == "default" and not rest:
            self.fail("value must follow default")
        elif word != "default":
            self.typed(option, word)
            found = re.match(r"default\s*(\S.*)", rest, re.ASCII | re.DOTALL)
            default = found[1] if found else None
        if default:
            option.default_text = default
            self.set_default(option, default)
        option.required = option.default is None and not optional
        if option.kind in self.custom:
            converter, option.constraint = self.custom[option.kind]
            if isinstance(converter, str):
                option.kind = converter
            else:
                option.converter = converter
        elif option.kind is not None and option.kind not in KINDS:
            self.fail(f"{option.kind} is unknown type")

    def typed(self, option: Option, word: str) -> None:
        """Give an option the type that a word says."""
        if found := _RANGE.match(word):
            option.kind = "number"
            low, high = parse_number(found[1]), parse_number(found[2])

            def in_range(value: Any) -> None:
                if not low <= value <= high:
                    self.fail(f"{option.name} out of range")

            option.constraint = in_range
        elif "|" in word:
            option.kind = "string"

            def is_one(value: Any) -> None:
                if f"|{value}|" not in f"|{word}|":
                    self.fail(f"value '{value}' not in {word}")

            option.constraint = is_one
        else:
            option.kind = word

    def set_default(self, option: Option, text: str) -> None:
        """Set an option's default, and its type where none is told."""
        number = parse_number(text) if option.kind in (None, "number") else None
        if number is not None:
            option.default, option.kind = number, "number"
        elif text in STREAMS:
            option.default, option.kind = state.globals.io[text], STREAMS[text]
        elif text == "true" and option.kind is None:
            option.default, option.kind = True, "boolean"
        else:
            text = text[1:-1] if text[:1] in "\"'" else text
            plain = Option(option.name, option.kind)
            plain.converter, plain.constraint = self.custom.get(option.kind, (None, None))
            option.default = self.convert_default(plain, text)
            option.kind = option.kind or "string"


def bracketed(text: str) -> str | None:
    """What is in the brackets at the start of a text, None where there are none."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:i].strip(BLANK) if i else None
    return None


def cut(text: str) -> tuple[str, str]:
    """The first word of a text, and the rest."""
    word, *rest = text.split(None, 1) or [""]
    return word, rest[0].strip(BLANK) if rest else ""


def read_usage(
    text: str,
    custom: dict[str, tuple[Any, Any]],
    slack: bool,
    fail: Callable[[str], Any],
    convert_default: Callable[[Option, str], Any],
) -> Types:
    """The options that a help text describes."""
    reader = Reader(custom, slack, fail, convert_default)
    for line in text.split("\n")[:-1]:
        reader.line(line.lstrip(BLANK))
    return reader.types
