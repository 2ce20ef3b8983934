"""How numbers round when they are printed: as the digit generator of Torch's LuaJIT does, a value
exactly halfway between two decimals goes away from zero.

C and Python take the even one. So a value that is a tie is replaced by the next one away from zero,
which lies on the right side, before Python formats it: `("%.4f"):format(0.03125)` is 0.0313.
"""

from __future__ import annotations

import math

_WHOLE = 2.0**53  # from here on floats have no fraction
_FEW = 15  # so many digits do not show that another value is printed


def is_tie(value: float, letter: str, digits: int) -> bool:
    """Whether a finite value is halfway between two results of the conversion %.<digits><letter>,
    for letters of efg."""
    if letter not in "fF":
        if not value or (digits < _FEW and value * 9.0 - value * 8.0 != value):
            return False  # the last binary digits are in use: it has more than 15 decimal ones
        if letter in "gG":
            digits = max(digits - 1, 0)
        digits -= int(f"{value:.20e}".partition("e")[2])
    if digits >= 0:  # behind the point: a tie has just one binary digit more
        return -_WHOLE < value < _WHOLE and math.ldexp(value, digits + 1) % 2 == 1
    if value % 1:
        return False
    unit = 10**-digits
    return abs(int(value)) % unit * 2 == unit


def _shows_few(value: float, letter: str, digits: int) -> bool:
    return digits <= _FEW and (letter not in "fF" or abs(value) * 10.0**digits < 10.0**_FEW)


def to_print(value: float, letter: str, digits: int) -> float:
    """Return what stands for a finite value in a conversion %.<digits><letter> of Python's; ties of
    many digits are `tie_text`'s."""
    if _shows_few(value, letter, digits) and is_tie(value, letter, digits):
        return math.nextafter(value, math.copysign(math.inf, value))
    return value


def tie_text(value: float, letter: str, digits: int) -> str | None:
    """Return the digits of a tie that shows many of them, without its sign; None if it is none."""
    if _shows_few(value, letter, digits) or not is_tie(value, letter, digits):
        return None
    text = f"%#.{digits}{letter}" % abs(value)
    mantissa, e, exponent = text.partition("E" if letter.isupper() else "e")
    from decimal import Decimal  # few numbers need it

    if Decimal(text) < Decimal(value).copy_abs():  # rounded down: the last digit is even
        mantissa = mantissa[:-1] + str(int(mantissa[-1]) + 1)
    return mantissa + e + exponent


def formatted(spec: str, value: float) -> str:
    """Return a number by a conversion such as "%.3f", rounded as Lua's string.format rounds."""
    if value.__class__ is float and math.isfinite(value):
        precision = spec.partition(".")[2][:-1]
        value = to_print(value, spec[-1], int(precision) if precision else 6)
    return spec % value
