"""`pl.sip`: simple input patterns, `'$v{name} = $i{size}'`: a letter tells a field's kind.

A pattern becomes a Lua pattern with one capture a field (two for `$q`, a quoted string).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from th7shell.lua import send, state
from th7shell.lua.host import lua_function
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.string import match as match_pattern
from th7shell.lua.stdlib.string_format import quoted

from .values import (
    LuaError,
    Table,
    array,
    loop,
    lua_type,
    new_table,
    results,
    true,
)

PATTERNS = {
    "v": "([%a_][%w_]*)",
    "i": "([+%-%d]%d*)",
    "f": "([%+%-%d]%d*%.?%d*[eE]?[%+%-]?%d*)",
    "o": "([%a_][%w_%-]*)",
    "r": "(%S.*)",
    "p": "([%a]?[:]?[\\/%.%w_]+)",
}
BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
CLASSES = frozenset("acdlpsuwxACDLPSUWX")
NUMBERS = frozenset("dif")
WORDLIKE = frozenset("vifadxlu")  # a blank between these is needed to tell them apart
_MAGIC = frozenset("-.+[]()^%?*")
_PIECE = re.compile(
    r"\$(?P<kind>\S)|\{(?P<name>[A-Za-z]+)\}|(?P<blank>\s+)|(?P<text>.)", re.DOTALL | re.ASCII
)


class Field(NamedTuple):
    """A capture: its name or place, and its kind; 'Q' is the quote before a `$q`."""

    name: Any
    kind: str


class Pattern(NamedTuple):
    """A pattern that was read: the Lua pattern and what its captures are."""

    text: str
    fields: list[Field]

    @property
    def named(self) -> bool:
        """Whether the values go under names."""
        return bool(self.fields) and self.fields[0].name.__class__ is str

    def match(self, line: Any = None, into: Any = None, *_: Any) -> bool:
        """Whether a line matches; the values of its fields are put into a table."""
        found = match_pattern(line, self.text)
        if found is None:
            return False
        captured = found if found.__class__ is tuple else (found,)
        place, named = 0, self.named
        for field, text in zip(self.fields, captured, strict=False):
            if field.name == "_":
                continue
            value = converted(field.kind, text)
            if named:
                into[field.name] = value
            elif field.kind != "Q":
                place += 1
                into[place] = value
        return True

    def source(self) -> str:
        """The same function as Lua text."""
        captured = [f"c{i + 1}" for i in range(max(len(self.fields), 1))]
        stores, place, named = [], 0, self.named
        for field, name in zip(self.fields, captured, strict=False):
            if field.name == "_" or (field.kind == "Q" and not named):
                continue
            place += 1
            code = f"tonumber({name})" if field.kind in NUMBERS else name
            code = f"{name}:sub(2, -2)" if field.kind in BRACKETS else code
            stores.append(f"res[{quoted(field.name) if named else place}] = {code}")
        head = f"local {', '.join(captured)} = s:match({quoted(self.text)})"
        lines = (head, f"if not {captured[0]} then return false end", *stores, "return true")
        return "\n  ".join(["return (function(s, res)", *lines]) + "\nend)\n"


def converted(kind: str, text: str) -> Any:
    """The value of a field: a number, what is inside brackets, or the text."""
    if kind in NUMBERS:
        return parse_number(text)
    return text[1:-1] if kind in BRACKETS else text


def text_argument(n: int, value: Any, kind: str = "string") -> None:
    """Require an argument of a type, in sip's words."""
    if lua_type(value) != kind:
        raise LuaError(f"argument {n} must be {kind}", 3)


def pieces(spec: str) -> tuple[list[tuple[str, str]], list[str] | None]:
    """Split a pattern into ('kind', letter), ('blank', …) and ('text', character) pieces and the
    names of its fields, None where there are none."""
    named = re.search(r"\{[A-Za-z]+\}", spec) is not None
    if spec.endswith("$"):
        spec += "r{rest}" if named else "r"
    found = [(m.lastgroup or "", m[m.lastgroup or 0]) for m in _PIECE.finditer(spec)]
    names = [text for sort, text in found if sort == "name"]
    return [piece for piece in found if piece[0] != "name"], names if named else None


def wordlike(piece: tuple[str, str]) -> bool:
    """Whether a piece touches its neighbour with a letter or digit."""
    sort, text = piece
    if sort == "kind":
        return text in WORDLIKE
    return sort == "text" and (text == "_" or (text.isascii() and text.isalnum()))


def capture(kind: str, custom: dict[str, str], place: int) -> str | None:
    """The Lua pattern of a kind of field; `place` is the number of its first capture."""
    if kind in custom or kind in PATTERNS:
        return custom.get(kind) or PATTERNS[kind]
    if kind == "q":
        return f"([\"'])(.-)%{place}"
    if kind in BRACKETS:
        return f"(%b{kind}{BRACKETS[kind]})"
    return f"(%{kind}+)" if kind in CLASSES else None


def compiled(spec: str, custom: dict[str, str], at_start: bool = False) -> Pattern | None:
    """Read a pattern; None where a field's kind is unknown."""
    split, names = pieces(spec)
    unused = iter(names or ())
    fields: list[Field] = []
    out = ["^"] if at_start else []
    for i, (sort, text) in enumerate(split):
        if text == "$":  # nothing follows that could be a kind
            return None
        if sort == "text":
            out.append("%" + text if text in _MAGIC else text)
        elif sort == "blank":
            ends = 0 < i < len(split) - 1 and wordlike(split[i - 1]) and wordlike(split[i + 1])
            out.append("%s+" if ends else "%s*")
        else:
            place = len(fields) + 1
            pattern = capture(text, custom, place)
            if pattern is None:
                return None
            name = next(unused, place)
            if text == "q":
                fields.append(Field(name, "Q"))
                name = place + 1 if name == place else name
            fields.append(Field(name, text))
            out.append(pattern)
    return Pattern("".join(out), fields)


class Sip:
    """The module of an interpreter: kinds of fields and patterns that a program has added."""

    def __init__(self) -> None:
        self.custom: dict[str, str] = {}
        self.known: dict[tuple[str, bool], Any] = {}
        self.registered: list[tuple[Pattern, Any]] = []

    def read_pattern(self, spec: Any, options: Any) -> Pattern | None:
        text_argument(1, spec)
        start = isinstance(options, Table) and true(options["at_start"])
        return compiled(spec, self.custom, start)

    def create_pattern(self, spec: Any = None, options: Any = None, *_: Any) -> Any:
        """The Lua pattern of a pattern, the names or places of its captures and their kinds."""
        pattern = self.read_pattern(spec, options)
        if pattern is None:
            return UNKNOWN
        names = [field.name for field in pattern.fields]
        kinds = new_table()
        for field in pattern.fields:
            kinds[field.name] = field.kind
        return pattern.text, new_table(names), kinds

    def compile(self, spec: Any = None, options: Any = None, *_: Any) -> Any:
        """A function (line, table) that tells whether a line matches and puts the values into the
        table, and whether they have names; nil and a message for a pattern that is wrong."""
        pattern = self.read_pattern(spec, options)
        return UNKNOWN if pattern is None else (lua_function(pattern.match), pattern.named)

    def create_spec_fun(self, spec: Any = None, options: Any = None, *_: Any) -> Any:
        """The Lua text of the function that `compile` gives, and whether the values have names."""
        pattern = self.read_pattern(spec, options)
        return UNKNOWN if pattern is None else (pattern.source(), pattern.named)

    def match(
        self, spec: Any = None, line: Any = None, res: Any = None, options: Any = None, *_: Any
    ) -> Any:
        """Whether a line matches a pattern; the values are put into the table."""
        text_argument(1, spec)
        text_argument(2, line)
        text_argument(3, res, "table")
        start = isinstance(options, Table) and true(options["at_start"])
        pattern = self.known.get((spec, start)) or compiled(spec, self.custom, start)
        if pattern is None:
            raise LuaError(UNKNOWN[1], 2)
        self.known[spec, start] = pattern
        return pattern.match(line, res)

    def match_at_start(self, spec: Any = None, line: Any = None, res: Any = None, *_: Any) -> Any:
        """`match` at the start of the line only."""
        return self.match(spec, line, res, new_table(fields={"at_start": True}))

    def fields(self, spec: Any = None, f: Any = None, *_: Any) -> Any:
        """An iterator over the values of the lines of a file that match."""
        text_argument(1, spec)
        if not true(f):
            return None, "no file object"
        pattern = compiled(spec, self.custom)
        if pattern is None:
            return UNKNOWN

        def step(*_: Any) -> Any:
            while (line := send(f, "read")) is not None:
                values = new_table()
                if pattern.match(line, values):
                    return results(tuple(array(values)))
            return None

        return step

    def pattern(self, spec: Any = None, fun: Any = None, *_: Any) -> Any:
        """Add a pattern and the function that `read` calls with a line's values."""
        text_argument(1, spec)
        pattern = compiled(spec, self.custom)
        if pattern is None:
            return UNKNOWN
        self.registered.append((pattern, fun))
        return ()

    def read(self, f: Any = None, matches: Any = None, *_: Any) -> Any:
        """Call for each line of a file the function of the first pattern that it matches: of those
        in the list of {pattern, function} and those added before."""
        if not true(f):
            return None, "no file object"
        owned = f.__class__ is str
        if owned:
            opened = state.globals.io.open(f)
            if opened.__class__ is tuple:
                return opened[:2]
            f = opened
        for entry in array(matches) if true(matches) else ():
            self.pattern(entry[1], entry[2])
        for line in loop(send(f, "lines")):
            self.offer_line(line)
        if owned:
            send(f, "close")
        return ()

    def offer_line(self, line: str) -> None:
        """Hand a line to the first pattern that it matches."""
        for pattern, function in self.registered:
            values = new_table()
            if pattern.match(line, values):
                if true(function):
                    function(*([values] if pattern.named else array(values)))
                return

    def custom_pattern(self, flag: Any = None, patt: Any = None, *_: Any) -> Any:
        """Give a letter a Lua pattern with one capture."""
        self.custom[flag] = patt
        return ()


UNKNOWN = (None, "unknown format type or character class")
NAMES = (
    "create_pattern create_spec_fun compile match match_at_start fields pattern read custom_pattern"
).split()


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.sip'`."""
    sip = Sip()
    return new_table(fields={name: lua_function(getattr(sip, name)) for name in NAMES})
