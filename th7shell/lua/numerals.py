"""Numerals: strings that read as Lua numbers, in `tonumber`, in arithmetic on strings and in source
code."""

from __future__ import annotations

import math

from .records import Slotted
from .regular import pattern

_SPACE = " \t\n\v\f\r"
_DECIMAL = pattern(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_HEX = pattern(r"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]+))?\Z")
_BINARY = pattern(r"([+-]?)0[bB]([01]+)\Z")
_NAMED = {"inf": math.inf, "infinity": math.inf, "nan": math.nan}
_WIDE = pattern(r"(?:0[xX]([0-9a-fA-F]+)|([0-9]+))([uU]?)[lL][lL]\Z")
MAX_EXACT = 2**53
_FAR = 1 << 20  # an exponent as good as any beyond


class Wide(Slotted):
    """A literal of a 64-bit integer: its value without sign."""

    value: int
    unsigned: bool


def wide(text: str) -> Wide | None:
    """Read a literal such as `1LL` or `0x10ULL`; None where the text is none."""
    m = _WIDE.match(text)
    if m is None or len(text) > 40:
        return None
    value = int(m[1], 16) if m[1] else int(m[2])
    return Wide(value, bool(m[3])) if value < 1 << 64 else None


def parse_number(text: str) -> int | float | None:
    """Read a numeral: decimal, `0x` hexadecimal with fraction and binary exponent, `0b` binary,
    inf, nan.

    White space around it is skipped; None where the text is not a number.
    """
    text = text.strip(_SPACE)
    if _DECIMAL.match(text):
        value = float(text)
        if value.is_integer() and -MAX_EXACT <= value <= MAX_EXACT and value:
            return int(value)
        return value if value or text.startswith("-") else 0
    m = _HEX.match(text)
    if m and (m[2] or m[3]):
        sign, whole, fraction, exponent = m.groups()
        value = int(whole + fraction or "0", 16)
        number = scaled(value, _exponent(exponent or "0") - 4 * len(fraction))
        if sign == "-":
            number = -number if number else -0.0
        return number
    if m := _BINARY.match(text):
        return parse_number(f"{m[1]}{int(m[2], 2)}")
    bare = text.lstrip("+-").lower()
    if bare in _NAMED and len(text) - len(bare) <= 1:
        return -_NAMED[bare] if text.startswith("-") else _NAMED[bare]
    return None


def _exponent(text: str) -> int:
    digits = text.lstrip("+-0")
    size = int(digits or 0) if len(digits) < 7 else _FAR
    return -size if text[0] == "-" else size


def scaled(mantissa: int, exponent: int) -> int | float:
    """Give mantissa·2^exponent as a Lua number: an int where it is exact, inf where it is too
    large."""
    if exponent >= 0 and exponent < 64 and mantissa << exponent <= MAX_EXACT:
        return mantissa << exponent
    try:
        value = math.ldexp(mantissa, exponent) if mantissa else 0
    except OverflowError:
        bits = mantissa.bit_length() - 64  # a mantissa beyond a double's range may still scale down
        try:
            value = math.ldexp(mantissa >> bits, exponent + bits) if bits > 0 else math.inf
        except OverflowError:
            value = math.inf
    if value and value == value // 1 and value <= MAX_EXACT:
        return int(value)
    return value
