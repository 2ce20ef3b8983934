"""string.format: a format string is parsed once into conversions, each a function of the value and
its position."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..regular import pattern
from ..rounding import tie_text, to_print
from ..values import address, number_text, tostring
from .arguments import (
    NONE,
    BadArgument,
    LibraryError,
    check_integer,
    check_number,
    check_string,
)

Conversion = Callable[[Any, int], str]

_SPEC = pattern(r"%([-+ #0]*)(\d{0,2})(?:(\.)(\d{0,2}))?(.?)", re.DOTALL)
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\\n"}
_INT64_MIN = -(2**63)


def format(fmt: Any = NONE, *values: Any) -> str:
    """Build a string from a format and values, as C's printf does, with `%q` for a quoted string.

    Conversions: `%d %i %u %c %x %X %o` of numbers, `%e %E %f %g %G %a %A` of floats, `%s` of
    anything (through `__tostring`), `%q`, `%p`, and `%%`. Example: `("%5.2f|%-4s|"):format(3.14159,
    "ab")`.
    """
    pieces, conversions = _parsed(check_string(1, fmt))
    if len(values) < len(conversions):
        _convert_all(conversions, values)  # an earlier bad argument is reported first
        raise BadArgument(len(values) + 2, "value expected")
    texts = _convert_all(conversions, values)
    out = [pieces[0]]
    for text, literal in zip(texts, pieces[1:]):
        out += (text, literal)
    return "".join(out)


def _convert_all(conversions: tuple[Conversion, ...], values: tuple[Any, ...]) -> list[str]:
    return [convert(v, n) for n, (convert, v) in enumerate(zip(conversions, values), 2)]


@lru_cache(maxsize=1000)
def _parsed(fmt: str) -> tuple[tuple[str, ...], tuple[Conversion, ...]]:
    """Split a format into literal pieces and the conversions between them."""
    pieces, conversions = [""], []
    i = 0
    while (at := fmt.find("%", i)) >= 0:
        pieces[-1] += fmt[i:at]
        if fmt.startswith("%%", at):
            pieces[-1] += "%"
            i = at + 2
            continue
        m = _SPEC.match(fmt, at)
        assert m is not None
        flags, width, dot, digits, letter = m.groups()
        precision = int(digits or 0) if dot else -1
        make = _MAKERS.get(letter)
        if make is None:
            if letter < " ":
                letter = ""
            raise LibraryError(f"invalid option '{fmt[at : m.start(5)]}{letter}' to 'format'")
        conversions.append(make(letter, flags, int(width or 0), precision))
        pieces.append("")
        i = m.end()
    pieces[-1] += fmt[i:]
    return tuple(pieces), tuple(conversions)


def _pad(text: str, flags: str, width: int) -> str:
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _integer(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%d %i %u %x %X %o: 64 bits, a fraction is dropped."""
    if letter in "di" and not flags and not width and precision < 0:
        return lambda v, n: (
            str(v) if v.__class__ is int else str(_int64(check_number(n, v), 2.0**63))
        )
    limit = 2.0**63 if letter in "di" else 2.0**64
    base = {"x": "x", "X": "X", "o": "o"}.get(letter, "d")

    def convert(v: Any, n: int) -> str:
        k = _int64(check_number(n, v), limit)
        sign = ""
        if letter in "di":
            sign = "-" if k < 0 else "+" if "+" in flags else " " if " " in flags else ""
            k = abs(k)
        else:
            k &= 2**64 - 1
        digits = builtins.format(k, base) if k or precision else ""
        if "#" in flags:
            if base == "o":
                digits = "0" + digits.lstrip("0")
            elif base != "d" and k:
                sign = "0" + base
        digits = digits.rjust(precision, "0")
        if "0" in flags and "-" not in flags and precision < 0:
            digits = digits.rjust(width - len(sign), "0")
        return _pad(sign + digits, flags, width)

    return convert


def _int64(v: int | float, limit: float) -> int:
    """Convert as the processor does: towards zero, what does not fit becomes the lowest integer."""
    if v.__class__ is float:
        if not -(2.0**63) <= v < limit:  # inf, nan and too large
            return _INT64_MIN
    return int(v)


def _float(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%e %E %f %F %g %G, as C prints them, but for `rounding`."""
    spec = f"%{flags}{width or ''}{'' if precision < 0 else f'.{precision}'}{letter}"
    if not flags and not width and letter == "g" and precision == 14:
        return lambda v, n: number_text(check_number(n, v))

    digits = precision if precision >= 0 else 6

    def convert(v: Any, n: int) -> str:
        number = check_number(n, v)
        if number.__class__ is float or letter not in "fF":
            if not math.isfinite(number):
                return _not_finite(number, letter, flags, width)
            text = tie_text(number, letter, digits)
            if text is not None:
                return _signed(text, number < 0, flags, width)
            number = to_print(number, letter, digits)
        return spec % number

    return convert


def _signed(digits: str, negative: bool, flags: str, width: int) -> str:
    """Put sign and padding around the digits of a number."""
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if "0" in flags and "-" not in flags:
        digits = digits.rjust(width - len(sign), "0")
    return _pad(sign + digits, flags, width)


def _not_finite(number: float, letter: str, flags: str, width: int) -> str:
    """Write inf and nan, which take neither zeros nor, for nan, a sign."""
    if number != number:
        text = " nan" if " " in flags else "nan"
    else:
        text = "-inf" if number < 0 else "+inf" if "+" in flags else "inf"
        text = " inf" if text == "inf" and " " in flags else text
    return _pad(text.upper() if letter.isupper() else text, flags, width)


def _hexfloat(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%a %A: a float in hexadecimal."""

    def convert(v: Any, n: int) -> str:
        number = float(check_number(n, v))
        if not math.isfinite(number):
            return _not_finite(number, letter, flags, width)
        sign = "-" if math.copysign(1.0, number) < 0 else ""
        sign = sign or ("+" if "+" in flags else " " if " " in flags else "")
        digits = _hexdigits(abs(number), precision, "#" in flags)
        if "0" in flags and "-" not in flags:
            digits = digits.rjust(width - len(sign) - 2, "0")
        text = _pad(f"{sign}0x{digits}", flags, width)
        return text.upper() if letter == "A" else text

    return convert


def _hexdigits(number: float, precision: int, point: bool) -> str:
    """Write a non-negative finite float as `1.8p+1`, rounded to `precision` digits (-1: all that
    are needed)."""
    mantissa, exponent = math.frexp(number)
    bits = int(mantissa * 2**53)  # one digit before the point and 13 behind it
    kept = 13
    if 0 <= precision < 13:
        drop = 4 * (13 - precision)
        bits = (bits + (1 << drop >> 1)) >> drop
        kept = precision
    fraction = f"{bits & ((1 << kept * 4) - 1):0{kept}x}" if kept else ""
    fraction = fraction.rstrip("0") if precision < 0 else fraction.ljust(precision, "0")
    point_text = "." if fraction or point else ""
    return f"{bits >> kept * 4:x}{point_text}{fraction}p{exponent - 1 if number else 0:+d}"


def _character(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%c: the character of a byte value."""
    return lambda v, n: _pad(chr(check_integer(n, v) & 255), flags, width)


def _string(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%s: any value through tostring."""
    if not width and precision < 0:
        return lambda v, n: v if v.__class__ is str else tostring(v)

    def convert(v: Any, n: int) -> str:
        text = tostring(v)
        return _pad(text[:precision] if precision >= 0 else text, flags, width)

    return convert


def _quoted(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%q: a string as a literal that Lua reads back."""
    return lambda v, n: quoted(tostring(v))


def quoted(text: str) -> str:
    """Quote a string as `%q` does: control characters as decimal escapes, newlines behind a
    backslash."""
    out = ['"']
    for i, c in enumerate(text):
        if c in _ESCAPED:
            out.append(_ESCAPED[c])
        elif c < " " or c == "\x7f":
            longer = text[i + 1 : i + 2] in tuple("0123456789")
            out.append(f"\\{ord(c):03d}" if longer else f"\\{ord(c)}")
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


def _pointer(letter: str, flags: str, width: int, precision: int) -> Conversion:
    """%p: an address that tells objects apart."""
    return lambda v, n: f"0x{address(v):08x}"


_MAKERS: dict[str, Callable[[str, str, int, int], Conversion]] = {
    **dict.fromkeys("diuxXo", _integer),
    **dict.fromkeys("eEfFgG", _float),
    **dict.fromkeys("aA", _hexfloat),
    "c": _character,
    "s": _string,
    "q": _quoted,
    "p": _pointer,
}
