"""The math library."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .arguments import NONE, check_number
from .tausworthe import Tausworthe

EXACT = 2.0**53

_generator = Tausworthe()


def whole(x: float) -> int | float:
    """Carry an integral float as an int where that is exact."""
    return int(x) if -EXACT <= x <= EXACT and (x or math.copysign(1.0, x) > 0) else x


_NUMBERS: Any = frozenset((int, float))
_floor, _root = math.floor, math.sqrt


def floor(x: Any = NONE, *_: Any) -> int | float:
    """Round down to an integer."""
    kind = x.__class__
    if kind is int:
        return x
    if kind is not float:
        x = check_number(1, x)
    if x.__class__ is float and -EXACT < x < EXACT and x:
        return _floor(x)
    return x


def ceil(x: Any = NONE, *_: Any) -> int | float:
    """Round up to an integer."""
    if x.__class__ is int:
        return x
    x = check_number(1, x)
    if x.__class__ is float and -EXACT < x < EXACT and x:
        return math.ceil(x) if x > 0 or x <= -1 else -0.0
    return x


def absolute(x: Any = NONE, *_: Any) -> int | float:
    """Give |x|."""
    return abs(check_number(1, x))


def sqrt(x: Any = NONE, *_: Any) -> float:
    """Give the square root; nan for a negative number."""
    if x.__class__ is not float:
        x = check_number(1, x)
    return _root(x) if x >= 0 else x if x != x else math.nan


def _unary(
    name: str,
    f: Callable[[float], float],
    page: str,
    overflow: Callable[[float], float] | None = None,
) -> Callable[..., float]:
    """Make a function of one number. Outside its domain it gives nan, beyond a double's range
    inf."""

    def compute(x: Any = NONE, *_: Any) -> float:
        if x.__class__ is not float:
            x = check_number(1, x)
        try:
            return f(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow(x) if overflow else math.inf

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = page
    return compute


def _guarded_log(f: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: f(x) if x else -math.inf


_ln, _log2, _log10 = map(_guarded_log, (math.log, math.log2, math.log10))


def log(x: Any = NONE, base: Any = NONE, *_: Any) -> float:
    """Give the logarithm to a base, by default e."""
    x = check_number(1, x)
    try:
        if base is NONE:
            return _ln(x)
        denominator = _log2(check_number(2, base))
        return _log2(x) * (
            1.0 / denominator if denominator else math.copysign(math.inf, denominator)
        )
    except ValueError:
        return math.nan


def atan2(y: Any = NONE, x: Any = NONE, *_: Any) -> float:
    """Give the angle of the point (x, y)."""
    return math.atan2(check_number(1, y), check_number(2, x))


def power(x: Any = NONE, y: Any = NONE, *_: Any) -> float:
    """Give x^y."""
    from ..runtime import power as lua_power  # the operator's own rule

    return lua_power(check_number(1, x), check_number(2, y))


def fmod(x: Any = NONE, y: Any = NONE, *_: Any) -> int | float:
    """Give the remainder of x/y with the sign of x."""
    try:
        rest = math.fmod(check_number(1, x), check_number(2, y))
    except ValueError:
        return math.nan
    return whole(rest) if rest.is_integer() else rest


def modf(x: Any = NONE, *_: Any) -> tuple[float, float]:
    """Split a number into its integral part and its fraction."""
    fraction, integral = math.modf(check_number(1, x))
    return whole(integral), whole(fraction) if not fraction else fraction


def frexp(x: Any = NONE, *_: Any) -> tuple[float, int]:
    """Split x into m·2^e with m in [0.5, 1); gives m, e."""
    return math.frexp(check_number(1, x))


def ldexp(m: Any = NONE, e: Any = NONE, *_: Any) -> float:
    """Give m·2^e."""
    m, e = check_number(1, m), check_number(2, e)
    if e != e:
        return math.nan
    exponent = int(max(-5000.0, min(5000.0, e)))
    try:
        return math.ldexp(m, exponent)
    except OverflowError:
        return math.copysign(math.inf, m)


def maximum(a: Any = NONE, b: Any = NONE, *more: Any) -> int | float:
    """Give the largest of its arguments."""
    if a.__class__ in _NUMBERS and b.__class__ in _NUMBERS and not more:
        return a if a > b else b
    best = check_number(1, a)
    for n, x in enumerate((b, *more) if b is not NONE else (), 2):
        x = check_number(n, x)
        if not best > x:
            best = x
    return best


def minimum(a: Any = NONE, b: Any = NONE, *more: Any) -> int | float:
    """Give the smallest of its arguments."""
    if a.__class__ in _NUMBERS and b.__class__ in _NUMBERS and not more:
        return a if a < b else b
    best = check_number(1, a)
    for n, x in enumerate((b, *more) if b is not NONE else (), 2):
        x = check_number(n, x)
        if not best < x:
            best = x
    return best


def degrees(x: Any = NONE, *_: Any) -> float:
    """Turn radians into degrees."""
    return check_number(1, x) * 57.29577951308232


def radians(x: Any = NONE, *_: Any) -> float:
    """Turn degrees into radians."""
    return check_number(1, x) * 0.017453292519943295


def random(low: Any = NONE, high: Any = NONE, *_: Any) -> int | float:
    """Draw a number: in [0, 1); an integer in 1..low; or an integer in low..high."""
    try:
        d = _generator.pop()
    except IndexError:
        d = _generator.next()
    if low is NONE:
        return d
    a = float(check_number(1, low))
    if high is NONE:
        value = d * a
        a = 1.0
    else:
        value = d * (check_number(2, high) - a + 1.0)
    return whole(math.floor(value) + a) if math.isfinite(value) else value


def randomseed(seed: Any = NONE, *_: Any) -> tuple[()]:
    """Start the stream of a seed; without one, of a seed that differs from run to run."""
    if seed is NONE:
        from secrets import randbits

        seed = randbits(53)
    _generator.seed(float(check_number(1, seed)))
    return ()


def _signed_infinity(x: float) -> float:
    return math.copysign(math.inf, x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": absolute,
    "acos": _unary("acos", math.acos, "Give the arc cosine, in radians."),
    "asin": _unary("asin", math.asin, "Give the arc sine, in radians."),
    "atan": _unary("atan", math.atan, "Give the arc tangent, in radians."),
    "atan2": atan2,
    "ceil": ceil,
    "cos": _unary("cos", math.cos, "Give the cosine of an angle in radians."),
    "cosh": _unary("cosh", math.cosh, "Give the hyperbolic cosine."),
    "deg": degrees,
    "exp": _unary("exp", math.exp, "Give e^x."),
    "floor": floor,
    "fmod": fmod,
    "frexp": frexp,
    "ldexp": ldexp,
    "log": log,
    "log10": _unary("log10", _log10, "Give the logarithm to base 10."),
    "max": maximum,
    "min": minimum,
    "modf": modf,
    "pow": power,
    "rad": radians,
    "random": random,
    "randomseed": randomseed,
    "sin": _unary("sin", math.sin, "Give the sine of an angle in radians."),
    "sinh": _unary("sinh", math.sinh, "Give the hyperbolic sine.", _signed_infinity),
    "sqrt": sqrt,
    "tan": _unary("tan", math.tan, "Give the tangent of an angle in radians."),
    "tanh": _unary("tanh", math.tanh, "Give the hyperbolic tangent."),
}
CONSTANTS = {"pi": math.pi, "huge": math.inf}
