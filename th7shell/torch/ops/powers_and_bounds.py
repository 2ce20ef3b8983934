"""Powers, bounds, interpolation, angles, distances: other functions of a tensor and numbers or
tensors, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import add, multiply, subtract

from th7shell.lua import BadArgument

from ..memory import resized
from .arithmetic import with_number, with_tensor
from .arrays import Array
from .declare import FLOATING, Form, Pair, fresh, function, into, operation
from .pointwise import rsqrt


def clamp(res: Any, t: Any, low: Any, high: Any) -> None:
    nd = t.nd
    out = nd if res is t else resized(res, nd.shape)
    if low > high:
        np.copyto(out, np.where(nd < low, low, high), casting="unsafe")
        return
    np.maximum(nd, low, out=out)
    np.minimum(out, high, out=out)


def power_of(nd: Array, exponent: Any, out: Array) -> None:
    """`pow` in double precision, converted as C converts (a negative power of an integer is 0)."""
    if nd.dtype == np.float64:
        np.power(nd, exponent, out)
    else:
        np.copyto(out, np.float_power(nd, exponent), casting="unsafe")


def power(nd: Array, exponent: float, out: Array) -> None:
    """`t ^ number` with the original's shortcuts for small exponents."""
    if exponent == 1:
        np.copyto(out, nd)
    elif exponent == 2:
        np.square(nd, out)
    elif exponent == 3:
        multiply(multiply(nd, nd), nd, out)
    elif exponent == 0.5:
        np.sqrt(nd, out)
    elif exponent == -0.5:
        rsqrt(nd, out)
    elif exponent == -1:
        np.reciprocal(nd, out)
    elif exponent == -2:
        np.square(nd, out)
        np.reciprocal(out, out)
    else:
        np.power(nd, exponent, out)


def power_from(res: Any, value: Any, t: Any) -> None:
    """`number ^ t`."""
    nd = t.nd
    out = nd if res is t else resized(res, nd.shape)
    if nd.dtype == np.float64:
        np.power(value, nd, out)
    else:
        np.copyto(out, np.float_power(value, nd), casting="same_kind")


def larger(nd: Array, other: Any, out: Array) -> None:
    np.maximum(nd, other, out=out)


def smaller(nd: Array, other: Any, out: Array) -> None:
    np.minimum(nd, other, out=out)


def lerp(res: Any, a: Any, b: Any, weight: float) -> None:
    """`a + weight * (b - a)`."""
    first, second = a.nd, b.nd
    if first.size != second.size:
        raise BadArgument(2, "sizes do not match")
    second = second.reshape(first.shape)
    step = multiply(subtract(second, first), weight)
    add(first, step, first if res is a else resized(res, first.shape))


def squared_distances(res: Any, m1: Any, m2: Any, gain: float) -> None:
    """`res[i][j] = gain * |m1[i] - m2[j]|^2`, rows flattened."""
    for position, m in enumerate((m1, m2), 2):
        if not m.nd.size:
            raise BadArgument(position, "empty tensor")
    a, b = (m.nd.reshape(m.nd.shape[0], -1) for m in (m1, m2))
    if a.shape[1] != b.shape[1]:
        raise BadArgument(3, "m1 and m2 must have the same inner vector dim")
    out = np.empty((a.shape[0], b.shape[0]), a.dtype)
    for i, row in enumerate(a):
        multiply(np.square(b - row).sum(1, dtype=a.dtype), gain, out[i], casting="unsafe")
    resized(res, out.shape)[...] = out


def scalar(ufunc: Callable[..., Any], arguments: str) -> Pair:
    """The form of plain numbers, computed in the precision of the default tensor type."""

    def form(dtype: type) -> Callable[..., float]:
        return lambda *values: float(ufunc(*(dtype(v) for v in values)))

    return function(arguments, {"Float": form(np.float32), "f": form(np.float64)})


operation(
    "cpow", "Raise each element of `t` to the power in `src`.", into("src:T", with_tensor(power_of))
)
operation(
    "pow",
    "Raise each element to a power, or a number to each element: `torch.pow(x, 2)`, "
    "`torch.pow(2, x)`.",
    into("exponent:real", with_number(power)),
    (
        Form("*res:T?, base:real, t:T", power_from),
        Form("*res:T, base:real, t:T=res", power_from),
    ),
    scalar(np.power, "base:real, exponent:real"),
    types=FLOATING,
)
operation(
    "clamp",
    "Limit each element to the range [low, high]: `torch.clamp(x, -1, 1)`.",
    into("low:real, high:real", clamp),
)
operation(
    "lerp",
    "Interpolate linearly from `a` to `b`: `a + weight * (b - a)`.",
    into("b:T, weight:real", lerp, source="a"),
    scalar(lambda a, b, weight: a + weight * (b - a), "a:real, b:real, weight:real"),
    types=FLOATING,
)
operation(
    "atan2",
    "Take the angle of each point (y, x): `atan2(t, src)`, in [-pi, pi].",
    into("src:T", with_tensor(np.arctan2, ("r_", "tx", "ty"))),
    scalar(np.arctan2, "y:real, x:real"),
    types=FLOATING,
)
operation(
    "match",
    "Compare all rows of two matrices: `res[i][j] = gain * |m1[i] - m2[j]|^2`.",
    fresh("m1:T, m2:T, gain:real=1", squared_distances),
)

COMPARED = ("r", "t", "src")
for _name, _f, _word in (("cmax", larger, "larger"), ("cmin", smaller, "smaller")):
    _tensor, _number = with_tensor(_f, COMPARED), with_number(_f)
    operation(
        _name,
        f"Keep the {_word} of each element of `t` and of `src`, or of a number.",
        (
            Form("*res:T?, t:T, src:T", _tensor),
            Form("*res:T?, t:T=res, src:T", _tensor),
        ),
        (
            Form("*res:T?, t:T, value:constant", _number),
            Form("*res:T?, t:T=res, value:constant", _number),
        ),
    )
