"""The string library: pieces, case, patterns, repetition. Positions are 1-based and may count from
the end."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

from ..runtime import first, index
from ..values import lua_type, number_text
from .arguments import (
    MAX_INTEGER,
    MAX_RESULTS,
    NONE,
    BadArgument,
    LibraryError,
    check_function,
    check_integer,
    check_string,
    opt_integer,
    opt_string,
)
from .patterns import SPECIALS, Compiled, capture, captures, compiled, matches
from .string_format import format

MAX_STRING = 0x7FFFFF00  # bytes; a longer string is "not enough memory"
_USUAL = (1 << 30) - 1  # the largest position that is looked at first
_AT_ONCE = 10_000  # bytes of a subject whose matches are all found at the first step

_UPPER = {c: c - 32 for c in range(ord("a"), ord("z") + 1)}
_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


def sub(s: Any = NONE, i: Any = NONE, j: Any = None, *_: Any) -> str:
    """Cut the piece from position i to j (default: the end): `("torch"):sub(2, -2)` is "orc"."""
    if s.__class__ is str and i.__class__ is int and j.__class__ is int and 0 < i <= j <= _USUAL:
        return s[i - 1 : j]
    if s.__class__ is not str:
        s = check_string(1, s)
    if i.__class__ is not int or i > MAX_INTEGER:
        i = check_integer(2, i)
    if j is None:
        j = -1
    elif j.__class__ is not int or j > MAX_INTEGER:
        j = check_integer(3, j)
    if j < 0:
        j += len(s) + 1
    if i < 0:
        i += len(s) + 1
    if i < 1:
        i = 1
    return s[i - 1 : j] if j >= i else ""


def byte(s: Any = NONE, i: Any = None, j: Any = None, *_: Any) -> Any:
    """Give the byte values at positions i (default 1) to j (default i)."""
    if s.__class__ is str and j is None and i.__class__ is int and 0 < i <= len(s):
        return ord(s[i - 1])
    i = opt_integer(2, i, 1)
    piece = sub(s, i, opt_integer(3, j, i))
    if len(piece) > MAX_RESULTS:
        raise LibraryError("string slice too long")
    return ord(piece) if len(piece) == 1 else tuple(map(ord, piece))


def char(*codes: Any) -> str:
    """Make a string of byte values 0 to 255."""
    values = [check_integer(n, c) for n, c in enumerate(codes, 1)]
    for n, value in enumerate(values, 1):
        if not 0 <= value <= 255:
            raise BadArgument(n, "invalid value")
    return "".join(map(chr, values))


def length(s: Any = NONE, *_: Any) -> int:
    """Count the bytes of a string."""
    return len(s if s.__class__ is str else check_string(1, s))


def lower(s: Any = NONE, *_: Any) -> str:
    """Turn A-Z into a-z."""
    s = check_string(1, s)
    return s.lower() if s.isascii() else s.translate(_LOWER)


def upper(s: Any = NONE, *_: Any) -> str:
    """Turn a-z into A-Z."""
    s = check_string(1, s)
    return s.upper() if s.isascii() else s.translate(_UPPER)


def reverse(s: Any = NONE, *_: Any) -> str:
    """Give the bytes in reverse order."""
    return check_string(1, s)[::-1]


def rep(s: Any = NONE, n: Any = NONE, sep: Any = None, *_: Any) -> str:
    """Repeat a string n times, with sep between: `("ab"):rep(3, ",")` is "ab,ab,ab"."""
    s, n, sep = check_string(1, s), check_integer(2, n), opt_string(3, sep, "")
    if n <= 0:
        return ""
    if (len(s) + len(sep)) * n > MAX_STRING:
        raise MemoryError
    return s * n if not sep else (s + sep) * (n - 1) + s


def dump(f: Any = NONE, strip: Any = None, *_: Any) -> str:
    """Write a Lua function as a string that `load` reads back, without its upvalues' values."""
    from .dumping import dump_function  # needed by few programs

    return dump_function(check_function(1, f), strip)


def _start(s: str, init: Any) -> int:
    """Turn the optional argument `init` of find and match into a 0-based place; past the end is no
    match."""
    i = opt_integer(3, init, 1)
    return max(i + len(s), 0) if i < 0 else max(i - 1, 0)


def find(s: Any = NONE, p: Any = NONE, init: Any = None, plain: Any = None, *_: Any) -> Any:
    """Find the first match of a pattern from init on: its first and last position, then its
    captures.

    With `plain` true the pattern is ordinary text. Example: `("key = value"):find("(%w+) = (%w+)")`
    gives 1, 11, "key", "value".
    """
    if s.__class__ is not str or p.__class__ is not str:
        s, p = check_string(1, s), check_string(2, p)
    start = _start(s, init) if init is not None else 0
    if start > len(s):
        return None
    if (plain is not None and plain is not False) or SPECIALS.isdisjoint(p):
        at = s.find(p, start)
        return None if at < 0 else (at + 1, at + len(p))
    pattern = compiled(p)
    engine = pattern.engine
    m = engine.match(s, start) if pattern.anchored else engine.search(s, start)
    if m is None:
        return None
    first_place, end = m.span()
    if not pattern.groups:
        return first_place + 1, end
    found = captures(pattern, m)
    return (first_place + 1, end, *(found if pattern.groups > 1 else (found,)))


def match(s: Any = NONE, p: Any = NONE, init: Any = None, *_: Any) -> Any:
    """Give the captures of the first match of a pattern from init on, or the match if it has
    none."""
    if s.__class__ is not str or p.__class__ is not str:
        s, p = check_string(1, s), check_string(2, p)
    start = _start(s, init) if init is not None else 0
    if start > len(s):
        return None
    pattern = compiled(p)
    engine = pattern.engine
    m = engine.match(s, start) if pattern.anchored else engine.search(s, start)
    return None if m is None else captures(pattern, m)


_WHOLE = operator.methodcaller("group")


def gmatch(s: Any = NONE, p: Any = NONE, *_: Any) -> Callable[..., Any]:
    """Give an iterator over the captures of all matches: `for word in s:gmatch("%a+") do … end`."""
    if s.__class__ is not str or p.__class__ is not str:
        s, p = check_string(1, s), check_string(2, p)
    pattern = compiled(p, anchors=False)
    if not pattern.retries and not pattern.positions and len(s) <= _AT_ONCE:
        values: Any = iter(pattern.engine.findall(s))  # captures, or whole matches
    else:
        found = matches(pattern, s)
        values = map(partial(captures, pattern) if pattern.groups else _WHOLE, found)

    def step(*_: Any) -> Any:
        return next(values, None)

    # what a `for` may run over, if it has as many variables
    step.ħvalues = max(pattern.groups, 1), values  # type: ignore[attr-defined]
    return step


def gsub(
    s: Any = NONE, p: Any = NONE, repl: Any = NONE, limit: Any = None, *_: Any
) -> tuple[str, int]:
    """Replace the matches of a pattern, at most `limit` of them; give the new string and their
    number.

    repl: a string in which `%1` stands for a capture and `%0` for the match; a table, looked up by
    the first capture; or a function of the captures. Where a table or function gives nil or false
    the match stays as it is. Example: `("hello world"):gsub("o", "0", 1)` gives "hell0 world", 1.
    """
    if s.__class__ is not str or p.__class__ is not str:
        s, p = check_string(1, s), check_string(2, p)
    kind = repl.__class__
    if kind is int or kind is float:
        repl, kind = number_text(repl), str
    pattern = compiled(p)
    if kind is str:
        if "%" not in repl and limit is None and not pattern.retries and not pattern.anchored:
            return pattern.engine.subn(repl.replace("\\", "\\\\"), s)
        replace = _by_template(repl)
    else:
        replace = _by_value(repl)
    count = opt_integer(4, limit, len(s) + 1)
    out: list[str] = []
    done = replaced = 0
    if count > 0:
        if pattern.anchored:
            found: Any = filter(None, (pattern.engine.match(s, 0),))
        else:
            found = matches(pattern, s)
        for m in found:
            start, end = m.span()
            out.append(s[done:start])
            out.append(replace(pattern, m))
            done = end
            replaced += 1
            if replaced >= count:
                break
    out.append(s[done:])
    return "".join(out), replaced


def _by_template(repl: str) -> Callable[[Compiled, Any], str]:
    """Prepare a replacement string: literal pieces and numbers of captures."""
    parts: list[Any] = []
    i = 0
    while (at := repl.find("%", i)) >= 0:
        parts.append(repl[i:at])
        code = repl[at + 1 : at + 2] or "\0"  # a final % yields a zero byte, as in Lua
        parts.append(int(code) if code in "0123456789" else code)
        i = at + 2
    parts.append(repl[i:])

    def replace(pattern: Compiled, m: Any) -> str:
        out: list[str] = []
        for part in parts:
            if part.__class__ is int:
                if part > max(pattern.groups, 1):
                    raise LibraryError("invalid capture index")
                part = str(capture(pattern, m, part))
            out.append(part)
        return "".join(out)

    return replace


def _by_value(repl: Any) -> Callable[[Compiled, Any], str]:
    """Prepare a replacement by a function or a table."""
    kind = "nil" if repl is NONE else lua_type(repl)
    if kind == "function":

        def value_of(pattern: Compiled, m: Any) -> Any:
            found = captures(pattern, m)
            return repl(*found) if pattern.groups > 1 else repl(found)
    elif kind == "table":

        def value_of(pattern: Compiled, m: Any) -> Any:
            return index(repl, capture(pattern, m, 1))
    else:
        raise BadArgument(3, "string/function/table expected")

    def replace(pattern: Compiled, m: Any) -> str:
        value = value_of(pattern, m)
        if value.__class__ is tuple:
            value = first(value)
        if value.__class__ is str:
            return value
        if value is None or value is False:
            return m.group()
        if value.__class__ is int or value.__class__ is float:
            return number_text(value)
        raise LibraryError(f"invalid replacement value (a {lua_type(value)})")

    return replace


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "byte": byte,
    "char": char,
    "dump": dump,
    "find": find,
    "format": format,
    "gmatch": gmatch,
    "gsub": gsub,
    "len": length,
    "lower": lower,
    "match": match,
    "rep": rep,
    "reverse": reverse,
    "sub": sub,
    "upper": upper,
}
