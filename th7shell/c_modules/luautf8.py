"""Lua's `lua-utf8`: the string library over characters of UTF-8, and what Unicode knows of them.
Upstream: starwing/luautf8.

Positions are those of characters but where a function says bytes. Bytes that are no UTF-8 stay as
they are, each a character of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from th7shell.lua import BadArgument, LuaError, Table, first, lua_type, new_table, tostring
from th7shell.lua.runtime import index
from th7shell.lua.stdlib.arguments import (
    NONE,
    check_integer,
    check_string,
    opt_integer,
    opt_string,
    type_name,
)
from th7shell.lua.stdlib.patterns import capture, captures, matches

from . import utf8
from .unicode_patterns import compiled

_ESCAPE = re.compile(r"%(?:([ux]?)(\{([^}]*)\}|[0-9a-fA-F]+)|(.))", re.DOTALL)
_REPLACEMENT = "\xef\xbf\xbd"


def _chars(n: int, value: Any) -> str:
    """An argument as characters."""
    return check_string(n, value).encode("latin-1").decode("utf-8", "surrogateescape")


def _bytes(text: str) -> str:
    """Characters as a Lua string."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _valid(n: int, value: Any) -> str:
    """An argument that must be UTF-8, as characters."""
    try:
        return check_string(n, value).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        raise LuaError("invalid UTF-8 code", 1) from None


def _character(code: float) -> str:
    """The character of a code point, argument 1."""
    if not 0 <= code < 0x110000:
        raise BadArgument(1, "value out of range")
    return chr(int(code))


def _range(i: int, j: int, size: int) -> tuple[int, int]:
    """The slice that two positions name, counted from the end where they are negative."""
    i = i if i >= 0 else max(size + i + 1, 0)
    j = j if j >= 0 else size + j + 1
    return max(i, 1) - 1, max(min(j, size), 0)


def len_(s: Any = NONE, i: Any = None, j: Any = None, lax: Any = None, *_: Any) -> Any:
    """How many characters begin from byte i (1) to byte j (-1); nil and a place where the bytes
    are no UTF-8, unless `lax`: then what goes on with the byte before is no character."""
    if lax in (None, False):
        return utf8.len_(s, i, j)
    text = check_string(1, s)
    start, end = _range(opt_integer(2, i, 1), opt_integer(3, j, -1), len(text))
    return sum(1 for c in text[start:end] if not "\x80" <= c < "\xc0")


def sub(s: Any = NONE, i: Any = NONE, j: Any = None, *_: Any) -> str:
    """The characters from i to j (-1)."""
    text = _chars(1, s)
    start, end = _range(opt_integer(2, i, 1), opt_integer(3, j, -1), len(text))
    return _bytes(text[start:end])


def byte(s: Any = NONE, i: Any = None, j: Any = None, *_: Any) -> Any:
    """The code points of the characters from i (1) to j (i)."""
    text = _chars(1, s)
    place = opt_integer(2, i, 1)
    if j is None and not -len(text) <= place <= len(text):
        return ()
    start, end = _range(place, opt_integer(3, j, place), len(text))
    return tuple(_code(c) for c in text[start:end])


def _code(character: str) -> int:
    code = ord(character)
    return code - 0xDC00 if 0xDC80 <= code < 0xDD00 else code


def reverse(s: Any = NONE, lax: Any = None, *_: Any) -> str:
    """The characters in reverse; marks stay behind the character they belong to, unless `lax`."""
    if lax not in (None, False):
        return _bytes(_chars(1, s)[::-1])
    groups: list[str] = []
    for character in _valid(1, s):
        if groups and unicodedata.category(character).startswith("M"):
            groups[-1] += character
        else:
            groups.append(character)
    return _bytes("".join(reversed(groups)))


def _mapping(name: str, convert: Callable[[str], str], doc: str) -> Callable[..., Any]:
    def function(s: Any = NONE, *_: Any) -> Any:
        if s.__class__ is int or s.__class__ is float:
            made = convert(_character(s))
            return ord(made) if len(made) == 1 else s
        if s.__class__ is not str:
            raise BadArgument(1, f"number/string expected, got {type_name(s)}")
        return _bytes(convert(_chars(1, s)))

    function.__name__, function.__doc__ = name, f"{doc} A code point gives a code point."
    return function


def _each(convert: Callable[[str], str]) -> Callable[[str], str]:
    """Convert characters one to one: those that would become several stay."""
    return lambda text: "".join(m if len(m := convert(c)) == 1 else c for c in text)


def escape(s: Any = NONE, *_: Any) -> str:
    """A string in which `%228`, `%{228}`, `%u228`, `%xE4` and `%x{E4}` become characters."""

    def character(found: re.Match[str]) -> str:
        kind, number, braced, other = found.groups()
        if other is not None:
            if other in "ux":
                return other
            return str(other)
        digits = number if braced is None else braced
        rest = ""
        if kind != "x" and braced is None:
            count = len(re.match(r"\d*", digits)[0])  # type: ignore[index]
            digits, rest = digits[:count], digits[count:]
            if not digits:
                return kind + rest
        try:
            return utf8.encoded(int(digits, 16 if kind == "x" else 10)) + rest
        except ValueError:
            allowed = "0123456789abcdefABCDEF" if kind == "x" else "0123456789"
            wrong = ([c for c in digits if c not in allowed] or ["}"])[0]
            raise LuaError(f"invalid escape '{wrong}'", 1) from None

    return _ESCAPE.sub(character, check_string(1, s))


def _step(places: list[tuple[int, int]], at: int, n: int) -> Any:
    """The byte and code of the character `n` after the one that byte `at` is part of, or `-n`
    before that byte."""
    here = sum(1 for place, _ in places if place < at) - 1
    wanted = here + n if n >= 0 else sum(1 for place, _ in places if place < at - 1) + n
    if not 0 <= wanted < len(places):
        return ()
    return places[wanted][0] + 1, places[wanted][1]


def next(s: Any = NONE, i: Any = None, n: Any = None, *_: Any) -> Any:
    """The byte and code of the next character after byte i: `for place, code in utf8.next, s do`;
    of the n-th after it, or before it, if n is given."""
    text = check_string(1, s)
    at = opt_integer(2, i, 0)
    if n is None and i is not None and 0 < at <= len(text):  # in a loop: no list of all places
        found = utf8.decoded(text, at - 1, True)
        end = found[1] if found else at
        if end >= len(text):
            return ()
        return end + 1, (utf8.decoded(text, end, True) or (ord(text[end]),))[0]
    return _step(list(utf8.characters(text)), at, opt_integer(3, n, 1))


def charpos(s: Any = NONE, i: Any = None, n: Any = None, *_: Any) -> Any:
    """The byte and code of the n-th character, from byte i if both are given:
    `utf8.charpos(s [[, i], n])`."""
    text = check_string(1, s)
    places = list(utf8.characters(text))
    if n is None:
        count = opt_integer(2, i, 0)
        return (
            _step(places, 0, max(count, 1)) if count >= 0 else _step(places, len(text) + 1, count)
        )
    at = check_integer(2, i)
    at = at if at >= 0 else max(len(text) + at + 1, 0)
    return _step(places, at, check_integer(3, n))


def insert(s: Any = NONE, i: Any = NONE, given: Any = None, *_: Any) -> str:
    """A string with another before its i-th character, or at the end:
    `utf8.insert(s [, i], text)`."""
    text = _chars(1, s)
    if given is None:
        return _bytes(text) + check_string(2, i)
    at = check_integer(2, i)
    at = at - 1 if at > 0 else len(text) + at
    at = min(max(at, 0), len(text))
    return _bytes(text[:at]) + check_string(3, given) + _bytes(text[at:])


def remove(s: Any = NONE, i: Any = None, j: Any = None, *_: Any) -> str:
    """A string without the characters from i (-1) to j (-1)."""
    text = _chars(1, s)
    start, end = _range(opt_integer(2, i, -1), opt_integer(3, j, -1), len(text))
    return _bytes(text[:start] + text[max(start, end) :])


# ---- patterns


def _start(text: str, init: Any) -> int:
    at = opt_integer(3, init, 1)
    return max(at - 1 if at > 0 else len(text) + at if at < 0 else 0, 0)


def _found(value: Any) -> Any:
    """Captures as Lua values."""
    if value.__class__ is tuple:
        return tuple(_found(v) for v in value)
    return _bytes(value) if value.__class__ is str else value


def _first_match(text: str, p: Any, start: int) -> Any:
    pattern = compiled(_chars(2, p))
    engine = pattern.engine
    return pattern, engine.match(text, start) if pattern.anchored else engine.search(text, start)


def find(s: Any = NONE, p: Any = NONE, init: Any = None, plain: Any = None, *_: Any) -> Any:
    """As string.find, over characters."""
    text = _chars(1, s)
    start = _start(text, init)
    if start > len(text):
        return None
    if plain not in (None, False):
        wanted = _chars(2, p)
        at = text.find(wanted, start)
        return None if at < 0 else (at + 1, at + len(wanted))
    pattern, m = _first_match(text, p, start)
    if m is None:
        return None
    begin, end = m.span()
    found = _found(captures(pattern, m)) if pattern.groups else ()
    return (begin + 1, end, *(found if found.__class__ is tuple else (found,)))


def match(s: Any = NONE, p: Any = NONE, init: Any = None, *_: Any) -> Any:
    """As string.match, over characters."""
    text = _chars(1, s)
    start = _start(text, init)
    if start > len(text):
        return None
    pattern, m = _first_match(text, p, start)
    return None if m is None else _found(captures(pattern, m))


def gmatch(s: Any = NONE, p: Any = NONE, *_: Any) -> Callable[..., Any]:
    """As string.gmatch, over characters."""
    pattern = compiled(_chars(2, p), anchors=False)
    found = matches(pattern, _chars(1, s))

    def step(*_: Any) -> Any:
        for m in found:
            return _found(captures(pattern, m))
        return None

    return step


def gsub(
    s: Any = NONE, p: Any = NONE, repl: Any = NONE, limit: Any = None, *_: Any
) -> tuple[str, int]:
    """As string.gsub, over characters."""
    text, pattern = _chars(1, s), compiled(_chars(2, p))
    kind = type_name(repl)
    if kind not in ("string", "number", "function", "table"):
        raise BadArgument(3, "string/function/table expected")
    count = opt_integer(4, limit, len(text) + 1)
    parts, done, replaced = [], 0, 0
    found: Any = matches(pattern, text)
    if pattern.anchored:
        found = filter(None, (pattern.engine.match(text, 0),))
    for m in found if count > 0 else ():
        start, end = m.span()
        parts += [_bytes(text[done:start]), _replacement(pattern, m, repl, kind)]
        done, replaced = end, replaced + 1
        if replaced >= count:
            break
    return "".join([*parts, _bytes(text[done:])]), replaced


def _replacement(pattern: Any, m: Any, repl: Any, kind: str) -> str:
    """What replaces a match."""
    if kind in ("string", "number"):
        return _filled(pattern, m, tostring(repl))
    if kind == "table":
        value = index(repl, _found(capture(pattern, m, 1)))
    else:
        given = _found(captures(pattern, m))
        value = first(repl(*given) if given.__class__ is tuple else repl(given))
    if value is None or value is False:
        return _bytes(m.group())
    if lua_type(value) not in ("string", "number"):
        raise LuaError(f"invalid replacement value (a {lua_type(value)})", 1)
    return tostring(value)


def _filled(pattern: Any, m: Any, template: str) -> str:
    """A replacement text with captures for %0 … %9."""

    def part(found: re.Match[str]) -> str:
        sign = found[1]
        if sign == "%":
            return "%"
        if not sign.isdigit():
            raise LuaError("invalid use of '%' in replacement string", 1)
        if int(sign) > max(pattern.groups, 1):
            raise LuaError(f"invalid capture index %{sign} in replacement string", 1)
        return tostring(_found(capture(pattern, m, int(sign))))

    return re.sub(r"%(.?)", part, template, flags=re.DOTALL)


# ---- what Unicode knows


def _width(character: str, ambiguous: int, default: int) -> int:
    category = unicodedata.category(character)
    if category in ("Mn", "Me"):
        return 0
    if category in ("Cf", "Cs", "Cn"):
        return default
    wide = unicodedata.east_asian_width(character)
    return 2 if wide in "WF" else ambiguous if wide == "A" else 1


def _window(s: Any, i: Any, j: Any, n: int) -> list[tuple[int, int, str]]:
    """The characters that begin from byte i (1), argument n, to byte j (-1): their first and last
    bytes, and themselves."""
    text = check_string(1, s)
    size = len(text)
    start, end = opt_integer(n, i, 1), opt_integer(n + 1, j, size)
    start = start if start >= 0 else size + start + 1
    end = end if end >= 0 else size + end + 1
    if not 1 <= start <= size + 1 or not start - 1 <= end:
        raise BadArgument(n, "out of range")
    found = []
    at = 0
    for character in _chars(1, text):
        taken = len(character.encode("utf-8", "surrogateescape"))
        if start <= at + 1 <= end:
            found.append((at + 1, at + taken, character))
        at += taken
    return found


def width(
    s: Any = NONE, i: Any = None, j: Any = None, ambiguous: Any = None, default: Any = None, *_: Any
) -> int:
    """The columns that a string, or the character of a code point, takes on a terminal:
    `utf8.width(s [, i, j [, ambiguous (1) [, default (0)]]])`, i and j in bytes."""
    wide, none = opt_integer(4, ambiguous, 1), opt_integer(5, default, 0)
    if s.__class__ is int or s.__class__ is float:
        return _width(_character(s), wide, none)
    if s.__class__ is not str:
        raise BadArgument(1, f"number/string expected, got {type_name(s)}")
    return sum(_width(c, wide, none) for _, _, c in _window(s, i, j, 2))


def widthindex(
    s: Any = NONE,
    columns: Any = NONE,
    i: Any = None,
    j: Any = None,
    ambiguous: Any = None,
    default: Any = None,
    *_: Any,
) -> Any:
    """The character that takes a column: its position, which of its columns that is, its width."""
    characters = _window(s, i, j, 3)
    wanted = check_integer(2, columns)
    if wanted <= 0:
        return 1, 0, 0
    wide, none = opt_integer(5, ambiguous, 1), opt_integer(6, default, 0)
    passed = 0
    for position, (_b, _e, character) in enumerate(characters, 1):
        taken = _width(character, wide, none)
        if wanted <= passed + taken:
            return position, wanted - passed, taken
        passed += taken
    return len(characters)


def widthlimit(
    s: Any = NONE,
    limit: Any = NONE,
    i: Any = None,
    j: Any = None,
    ambiguous: Any = None,
    default: Any = None,
    *_: Any,
) -> tuple[int, int]:
    """Where to cut so that `limit` columns are kept: the last byte of what begins a string, or the
    first of what ends it if limit is negative; and the columns that are left over."""
    characters = _window(s, i, j, 3)
    room = check_integer(2, limit)
    wide, none = opt_integer(5, ambiguous, 1), opt_integer(6, default, 0)
    at_end, left = room < 0, abs(room)
    first_byte = opt_integer(3, i, 1)
    place = (characters[-1][1] if characters else first_byte - 1) + 1 if at_end else first_byte - 1
    for begin, end, character in reversed(characters) if at_end else characters:
        taken = _width(character, wide, none)
        if taken > left:
            break
        left -= taken
        place = begin if at_end else end
    return place, -left if at_end else left


def ncasecmp(a: Any = NONE, b: Any = NONE, *_: Any) -> int:
    """-1, 0 or 1: how two strings compare, letters of either case taken as equal."""
    one, two = (_each(str.lower)(_chars(n, s)) for n, s in ((1, a), (2, b)))
    return (one > two) - (one < two)


def isvalid(s: Any = NONE, *_: Any) -> bool:
    """Whether a string is UTF-8."""
    return invalidoffset(s) is None


def invalidoffset(s: Any = NONE, i: Any = None, *_: Any) -> int | None:
    """The first byte, from byte i, that is no UTF-8; nil where all is."""
    text = check_string(1, s)
    start = opt_integer(2, i, 1)
    at = max(start if start >= 0 else len(text) + start + 1, 1) - 1
    try:
        text[at:].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        return at + error.start + 1
    return None


def clean(s: Any = NONE, replacement: Any = None, *_: Any) -> tuple[str, bool]:
    """A string with another (U+FFFD) in place of bytes that are no UTF-8, and whether there were
    none."""
    text = _chars(1, s)
    other = opt_string(2, replacement, _REPLACEMENT) or ""
    if not isvalid(other):
        raise BadArgument(2, "replacement string must be valid UTF-8")
    parts = re.split("[\udc80-\udcff]+", text)
    return other.join(map(_bytes, parts)), len(parts) == 1


def normalize_nfc(s: Any = NONE, *_: Any) -> tuple[str, bool]:
    """A string in Unicode's Normal Form C, and whether it was."""
    text = _valid(1, s)
    made = unicodedata.normalize("NFC", text)
    return _bytes(made), made == text


def isnfc(s: Any = NONE, *_: Any) -> bool:
    """Whether a string is in Unicode's Normal Form C."""
    return normalize_nfc(s)[1]


MAPPINGS = (
    _mapping("lower", _each(str.lower), "In small letters."),
    _mapping("upper", _each(str.upper), "In capital letters."),
    _mapping("title", str.title, "Words beginning with capital letters."),
    _mapping("fold", str.casefold, "As case is left out of account in comparisons."),
)
FUNCTIONS = (
    *(sub, byte, reverse, escape, next, charpos, insert, remove),
    *(find, match, gmatch, gsub, width, widthindex, widthlimit, ncasecmp),
    *(isvalid, invalidoffset, clean, normalize_nfc, isnfc),
    *MAPPINGS,
)
FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return `lua-utf8`; no global is set."""
    fields = {**utf8.FUNCTIONS, "len": len_, "charpattern": utf8.CHARPATTERN}
    return new_table(fields=fields | {f.__name__: f for f in FUNCTIONS})
